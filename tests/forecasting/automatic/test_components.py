"""Level, trend and season at the end of a series."""

import numpy as np
import pytest

from forecasting import Panel, fit_ets, forecast_ets
from forecasting.automatic.answers import Question
from forecasting.automatic.components import components_of

M = 4
SEASON = np.array([3.0, -1.0, -4.0, 2.0])
STEPS = np.arange(48)
QUESTION = Question(4, (M,), np.array([0.5]))
ADDED = 100.0 + 2.0 * STEPS + np.tile(SEASON, 12)
TIMES = 100.0 * (1.0 + np.tile(SEASON, 12) / 20.0)


def told(values, method, question=QUESTION):
    (found,) = components_of(Panel.from_arrays({"A": values}), (method,), question)
    return found


@pytest.mark.parametrize("method", ["ets", "ets_theta"])
def test_parts_of_a_known_series_are_found(method):
    found = told(ADDED, method)
    assert found.level == pytest.approx(ADDED[-1] - SEASON[-1], abs=1.5)
    assert found.trend == pytest.approx(2.0, abs=0.5)
    assert found.season == pytest.approx(SEASON, abs=1.0)
    assert sum(found.models.values()) == pytest.approx(1.0, abs=0.15)
    assert list(found.models.values()) == sorted(found.models.values(), reverse=True)
    assert ("theta" in found.more) == (method == "ets_theta")


@pytest.mark.parametrize("method", ["ets", "theta", "seasons"])
def test_season_that_multiplies_is_told_in_units(method):
    question = Question(4, (M, 8), np.array([0.5]))
    found = told(TIMES, method, question if method == "seasons" else QUESTION)
    assert found.level == pytest.approx(100.0, rel=0.06)
    shown = np.array(found.season[:M])
    assert shown - shown.mean() == pytest.approx(5.0 * SEASON, abs=3.0)


def test_parts_of_smoothing_sum_to_its_next_forecast():
    panel = Panel.from_arrays({"A": ADDED, "B": TIMES})
    made = components_of(panel, ("ets", "ets"), QUESTION)
    mean = forecast_ets(fit_ets(panel, season_length=M), 1).mean[:, 0]
    for row, found in enumerate(made):
        season = found.season[0] if found.season else 0.0
        assert found.level + found.trend + season == pytest.approx(mean[row], rel=1e-6)


def test_simple_methods_and_rates_have_their_parts():
    assert told(ADDED, "seasonal_naive").level == pytest.approx(ADDED[-M:].mean())
    assert told([5.0] * 9, "ses").level == 5.0
    assert told([2.0, 4, 6, 8, 10, 12, 14], "damped_holt").trend > 1.0
    seldom = told([0.0, 0, 4, 0, 0, 4, 0, 0, 4], "intermittent")
    assert seldom.more["size"] == pytest.approx(4.0)
    assert seldom.level == pytest.approx(4.0 * seldom.more["probability"])
    assert told(ADDED, "booster") is None
    assert told([5.0] * 9, "theta").season == ()


def test_rate_is_that_of_open_steps():
    week = [4.0, 0.0] + [0.0] * (M - 2)
    shut = told(week * 12, "intermittent")
    assert shut.more["probability"] == pytest.approx(1.0, abs=0.05)
