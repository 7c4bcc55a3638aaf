"""Sources with a map, as EPCIS, or neither; topics are tried in tests/system."""

from pathlib import Path

import pytest

from twin.cli.sources import SourceSpec, identity_of_records, open_records
from twin.errors import OptionError

MAP = """
[[topic]]
format = "json"

[[topic.event]]
type = "StockCounted"
time = "at"
fields = { item = "sku", site = { constant = "W" }, quantity = "n" }
"""


@pytest.fixture
def foreign(tmp_path):
    """Three lines, the second of no use, and the map they are read by."""
    lines = tmp_path / "stock.ndjson"
    good = '{{"sku": "A", "n": {}, "at": "2030-05-01T06:00:00Z"}}\n'
    lines.write_text(good.format(1) + '{"sku": 7}\n' + good.format(2))
    (tmp_path / "m.toml").write_text(MAP)
    return SourceSpec(name=str(lines), mapping=str(tmp_path / "m.toml"))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"format": "xml"}, "must be one of events, epcis"),
        ({"transport": "pigeon"}, "must be one of auto, batch, poll, lane"),
        ({"transport": "poll"}, "is of kafka:// sources only"),
        ({"mapping": "m.toml", "format": "epcis"}, "give one of the two"),
        ({"registry": "http://r"}, "it needs --map"),
        ({"schemas": Path("s")}, "it needs --map"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, reason):
    with pytest.raises(OptionError, match=reason):
        SourceSpec(name="log", **options)


def test_map_makes_events_and_says_what_it_refused(foreign):
    opened = open_records(foreign)
    with opened.records as source:
        batch = source.poll(0, 10)
        assert len(batch) == 3
        (refused,) = opened.rejected_of(batch)
        assert (refused.offset, refused.value) == (1, b'{"sku": 7}')
        assert opened.rejected_of(batch) == ()


def test_identity_changes_with_the_map(foreign, tmp_path):
    def identity():
        opened = open_records(foreign)
        with opened.records:
            return identity_of_records(foreign, opened)

    first = identity()
    assert identity() == first
    (tmp_path / "m.toml").write_text(MAP.replace('"W"', '"X"'))
    assert identity() != first


def test_log_has_no_transport_and_no_map(small_log):
    spec = SourceSpec(name=str(small_log))
    opened = open_records(spec)
    with opened.records as source:
        assert (opened.transport, opened.identity) == (None, None)
        assert opened.rejected_of(source.poll(0, 1)) == ()
        assert opened.remarks() == ()


def test_map_that_does_not_fit_closes_the_source(foreign, tmp_path):
    (tmp_path / "m.toml").write_text('[[event]]\ntype = "StockCounted"\n')
    with pytest.raises(ValueError, match=r"m\.toml"):
        open_records(foreign)
