import numpy as np
import pytest

from forecasting.errors import PanelError
from forecasting.intermittent import classify_demand
from forecasting.series import Panel


def test_kinds_follow_both_cuts():
    rng = np.random.default_rng(1)
    sizes = rng.choice([1.0, 30.0], 120, p=[0.9, 0.1])
    seldom = np.arange(120) % 3 == 0
    kinds = classify_demand(
        Panel.from_arrays(
            {
                "smooth": np.full(120, 4.0),
                "erratic": sizes,
                "intermittent": np.where(seldom, 4.0, 0.0),
                "lumpy": np.where(seldom, sizes, 0.0),
                "none": np.zeros(3),
            }
        )
    )
    assert kinds.kinds == kinds.ids
    assert kinds.interval[2] == 3.0
    assert kinds.interval[4] == np.inf


def test_variation_is_that_of_the_sizes_alone():
    found = classify_demand(Panel.from_arrays({"A": [0, 2, 0, 4, 0, 6], "B": [7]}))
    assert found.squared_variation.tolist() == [pytest.approx((8 / 3) / 16), 0.0]
    assert found.interval.tolist() == [2.0, 1.0]


def test_demand_below_zero_is_refused_by_name():
    with pytest.raises(PanelError, match=r"series 'B', value 1: demand must be >= 0"):
        classify_demand(Panel.from_arrays({"A": [1], "B": [3, -0.5]}))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_never_becomes_a_panel(value):
    with pytest.raises(PanelError, match="must be finite"):
        Panel.from_arrays({"A": [1.0, value]})
