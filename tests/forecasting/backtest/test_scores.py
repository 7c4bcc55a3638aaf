import math

import numpy as np
import pytest

from forecasting import Panel, coverage, mase, pinball
from forecasting.backtest.answers import Answer
from forecasting.backtest.scores import scored
from forecasting.baselines import naive2
from forecasting.competition import owa

LEVELS = np.array([0.5, 0.9])


@pytest.fixture
def history():
    rng = np.random.default_rng(0)
    return Panel.from_arrays({name: rng.poisson(9.0, 24) for name in "ABC"})


def test_scores_are_those_of_the_metrics(history):
    rng = np.random.default_rng(1)
    actual = rng.poisson(9.0, (3, 4)).astype(float)
    mean = rng.normal(9.0, 1.0, (3, 4))
    quantiles = mean[..., None] + np.array([0.0, 3.0])
    answer = Answer(mean, quantiles)
    found = scored(actual, answer, history, levels=LEVELS, season_length=4)
    naive = naive2(history, 4, season_length=4).mean
    assert found["owa"] == pytest.approx(
        owa(actual, mean, history, benchmark=naive, season_length=4)
    )
    assert found["mase"] == mase(actual, mean, history, season_length=4).mean()
    assert found["pinball"] == pinball(actual, quantiles, LEVELS).mean()
    assert found["coverage_0.9"] == coverage(actual, quantiles, LEVELS)[1]
    losses = pinball(actual, quantiles, LEVELS) * actual.size / actual.sum()
    assert found["cost_0.9"] == pytest.approx(losses[1] / 0.1)
    assert found["cost_0.5"] == pytest.approx(losses[0] / 0.5)


def test_zero_series_leave_undefined_measures_out():
    history = Panel.from_arrays({"A": [0] * 9, "B": [5] * 9})
    actual = np.zeros((2, 2))
    answer = Answer(np.zeros((2, 2)), None)
    found = scored(actual, answer, history, levels=LEVELS, season_length=1)
    assert found["smape"] == 0.0
    undefined = ("owa", "mase", "rmsse", "wape", "bias", "wql", "cost_0.9")
    assert all(math.isnan(found[name]) for name in undefined)
