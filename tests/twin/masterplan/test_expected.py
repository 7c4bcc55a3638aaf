"""What is expected, and what is covered."""

import numpy as np
import pytest

from twin.demand import MeanForecaster
from twin.errors import OptionError
from twin.masterplan import ExpectedDemand, ExpectedSource, expected_demand


def test_margins_move_with_the_review():
    demand = ExpectedDemand(np.arange(6.0)[None], np.array([[1.0, 2.0]]))
    assert demand.path(0).tolist() == [[1.0, 3.0]]
    assert demand.path(3).tolist() == [[4.0, 6.0]]
    assert demand.path(5).tolist() == [[6.0]]


def test_nothing_below_nothing_is_covered():
    demand = ExpectedDemand(np.ones((1, 3)), np.full((1, 2), -5.0))
    assert demand.path(0).tolist() == [[0.0, 0.0]]


def test_forecaster_is_asked_for_means_and_quantiles():
    forecaster = MeanForecaster(lambda k, n: np.full((1, n), 9.0), dispersion=1.0)
    demand = expected_demand(forecaster, n_periods=3, horizon=2, quantile=0.9)
    assert demand.means.tolist() == [[9.0] * 5]
    running = demand.path(0).cumsum()
    assert running == pytest.approx(forecaster.paths(2, 0.9).cumsum())
    assert running[-1] > 18.0


@pytest.mark.parametrize(
    ("means", "margins", "message"),
    [
        (np.ones(3), np.ones((1, 2)), "two axes"),
        (np.ones((2, 3)), np.ones((1, 2)), "2 rows of means and 1 of margins"),
        (np.array([[1.0, -2.0]]), np.ones((1, 1)), r"\[0, 1\] must be >= 0"),
        (np.array([[np.nan]]), np.ones((1, 1)), "finite, was nan"),
    ],
)
def test_what_is_no_demand_is_refused(means, margins, message):
    with pytest.raises(OptionError, match=message):
        ExpectedDemand(means, margins)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"quantile": 1.0}, "quantile"), ({"n_periods": 0}, "n_periods must be >= 1")],
)
def test_options_out_of_range_are_named(change, message):
    forecaster = MeanForecaster(lambda k, n: np.ones((1, n)))
    options = {"n_periods": 3, "horizon": 2, "quantile": 0.9} | change
    with pytest.raises(OptionError, match=message):
        expected_demand(forecaster, **options)


def test_a_review_asks_in_equal_parts_and_then_no_more():
    demand = ExpectedDemand(np.array([[6.0, 9.0]]), np.zeros((1, 1)))
    source = ExpectedSource(demand, 3)
    asked = [float(source.draw(k, None)[0]) for k in range(7)]
    assert asked == [2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 0.0]
