"""Accuracy of the default on M3 and M4: OWA over Naive2, by the official split."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from benchmarks.result import Result
from benchmarks.timing import interleave
from benchmarks.workloads.demand.data import Split, m3_monthly, m4_hourly, m4_yearly
from forecasting import baselines, forecast_panel
from forecasting.combination import forecast_ets_theta
from forecasting.ets import fit_ets, forecast_ets
from forecasting.series import FloatArray
from forecasting.theta import fit_theta, forecast_theta

# Errors of Naive2 in the table of the organisers (M4), and of an earlier independent
# run (M3): sMAPE and MASE.
PUBLISHED = {"M3 monthly": (16.764, 1.038), "M4 hourly": (18.383, 2.395)}
N_SERIES = {"M3 monthly": 1_428, "M4 hourly": 414}
DECIMALS = 3
EVERY_QUICK = 10


def results(*, quick: bool) -> Iterator[Result]:
    """Forecast every set, or a part of it, and compare."""
    for measured, split in (
        (monthly, m3_monthly()), (yearly, m4_yearly()), (hourly, m4_hourly()),
    ):  # fmt: skip
        for result in measured(split.every(EVERY_QUICK) if quick else split):
            # Goals are of whole sets.
            yield replace(result, goal=None, stretch=None) if quick else result


def monthly(split: Split) -> Iterator[Result]:
    """M3: the default, and what it is made of."""
    panel, m, horizon = split.train, split.season_length, split.test.shape[1]
    checked = naive2_as_published("M3 monthly", split)
    told = default(split)
    yield Result(
        name="M3 monthly, OWA of the default", value=overall(split, told), unit="1",
        goal="<= 0.806", checked=checked,
    )  # fmt: skip
    one = {
        "theta": forecast_theta(fit_theta(panel, season_length=m), horizon).mean,
        "ets, averaged": forecast_ets(fit_ets(panel, season_length=m), horizon).mean,
        "ets, selected": forecast_ets(
            fit_ets(panel, season_length=m, combine="select"), horizon
        ).mean,
    }
    for name, mean in one.items():
        yield Result(
            name=f"M3 monthly, OWA of {name}", value=overall(split, mean), unit="1",
            checked=checked,
        )  # fmt: skip


def yearly(split: Split) -> Iterator[Result]:
    """M4: half of the yearly series, and the time of all of them."""
    times = interleave({"ours": partial(default, split)})["ours"]
    yield Result(
        name="M4 yearly, OWA of the default", value=overall(split, times.answer),
        unit="1", goal="<= 0.81", checked=True,
    )  # fmt: skip
    yield Result(
        name="M4 yearly, all series on a core",
        value=times.least_s, unit="s", goal="<= 0.5", spread=times.spread,
        checked=bool(np.isfinite(times.answer).all()),
    )  # fmt: skip


def hourly(split: Split) -> Iterator[Result]:
    """M4: hours of a day and of a week; what "regular" takes for long series."""
    told = forecast_panel(
        split.train, split.test.shape[1], season_length=(24, 168), method="regular"
    ).mean
    yield Result(
        name="M4 hourly, OWA of the default", value=overall(split, told),
        unit="1", goal="<= 0.64", stretch="<= 0.50",
        checked=naive2_as_published("M4 hourly", split),
    )  # fmt: skip


def default(split: Split) -> FloatArray:
    """Forecast by the default for regular series; no value of these sets is below 0."""
    return forecast_ets_theta(
        split.train, split.test.shape[1], season_length=split.season_length,
        minimum=0.0,
    ).mean  # fmt: skip


def overall(split: Split, told: FloatArray) -> float:
    """Give the OWA, by plain loops that share nothing with the product."""
    ours, theirs = errors(split, told), errors(split, naive2(split))
    return 0.5 * sum(a / b for a, b in zip(ours, theirs, strict=True))


def errors(split: Split, told: FloatArray) -> tuple[float, float]:
    """Give mean sMAPE and mean MASE."""
    percents, scaled, m = [], [], split.season_length
    for i, (actual, expected) in enumerate(zip(split.test, told, strict=True)):
        past = split.train.series(i)
        apart = np.abs(actual - expected)
        size = np.abs(actual) + np.abs(expected)
        percents.append(np.mean(200.0 * apart / np.where(size > 0.0, size, 1.0)))
        scale = np.mean(np.abs(past[m:] - past[:-m]))
        if scale > 0.0:
            scaled.append(np.mean(apart) / scale)
    return float(np.mean(percents)), float(np.mean(scaled))


def naive2_as_published(name: str, split: Split) -> bool:
    """Compare the benchmark method with the product's, and with the errors known."""
    theirs = baselines.naive2(
        split.train, split.test.shape[1], season_length=split.season_length
    )
    alike = bool(np.allclose(theirs.mean, naive2(split), rtol=1e-9))
    if split.train.n_series < N_SERIES[name]:
        return alike
    found = tuple(round(error, DECIMALS) for error in errors(split, naive2(split)))
    return alike and found == PUBLISHED[name]


@lru_cache(maxsize=4)
def naive2(split: Split) -> FloatArray:
    """Forecast as the benchmark Naive2 of M4 does, written after its R code."""
    horizon, m = split.test.shape[1], split.season_length
    rows = []
    for i in range(split.train.n_series):
        y = split.train.series(i)
        season = seasonal_figure(y, m) if is_seasonal(y, m) else np.ones(m)
        last = y[-1] / season[(y.size - 1) % m]
        rows.append(last * season[(y.size + np.arange(horizon)) % m])
    return np.stack(rows)


def is_seasonal(y: FloatArray, m: int) -> bool:
    """Test the autocorrelation at the lag of the season, at 90 %."""
    if m == 1 or y.size < 3 * m:
        return False
    apart = y - y.mean()
    lags = [apart[k:] @ apart[: y.size - k] for k in range(1, m + 1)]
    correlation = np.array(lags) / (apart @ apart)
    limit = 1.645 * np.sqrt((1.0 + 2.0 * (correlation[:-1] ** 2).sum()) / y.size)
    return bool(abs(correlation[-1]) > limit)


def seasonal_figure(y: FloatArray, m: int) -> FloatArray:
    """Give mean ratios about the centred moving average, scaled to a mean of 1."""
    weights = np.full(m, 1.0 / m)
    if m % 2 == 0:
        weights = np.concatenate([[0.5 / m], np.full(m - 1, 1.0 / m), [0.5 / m]])
    trend, half = np.convolve(y, weights, "valid"), weights.size // 2
    ratio = np.full(y.size, np.nan)
    ratio[half : half + trend.size] = y[half : half + trend.size] / trend
    figure = np.array([np.nanmean(ratio[i::m]) for i in range(m)])
    return figure / figure.mean()
