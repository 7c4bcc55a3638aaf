import numpy as np
import pytest

from forecasting._kernels.ets_filters import LEVEL, N_ROWS, SQUARES, TREND
from forecasting._kernels.lanes import N_LANES
from forecasting._kernels.seasons_fit import first_states, run

M1, M2 = 3, 6


def test_run_equals_the_equations_of_the_paper():
    rng = np.random.default_rng(0)
    y = rng.normal(size=40) + 5.0
    w = np.zeros((N_ROWS + M1 + M2, N_LANES))
    w[:4] = rng.uniform(0.05, 0.5, (4, N_LANES))
    w[4], w[5] = 5.0, 0.0
    w[N_ROWS:] = rng.normal(size=(M1 + M2, N_LANES))
    before = w.copy()
    run(y, M1, M2, w.ravel())
    flat = w.ravel()
    for lane in (0, 9, 15):
        alpha, delta, omega, phi, level = before[:5, lane]
        short = before[N_ROWS : N_ROWS + M1, lane].copy()
        long = before[N_ROWS + M1 :, lane].copy()
        last, squares = 0.0, 0.0
        for t, value in enumerate(y):
            error = value - level - short[t % M1] - long[t % M2]
            squares += (error - phi * last) ** 2
            level += alpha * error
            short[t % M1] += delta * error
            long[t % M2] += omega * error
            last = error
        assert flat[SQUARES + lane] == pytest.approx(squares)
        assert flat[LEVEL + lane] == pytest.approx(level)
        assert flat[TREND + lane] == pytest.approx(last)
        assert w[N_ROWS : N_ROWS + M1, lane] == pytest.approx(short)
        assert w[N_ROWS + M1 :, lane] == pytest.approx(long)


def test_first_states_take_the_seasons_apart():
    short, long = np.array([-1.0, 0.0, 1.0]), np.repeat([2.0, -2.0], 3)
    y = 9.0 + np.resize(short, 48) + np.resize(long, 48)
    start = np.zeros(1 + M1 + M2)
    first_states(y, M1, M2, start)
    assert start == pytest.approx(np.concatenate([[9.0], short, long]), abs=1e-9)


def test_first_states_shrink_a_season_that_is_noise():
    y = np.random.default_rng(1).normal(size=36)
    start = np.zeros(1 + M1 + M2)
    first_states(y, M1, M2, start)
    apart = y - y.mean()
    raw = apart.reshape(-1, M2).mean(axis=0)
    assert np.abs(start[1 + M1 :]).sum() < 0.7 * np.abs(raw).sum()
