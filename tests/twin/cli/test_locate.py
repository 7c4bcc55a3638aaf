"""Locations, as they are asked for."""

import csv
import json

import pytest

from twin.cli.app import run

STAGED = "1 2 3\n4\n5\n6\n20 100\n7 8\n9 50\n10 60\n1 2 3\n4 5 6\n"
SINGLE = "2 3\n5 6\n10 20\n3 4 1\n1 4\n2 5\n3 6\n"


@pytest.fixture
def sites(tmp_path):
    path = tmp_path / "sites.txt"
    path.write_text(STAGED)
    return path


def test_sites_are_located_and_written_three_ways(sites, tmp_path, command):
    out = tmp_path / "plan"
    answer = command("locate", sites, "--seconds", "20", "--out", out)
    assert answer["status"] == "optimal"
    assert answer["objective"] == answer["bound"]
    assert answer["open"] == {"plants": [0], "depots": [0, 1]}
    served = [row for row in answer["flows"] if row["stage"] == "service"]
    assert sum(row["quantity"] for row in served) == pytest.approx(15.0)
    cost = sum(row["cost"] for row in answer["flows"]) + 100 + 50 + 60
    assert cost == pytest.approx(answer["objective"])
    assert json.loads((out / "locations.json").read_text()) == answer
    with (out / "locations.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(answer["flows"])
    assert "Locations of sites.txt" in (out / "locations.html").read_text()


def test_work_repeats(tmp_path, command):
    path = tmp_path / "single.txt"
    path.write_text(SINGLE)
    one, other = (command("locate", path, "--work", "50") for _ in range(2))
    assert one["flows"] == other["flows"]
    assert {row["share"] for row in one["flows"]} == {1.0}


def test_too_little_capacity_is_told_with_a_price(tmp_path, capsys):
    path = tmp_path / "sites.txt"
    path.write_text(STAGED.replace("20 100", "12 100"))
    answer = tmp_path / "answer.json"
    arguments = ["locate", str(path), "--work", "100", "--json", str(answer)]
    assert run(arguments) == 3
    said = capsys.readouterr().out
    assert "3 are missing" in said
    assert "add 3 units of capacity at plant 0" in said
    found = json.loads(answer.read_text())
    assert found["repair"]["extensions"] == [{"kind": "plant", "row": 0, "units": 3.0}]
    assert found["repair"]["price"] > 0


def test_wrong_file_is_a_mistake(tmp_path, capsys):
    path = tmp_path / "sites.txt"
    path.write_text("1 2\n3\n")
    assert run(["locate", str(path)]) == 2
    assert "ends after 3 numbers" in capsys.readouterr().err


def test_what_cannot_be_written_is_told_before_the_search(sites, capsys):
    assert run(["locate", str(sites), "--out", str(sites / "plan")]) == 2
    told = capsys.readouterr()
    assert "--out" in told.err
    assert "objective" not in told.out
