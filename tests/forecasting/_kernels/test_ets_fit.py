import numpy as np
import pytest

from forecasting._kernels.decomposition import ADDITIVE, MULTIPLICATIVE, NO_SEASON
from forecasting._kernels.ets_filters import COST, N_ROWS
from forecasting._kernels.ets_fit import count_fitted, evaluate, first_states
from forecasting._kernels.lanes import N_LANES


@pytest.mark.parametrize(
    ("model", "expected"), [(0, 3), (1, 5), (2, 6), (3, 3), (6, 15), (7, 17), (14, 18)]
)
def test_numbers_fitted_are_those_of_the_model(model, expected):
    # Level and its gain, trend and its gain, damping, m - 1 seasons and their gain, and
    # the variance.
    assert count_fitted(model, 12) == expected


@pytest.mark.parametrize("model", [0, 3, 6, 9, 14])
def test_a_candidate_that_blew_up_has_no_cost(model):
    y = np.ones(30)
    start = np.concatenate([[1.0, 0.0], np.full(8, 1.0), [1.0]])
    w = np.full((N_ROWS + 8) * N_LANES, 0.5)
    evaluate(y, 4, model, start, w)
    assert np.isfinite(w[COST : COST + N_LANES]).all()
    y[9] = np.inf
    sound = w[COST : COST + N_LANES].copy()
    evaluate(y, 4, model, start, w)
    assert not (w[COST : COST + N_LANES] < sound + 1e3).any()


def test_first_states_of_a_line_lie_on_it():
    start = np.zeros(3 + 2 * 4)
    first_states(3.0 + 0.5 * np.arange(20.0), 4, NO_SEASON, start)
    assert start[:2] == pytest.approx([2.5, 0.5])
    assert start[-1] == pytest.approx(3.0 + 0.5 * 4.5)


@pytest.mark.parametrize("season", [ADDITIVE, MULTIPLICATIVE])
def test_first_states_take_the_season_out(season):
    figure = np.array([0.5, 0.8, 1.2, 1.5])
    trend = 10.0 + 0.01 * np.arange(40.0)
    y = trend * np.resize(figure, 40) if season == MULTIPLICATIVE else (
        trend + np.resize(figure - 1.0, 40)
    )  # fmt: skip
    start = np.zeros(3 + 2 * 4)
    first_states(y, 4, season, start)
    expected = figure if season == MULTIPLICATIVE else figure - 1.0
    assert start[2:6] == pytest.approx(expected, abs=2e-3)
    assert start[0] + 20 * start[1] == pytest.approx(trend[19], rel=1e-3)
    if season == MULTIPLICATIVE:
        assert start[6:10] == pytest.approx(1.0 / start[2:6])
