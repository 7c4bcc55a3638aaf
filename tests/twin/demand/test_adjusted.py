"""Adjustments of forecasts, applied and judged."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from twin.demand import JUDGED, Adjustment, adjusted, value_added

DAY_US = 86_400_000_000
BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


def said(factor, *, days, who="Ann", made=0, series="A"):
    return Adjustment(
        series=series, factor=factor, who=who, made_us=made * DAY_US,
        start_us=days[0] * DAY_US, end_us=days[1] * DAY_US,
    )  # fmt: skip


def table(n_days, **columns):
    ds = [BEGIN + timedelta(days=k) for k in range(n_days)]
    frame = pl.DataFrame({"id": ["A"] * n_days, "ds": ds} | columns)
    return frame.with_columns(pl.col("ds").cast(pl.Datetime("us", "UTC")))


def test_factors_scale_the_buckets_of_their_window_alone():
    forecast = table(4, mean=[10.0] * 4, **{"q0.9": [20.0] * 4, "sum_q0.9": [50.0] * 4})
    frame, n_rows = adjusted(
        forecast,
        [said(3.0, days=(1, 3)), said(1.5, days=(1, 3)),
         said(2.0, days=(2, 9), who="Bob"), said(7.0, days=(0, 9), series="B")],
    )  # fmt: skip
    assert n_rows == 3
    assert frame["mean"].to_list() == [10.0, 15.0, 30.0, 20.0]
    assert frame["q0.9"].to_list() == [20.0, 30.0, 60.0, 40.0]
    assert frame["baseline"].to_list() == [10.0] * 4
    assert frame["sum_q0.9"].to_list() == [50.0] * 4


@pytest.fixture
def judged():
    calls = []

    def last_value(past, horizon):
        calls.append((past.height, horizon))
        steps = range(1, horizon + 1)
        return pl.DataFrame({"step": steps, "mean": [past["y"][-1]] * horizon})

    def judge(values, *adjustments):
        past = table(len(values), y=[float(v) for v in values])
        return value_added(past, adjustments, last_value), calls

    return judge


def test_value_added_is_the_share_of_the_error_that_went(judged):
    frame, calls = judged([8, 8, 8, 20, 14, 8], said(2.0, days=(3, 5), made=3))
    assert calls == [(3, 2)]
    (row,) = frame.to_dicts()
    assert (row["n_buckets"], row["asked"], row["forecast"]) == (2, 34.0, 16.0)
    assert (row["error"], row["error_adjusted"]) == (18.0, 6.0)
    assert row["value_added"] == pytest.approx(2 / 3)


def test_forecast_is_made_from_buckets_that_were_over(judged):
    # Said in the middle of bucket 3: its demand was not known yet.
    frame, calls = judged([1, 1, 5, 9, 9], said(1.0, days=(4, 5), made=3.5))
    assert calls == [(3, 2)]
    assert frame["forecast"].to_list() == [5.0]
    assert frame["value_added"].to_list() == [0.0]


def test_adjustments_of_what_is_to_come_and_of_the_unknown_are_not_judged(judged):
    frame, calls = judged(
        [1, 2, 3], said(2.0, days=(3, 5), made=2), said(2.0, days=(1, 2), series="B"),
        said(2.0, days=(0, 2), made=-1),
    )  # fmt: skip
    assert (frame.height, calls) == (0, [])
    assert frame.schema == pl.Schema(JUDGED)


def test_a_forecast_without_error_has_no_share(judged):
    frame, _ = judged([4, 4, 4], said(2.0, days=(1, 3), made=1))
    assert frame["value_added"].to_list() == [None]
    assert frame["error_adjusted"].to_list() == [8.0]


def test_the_last_bucket_that_is_over_is_known_to_who_speaks_in_the_next(judged):
    frame, calls = judged([1, 1, 5, 9], said(1.0, days=(3, 5), made=3.0))
    assert calls == [(3, 1)]
    assert frame["forecast"].to_list() == [5.0]


def test_words_after_the_window_do_not_undo_those_before_it(judged):
    frame, _ = judged(
        [8, 8, 16, 8], said(2.0, days=(2, 3), made=1), said(3.0, days=(2, 3), made=3.5)
    )
    assert frame["factor"].to_list() == [2.0]
