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
        (["--futures", "1"], "--futures must be 0, for none, or >= 2"),
        (["--horizon", "2"], "--horizon must be >= 3 days, which are 3 reviews"),
        (["--demand", "history"], "--demand history: goes with --log"),
        (["--holding-rate", "1"], "--holding-rate 1.0: is of a table of stages"),
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


@pytest.mark.parametrize(
    ("option", "value"),
    [("--service", "0.9"), ("--futures", "0"), ("--horizon", "9.0"), ("--rounds", "1"),
     ("--engine", "reference"), ("--log", "x")],
)  # fmt: skip
def test_options_of_a_network_are_refused_for_a_file(tmp_path, capsys, option, value):
    path = tmp_path / "items.json"
    path.write_text("{}")
    assert run(["inventory", str(path), option, value]) == 2
    assert f"{option} {value}: is of a network" in capsys.readouterr().err


def test_parts_are_told_one_by_one(tmp_path, capsys):
    path = tmp_path / "items.json"
    path.write_text(
        '{"seasons": [{"name": "cake", "demand": {"mean": 6}, "overage_cost": 1, '
        '"underage_cost": 4}], "lots": [{"name": "pen", "fixed_cost": 8, '
        '"demand_rate": 1300, "holding_cost": 0.225}]}'
    )
    assert run(["inventory", str(path), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "seasons 3.57 a season; lots 68.41 a unit of time" in said
    assert (tmp_path / "out" / "seasons.csv").exists()


def test_a_table_of_stages_needs_a_rate(tmp_path, capsys, command):
    path = tmp_path / "stages.csv"
    path.write_text(
        "stage_id,lead_time,max_s_time,cost,risk_pool,ext_demand_mean,ext_demand_std,"
        "ext_demand_thres,up_stages\npump,4,0,5,2,10,4,1.645\n"
    )
    assert run(["inventory", str(path)]) == 2
    assert "needs --holding-rate > 0, which was missing" in capsys.readouterr().err
    answer = command("inventory", path, "--holding-rate", "0.25")
    assert answer["objective"] == pytest.approx(0.25 * 5.0 * 1.645 * 4.0 * 2.0)
