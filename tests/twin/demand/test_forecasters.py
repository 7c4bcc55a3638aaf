"""Forecasters against plain twins and hand counts."""

import math

import numpy as np
import pytest

from forecasting import FilterGains, quantiles_of
from twin.demand.forecasters import (
    FamilyForecaster,
    FamilyOptions,
    HistoryForecaster,
    MeanForecaster,
)

GAINS = FilterGains(alpha=0.5, beta=0.1, phi=0.9, variance_gain=0.2)


def poisson_quantile(mean, level):
    count, term = 0, math.exp(-mean)
    total = term
    while total < level:
        count += 1
        term *= mean / count
        total += term
    return count


def steps(period, horizon):
    """Means 1, 2, 3, ... of one row, and 10 of another."""
    path = np.arange(period + 1.0, period + horizon + 1.0)
    return np.stack([path, np.full(horizon, 10.0)])


def test_mean_forecaster_moves_on_with_every_period():
    forecaster = MeanForecaster(steps)
    forecaster.observe(np.array([7.0, 9.0]))
    forecaster.observe(np.array([7.0, 9.0]))
    assert forecaster.means(3).tolist() == [[3, 4, 5], [10, 10, 10]]
    assert forecaster.information == "knows the mean"


def test_mean_path_sums_to_quantiles_of_the_sum():
    path = MeanForecaster(steps).paths(4, 0.9)
    for row, means in zip(path, steps(0, 4), strict=True):
        expected = [poisson_quantile(total, 0.9) for total in means.cumsum()]
        assert row.cumsum().tolist() == expected


def test_mean_path_without_dispersion_is_the_mean():
    path = MeanForecaster(steps, dispersion=0.0).paths(3, 0.99)
    assert path.tolist() == steps(0, 3).tolist()


def test_mean_quantiles_are_those_of_each_period():
    found = MeanForecaster(steps).quantiles(2, (0.1, 0.9))
    expected = [
        [[poisson_quantile(mean, level) for mean in row] for level in (0.1, 0.9)]
        for row in steps(0, 2)
    ]
    assert found.tolist() == expected


FLAT_OR_DOUBLE = np.array([[1.0] * 6, [2.0] * 6])


def test_family_weights_are_bayes_rule():
    forecaster = FamilyForecaster(FLAT_OR_DOUBLE)
    assert forecaster.means(2) == pytest.approx(np.full((1, 2), 1.5))
    forecaster.observe(np.array([2.0]))
    # Likelihoods of 2: e^-1 / 2 and 2 e^-2.
    odds = np.array([math.exp(-1) / 2, 2 * math.exp(-2)])
    weights = odds / odds.sum()
    expected = weights @ [1.0, 2.0]
    assert forecaster.means(3) == pytest.approx(np.full((1, 3), expected))


def test_family_path_covers_the_mixture():
    forecaster = FamilyForecaster(np.array([[3.0], [30.0]]))
    # Three quarters of an even mixture is the median of the larger one.
    assert forecaster.paths(1, 0.75).tolist() == [[30.0]]
    assert forecaster.quantiles(1, (0.75,)).tolist() == [[[30.0]]]


def test_family_factors_scale_past_and_coming_means():
    forecaster = FamilyForecaster(
        FLAT_OR_DOUBLE,
        factor=lambda horizon: np.full(horizon, 0.5),
        past_factors=lambda: [2.0, 99.0],
    )
    forecaster.observe(np.array([2.0]))
    odds = np.array([2 * math.exp(-2), 8 * math.exp(-4)])  # means 2 and 4
    expected = 0.5 * (odds @ [1.0, 2.0]) / odds.sum()
    assert forecaster.means(2) == pytest.approx(np.full((1, 2), expected))


def test_family_that_fits_nothing_follows_the_recent_level():
    candidates = np.array([[10.0] * 8, [20.0] * 8])
    forecaster = FamilyForecaster(candidates)
    for _ in range(4):
        forecaster.observe(np.array([60.0]))
    assert forecaster.means(1) == pytest.approx(np.array([[60.0]]))
    stubborn = FamilyForecaster(candidates, options=FamilyOptions(misfit_max=1e9))
    for _ in range(4):
        stubborn.observe(np.array([60.0]))
    assert stubborn.means(1) == pytest.approx(np.array([[20.0]]))


