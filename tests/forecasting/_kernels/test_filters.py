"""Kernels against the recursions written out in NumPy, and a denser search."""

import numpy as np
import pytest

from forecasting._kernels import filters


def filtered(values, level, trend, gains):
    """Component form of the damped trend (Hyndman et al. 2008, table 2.1)."""
    alpha, beta, phi = gains
    errors = []
    for y in values:
        expected = level + phi * trend
        errors.append(y - expected)
        previous = level
        level = alpha * y + (1 - alpha) * expected
        share = beta / alpha if alpha else 0.0
        trend = share * (level - previous) + (1 - share) * phi * trend
    return np.array(errors), level, trend


def least_squares_start(values, gains, n_states):
    """First states as the regression that they are, by lstsq."""
    zero, _, _ = filtered(values, 0.0, 0.0, gains)
    columns = [zero - filtered(values, 1.0, 0.0, gains)[0]]
    if n_states == 2:
        columns.append(zero - filtered(values, 0.0, 1.0, gains)[0])
    found = np.linalg.lstsq(np.array(columns).T, zero, rcond=None)[0]
    return (*found, 0.0)[:2]


@pytest.fixture
def series():
    rng = np.random.default_rng(11)
    walk = 50 + rng.normal(0.3, 1.0, 40).cumsum()
    return walk + rng.normal(0.0, 2.0, 40)


GAINS = [(0.3, 0.0, 0.0), (0.5, 0.15, 0.9), (0.9, 0.6, 0.98)]


@pytest.mark.parametrize("gains", GAINS)
def test_sum_of_squares_equals_the_component_form(series, gains):
    errors, level, trend = filtered(series, 48.0, 0.5 if gains[2] else 0.0, gains)
    found = filters.sum_of_squares(series, 48.0, 0.5 if gains[2] else 0.0, gains)
    assert found[0] == pytest.approx((errors**2).sum())
    assert found[1] == pytest.approx(level)
    if gains[2]:
        assert found[2] == pytest.approx(trend)


@pytest.mark.parametrize("gains", GAINS)
def test_best_start_equals_the_regression(series, gains):
    n_states = 2 if gains[2] else 1
    found = filters.best_start(series, gains, n_states)
    assert found == pytest.approx(least_squares_start(series, gains, n_states))


def test_cost_is_the_squared_error_from_the_best_start(series):
    start = least_squares_start(series, (0.5, 0.1, 0.9), 2)
    errors, _, _ = filtered(series, *start, (0.5, 0.1, 0.9))
    assert filters.cost(series, 0.5, 0.2, 0.9) == pytest.approx((errors**2).sum())


def test_search_level_is_no_worse_than_a_dense_grid(series):
    alpha = filters.search_level(series)
    grid = [filters.cost(series, a, 0.0, 0.0) for a in np.linspace(1e-4, 0.9999, 400)]
    assert filters.cost(series, alpha, 0.0, 0.0) <= min(grid) * (1 + 1e-5)


def test_search_trend_is_no_worse_than_a_dense_grid(series):
    found = filters.search_trend(series)
    grid = [
        filters.cost(series, a, s, f)
        for a in np.linspace(0.01, 0.99, 25)
        for s in np.linspace(0.001, 0.99, 25)
        for f in np.linspace(0.8, 0.98, 7)
    ]
    assert filters.cost(series, *found) <= min(grid) * 1.002
    assert 0.8 <= found[2] <= 0.98


def test_fit_one_recovers_the_gain_of_a_long_simulated_series():
    rng = np.random.default_rng(5)
    errors, level, values = rng.normal(0, 2.0, 4000), 100.0, []
    for error in errors:
        values.append(level + error)
        level += 0.3 * error
    alpha, _, _, found, _, variance, _ = filters.fit_one(np.array(values), 1)
    assert alpha == pytest.approx(0.3, abs=0.03)
    assert found == pytest.approx(level, abs=1.0)
    assert variance == pytest.approx(4.0, rel=0.07)


def test_fit_panel_takes_each_series_by_itself(series):
    values = np.concatenate([series, series[:9], [4.0], series[:2]])
    offsets = np.array([0, 40, 49, 50, 52])
    found = filters.fit_panel(values, offsets, 2)
    assert found[0].tolist() == list(filters.fit_one(series, 2))
    assert found[1].tolist() == list(filters.fit_one(series[:9], 2))
    assert found[2, 3] == 4.0
    assert np.isnan(found[2, 5])
    assert np.isfinite(found[3]).all()


def test_fit_one_of_a_constant_or_zero_series_is_exact():
    for value in (0.0, 7.0):
        found = filters.fit_one(np.full(12, value), 2)
        assert found[3] == pytest.approx(value)
        assert found[4] == pytest.approx(0.0, abs=1e-9)
        assert found[5] == pytest.approx(0.0, abs=1e-9)


def test_update_is_one_step_of_the_filter_and_its_running_variance():
    level, trend, variance = filters.update(20.0, 1.0, 9.0, 26.0, (0.5, 0.1, 0.8), 0.2)
    error = 26.0 - 20.8
    assert level == pytest.approx(20.8 + 0.5 * error)
    assert trend == pytest.approx(0.8 + 0.1 * error)
    assert variance == pytest.approx(0.8 * 9.0 + 0.2 * error**2)
