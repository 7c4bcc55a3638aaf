import numpy as np
import pytest

from forecasting._kernels.lanes import N_LANES
from forecasting._kernels.theta_fit import (
    PULL_OF_LEVEL,
    PULL_OF_WEIGHT,
    add_up,
    lines,
    regress,
)


def test_lines_are_those_of_least_squares():
    y = np.random.default_rng(0).normal(size=20) + 5.0
    intercepts, slopes = np.empty(20), np.empty(20)
    assert lines(y, intercepts, slopes) == pytest.approx(y.mean())
    for n in range(2, 21):
        slope, intercept = np.polyfit(np.arange(1, n + 1), y[:n], 1)
        assert slopes[n - 1] == pytest.approx(slope)
        assert intercepts[n - 1] == pytest.approx(intercept)


def test_regression_equals_least_squares_of_its_columns():
    y = np.random.default_rng(1).normal(0.5, size=30).cumsum() + 20.0
    intercepts, slopes = np.empty(30), np.empty(30)
    lines(y, intercepts, slopes)
    w = np.zeros(7 * N_LANES)
    w[:N_LANES] = np.linspace(0.1, 0.99, N_LANES)
    add_up(y, intercepts, slopes, w)
    for lane in (0, 5, 15):
        alpha = w[lane]
        level, rows = 0.0, []
        for t in range(30):
            power = (1.0 - alpha) ** t
            if t > 1:
                x = power * intercepts[t - 1]
                x += (1.0 - power * (1.0 - alpha)) / alpha * slopes[t - 1]
                rows.append((power, x, y[t] - level))
            level += alpha * (y[t] - level)
        k, x, u = np.array(rows).T
        squares, first, weight = regress(w, lane, 10.0)
        alone = np.linalg.lstsq(k[:, None], u, rcond=None)[1][0]
        # Distance from the usual numbers is one more error each.
        pulls = np.sqrt(alone * np.array([PULL_OF_LEVEL, PULL_OF_WEIGHT]))
        columns = np.vstack([np.stack([k, x], axis=1), np.diag(pulls)])
        wanted = np.concatenate([u, pulls * [10.0, 0.5]])
        told = np.linalg.lstsq(columns, wanted, rcond=None)[0]
        if 0.0 < told[1] < 1.0:
            assert (first, weight) == pytest.approx(tuple(told), rel=1e-6)
        errors = wanted - columns @ [first, weight]
        assert squares == pytest.approx(errors @ errors, rel=1e-6)
        assert 0.0 <= weight <= 1.0