def plain_filter(values, level, gains):
    """Damped trend, one value after the other."""
    trend, variance = 0.0, max(level, 1e-6)
    for value in values:
        error = value - (level + gains.phi * trend)
        level, trend = (
            level + gains.phi * trend + gains.alpha * error,
            gains.phi * trend + gains.beta * error,
        )
        gain = gains.variance_gain
        variance = (1 - gain) * variance + gain * error**2
    return level, trend, variance


def plain_means(level, trend, gains, horizon):
    path, damping = [], 0.0
    for step in range(1, horizon + 1):
        damping += gains.phi**step
        path.append(max(level + trend * damping, 0.0))
    return path


def test_history_forecaster_is_a_damped_trend():
    rng = np.random.default_rng(1)
    seen = rng.poisson(20.0, (12, 2)).astype(float)
    forecaster = HistoryForecaster(np.array([15.0, 30.0]), gains=GAINS)
    for asked in seen:
        forecaster.observe(asked)
    for row, first in enumerate((15.0, 30.0)):
        level, trend, _ = plain_filter(seen[:, row], first, GAINS)
        expected = plain_means(level, trend, GAINS, 5)
        assert forecaster.means(5)[row] == pytest.approx(expected)


def test_history_path_sums_to_quantiles_of_the_sum():
    forecaster = HistoryForecaster(np.array([20.0]), gains=GAINS)
    forecaster.observe(np.array([30.0]))
    level, trend, variance = plain_filter([30.0], 20.0, GAINS)
    means = np.array(plain_means(level, trend, GAINS, 3))
    # C_j = 1 + c_1 + ... + c_j with c_j = alpha + beta (phi + ... + phi^j).
    weights = [1.0, 0.5 + 0.1 * 0.9, 0.5 + 0.1 * (0.9 + 0.81)]
    variances = variance * (np.cumsum(weights) ** 2).cumsum()
    expected = quantiles_of(means.cumsum(), variances, [0.9])[:, 0]
    path = forecaster.paths(3, 0.9)
    assert path[0].cumsum().tolist() == expected.tolist()


def test_history_divides_by_the_profile_and_multiplies_again():
    week = np.array([2.0, 1.0, 0.5, 0.5])

    def profile(period, horizon):
        return week[(period + np.arange(horizon)) % 4][None, :]

    forecaster = HistoryForecaster(np.array([10.0]), gains=GAINS, profile=profile)
    for k in range(5):
        forecaster.observe(10.0 * week[[k % 4]])
    assert forecaster.means(4)[0] == pytest.approx([10.0, 5.0, 5.0, 20.0])


def test_history_passes_over_closed_days():
    def profile(period, horizon):
        return ((period + np.arange(horizon)) % 2)[None, :].astype(float)

    closed = HistoryForecaster(np.array([10.0]), gains=GAINS, profile=profile)
    for asked in (0.0, 14.0, 0.0, 12.0, 3.0):
        closed.observe(np.array([asked]))
    level, trend, variance = plain_filter([14.0, 12.0], 10.0, GAINS)
    expected = plain_means(level, trend, GAINS, 2)
    assert closed.means(2)[0] == pytest.approx([expected[0], 0.0])
    found = closed.quantiles(2, (0.5, 0.9))
    open_day = quantiles_of(expected[0], variance, [0.5, 0.9])
    assert found[0].tolist() == [[open_day[0], 0.0], [open_day[1], 0.0]]


def test_history_of_nothing_forecasts_nothing():
    forecaster = HistoryForecaster(np.array([0.0]), gains=GAINS)
    for _ in range(60):
        forecaster.observe(np.array([0.0]))
    assert forecaster.paths(3, 0.9).tolist() == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    "forecaster",
    [
        MeanForecaster(lambda period, horizon: np.zeros((0, horizon))),
        HistoryForecaster(np.zeros(0)),
    ],
    ids=["mean", "history"],
)
def test_network_without_demand_has_empty_paths(forecaster):
    forecaster.observe(np.zeros(0))
    assert forecaster.paths(3, 0.9).shape == (0, 3)
    assert forecaster.means(3).shape == (0, 3)
