"""Files of stock problems, solved."""

import json

import pytest

from twin.planning.stock_files import solve_file, solve_stages

HEAD = (
    "stage_id,lead_time,max_s_time,cost,risk_pool,ext_demand_mean,ext_demand_std,"
    "ext_demand_thres,up_stages"
)
STAGES = f"{HEAD}\npart,9,,1,2,,,,\npump,2,0,5,2,10,4,1.645,part,2\n"


def test_costs_of_different_times_are_not_added_up(tmp_path):
    path = tmp_path / "stock.json"
    path.write_text(json.dumps({
        "items": [{"name": "pump", "demand": {"mean": 6}, "holding_cost": 1,
                   "shortage_cost": 4, "fixed_cost": 5}],
        "serial": [{"name": "line", "echelon_holding_cost": [3, 2, 2],
                    "lead_periods": [1, 1, 2], "shortage_cost": 37.12,
                    "demand": {"law": "normal", "mean": 5, "sd": 1}}],
        "seasons": [{"name": "cake", "demand": {"mean": 6}, "overage_cost": 1,
                     "underage_cost": 4}],
        "lots": [{"name": "pen", "fixed_cost": 8, "demand_rate": 1300,
                  "holding_cost": 0.225}],
    }))  # fmt: skip
    answer = solve_file(path, monotonic_s=lambda: 0.0)
    assert answer["objective"] is None
    assert answer["costs"] == {
        "items": pytest.approx(8.034112, abs=1e-6),
        "serial": pytest.approx(47.6601, abs=1e-3),
        "seasons": pytest.approx(3.570107, abs=1e-6),
        "lots": pytest.approx(68.410526, abs=1e-6),
    }
    assert [row["stage"] for row in answer["serial"]] == [
        "stage 1",
        "stage 2",
        "stage 3",
    ]
    assert answer["seasons"][0]["level"] == 8.0
    assert answer["lots"][0]["quantity"] == pytest.approx(304.04678)


def test_the_cost_of_one_part_is_the_objective(tmp_path):
    path = tmp_path / "stock.json"
    path.write_text(
        '{"seasons": [{"name": "cake", "demand": {"mean": 6}, "price": 5, '
        '"unit_cost": 1}]}'
    )
    answer = solve_file(path, monotonic_s=lambda: 0.0)
    assert answer["objective"] == answer["seasons"][0]["cost"]


def test_a_table_of_stages_is_a_tree(tmp_path):
    path = tmp_path / "stages.txt"
    path.write_text(STAGES)
    answer = solve_stages(path, holding_rate=0.25)
    assert [row["tree"] for row in answer["trees"]] == ["stages", "stages"]
    # The pump promises 0; its part may promise nothing, or all of its nine periods.
    sd, z = 4.0, 1.645
    part, pump = 0.25 * 1.0 * 2 * sd * z, 0.25 * 7.0 * sd * z
    apart = part * 9**0.5 + pump * 2**0.5
    assert answer["objective"] == pytest.approx(min(apart, pump * 11**0.5))
