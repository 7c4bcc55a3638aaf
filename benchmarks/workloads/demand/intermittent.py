"""Quantiles of sporadic demand: accuracy on car parts, cost of stock on M5."""

from collections.abc import Iterator

import numpy as np
from scipy.stats import nbinom

from benchmarks.result import Result
from benchmarks.workloads.demand.data import car_parts, m5_weeks
from forecasting import Panel
from forecasting.intermittent import choose_decay, decayed_quantiles
from forecasting.intermittent import forecast_intermittent as forecast
from forecasting.series import FloatArray

NINE = np.arange(1, 10) / 10
RATIOS = np.array([0.8, 0.9, 0.95, 0.98, 0.99])
N_WEEKS = 8
EVERY_QUICK = 10  # series of M5 in a quick run
# Of the peer: gains of level and variance, weeks that start it, lowest level.
PEER_GAINS = (0.15, 0.05)
PEER_START = 8
PEER_LEVEL_MIN = 1e-3
PEER_DISPERSION_MIN = 1.001


def results(*, quick: bool) -> Iterator[Result]:
    """Score the car parts, then the stock of the last weeks of M5."""
    yield from on_car_parts()
    yield from on_weeks(m5_weeks()[:: EVERY_QUICK if quick else 1])


def on_car_parts() -> Iterator[Result]:
    """Weighted quantile loss; the decay comes from the months before the last 12."""
    split = car_parts()
    decay = choose_decay(split.train, NINE, 1)
    by_method = {
        "decayed": decayed_quantiles(split.train, NINE, 1, decay=decay),
        "levels": forecast(split.train, NINE, 1).summed_quantiles,
        "sba": forecast(split.train, NINE, 1, method="sba").summed_quantiles,
        "tsb": forecast(split.train, NINE, 1, method="tsb").summed_quantiles,
    }
    goals = {"decayed": "<= 0.92", "levels": "<= 0.92"}
    for name, found in by_method.items():
        yield Result(
            name=f"car parts, WQL, {name}", value=weighted_loss(split.test, found),
            unit="1", goal=goals.get(name), peer="TimeCopilot, as published",
            peer_value=0.977, checked=split.train.n_series == 2509,
        )  # fmt: skip


def weighted_loss(actual: FloatArray, found: FloatArray) -> float:
    """Weighted quantile loss of nine quantiles, the same at every step.

    It is written here apart from `forecasting.metrics`, which it checks.
    """
    loss = 0.0
    for j, level in enumerate(NINE):
        error = actual - found[:, j : j + 1]
        loss += np.where(error > 0.0, level * error, (level - 1.0) * error).sum()
    return float(2.0 * loss / (NINE.size * np.abs(actual).sum()))


def on_weeks(weeks: FloatArray) -> Iterator[Result]:
    """Stock up to a quantile each week: cost beside the peer, and service."""
    cost, peer, served = np.zeros(RATIOS.size), np.zeros(RATIOS.size), []
    for week in range(weeks.shape[1] - N_WEEKS, weeks.shape[1]):
        past, demand = weeks[:, :week], weeks[:, week]
        panel = Panel.from_arrays({f"S{i}": row for i, row in enumerate(past)})
        stock = forecast(panel, RATIOS, 1).summed_quantiles
        cost += newsvendor_cost(demand, stock)
        peer += newsvendor_cost(demand, smoothed_negative_binomial(past))
        served.append((demand[:, None] <= stock).mean(axis=0))
    for j, ratio in enumerate(RATIOS):
        yield Result(
            name=f"M5 weekly, cost of stock at {ratio:g} over SES + negative binomial",
            value=float(cost[j] / peer[j]), unit="1", goal="<= 1",
            peer="SES + negative binomial (SciPy)", peer_value=1.0,
            checked=bool(peer[j] > 0.0),
        )  # fmt: skip
        service = float(np.mean(served, axis=0)[j])
        yield Result(
            name=f"M5 weekly, service asked {ratio}, off by points",
            value=float(abs(service - ratio) * 100.0), unit="points", goal="<= 2",
            peer="achieved", peer_value=service, checked=len(served) == N_WEEKS,
        )  # fmt: skip


def newsvendor_cost(demand: FloatArray, stock: FloatArray) -> FloatArray:
    """Cost of units short and units left at each critical ratio."""
    short = np.maximum(demand[:, None] - stock, 0.0).sum(axis=0)
    left = np.maximum(stock - demand[:, None], 0.0).sum(axis=0)
    cost: FloatArray = RATIOS * short + (1.0 - RATIOS) * left
    return cost


def smoothed_negative_binomial(past: FloatArray) -> FloatArray:
    """Quantiles of a negative binomial with smoothed mean and error variance."""
    gain, variance_gain = PEER_GAINS
    level = past[:, :PEER_START].mean(axis=1)
    variance = past[:, :PEER_START].var(axis=1) + 1e-6
    for t in range(PEER_START, past.shape[1]):
        error = past[:, t] - level
        level = level + gain * error
        variance = variance + variance_gain * (error**2 - variance)
    mean = np.maximum(level, PEER_LEVEL_MIN)
    variance = np.maximum(variance, mean * PEER_DISPERSION_MIN)
    r, p = mean**2 / (variance - mean), mean / variance
    found: FloatArray = nbinom.ppf(RATIOS[None, :], r[:, None], p[:, None])
    return found
