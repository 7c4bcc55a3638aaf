"""Tests of `optimizer.production.lot_sizing.problem.tables`."""

import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.production.lot_sizing import Bill, Items, Resources


def test_items_defaults_are_single_level_without_limits():
    items = Items(holding_cost=np.array([1.0, 2.0]))
    assert items.lead_periods.tolist() == [0, 0]
    assert np.isinf(items.backlog_cost).all()
    assert items.resource.tolist() == [0, 0]


def test_items_are_copies_that_cannot_be_written():
    given = np.array([1.0])
    items = Items(holding_cost=given)
    given[0] = 7.0
    assert items.holding_cost[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        items.holding_cost[0] = 2.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"setup_cost": np.array([-1.0])}, r"setup_cost\[0\] must be finite and >= 0"),
        ({"unit_time": np.array([np.inf])}, r"unit_time\[0\] must be finite"),
        ({"lost_cost": np.array([np.nan])}, r"lost_cost\[0\] must be >= 0, was nan"),
        ({"shelf_life": np.array([-2])}, r"shelf_life\[0\] must be >= -1, was -2"),
        ({"lead_periods": np.array([0.5])}, "lead_periods must be 1 integers"),
        ({"minimum_lot": np.zeros(2)}, r"minimum_lot must have shape \(1,\)"),
        ({"setup_time": ["a"]}, "setup_time must be an array of numbers"),
    ],
)
def test_items_refuses_what_is_not_allowed(change, said):
    with pytest.raises(ProblemError, match=said):
        Items(holding_cost=np.array([1.0]), **change)


def test_resources_refuses_a_capacity_without_periods():
    with pytest.raises(ProblemError, match="n_resources, n_periods"):
        Resources(capacity=np.ones(3))


def test_resources_refuses_carry_over_that_is_no_bool():
    with pytest.raises(ProblemError, match="carry_over must be 1 bools"):
        Resources(capacity=np.ones((1, 2)), carry_over=np.array([1.0]))


def test_bill_refuses_a_line_twice_and_no_quantity():
    with pytest.raises(ProblemError, match="component 1 of item 0 is listed twice"):
        Bill(parent=np.array([0, 0]), component=np.array([1, 1]))
    with pytest.raises(ProblemError, match=r"quantity\[0\] must be > 0"):
        Bill(parent=np.array([0]), component=np.array([1]), quantity=np.zeros(1))
