"""Schedules, as they are asked for."""

import csv
import json

import pytest

from twin.cli.app import run

SHOP = "2 2\n2 1 1 3 1 2 2\n2 1 2 4 2 1 5 2 1\n"


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.fjs"
    path.write_text(SHOP)
    return path


def test_a_shop_is_scheduled_and_written_three_ways(shop, tmp_path, command):
    out = tmp_path / "plan"
    answer = command("schedule", shop, "--seconds", "5", "--out", out)
    assert answer["status"] == "optimal"
    assert answer["objective"] == answer["bound"] == 7.0
    assert answer["gap"] == 0.0
    assert {row["machine"] for row in answer["operations"]} == {0, 1}
    assert json.loads((out / "schedule.json").read_text()) == answer
    with (out / "schedule.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    assert rows[0].keys() == {"job", "operation", "machine", "start", "end"}
    assert "Schedule of shop.fjs" in (out / "schedule.html").read_text()


def test_work_repeats_and_locks_hold(shop, tmp_path, command):
    first = command("schedule", shop, "--work", "1000", "--out", tmp_path / "a.json")
    again = command("schedule", shop, "--work", "1000")
    assert first["operations"] == again["operations"]
    kept = command(
        "schedule", shop, "--work", "1000", "--lock", tmp_path / "a.json",
        "--freeze", "2",
    )  # fmt: skip
    early = [row for row in first["operations"] if row["start"] < 2]
    assert early == [row for row in kept["operations"] if row["start"] < 2]


def test_infeasible_has_an_exit_status_of_its_own(tmp_path, capsys):
    path = tmp_path / "problem.json"
    path.write_text(
        '{"machines": [{"id": "m"}], "jobs": [{"id": "j", "deadline": 3, "operations": '
        '[{"id": "o", "modes": [{"machine": "m", "duration": 4}]}]}]}'
    )
    assert run(["schedule", str(path), "--seconds", "20"]) == 3
    assert "no schedule keeps every rule" in capsys.readouterr().out
    out = tmp_path / "plan.json"
    out.write_text("the plan of yesterday")
    assert run(["schedule", str(path), "--work", "10", "--out", str(out)]) == 1
    assert out.read_text() == "the plan of yesterday"
    said = capsys.readouterr().out
    assert f"schedule: {out}" not in said
    assert "no schedule found" in said
    assert "--work gives more" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [("2 2\n2 1 1 3\n", "shop.fjs, line 2"), ("", "shop.fjs ends early")],
)
def test_a_wrong_file_is_a_mistake(tmp_path, capsys, text, said):
    path = tmp_path / "shop.fjs"
    path.write_text(text)
    out = tmp_path / "plan"
    assert run(["schedule", str(path), "--out", str(out)]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()
