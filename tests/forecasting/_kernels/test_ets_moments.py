import numpy as np
import pytest

from forecasting._kernels.ets_fit import BLOCK_RELATIVE, BLOCK_SEASON, N_BLOCKS
from forecasting._kernels.ets_moments import model_moments

ALPHA, BETA, GAMMA, PHI, LEVEL, TREND, SD = 0.4, 0.1, 0.2, 0.9, 10.0, 0.3, 0.05
M, HORIZON = 3, 7
FIGURE = np.array([0.8, 1.3, 0.9])


def played(block, n=80_000):
    """Futures of the model, drawn step by step."""
    rng = np.random.default_rng(0)
    level, trend = np.full(n, LEVEL), np.full(n, TREND)
    kind = BLOCK_SEASON[block]
    season = np.repeat((FIGURE - (kind == 1))[:, None], n, axis=1)
    values = np.empty((HORIZON, n))
    for h in range(HORIZON):
        q, i = level + PHI * trend, h % M
        mean = q if kind == 0 else q + season[i] if kind == 1 else q * season[i]
        error = SD * rng.normal(size=n) * (mean if BLOCK_RELATIVE[block] else LEVEL)
        values[h] = mean + error
        moved = error / season[i] if kind == 2 else error
        season[i] += GAMMA * (error / q if kind == 2 else error)
        level, trend = q + ALPHA * moved, PHI * trend + BETA * moved
    return values


@pytest.mark.parametrize("block", range(N_BLOCKS))
def test_moments_are_those_of_futures_played(block):
    kind = BLOCK_SEASON[block]
    variance = SD**2 if BLOCK_RELATIVE[block] else (SD * LEVEL) ** 2
    gamma = GAMMA if kind > 0 else 0.0
    numbers = np.array([0, ALPHA, BETA, gamma, PHI, LEVEL, TREND, variance, 0.0])
    paths, work = np.zeros((3, HORIZON)), np.zeros((4, HORIZON))
    model_moments(numbers, FIGURE - (kind == 1), block, paths, work)
    values = played(block)
    assert paths[0] == pytest.approx(values.mean(axis=1), rel=3e-3)
    assert paths[1] == pytest.approx(values.var(axis=1), rel=0.02)
    assert paths[2] == pytest.approx(values.cumsum(axis=0).var(axis=1), rel=0.02)
