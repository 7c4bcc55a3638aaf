"""Restored demand against a plain loop over SciPy's normal law."""

import math

import numpy as np
import pytest
from scipy import stats

from forecasting._kernels.censored import (
    GAIN,
    follow,
    hazard,
    restore,
    seasonal_indices,
)


def plain_mean(values, index):
    n, m = len(values), len(index)
    ratios = np.array([values[t] / index[t % m] for t in range(n)])
    mean = np.empty(n)
    for t in range(n):
        before = (1 - GAIN) ** np.arange(t, -1, -1)
        after = (1 - GAIN) ** np.arange(n - t)
        left = before @ ratios[: t + 1] / before.sum()
        right = after @ ratios[t:] / after.sum()
        mean[t] = (left + right) / 2 * index[t % m]
    return mean


@pytest.mark.parametrize("z", [-8.0, -1.0, 0.0, 2.5, 12.0, 29.0])
def test_hazard_is_density_over_tail(z):
    wanted = math.exp(stats.norm.logpdf(z) - stats.norm.logsf(z))
    assert hazard(z) == pytest.approx(wanted, rel=1e-10)


def test_hazard_of_a_thin_tail_goes_on():
    assert hazard(30.001) == pytest.approx(hazard(29.999), rel=1e-4)
    assert hazard(1e6) == pytest.approx(1e6)


def test_mean_is_smoothed_from_both_sides_times_season():
    values = np.random.default_rng(0).gamma(4.0, 5.0, 23)
    index, mean = np.array([0.5, 1.5, 1.0]), np.empty(23)
    follow(values, index, mean)
    assert mean == pytest.approx(plain_mean(values, index), rel=1e-12)


def test_seasonal_ratios_are_those_of_days_with_stock():
    values, index = np.array([2.0, 6.0, 2.0, 1.0, 2.0, 6.0]), np.empty(2)
    cut = np.array([False, False, False, True, False, False])
    seasonal_indices(values, cut, index)
    assert index == pytest.approx([2.0 / 3.6, 6.0 / 3.6])
    seasonal_indices(values, np.array([False, True] * 3), index)
    assert index.tolist() == [1.0, 1.0]


def test_fixed_point_is_the_truncated_mean():
    rng = np.random.default_rng(1)
    values, cut = rng.normal(50.0, 10.0, 60), rng.random(60) < 0.3
    full = restore(values, cut, 1)
    mean = plain_mean(full, np.ones(1))
    # The deviation that goes with these values: of what is seen and what is not.
    deviation = np.std(full - mean)
    for _ in range(200):
        a = (values[cut] - mean[cut]) / deviation
        hidden = stats.truncnorm.var(a, np.inf) * deviation**2
        deviation = math.sqrt((((full - mean) ** 2).sum() + hidden.sum()) / 60)
    a = (values[cut] - mean[cut]) / deviation
    wanted = mean[cut] + deviation * stats.truncnorm.mean(a, np.inf)
    assert full[cut] == pytest.approx(wanted, abs=0.02 * deviation)
    assert (full[~cut] == values[~cut]).all()
