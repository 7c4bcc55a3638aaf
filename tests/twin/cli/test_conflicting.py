"""Conflicts, chains and hours, as they are asked for."""

import json

import pytest

from twin.cli.app import run


@pytest.fixture
def shop(tmp_path):
    def write(**dates):
        jobs = [
            {"id": name, **dates, "operations": [
                {"id": f"cut {name}", "modes": [{"machine": "saw", "duration": 6}]}]}
            for name in ("door", "gate")
        ]  # fmt: skip
        machines = [{"id": "saw", "closed": [[6, 20]]}]
        path = tmp_path / "problem.json"
        path.write_text(json.dumps({"machines": machines, "jobs": jobs}))
        return path

    return write


def test_what_has_no_schedule_is_explained(shop, tmp_path, capsys):
    answer = tmp_path / "answer.json"
    command = ["schedule", str(shop(deadline=10)), "--seconds", "5"]
    assert run([*command, "--json", str(answer)]) == 3
    said = capsys.readouterr().out
    assert "conflict 1 of 1: these cannot all be kept" in said
    assert "open saw from 6 to 12, 6 ticks of overtime: 30" in said
    assert "the cheapest" in said
    written = json.loads(answer.read_text())
    assert written["status"] == "infeasible"
    assert len(written["conflicts"]) == 1
    assert written["repair"]["price"] == 50


def test_a_schedule_is_explained_where_that_is_asked(shop, command):
    answer = command(
        "schedule", shop(due=10), "--work", "500", "--explain", "gate", "--prices"
    )
    assert answer["explained"]["job"] == "gate"
    assert answer["shadow_prices"][0]["machine"] == "saw"
    assert "conflicts" not in answer
