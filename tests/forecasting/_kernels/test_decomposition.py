import numpy as np
import pytest

from forecasting._kernels.decomposition import (
    SEASON_KEPT,
    deseasonalise,
    is_seasonal,
    seasonal_figure,
    steady_figure,
    take_out,
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


@pytest.mark.parametrize("m", [2, 4, 7, 12])
@pytest.mark.parametrize("by_ratio", [False, True])
def test_steady_figure_is_weighed_and_shrunk_by_its_noise(m, by_ratio):
    y = np.random.default_rng(m).uniform(8.0, 9.0, 4 * m + 1)
    y += np.resize(np.arange(m) / m, y.size)
    trend, half = average(y, m), m // 2
    inner = y[half : half + trend.size]
    apart = inner / trend if by_ratio else inner - trend
    place = np.arange(trend.size) + half
    weight, phase = SEASON_KEPT ** (-place / m), place % m
    rows = [(apart[phase == i], weight[phase == i]) for i in range(m)]
    means = np.array([np.average(x, weights=w) for x, w in rows])
    spread = sum(
        np.average((x - mean) ** 2, weights=w)
        for (x, w), mean in zip(rows, means, strict=True)
    )
    of_mean = np.array([(w**2).sum() / w.sum() ** 2 for _, w in rows])
    noise = spread / (1.0 - of_mean).sum() * of_mean.mean()
    centre = 1.0 if by_ratio else 0.0
    plain = means / means.mean() if by_ratio else means - means.mean()
    share = min(noise / plain.var(ddof=1), 1.0) * max(m - 3, 0) / (m - 1)
    found = np.empty(m)
    steady_figure(y, m, by_ratio, found)
    assert found == pytest.approx(centre + (1.0 - share) * (plain - centre))
    assert np.abs(found - centre).max() <= np.abs(plain - centre).max()


def test_steady_figure_keeps_a_season_without_noise():
    season = np.array([0.5, 1.5, 1.25, 0.75])
    found = np.empty(4)
    steady_figure(np.resize(season, 4_000), 4, True, found)
    assert found == pytest.approx(season)


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
    assert take_out(wave - 0.5, 4, True, figure) == 1
    assert take_out(t + 1.0, 1, True, figure) == 0
