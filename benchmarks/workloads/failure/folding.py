"""Readings folded into features, event by event and in one call."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.result import Result
from benchmarks.timing import interleave
from forecasting._kernels import rolling

N_ROWS, N_ROWS_QUICK, N_UNITS = 40_000, 4_000, 50
N_RIVER = 4_000
N_SENSORS = 8


def folding(*, quick: bool = False) -> list[Result]:
    """Time readings into means, slopes and deviation, beside polars and river.

    Polars makes means and deviations of the same windows, and no slopes; river folds
    one reading at a time into the same means and a variance.
    """
    n_rows = N_ROWS_QUICK if quick else N_ROWS
    values = np.random.default_rng(0).normal(50.0, 3.0, (n_rows, N_SENSORS))
    offsets = np.linspace(0, n_rows, N_UNITS + 1).astype(np.int64)
    unit = np.repeat(np.arange(N_UNITS), np.diff(offsets))
    names = [f"s{k}" for k in range(N_SENSORS)]
    frame = pl.DataFrame(values, schema=names).with_columns(unit=unit)
    timed = interleave(
        {
            "ours": lambda: rolling.panel_features(values, offsets),
            "polars": lambda: _polars(frame, names),
            "river": lambda: _river(values[: min(N_RIVER, n_rows), 0]),
        }
    )
    ours, polars, river = (timed[name] for name in ("ours", "polars", "river"))
    right = _check(ours.answer, polars.answer, values, offsets)
    by_river = _river_total(ours.answer, values, n_rows)
    n_readings = n_rows * N_SENSORS
    rate = n_readings / ours.least_s
    river_rate = min(N_RIVER, n_rows) / river.least_s
    return [
        Result(name="readings folded into features, beside polars", value=rate,
               unit="readings/s", peer=f"polars {pl.__version__}",
               peer_value=n_readings / polars.least_s, ratio=ours.ratio_over(polars),
               spread=ours.spread, checked=right),
        Result(name="readings folded into features, beside river", value=rate,
               unit="readings/s", peer="river", peer_value=river_rate,
               ratio=rate / river_rate, spread=river.spread,
               checked=right and bool(np.isclose(river.answer, by_river))),
    ]  # fmt: skip


def _polars(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    windows = [
        pl.col(name)
        .rolling_mean(w, min_samples=1)
        .over("unit")
        .alias(f"{name} mean_{w}")
        for name in names
        for w in rolling.WINDOWS
    ]
    spread = [
        pl.col(name).rolling_std(rolling.RING, min_samples=1, ddof=0).over("unit")
        .alias(f"{name} deviation")
        for name in names
    ]  # fmt: skip
    return frame.select(*windows, *spread)


def _river(values: NDArray[np.float64]) -> float:
    from river import stats, utils  # noqa: PLC0415 - a peer

    means = [utils.Rolling(stats.Mean(), window_size=w) for w in rolling.WINDOWS]
    spread = utils.Rolling(stats.Var(ddof=0), window_size=rolling.RING)
    total = 0.0
    for value in values.tolist():
        for mean in means:
            mean.update(value)
            total += mean.get()
        spread.update(value)
        total += spread.get()
    return total


def _river_total(
    made: NDArray[np.float64], values: NDArray[np.float64], n_rows: int
) -> float:
    """Sum what river sums, of our features of the same readings of one unit."""
    alone = values[: min(N_RIVER, n_rows), :1].copy()
    ours = rolling.panel_features(alone, np.array([0, len(alone)]))
    assert (ours[0] == made[0, : rolling.N_FEATURES]).all()
    means = ours[:, rolling.AT_MEAN : rolling.AT_MEAN + rolling.N_WINDOWS].sum()
    return float(means + (ours[:, rolling.DEVIATION] ** 2).sum())


def _check(
    made: NDArray[np.float64],
    frame: pl.DataFrame,
    values: NDArray[np.float64],
    offsets: NDArray[np.int64],
) -> bool:
    """Compare with polars, and with the state folded one reading at a time."""
    right = True
    for s in range(N_SENSORS):
        own = made[:, s * rolling.N_FEATURES : (s + 1) * rolling.N_FEATURES]
        for k, w in enumerate(rolling.WINDOWS):
            wanted = frame[f"s{s} mean_{w}"].to_numpy()
            right &= np.allclose(own[:, rolling.AT_MEAN + k], wanted, rtol=1e-9)
        wanted = frame[f"s{s} deviation"].to_numpy()
        right &= np.allclose(own[:, rolling.DEVIATION], wanted, atol=1e-6)
    state, out = np.zeros(rolling.N_STATE), np.empty(rolling.N_FEATURES)
    for row in range(offsets[1]):
        rolling.take_reading(state, values[row, 0])
        rolling.features_of(state, out)
        right &= bool((out == made[row, : rolling.N_FEATURES]).all())
    return right
