"""Networks as `millstream schedule` reads them."""

import json

import pytest

from streams.codec import encode
from streams.events import OperationStarted, ProductionOrderReleased
from streams.log import LogWriter
from twin.cli.app import run
from twin.cli.console import Console
from twin.cli.shop_floor import read_shop
from twin.errors import OptionError
from twin.model.write import write


def test_a_place_needs_a_log_and_a_log_a_network(tmp_path, works, capsys):
    write(works(), tmp_path / "works")
    with pytest.raises(OptionError, match="--log LOG"):
        read_shop(tmp_path / "works", None, "12", Console(None, quiet=True))
    (tmp_path / "shop.txt").write_text("1 1\n0 3\n")
    assert run(["schedule", str(tmp_path / "shop.txt"), "--log", "log"]) == 2
    assert "no folder of one" in capsys.readouterr().err


@pytest.fixture
def log(tmp_path, works):
    """One order that was released and begun a moment after `as_of`."""
    events = [
        ProductionOrderReleased(
            production_order="A", item="tea", site="P", quantity=10.0
        ),
        OperationStarted(
            production_order="A", operation="fill", machine="F1", item="tea"
        ),
    ]
    begin_us = works().settings.as_of_us
    with LogWriter(tmp_path / "log") as writer:
        for n, event in enumerate(events):
            value = encode(
                event, event_id=str(n), source="mes", time_us=begin_us, sequence=n
            )
            writer.append([value], timestamps_us=begin_us)
    return tmp_path / "log"


def test_the_state_of_a_log_is_scheduled(tmp_path, works, command, log):
    write(works(), tmp_path / "works")
    out = tmp_path / "plan"
    answer = command(
        "schedule", tmp_path / "works", "--log", log, "--work", "2000", "--out", out
    )
    assert [row["operation"] for row in answer["operations"]] == ["fill", "pack"]
    assert answer["operations"][0]["machine"] == "F1"
    assert answer["operations"][0]["start_time"] == answer["at"]
    header = (out / "schedule.csv").read_text().splitlines()[0]
    assert header == "job,operation,machine,start,end,start_time,end_time"
    assert "time in UTC" in (out / "schedule.html").read_text()
    again = command(
        "schedule", tmp_path / "works", "--log", log, "--work", "2000",
        "--lock", out / "schedule.json",
    )  # fmt: skip
    assert again["operations"] == answer["operations"]
    assert json.loads((out / "schedule.json").read_text())["left_out"] == []
