"""Why tables are forecast so, and what changed."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from twin.demand import CHANGED, changes_of, explained, forecast_table

WEEK = np.tile([5.0, 6, 7, 8, 9, 8, 7], 8)


@pytest.fixture
def made():
    rng = np.random.Generator(np.random.PCG64(2))
    noise = rng.normal(0.0, 0.5, WEEK.size)
    jump = np.where(np.arange(WEEK.size) >= 50, 12.0, 0.0)
    rows = {
        "calm": WEEK + noise, "jump": WEEK + noise + jump,
        "seldom": np.where(rng.random(WEEK.size) < 0.2, 2.0, 0.0),
    }  # fmt: skip
    past = pl.DataFrame(
        {
            "id": np.repeat(list(rows), WEEK.size),
            "y": np.concatenate(list(rows.values())),
        }
    )
    step = pl.int_range(pl.len()).over("id")
    past = past.with_columns(ds=pl.date(2026, 1, 5) + pl.duration(days=step))
    return forecast_table(past, 7, season_length=7)


def test_series_that_jumped_is_listed_with_its_evidence(made):
    found = changes_of(made.panel, made.made)
    assert found.schema == CHANGED
    (row,) = found.to_dicts()
    assert (row["id"], row["kind"], row["step"]) == ("jump", "shift", 51)
    assert row["ds"].date() == date(2026, 2, 24)
    assert row["size"] == pytest.approx(12.0, abs=1.5)
    assert row["statistic"] > 5.0
    assert 0.0 < row["probability"] < 1e-3


def test_calm_table_has_no_changes():
    past = pl.DataFrame({"id": ["A"], "y": [WEEK.tolist()]})
    made = forecast_table(past, 2, season_length=7)
    assert changes_of(made.panel, made.made).rows() == []


def test_every_series_is_explained(made):
    told = explained(made.panel, made.made)
    assert [one["series"] for one in told.series] == ["calm", "jump", "seldom"]
    assert [one["method"] for one in told.series] == [
        "ets_theta", "ets_theta", "intermittent",
    ]  # fmt: skip
    assert told.series[2]["components"]["more"]["size"] == pytest.approx(2.0)
    assert told.drivers == {}
