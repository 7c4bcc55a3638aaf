from typing import get_args

import numpy as np
import pytest

from forecasting.errors import OptionError, PanelError
from forecasting.intermittent import forecast_intermittent
from forecasting.intermittent.sums import IntermittentMethod
from forecasting.series import Panel

METHODS = get_args(IntermittentMethod)
LEVELS = np.array([0.5, 0.8, 0.9, 0.95, 0.99])


@pytest.fixture(scope="module")
def demand():
    """Lumpy demand of many items, each with a rate of its own."""
    rng = np.random.default_rng(6)
    rates = rng.gamma(2.0, 0.4, 1500)[:, None]
    return rng.poisson(rng.gamma(0.7, rates / 0.7, (1500, 68))).astype(float)


def panel_of(rows):
    return Panel.from_arrays({f"S{i}": row for i, row in enumerate(rows)})


@pytest.mark.parametrize("method", METHODS)
def test_sums_stay_below_their_quantiles_as_often_as_asked(demand, method):
    """More often by the share of sums that are equal to a whole quantile."""
    answer = forecast_intermittent(panel_of(demand[:, :60]), LEVELS, 4, method=method)
    actual = demand[:, 60:64].sum(axis=1)[:, None]
    at_most = (actual <= answer.summed_quantiles).mean(axis=0)
    below = (actual < answer.summed_quantiles).mean(axis=0)
    assert (at_most >= LEVELS - 0.03).all()
    assert (below <= LEVELS + 0.03).all()


def test_mixture_covers_demand_that_comes_back_after_empty_shelves():
    """Demand of 10 a step, none for 10 steps: fast levels alone say it is over."""
    rng = np.random.default_rng(2)
    rows = rng.poisson(10.0, (50, 60)).astype(float)
    rows[:, -10:] = 0.0
    panel = panel_of(rows)
    mixed = forecast_intermittent(panel, [0.5, 0.99], 1).summed_quantiles
    single = forecast_intermittent(panel, [0.99], 1, method="ses").summed_quantiles
    assert (mixed[:, 0] <= 1.0).all()
    assert (mixed[:, 1] >= 10.0).all()
    assert mixed[:, 1].mean() > single.mean() / 2.0


def test_errors_of_the_level_add_up_over_the_interval(demand):
    """Of independent steps the spread of 16 would be 4 times that of one."""
    panel = panel_of(demand[:200] * 20.0)
    spreads = [
        np.diff(forecast_intermittent(panel, [0.5, 0.95], n).summed_quantiles)
        for n in (1, 16)
    ]
    assert spreads[1].mean() > 6.0 * spreads[0].mean()


@pytest.mark.parametrize("method", METHODS)
def test_quantities_that_are_not_whole_scale_with_their_unit(demand, method):
    tonnes = demand[:20] / 7.0
    grams = forecast_intermittent(
        panel_of(tonnes * 1e3), LEVELS, 3, method=method
    ).summed_quantiles
    small = forecast_intermittent(panel_of(tonnes), LEVELS, 3, method=method)
    assert small.summed_quantiles == pytest.approx(grams / 1e3, rel=0.02, abs=0.01)


@pytest.mark.parametrize("method", METHODS)
def test_odd_series_have_finite_quantiles(method):
    panel = Panel.from_arrays(
        {"none": [0] * 30, "one": [4], "nought": [0], "same": [3] * 30, "big": [1e9, 0]}
    )
    answer = forecast_intermittent(panel, [0.1, 0.99], 2, method=method)
    found = answer.summed_quantiles
    assert np.isfinite(found).all()
    assert (found >= 0.0).all()
    assert (np.diff(found, axis=1) >= 0.0).all()
    assert found[[0, 2]].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert np.isfinite(answer.mean).all()


def test_options_out_of_range_are_refused():
    panel = Panel.from_arrays({"A": [1, 0]})
    with pytest.raises(OptionError, match="method must be one of levels, empirical"):
        forecast_intermittent(panel, [0.5], 1, method="holt")
    with pytest.raises(OptionError, match="protection must be a whole number"):
        forecast_intermittent(panel, [0.5], 0)
    with pytest.raises(OptionError, match="quantile must be > 0 and < 1"):
        forecast_intermittent(panel, [1.0], 1)
    with pytest.raises(PanelError, match="demand must be >= 0"):
        forecast_intermittent(Panel.from_arrays({"A": [-1]}), [0.5], 1)
