"""Purchases, as they are asked for."""

import csv
import json

import pytest

from streams.codec import encode
from streams.events import MasterDataChanged, StockCounted
from streams.log import LogWriter
from twin.cli.app import run
from twin.model import example_folder, write

GOOD = {
    "items": [{"name": "bolt", "needs": [4, 6, 3], "stock": 1, "holding_cost": 0.1}],
    "suppliers": [{"name": "far", "order_cost": 2}, {"name": "near"}],
    "offers": [
        {"item": "bolt", "supplier": "far", "price": 1, "lead_periods": 1},
        {"item": "bolt", "supplier": "near", "price": 2},
    ],
}


@pytest.fixture
def written(tmp_path):
    def write(given):
        path = tmp_path / "buy.json"
        path.write_text(json.dumps(given))
        return path

    return write


def test_a_file_is_planned_and_written(written, tmp_path, command):
    out = tmp_path / "plan"
    answer = command("buy", written(GOOD), "--seconds", "10", "--out", out)
    assert answer["status"] == "optimal"
    assert answer["objective"] == pytest.approx(17.3)
    assert json.loads((out / "plan.json").read_text()) == answer
    with (out / "orders.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["supplier"] for row in rows} == {"far", "near"}
    assert (out / "pegs.csv").exists()
    assert "Purchases of buy.json" in (out / "report.html").read_text()


def test_infeasible_has_an_exit_status_and_reasons(written, capsys):
    near = {"item": "bolt", "supplier": "near", "price": 2, "capacity": [1, 9, 9]}
    path = written(GOOD | {"offers": [GOOD["offers"][0], near]})
    assert run(["buy", str(path), "--seconds", "5"]) == 3
    said = capsys.readouterr().out
    assert "cannot hold together: nothing of bolt may be missing; far takes" in said
    assert "the cheapest repair costs 1.00:" in said
    assert "come 1 period sooner" in said


def test_a_wrong_file_is_a_mistake(written, capsys):
    assert run(["buy", str(written({"item": []}))]) == 2
    assert "'item' is not known" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--horizon", "9"], "--horizon 9: is of a network"),
        (["--safety", "2"], "--safety 2.0: is of a network"),
        (["--log", "x"], "--log x: is of a network"),
        (["--tail", "0.5"], "--tail 0.5: goes with --futures"),
        (["--service", "0.9"], "--service 0.9: goes with --futures"),
    ],
)
def test_options_that_say_nothing_of_a_file_are_refused(written, capsys, words, said):
    assert run(["buy", str(written(GOOD)), *words]) == 2
    assert said in capsys.readouterr().err


def test_futures_ask_for_service(written, command):
    late = {"periods": [0, 1], "probability": [0.5, 0.5]}
    far = GOOD["offers"][0] | {"lateness": late}
    item = GOOD["items"][0] | {"shortage_cost": 0.1}
    path = written(GOOD | {"offers": [far, GOOD["offers"][1]], "items": [item]})
    words = ("--seconds", "3", "--futures", "50", "--service", "0.95")
    assert command("buy", path, *words)["risk"]["service"] >= 0.95


def test_what_a_log_says_and_cannot_be_taken_over_is_told(
    two_echelon, tmp_path, command
):
    network = two_echelon()
    write(network, tmp_path / "chain")
    events = (
        StockCounted(item="tea", site="hub", quantity=3),
        MasterDataChanged(record="moon", table="lanes",
                          values={"lane": "moon", "lead_time_s": 1.0}),
    )  # fmt: skip
    with LogWriter(tmp_path / "log") as writer:
        for n, event in enumerate(events):
            at_us = network.settings.as_of_us + n
            value = encode(
                event, event_id=str(n), source="erp", time_us=at_us, sequence=n
            )
            writer.append([value], timestamps_us=at_us)
    answer = command(
        "buy", tmp_path / "chain", "--log", tmp_path / "log", "--horizon", "7",
        "--seconds", "2",
    )  # fmt: skip
    told = answer["left_out"]
    assert any(
        one.startswith("change of the network: ") and "moon" in one for one in told
    )


@pytest.mark.slow
def test_a_network_is_planned(command):
    answer = command("buy", example_folder(), "--horizon", "40", "--seconds", "3")
    assert answer["status"] in {"optimal", "feasible"}
    assert answer["gap"] < 0.05
    assert answer["orders"]
