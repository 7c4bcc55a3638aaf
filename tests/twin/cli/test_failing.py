"""Health of tables and logs, before it is printed."""

import polars as pl
import pytest

from twin.cli.failing import HealthSpec, headline, lives_in, ranked, summary, tell
from twin.errors import InputError
from twin.health import Costs, WarningOptions

HOUR_US = 3_600_000_000


def spec(**changes):
    wanted = {
        "costs": Costs(planned=1.0, failure=10.0, lead=4.0),
        "levels": (0.1, 0.5, 0.9),
        "horizon": 20,
        "warning": WarningOptions(),
        "cap": None,
        "cycle_us": HOUR_US,
        "seed": 0,
    }
    return HealthSpec(**{**wanted, **changes})


@pytest.fixture(scope="module")
def told(wearing_log):
    return tell(None, str(wearing_log), spec())


def test_machines_of_a_log_are_ranked_by_what_failed_in_it(told):
    table = told.table
    assert table.frame.height + len(told.lives.resting) == 8
    assert table.n_learned > 40
    assert told.sensors == ("busy_h", "operations", "wear")
    error = (table.calibration["predicted"] - table.calibration["observed"]).abs()
    n = table.calibration["n"]
    assert float((error * n).sum()) / n.sum() < 0.06
    assert 0.65 < table.coverage < 0.95
    risks = ranked(table)["p_fail_20"].to_list()
    assert risks == sorted(risks, reverse=True)
    worst = ranked(table)["unit"][0]
    first = table.effects.filter(unit=worst)["cycles"]
    assert first.max() > 2.0


def test_the_worn_ones_are_those_that_will_fail(told, wearing_log, wearing_future):
    """What came after the log: machines told of as risky failed sooner."""
    known = {m: h for m, h in wearing_future.items() if m in told.table.frame["unit"]}
    frame = told.table.frame.filter(pl.col("unit").is_in(list(known)))
    left = [known[unit] for unit in frame["unit"]]
    inside = [
        low <= hours <= high
        for low, hours, high in zip(
            frame["rul_q0.1"], left, frame["rul_q0.9"], strict=True
        )
    ]
    assert sum(inside) >= len(left) // 2
    order = frame.with_columns(left=pl.Series(left)).sort("rul_mean")["left"]
    assert order[: len(left) // 2].mean() < order[len(left) // 2 :].mean()


def test_a_summary_tells_how_often_alarms_ring(told):
    answer = summary(told)
    held_out = answer["alarms"]["held_out"]
    assert held_out["per_machine_day"] == pytest.approx(24 * held_out["per_unit_cycle"])
    assert 0.0 <= held_out["false_share"] <= 1.0
    assert answer["log"]["failures"] == told.lives.n_failed
    assert "alarms a machine and day" in headline(told)
    assert "a cycle is 1 h" in headline(told)


@pytest.mark.slow
def test_one_log_teaches_about_another(wearing_log, told, tmp_path):
    past = tmp_path / "past.parquet"
    told.lives.failed_units().write_parquet(past)
    by_table = tell(str(past), str(wearing_log), spec(cap=told.table.cap))
    assert by_table.table.frame.equals(told.table.frame)
    by_log = tell(str(wearing_log), str(wearing_log), spec())
    assert by_log.table.frame.equals(told.table.frame)


def test_what_is_needed_is_said(wearing_log, small_log, tmp_path):
    with pytest.raises(InputError, match=r"must have a machine that runs and was read"):
        tell(None, str(small_log), spec())
    hours = lives_in(str(wearing_log), spec()).running_units()
    table = tmp_path / "running.parquet"
    hours.write_parquet(table)
    with pytest.raises(InputError, match=r"give units up to their failure: --train"):
        tell(None, str(table), spec())
    other = tmp_path / "other.parquet"
    hours.rename({"wear": "noise"}).write_parquet(other)
    with pytest.raises(InputError, match=r"those that failed all have .* noise, those"):
        tell(str(other), str(wearing_log), spec())


def test_a_log_without_failures_asks_for_some(young_log):
    with pytest.raises(InputError, match=r"at least 5 failures are needed .* --train"):
        tell(None, str(young_log), spec())


def test_machines_are_chosen_among_those_of_a_log(wearing_log, told, tmp_path):
    few = lives_in(str(wearing_log), spec(machines=("press-[12]",)))
    assert set(few.frame["machine"]) == {"press-1", "press-2"}
    table = tmp_path / "running.parquet"
    told.lives.running_units().write_parquet(table)
    with pytest.raises(InputError, match="--machines press-1: chooses among those"):
        tell(str(table), str(table), spec(machines=("press-1",)))
