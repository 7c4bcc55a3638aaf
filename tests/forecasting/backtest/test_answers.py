from types import SimpleNamespace

import numpy as np
import pytest

from forecasting import Panel, PointForecast, quantiles_of
from forecasting.backtest.answers import asked
from forecasting.errors import OptionError

LEVELS = np.array([0.5, 0.9])


@pytest.fixture
def panel():
    return Panel.from_arrays({"A": [1, 2, 3], "B": [4, 5]})


def quantiled(**changed):
    told = {
        "mean": np.ones((2, 1)),
        "quantile_levels": np.array([0.1, 0.5, 0.9]),
        "quantiles": np.arange(6.0).reshape(2, 1, 3),
    }
    return SimpleNamespace(**(told | changed))


def answered(told, panel):
    return asked(lambda *_: told, panel, 1, levels=LEVELS, name="it")


def test_quantiles_are_picked_by_their_levels(panel):
    found = answered(quantiled(), panel)
    assert found.quantiles.tolist() == [[[1.0, 2.0]], [[4.0, 5.0]]]


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_moments_of_whole_demand_give_quantiles_of_counts(panel, shift):
    shifted = Panel.from_arrays({"A": panel.series(0) + shift, "B": [4.0, 5.0]})
    moments = np.array([[2.0], [4.0]]), np.array([[3.0], [9.0]])
    told = PointForecast(panel.ids, moments[0], moments[1], moments[1])
    family = "normal" if shift else "count"
    expected = quantiles_of(*moments, LEVELS, family=family)
    assert answered(told, shifted).quantiles.tolist() == expected.tolist()


def test_means_alone_have_no_quantiles(panel):
    assert answered(np.ones((2, 1)), panel).quantiles is None


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (np.ones((2, 3)), r"it: mean must have the shape \(2, 1\), had \(2, 3\)"),
        (np.array([[1.0], [np.nan]]), "it: mean must be finite, was not .* at 1"),
        (quantiled(quantiles=np.ones((2, 1, 2))), "it: quantiles must have the shape"),
        (quantiled(quantile_levels=np.array([0.1, 0.5, 0.8])), "must have the levels"),
    ],
)
def test_other_answers_are_refused(panel, told, words):
    with pytest.raises(OptionError, match=words):
        answered(told, panel)
