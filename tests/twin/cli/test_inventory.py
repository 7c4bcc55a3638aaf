"""Stock policies, as they are asked for."""

import csv
import json

import pytest

from twin.cli.app import run
from twin.model import example_folder


def test_a_file_is_solved_and_written(tmp_path, command):
    path = tmp_path / "items.json"
    path.write_text(
        '{"items": [{"name": "pump", "demand": {"law": "poisson", "mean": 6}, '
        '"holding_cost": 1, "shortage_cost": 4, "fixed_cost": 5}]}'
    )
    out = tmp_path / "plan"
    answer = command("inventory", path, "--out", out)
    (policy,) = answer["policies"]
    assert (policy["reorder_point"], policy["order_up_to"]) == (4.0, 10.0)
    assert json.loads((out / "plan.json").read_text()) == answer
    with (out / "policies.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["policy"] == "s_S"
    assert "Stock of items.json" in (out / "report.html").read_text()


@pytest.mark.slow
def test_a_network_is_planned_and_judged(command):
    answer = command(
        "inventory", example_folder(), "--futures", "2", "--horizon", "9",
        "--rounds", "1", "--service", "A=0.97,B=0.95,C=0.9",
    )  # fmt: skip
    assert answer["futures"] == 2
    measured = [
        row["simulated_fill_rate"]
        for row in answer["policies"]
        if row["simulated_fill_rate"] is not None
    ]
    assert measured
    assert all(0.0 <= share <= 1.0 for share in measured)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--service", "2"], "service must be above 0"),
        (["--engine", "steam"], "engine must be one of"),
        (["--service", "X=0.9"], "classes must be of"),
    ],
)
def test_mistakes_are_told(capsys, words, said):
    assert run(["inventory", str(example_folder()), *words]) == 2
    assert said in capsys.readouterr().err


def test_a_wrong_file_is_a_mistake(tmp_path, capsys):
    path = tmp_path / "items.json"
    path.write_text('{"items": [{"name": "pump"}]}')
    assert run(["inventory", str(path)]) == 2
    assert "'demand' is missing" in capsys.readouterr().err
