import numpy as np
import pytest

from forecasting._kernels.decomposition import ADDITIVE, MULTIPLICATIVE, NO_SEASON
from forecasting._kernels.ets_fit import count_fitted, first_states


@pytest.mark.parametrize(
    ("model", "expected"), [(0, 3), (1, 5), (2, 6), (3, 3), (6, 15), (7, 17), (14, 18)]
)
def test_numbers_fitted_are_those_of_the_model(model, expected):
    # Level and its gain, trend and its gain, damping, m - 1 seasons and their gain, and
    # the variance.
    assert count_fitted(model, 12) == expected


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
