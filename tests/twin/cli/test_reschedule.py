"""Repairs, as they are asked for."""

import json

import pytest

from twin.cli.app import run

SHOP = "3 2\n2 1 1 3 1 2 2\n2 1 2 4 2 1 5 2 1\n2 2 1 4 2 4 1 2 3\n"
DOWN = [{"kind": "down", "machine": 0, "start": 2, "end": 6}]
RUSH = [
    {
        "kind": "rush",
        "job": {
            "id": "new",
            "operations": [{"id": "a", "modes": [{"machine": "1", "duration": 2}]}],
        },
    }
]


@pytest.fixture
def files(tmp_path, command):
    """Write a shop, its schedule and two disruptions."""
    paths = {name: tmp_path / f"{name}.json" for name in ("plan", "down", "rush")}
    paths["shop"] = tmp_path / "shop.fjs"
    paths["shop"].write_text(SHOP)
    paths["down"].write_text(json.dumps(DOWN))
    paths["rush"].write_text(json.dumps(RUSH))
    command("schedule", paths["shop"], "--work", "2000", "--out", paths["plan"])
    return paths


def asked(files, kind, *more):
    return (
        "reschedule", files["shop"], files["plan"], "--now", "2",
        "--disruptions", files[kind], "--work", "2000", *more,
    )  # fmt: skip


def test_a_breakdown_is_repaired_and_written_three_ways(files, tmp_path, command):
    out = tmp_path / "new"
    answer = command(*asked(files, "down", "--out", out))
    assert answer["status"] in {"feasible", "optimal"}
    for row in answer["operations"]:
        assert row["machine"] != 0 or row["start"] >= 6 or row["end"] <= 2
    before = {
        (row["job"], row["operation"]): row
        for row in json.loads(files["plan"].read_text())["operations"]
    }
    moved = {
        (row["job"], row["operation"])
        for row in answer["operations"]
        if (row["machine"], row["start"])
        != tuple(before[row["job"], row["operation"]][x] for x in ("machine", "start"))
    }
    told = answer["diff"]["moved"]
    assert {(row["job"], row["operation"]) for row in told} == moved
    assert answer["moved"] == sum(not row["displaced"] for row in told)
    assert answer["diff"]["objective_after"] == answer["objective"]
    assert json.loads((out / "schedule.json").read_text()) == answer
    assert "What has moved is dotted." in (out / "schedule.html").read_text()


def test_a_rush_job_without_changes_moves_nothing(files, command):
    answer = command(*asked(files, "rush", "--changes", "0", "--hold", "0", "--curve"))
    assert answer["moved"] == 0
    assert answer["diff"]["moved"] == []
    assert answer["diff"]["added"] == [{"job": 3, "operation": 0}]
    costs = [point["objective"] for point in answer["curve"]]
    assert costs == sorted(costs, reverse=True)
    assert answer["curve"][0]["moved"] == 0


def test_mistakes_are_told(files, tmp_path, capsys):
    def said(*arguments):
        assert run([str(argument) for argument in arguments]) == 2
        return capsys.readouterr().err

    assert "no machine '9' to hold" in said(*asked(files, "down", "--hold", "9"))
    wrong = tmp_path / "wrong.json"
    wrong.write_text('[{"kind": "down", "machine": 7, "start": 2, "end": 6}]')
    files["wrong"] = wrong
    assert "no machine 7; known are 0, 1" in said(*asked(files, "wrong"))
    wrong.write_text('[{"kind": "strike"}]')
    assert "strike" in said(*asked(files, "wrong"))
    plan = json.loads(files["plan"].read_text())
    plan["operations"][0]["end"] += 1
    files["plan"].write_text(json.dumps(plan))
    assert "no schedule of this problem" in said(*asked(files, "down"))
    files["plan"].write_text("[]")
    assert "must be a schedule" in said(*asked(files, "down"))


def test_what_cannot_be_kept_is_told(files, tmp_path, capsys):
    text = {
        "machines": [{"id": "saw"}],
        "jobs": [
            {
                "id": "door", "deadline": 9,
                "operations": [
                    {"id": "cut", "modes": [{"machine": "saw", "duration": 5}]}
                ],
            }
        ],
    }  # fmt: skip
    files["shop"].write_text(json.dumps(text))
    problem = tmp_path / "problem.json"
    problem.write_text(json.dumps(text))
    row = {"job": "door", "operation": "cut", "machine": "saw", "start": 3, "end": 8}
    files["plan"].write_text(json.dumps({"operations": [row]}))
    files["down"].write_text(
        json.dumps([{"kind": "down", "machine": "saw", "start": 2, "end": 7}])
    )
    arguments = [
        "reschedule", problem, files["plan"], "--now", "2",
        "--disruptions", files["down"], "--seconds", "0.1", "--out", files["plan"],
    ]  # fmt: skip
    before = files["plan"].read_text()
    assert run([str(argument) for argument in arguments]) == 1
    said = capsys.readouterr().out
    assert "no schedule found" in said
    assert "a deadline cannot be kept" in said
    assert "schedule: " not in said
    # The only plan there is stays as it was.
    assert files["plan"].read_text() == before


def test_the_answer_is_written_before_the_curve(files, tmp_path, command, monkeypatch):
    out, seen = tmp_path / "new.json", []

    def looked(*_asked, **_options):
        seen.append(json.loads(out.read_text()))
        return ()

    monkeypatch.setattr("twin.planning.rescheduling.curve_of", looked)
    answer = command(*asked(files, "down", "--out", out, "--curve"))
    assert seen[0]["operations"] == answer["operations"]
    assert "curve" not in seen[0]
    assert json.loads(out.read_text())["curve"] == answer["curve"] == []


def test_objectives_are_explained_as_by_schedule(capsys):
    for name in ("schedule", "reschedule"):
        assert run([name, "--help"]) == 0
        assert "tardiness/makespan/setup" in capsys.readouterr().out
