import numpy as np
import pytest

from forecasting._kernels.decomposition import ADDITIVE, MULTIPLICATIVE, NO_SEASON
from forecasting._kernels.ets_filters import (
    LEVEL,
    LOGS,
    N_ROWS,
    SEASON,
    SQUARES,
    TREND,
    run,
)
from forecasting._kernels.lanes import N_LANES

M = 5
CASES = [
    (NO_SEASON, False), (NO_SEASON, True), (ADDITIVE, False), (ADDITIVE, True),
    (MULTIPLICATIVE, True),
]  # fmt: skip


def twin(y, season_kind, is_relative, numbers, season):
    """The recursions of the book, one parameter vector at a time."""
    alpha, beta, gamma, phi, level, trend = numbers
    s, squares, logs = season.copy(), 0.0, 0.0
    for t, value in enumerate(y):
        q, i = level + phi * trend, t % M
        mean = {NO_SEASON: q, ADDITIVE: q + s[i], MULTIPLICATIVE: q * s[i]}[season_kind]
        error = value - mean
        squares += (error / mean) ** 2 if is_relative else error**2
        logs += np.log(mean)
        moved = error
        if season_kind == ADDITIVE:
            s[i] += gamma * error
        elif season_kind == MULTIPLICATIVE:
            moved = error / s[i]
            s[i] += gamma * error / q
        level, trend = q + alpha * moved, phi * trend + beta * moved
    return squares, logs, level, trend, s


@pytest.mark.parametrize(("season_kind", "is_relative"), CASES)
@pytest.mark.parametrize("n", [1, 2, 47, 200])
def test_run_equals_the_recursions_of_the_book(season_kind, is_relative, n):
    rng = np.random.default_rng(n)
    figure = 1.0 + 0.2 * np.sin(np.arange(M))
    y = (1.0 + 0.05 * rng.normal(size=n)) * np.resize(figure, n)
    first = figure - 1.0 if season_kind == ADDITIVE else figure
    w = np.zeros((N_ROWS + 2 * M, N_LANES))
    alpha = rng.uniform(0.01, 0.99, N_LANES)
    w[0], w[1], w[2] = alpha, alpha * 0.1, (1.0 - alpha) * 0.4
    w[3], w[4], w[5] = rng.uniform(0.8, 1.0, N_LANES), 1.0, 0.01
    w[N_ROWS : N_ROWS + M] = first[:, None]
    w[N_ROWS + M :] = 1.0 / figure[:, None]
    before = w.copy()
    run(y, M, season_kind, is_relative, w.ravel())
    flat = w.ravel()
    for lane in (0, 7, N_LANES - 1):
        told = twin(y, season_kind, is_relative, before[:6, lane], first)
        squares, logs, level, trend, season = told
        assert flat[SQUARES + lane] == pytest.approx(squares, rel=1e-9)
        found = flat[SEASON + lane : SEASON + lane + M * N_LANES : N_LANES]
        # The mean of a multiplicative season has been moved into the level.
        moved = (season / found).mean() if season_kind == MULTIPLICATIVE else 1.0
        assert flat[LEVEL + lane] == pytest.approx(level * moved, rel=1e-9)
        assert flat[TREND + lane] == pytest.approx(trend * moved, abs=1e-9)
        if is_relative:
            assert flat[LOGS + lane] == pytest.approx(logs, abs=1e-8)
        if season_kind != NO_SEASON:
            assert found * moved == pytest.approx(season, rel=1e-9)


def test_season_drifts_off_as_its_formula_says_unless_it_is_normalised():
    rng = np.random.default_rng(3)
    alpha, gamma, n = 0.1, 0.6, 20_000
    y = rng.lognormal(-0.045, 0.3, n)
    numbers = (alpha, 0.0, gamma, 1.0, 1.0, 0.0)
    squares, *_, season = twin(y, MULTIPLICATIVE, True, numbers, np.ones(M))
    drift = gamma * squares / n / 2.0 * M * alpha * (alpha - gamma)
    drift *= n / M / (gamma + M * alpha)
    assert np.log(season).mean() == pytest.approx(drift, rel=0.15)
    w = np.zeros((N_ROWS + 2 * M, N_LANES))
    w[:6] = np.array(numbers)[:, None]
    w[N_ROWS:] = 1.0
    run(y, M, MULTIPLICATIVE, True, w.ravel())
    assert np.abs(np.log(w[N_ROWS : N_ROWS + M].mean(axis=0))).max() < 1.0
    assert w.ravel()[SQUARES] == pytest.approx(squares, rel=1e-9)
