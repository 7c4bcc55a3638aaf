import numpy as np
import pytest

from forecasting._kernels.decomposition import (
    deseasonalise,
    is_seasonal,
    seasonal_figure,
)


def figure(y, m, *, by_ratio):
    found = np.empty(m)
    seasonal_figure(np.asarray(y, float), m, by_ratio, found)
    return found


def average(y, m):
    weights = np.full(m, 1.0 / m)
    if m % 2 == 0:
        weights = np.full(m + 1, 1.0 / m)
        weights[[0, -1]] = 0.5 / m
    return np.convolve(y, weights, "valid")


@pytest.mark.parametrize("m", [2, 3, 4, 7, 12])
@pytest.mark.parametrize("by_ratio", [False, True])
def test_figure_equals_the_means_about_a_moving_average(m, by_ratio):
    y = np.random.default_rng(m).uniform(1.0, 9.0, 3 * m + 1)
    trend, half = average(y, m), m // 2
    inner = y[half : half + trend.size]
    apart = inner / trend if by_ratio else inner - trend
    phase = (np.arange(trend.size) + half) % m
    means = np.array([apart[phase == i].mean() for i in range(m)])
    expected = means / means.mean() if by_ratio else means - means.mean()
    assert figure(y, m, by_ratio=by_ratio) == pytest.approx(expected, rel=1e-12)


def test_figure_finds_the_season_on_a_line():
    season = np.array([-3.0, 1.0, 2.0])
    y = np.arange(30.0) + np.resize(season, 30)
    assert figure(y, 3, by_ratio=False) == pytest.approx(season)


def test_season_is_significant_only_where_there_is_one():
    rng = np.random.default_rng(1)
    noise = rng.normal(size=120)
    assert not is_seasonal(noise, 12)
    assert is_seasonal(noise + 2.0 * np.sin(np.arange(120) * np.pi / 6), 12)


@pytest.mark.parametrize("y", [np.ones(60), np.zeros(60), np.arange(11.0)])
def test_season_is_none_in_constant_and_short_series(y):
    assert not is_seasonal(y, 4)


def test_ratios_are_taken_only_of_positive_values():
    t = np.arange(48.0)
    wave = np.sin(t * np.pi / 2)
    figure = np.zeros(4)
    assert deseasonalise(10.0 + wave, 4, figure) == 2
    assert deseasonalise(wave - 0.5, 4, figure) == 1
    assert deseasonalise(t + 1.0, 1, figure) == 0
