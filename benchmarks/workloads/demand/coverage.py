"""Intervals of calibrated forecasts: coverage by thirds of the horizon, and scores."""

from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version

import numpy as np

from benchmarks.result import Result
from benchmarks.workloads.demand.data import Split, m3_monthly, m4_hourly, m5_sample
from forecasting import Panel, PointForecast
from forecasting.combination import forecast_ets_theta
from forecasting.conformal import calibrate, conformal_intervals
from forecasting.ets import fit_ets, forecast_ets
from forecasting.metrics import seasonal_scale
from forecasting.series import FloatArray

COVERAGES = np.array([0.8, 0.9, 0.95, 0.99])
SCORED = 0.95
# Every k-th series is scored beside the peer, which takes some 0.1 to 1 s for each.
SETS: dict[str, tuple[Callable[[], Split], float, int]] = {
    "M3 monthly": (m3_monthly, -np.inf, 8),
    "M4 hourly": (m4_hourly, -np.inf, 12),
    "M5 sample": (m5_sample, 0.0, 60),
}
EVERY_QUICK, SET_QUICK = 12, "M5 sample"
THIRDS = ("first", "middle", "last")

Intervals = tuple[FloatArray, FloatArray]  # (n_series, horizon, n_coverages)


def results(*, quick: bool) -> Iterator[Result]:
    """Calibrate every set; a quick run takes a sample of one, and no peer.

    The score beside the peer is that of exponential smoothing, its own model.
    """
    for name, (load, minimum, _) in SETS.items():
        if quick and name != SET_QUICK:
            continue
        split = load()
        if quick:
            split = split.every(EVERY_QUICK)
        found = calibrated(split, FORECASTERS[name], minimum)
        yield from on_coverage(name, split, found, judged=not quick)
        if not quick:
            yield on_score(name, split, calibrated(split, smooth, minimum))


def smooth(panel: Panel, horizon: int, *, season_length: int) -> PointForecast:
    """Forecast with the average of all models of exponential smoothing."""
    return forecast_ets(fit_ets(panel, season_length=season_length), horizon)


# The default of regular demand; of hourly series, what the peer's model is.
FORECASTERS: dict[str, Callable[..., PointForecast]] = {
    "M3 monthly": forecast_ets_theta,
    "M4 hourly": smooth,
    "M5 sample": forecast_ets_theta,
}


def calibrated(
    split: Split, forecaster: Callable[..., PointForecast], minimum: float
) -> Intervals:
    """Calibrate a forecaster with default options."""
    calibration = calibrate(
        split.train,
        partial(forecaster, season_length=split.season_length),
        split.test.shape[1],
        season_length=split.season_length,
    )
    return conformal_intervals(calibration, COVERAGES, minimum=minimum)


def on_coverage(
    name: str, split: Split, found: Intervals, *, judged: bool
) -> Iterator[Result]:
    """Share of what came that lay inside, in the worst third of the horizon."""
    lower, upper = found
    actual = split.test[..., None]
    inside = (lower <= actual) & (actual <= upper)
    thirds = [part.mean(axis=(0, 1)) for part in np.array_split(inside, 3, axis=1)]
    for j, coverage in enumerate(COVERAGES.tolist()):
        shares = np.array([third[j] for third in thirds])
        worst = int(np.argmax(np.abs(shares - coverage)))
        yield Result(
            name=f"{name}, coverage {coverage:g}, most off by thirds",
            value=float(abs(shares[worst] - coverage) * 100.0), unit="points",
            goal="<= 2" if judged else None, peer=f"covered, {THIRDS[worst]} third",
            peer_value=float(shares[worst]), checked=bool((lower <= upper).all()),
        )  # fmt: skip


def on_score(name: str, split: Split, found: Intervals) -> Result:
    """Scaled score of the 95 % intervals beside the peer's, on every k-th series."""
    _, minimum, every = SETS[name]
    j = COVERAGES.tolist().index(SCORED)
    sample = split.every(every)
    ours = tuple(bound[::every, :, j] for bound in found)
    theirs = peer_intervals(sample, minimum)
    score = scaled_score(sample, *ours)
    peer = scaled_score(sample, *theirs)
    return Result(
        name=f"{name}, MSIS of 95 % intervals, every {every}th series",
        value=score, unit="1", goal=f"<= {peer:.6g}",
        peer=f"statsforecast {version('statsforecast')} AutoETS", peer_value=peer,
        ratio=peer / score, checked=True,
    )  # fmt: skip


def scaled_score(split: Split, lower: FloatArray, upper: FloatArray) -> float:
    """Mean scaled interval score, as in M4, over series with a scale."""
    actual = split.test
    outside = np.maximum(lower - actual, 0.0) + np.maximum(actual - upper, 0.0)
    score = (upper - lower + 2.0 / (1.0 - SCORED) * outside).mean(axis=1)
    return float(np.nanmean(score / seasonal_scale(split.train, split.season_length)))


def peer_intervals(split: Split, minimum: float) -> tuple[FloatArray, FloatArray]:
    """Bounds of the 95 % intervals of AutoETS of statsforecast."""
    from statsforecast.models import AutoETS  # noqa: PLC0415 - not in every venv

    level = round(SCORED * 100)
    horizon = split.test.shape[1]
    lower, upper = np.empty(split.test.shape), np.empty(split.test.shape)
    for i in range(split.train.n_series):
        model = AutoETS(season_length=split.season_length)
        answer = model.forecast(split.train.series(i), h=horizon, level=[level])
        lower[i], upper[i] = answer[f"lo-{level}"], answer[f"hi-{level}"]
    return np.maximum(lower, minimum), np.maximum(upper, minimum)
