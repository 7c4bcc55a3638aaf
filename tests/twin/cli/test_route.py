"""Routes, as they are asked for."""

import csv
import json

import pytest

from twin.cli.app import run

SOLOMON = """T1
VEHICLE
NUMBER     CAPACITY
  2         20
CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME
    0      0         0          0          0       200          0
    1      1         1         10          0        50          9
    2      3         4         10         30       100          9
"""


@pytest.fixture
def town(tmp_path):
    path = tmp_path / "town.txt"
    path.write_text(SOLOMON)
    return path


def test_routes_are_planned_and_written(town, tmp_path, command):
    out, sol = tmp_path / "plan", tmp_path / "town.sol"
    answer = command("route", town, "--work", "60", "--out", out, "--sol", sol)
    assert answer["objective"] == pytest.approx(10.0)
    assert answer["routes"] == [[1, 2]]
    assert json.loads((out / "routes.json").read_text()) == answer
    with (out / "routes.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["0", "1", "2", "0"]
    assert (out / "routes.html").read_text().count("Routes of town.txt")
    assert sol.read_text() == "Route #1: 1 2\nCost: 10\n"


def test_work_repeats_and_seconds_end(town, command):
    one, other = (command("route", town, "--work", "40") for _ in range(2))
    assert one["routes"] == other["routes"]
    timed = command("route", town, "--seconds", "0.3", "--round", "round")
    assert timed["objective"] == 10


def test_what_cannot_be_is_told_with_a_price(town, tmp_path, capsys):
    town.write_text(SOLOMON.replace("0        50 ", "0         1 "))
    answer, page = tmp_path / "answer.json", tmp_path / "routes.html"
    arguments = ["route", str(town), "--work", "60", "--json", str(answer)]
    assert run([*arguments, "--out", str(page)]) == 3
    said = capsys.readouterr().out
    assert "its window closes at 10, a vehicle can be there at 14" in said
    assert "let client 1 be visited until 14, 4 later" in said
    found = json.loads(answer.read_text())
    assert found["status"] == "infeasible"
    assert found["repair"]["routes"] == [[1, 2]]
    assert page.read_text().count("4 later")


def planned(town, text, tmp_path):
    town.write_text(text)
    answer = tmp_path / "answer.json"
    status = run(["route", str(town), "--work", "60", "--json", str(answer)])
    return status, json.loads(answer.read_text())


def test_clients_of_whom_no_two_fit_are_a_conflict(town, tmp_path, capsys):
    # Each load fits a vehicle, all fit both vehicles, but no two fit one.
    more = "    3      2         2         12          0       100          9\n"
    status, found = planned(town, SOLOMON.replace(" 10  ", " 12  ") + more, tmp_path)
    assert status == 3
    assert "no two of the clients 1, 2, 3 fit into one route" in capsys.readouterr().out
    (conflict,) = found["conflicts"]
    assert conflict["clients"] == ["1", "2", "3"]
    assert conflict["verified"] is True
    assert [change["kind"] for change in found["repair"]["changes"]] == ["vehicle"]


def test_what_is_not_found_is_told_too(town, tmp_path, capsys):
    # Two loads fit a vehicle, all fit both vehicles, but the fifth fits none.
    more = "".join(
        f"    {number}      2         2          8          0       150          9\n"
        for number in (3, 4, 5)
    )
    status, found = planned(town, SOLOMON.replace(" 10  ", "  8  ") + more, tmp_path)
    assert status == 1
    assert "change: take 1 more of vehicle" in capsys.readouterr().out
    assert found["status"] == "unknown"
    assert found["conflicts"] == []
    assert [change["kind"] for change in found["repair"]["changes"]] == ["vehicle"]


def test_wrong_file_and_option_are_mistakes(town, tmp_path, capsys):
    path = tmp_path / "a.vrp"
    path.write_text("hello")
    assert run(["route", str(path)]) == 2
    assert run(["route", str(town), "--round", "up"]) == 2
    assert "must be one of round" in capsys.readouterr().err


def test_what_cannot_be_written_is_told_before_the_search(town, capsys):
    assert run(["route", str(town), "--out", str(town / "plan")]) == 2
    told = capsys.readouterr()
    assert "--out" in told.err
    assert "cost" not in told.out
