"""Public series, read from `fc` in the folder of public data."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from forecasting import Panel
from forecasting.series import FloatArray

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Histories, what came after them, and the season they are scaled by."""

    train: Panel
    test: FloatArray
    season_length: int

    def every(self, k: int) -> "Split":
        """Take every k-th series, from the first."""
        kept = range(0, self.train.n_series, k)
        return Split(
            train=Panel.from_arrays(
                {self.train.ids[i]: self.train.series(i) for i in kept},
                step_us=self.train.step_us,
            ),
            test=self.test[::k],
            season_length=self.season_length,
        )


def folder() -> Path:
    """Folder of the series."""
    return Path(os.environ.get("MILLSTREAM_DATA", "../shared/data")) / "fc"


def m3_monthly() -> Split:
    """Give the 1,428 monthly series of M3, official split of 18 months."""
    frame = pl.read_parquet(folder() / "m3_all_3003.parquet")
    return _official(frame.filter(pl.col("period") == "monthly"), 12)


def m4_hourly() -> Split:
    """Give the 414 hourly series of M4, official split of 48 hours."""
    return _official(pl.read_parquet(folder() / "m4_hourly_414.parquet"), 24)


def m4_yearly() -> Split:
    """Give the 11,500 yearly series of M4 that are for development: 6 years."""
    return _official(pl.read_parquet(folder() / "m4_yearly_half0.parquet"), 1)


def m5_sample() -> Split:
    """Give 3,049 items in two stores by day; the last 28 days are to be forecast."""
    return _cut(pl.read_parquet(folder() / "m5_CA1_TX1_447d.parquet"), 28, 7)


def m5_weeks() -> FloatArray:
    """Sum the sales of 3,049 items in two stores to whole weeks (n_series, n_weeks)."""
    frame = pl.read_parquet(folder() / "m5_CA1_TX1_447d.parquet")
    days = np.array(frame["y"].to_list(), dtype=np.float64)
    days = days[:, days.shape[1] % DAYS_A_WEEK :]
    weeks: FloatArray = days.reshape(len(days), -1, DAYS_A_WEEK).sum(axis=2)
    return weeks


def car_parts() -> Split:
    """Give the 2,509 complete series of 51 months; 12 months are to be forecast."""
    frame = pl.read_parquet(folder() / "carparts_2674.parquet")
    lists = frame["y"].cast(pl.List(pl.Float64))
    whole = lists.list.eval(pl.element().is_not_null() & pl.element().is_not_nan())
    return _cut(frame.filter(whole.list.all()), 12, 12)


def _cut(frame: pl.DataFrame, horizon: int, season_length: int) -> Split:
    values = np.array(frame["y"].to_list(), dtype=np.float64)
    train = {f"S{i}": row for i, row in enumerate(values[:, :-horizon])}
    return Split(Panel.from_arrays(train), values[:, -horizon:], season_length)


def _official(frame: pl.DataFrame, season_length: int) -> Split:
    test = np.array(frame["test"].to_list(), dtype=np.float64)
    return Split(Panel.from_wide(frame), test, season_length)
