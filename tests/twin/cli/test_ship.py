"""Shipments, as they are asked for."""

import csv
import json

import pytest

from twin.cli.app import run
from twin.planning import searching
from twin.planning.searching import search_options

NETWORK = {
    "periods": ["w1", "w2"],
    "sites": [
        {"id": "depot", "firm": "A"},
        {"id": "north", "firm": "A"},
        {"id": "south", "firm": "B"},
    ],
    "items": [{"id": "pump", "holding_cost": 0.1, "shortage_cost": 30}],
    "lanes": [
        {"from": "depot", "to": "north", "room": 5, "vehicle_cost": 7},
        {"from": "south", "to": "north", "room": 5, "vehicle_cost": 2},
    ],
    "stock": [
        {"site": "depot", "item": "pump", "units": 9},
        {"site": "south", "item": "pump", "units": 5},
    ],
    "demand": [{"site": "north", "item": "pump", "units": [3, 7]}],
}


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "network.json"
    path.write_text(json.dumps(NETWORK))
    return path


def test_shipments_are_planned_and_written_three_ways(network, tmp_path, command):
    out = tmp_path / "plan"
    answer = command("ship", network, "--work", "100", "--pooling", "--out", out)
    assert answer["status"] in {"optimal", "feasible"}
    assert sum(row["units"] for row in answer["shipments"]) == pytest.approx(10.0)
    assert sum(answer["costs"].values()) == pytest.approx(answer["objective"])
    assert answer["pooling"]["saved"] > 0.0
    assert json.loads((out / "shipments.json").read_text()) == answer
    with (out / "shipments.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(answer["shipments"])
    assert "Shipments of network.json" in (out / "shipments.html").read_text()


def test_work_repeats(network, command):
    one, other = (command("ship", network, "--work", "50") for _ in range(2))
    assert one["shipments"] == other["shipments"]


def test_impossible_full_service_is_told_with_a_price(tmp_path, capsys):
    path, answer = tmp_path / "network.json", tmp_path / "answer.json"
    demand = [{"site": "north", "item": "pump", "units": [3, 13]}]
    path.write_text(json.dumps(NETWORK | {"demand": demand}))
    arguments = ["ship", str(path), "--work", "50", "--full-service"]
    arguments += ["--json", str(answer), "--out", str(tmp_path / "plan.html")]
    assert run(arguments) == 3
    said = capsys.readouterr().out
    assert "2 cannot be there in time" in said
    assert "unserved (costs 60)" in said
    found = json.loads(answer.read_text())
    assert found["status"] == "infeasible"
    assert found["repair"]["price"] > 60.0
    assert "2 cannot be there in time" in (tmp_path / "plan.html").read_text()
    assert found["shipments"] == []
    with_it = found["repair"]["plan"]
    assert sum(row["units"] for row in with_it["shipments"]) == pytest.approx(14.0)
    assert with_it["objective"] == found["repair"]["price"] >= with_it["bound"]
    assert run([*arguments[:-1], str(tmp_path / "plan.csv")]) == 3
    capsys.readouterr()
    with (tmp_path / "plan.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert sum(float(row["units"]) for row in rows) == pytest.approx(14.0)
    # Without full service, there is a plan that says what is short.
    assert run(["ship", str(path), "--work", "50"]) == 0
    assert "87.5% served" in capsys.readouterr().out


def test_wrong_file_is_a_mistake(tmp_path, capsys):
    path = tmp_path / "network.json"
    path.write_text(json.dumps(NETWORK | {"lanes": [{"from": "depot"}]}))
    assert run(["ship", str(path)]) == 2
    assert "lanes" in capsys.readouterr().err


def test_time_is_shared_by_all_that_is_asked_for(network, tmp_path, monkeypatch):
    given_s = []

    def noted(monotonic_s, seconds, **limits):
        given_s.append(seconds)
        return search_options(monotonic_s, seconds, **limits)

    monkeypatch.setattr(searching, "search_options", noted)
    demand = [{"site": "north", "item": "pump", "units": [3, 13]}]
    network.write_text(json.dumps(NETWORK | {"demand": demand}))
    words = ["--seconds", "60", "--work", "20", "--pooling", "--full-service"]
    assert run(["ship", str(network), *words, "--quiet"]) == 3
    first, apart, repair = given_s
    assert first == 30.0
    assert 60.0 > apart > repair > 1.0
