"""Lot sizes, as they are asked for."""

import csv
import json
import time

import pytest

from twin.cli.app import run
from twin.cli.interrupt import Stop
from twin.planning import lot_feedback
from twin.planning.lot_sizing import repair_lots

TEXT = "2 3\n1\n50\n1 1 5 30\n1 2 5 40\n10 20\n10 15\n20 5\n"


@pytest.fixture
def lots(tmp_path):
    path = tmp_path / "lots.txt"
    path.write_text(TEXT)
    return path


def test_lots_are_planned_and_written_three_ways(lots, tmp_path, command):
    out = tmp_path / "plan"
    answer = command("lotsize", lots, "--seconds", "20", "--out", out)
    assert answer["status"] == "optimal"
    assert answer["objective"] == pytest.approx(answer["bound"])
    assert sum(answer["quantities"][0]) == pytest.approx(40.0)
    assert json.loads((out / "lots.json").read_text()) == answer
    with (out / "lots.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["setup"]) for row in rows] == [
        x for row in answer["setups"] for x in row
    ]
    assert "Lots of lots.txt" in (out / "lots.html").read_text()


def test_work_repeats(lots, command):
    one, other = (command("lotsize", lots, "--work", "5") for _ in range(2))
    assert one["quantities"] == other["quantities"]
    assert one["bound"] == other["bound"]


def test_too_little_capacity_is_told_with_a_price(tmp_path, capsys):
    path = tmp_path / "lots.txt"
    path.write_text(TEXT.replace("50", "30"))
    answer = tmp_path / "answer.json"
    arguments = ["lotsize", str(path), "--work", "5", "--json", str(answer)]
    assert run(arguments) == 3
    said = capsys.readouterr().out
    assert "infeasible: demand cannot be served" in said
    assert "does not fit: '1' has 30 by then" in said
    assert "price: " in said
    found = json.loads(answer.read_text())
    assert found["repair"]["proven"]
    assert found["repair"]["price"] > 0


def test_wrong_file_is_a_mistake(tmp_path, capsys):
    path = tmp_path / "lots.txt"
    path.write_text("1 2\n3\n")
    assert run(["lotsize", str(path)]) == 2
    assert "ends early: the capacity is missing" in capsys.readouterr().err


def test_repair_has_the_rest_of_the_time_and_hears_a_stop(
    tmp_path, monkeypatch, capsys
):
    asked = []

    def stopped_and_repaired(problem, options, **watched):
        asked.append(options.time_limit_s)
        monkeypatch.setattr(Stop, "asked", True)
        return repair_lots(problem, options, **watched)

    path = tmp_path / "lots.txt"
    path.write_text(TEXT.replace("50", "30"))
    monkeypatch.setattr("twin.planning.lot_sizing.repair_lots", stopped_and_repaired)
    begun_s = time.monotonic()
    assert run(["lotsize", str(path), "--seconds", "60"]) == 3
    assert time.monotonic() - begun_s < 30.0
    assert asked[0] < 60.0
    assert "found in time" in capsys.readouterr().out


def _sequenced(tmp_path, capacity):
    """Return arguments for two items of one saw, with long changeovers."""
    problem = tmp_path / "lots.json"
    item = {"resource": "saw", "holding_cost": 1, "setup_cost": 5, "setup_time": 1}
    items = [item | {"id": name, "demand": [0, 40]} for name in "ab"]
    resources = [{"id": "saw", "capacity": capacity}]
    problem.write_text(
        json.dumps({"periods": 2, "items": items, "resources": resources})
    )
    changeovers = tmp_path / "changeovers.json"
    changeovers.write_text(json.dumps({"saw": {"a": {"b": 30}, "b": {"a": 30}}}))
    return ["lotsize", str(problem), "--schedule", str(changeovers)]


def test_lots_and_their_sequence_take_turns(tmp_path, capsys):
    path = tmp_path / "answer.json"
    arguments = _sequenced(tmp_path, [60, 100])
    assert run([*arguments, "--work", "2", "--json", str(path)]) == 0
    answer = json.loads(path.read_text())
    assert answer["fits"]
    assert [one["fits"] for one in answer["rounds"]] == [False, True]
    assert len(answer["schedule"]) == sum(map(sum, answer["setups"]))
    said = capsys.readouterr().out
    assert "round 1: objective 10.0, lots do not fit: 'saw' in 2 by 11" in said
    assert "all lots fit their calendars" in said


def test_plan_that_fits_no_calendar_is_not_called_feasible(tmp_path, capsys):
    path = tmp_path / "answer.json"
    arguments = _sequenced(tmp_path, [0, 100])
    assert run([*arguments, "--work", "2", "--json", str(path)]) == 3
    answer = json.loads(path.read_text())
    assert (answer["status"], answer["fits"]) == ("infeasible", False)
    assert sum(map(sum, answer["quantities"])) == pytest.approx(80.0)
    headline = capsys.readouterr().out.splitlines()[0]
    assert headline.startswith("infeasible: no plan was found whose lots fit")
    assert "objective 10.0, has 11 of work late" in headline


def test_scheduler_is_readied_before_the_clock_starts(tmp_path, monkeypatch):
    called = []
    for name in ("warm_up", "plan_in_rounds"):
        there = getattr(lot_feedback, name)

        def noted(*arguments, name=name, there=there, **options):
            called.append(name)
            return there(*arguments, **options)

        monkeypatch.setattr(lot_feedback, name, noted)
    assert run([*_sequenced(tmp_path, [60, 200]), "--work", "2"]) == 0
    assert called == ["warm_up", "plan_in_rounds"]
