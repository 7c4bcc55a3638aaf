from pathlib import Path

import pytest

from twin.cli.requested import Request, parse_speed
from twin.cli.sources import SourceSpec
from twin.errors import OptionError


def request(**options):
    spec = SourceSpec(name="log")
    return Request(source=spec, network=Path("plant"), **options)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"start": "checkpoint"}, "needs --checkpoint DIR"),
        ({"into": "log"}, "is the source itself"),
        ({"into": "out", "checkpoint": Path("c")}, "is written in one go"),
        ({"into": "kafka://h:1/t", "types": ("OrderReceived",)}, "as they came"),
        ({"into": "kafka://h:1/t", "end": "2024-05-01T06:00:00Z"}, "must be an offset"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, reason):
    with pytest.raises(OptionError, match=reason):
        request(**options)


@pytest.mark.parametrize("option", ["checkpoint", "snapshot"])
def test_file_is_no_folder(tmp_path, option):
    file = tmp_path / "taken"
    file.touch()
    with pytest.raises(OptionError, match=f"--{option} .*taken: is a file"):
        request(**{option: file})


def test_checkpoint_and_topic_go_together():
    assert request(into="kafka://h:1/t", checkpoint=Path("c")).is_to_topic
    assert not request(into="out").is_to_topic


@pytest.mark.parametrize("end", ["1200", "a-0=3,a-1=4"])
def test_topic_gets_records_up_to_an_offset(end):
    assert request(into="kafka://h:1/t", end=end).end == end


@pytest.mark.parametrize("text", ["fast", "-1", "inf", "nan"])
def test_speed_is_a_number_or_max(text):
    with pytest.raises(OptionError, match="must be max, or seconds"):
        parse_speed(text)
