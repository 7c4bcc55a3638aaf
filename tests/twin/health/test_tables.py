"""Tables of readings to tables of health."""

import numpy as np
import polars as pl
import pytest

from forecasting.failure.rul import RulOptions
from twin.health import Costs, WarningOptions, health_table, risk_table

OPTIONS = RulOptions(cap=60.0, n_trees=40, leaf_rows=60)


def units(n_units, seed, *, left=0):
    """Units that wear towards their end, seen until `left` cycles before it."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(n_units):
        life = int(rng.integers(60, 140))
        for cycle in range(1, life + 1 - left):
            heat = 50.0 + np.exp((60.0 - (life - cycle)) / 15.0) + rng.normal(0.0, 0.8)
            rows.append((k, cycle, heat, rng.normal()))
    return pl.DataFrame(rows, schema=["unit", "cycle", "heat", "noise"], orient="row")


@pytest.fixture(scope="module")
def past():
    return units(25, 0)


def test_worn_units_are_to_be_renewed_before_new_ones(past):
    running = pl.concat(
        [
            units(1, 1, left=5),
            units(1, 2, left=55).with_columns(unit=pl.lit(1, pl.Int64)),
        ]
    )
    made = health_table(past, running, options=OPTIONS, levels=[0.1, 0.5, 0.9])
    frame = made.frame
    assert frame.columns == [
        "unit", "rul_mean", "rul_q0.1", "rul_q0.5", "rul_q0.9", "p_fail_30",
        "renew_from", "renew_at", "renew_by", "alarm", "alarm_since", "drivers",
    ]  # fmt: skip
    worn, fresh = frame.to_dicts()
    assert (worn["unit"], fresh["unit"]) == ("0", "1")
    assert worn["rul_mean"] < 20.0 < fresh["rul_mean"]
    assert worn["p_fail_30"] > 0.9
    assert fresh["p_fail_30"] < 0.2
    assert worn["renew_at"] < fresh["renew_at"]
    assert worn["drivers"].startswith("heat -")
    assert (worn["alarm"], fresh["alarm"], fresh["alarm_since"]) == (True, False, None)
    assert (frame["renew_from"] <= frame["renew_at"]).all()
    assert (frame["renew_at"] <= frame["renew_by"]).all()
    assert made.n_learned == 25
    assert 0.7 < made.coverage < 0.9
    assert 0.0 < made.held_out_rmse < 25.0


def test_windows_begin_after_the_lead(past):
    costs = Costs(planned=1.0, failure=10.0, lead=12.0)
    made = health_table(past, units(3, 4, left=3), options=OPTIONS, costs=costs)
    assert made.frame["renew_from"].to_list() == [12.0] * 3


def test_no_renewal_is_due_where_the_best_time_lies_past_the_last(past):
    """Failures that cost little more than a renewal: it is best to wait for them."""
    costs = Costs(planned=1.0, failure=1.0001)
    made = health_table(past, units(2, 6, left=55), options=OPTIONS, costs=costs)
    window = made.frame.select("renew_from", "renew_at", "renew_by")
    assert window.null_count().rows() == [(2, 2, 2)]


def test_the_trail_of_a_unit_is_what_was_said_then(past):
    running = units(2, 8, left=4)
    made = health_table(past, running, options=OPTIONS, horizon=20)
    cut = running.filter((pl.col("unit") == 0) & (pl.col("cycle") <= 50))
    then = health_table(past, cut, options=OPTIONS, horizon=20)
    trail = made.trail.filter(unit="0", cycle=50.0)
    assert trail["rul_mean"].to_list() == then.frame["rul_mean"].to_list()
    assert trail["p_fail"].to_list() == then.frame["p_fail_20"].to_list()
    assert trail["alarm"].to_list() == then.frame["alarm"].to_list()
    raised = made.trail.filter("alarm")
    assert (raised["cycle"] >= raised["alarm_since"]).all()
    assert made.effects.filter(unit="0").sort("cycles")["sensor"][-1] == "heat"


def test_held_out_probabilities_are_calibrated_and_alarms_judged(past):
    made = health_table(past, units(1, 1, left=5), options=OPTIONS)
    told = made.calibration
    assert told["n"].sum() == past.height
    error = (told["predicted"] - told["observed"]).abs()
    assert float((error * told["n"]).sum()) / past.height < 0.05
    record = made.warning.record
    assert record.n_units == 25
    assert record.caught_share > 0.9
    assert record.rate < 2 * 25 / past.height
    fixed = WarningOptions(raise_at=0.5, hold=3.0)
    given = health_table(past, units(1, 1, left=5), options=OPTIONS, warning=fixed)
    rule = given.warning.rule
    assert (rule.raise_at, rule.clear_at, rule.hold) == (0.5, 0.25, 3.0)


def test_risk_of_each_row_stands_with_its_group():
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    table = pl.DataFrame(
        {"id": [f"m{k % 40}" for k in range(400)], "x": x,
         "failed": (x + rng.normal(0, 0.5, 400) > 1.0).astype(int)}
    )  # fmt: skip
    found, model = risk_table(table, table.drop("failed"), "failed", group="id")
    assert found.columns == ["row", "p_fail", "id"]
    assert found["row"].to_list() == list(range(400))
    assert found["id"].to_list() == table["id"].to_list()
    assert model.columns == ("x",)
    high = found.sort("p_fail", descending=True).head(20)["row"].to_list()
    assert table["failed"].gather(high).mean() > 0.8
