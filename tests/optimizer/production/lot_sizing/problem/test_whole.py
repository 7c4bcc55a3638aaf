"""Tests of `optimizer.production.lot_sizing.problem.whole`."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.production.lot_sizing import Bill, Resources


def test_order_puts_parents_before_components(table):
    assert table.order.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"demand": np.zeros((2, 4))}, r"demand must have shape \(3, 4\)"),
        ({"item_names": ("a", "a", "b")}, "item_names must be 3 different names"),
        (
            {"bill": Bill(parent=np.array([0]), component=np.array([3]))},
            r"component\[0\] must be < 3, was 3",
        ),
        (
            {"bill": Bill(parent=np.array([0, 1]), component=np.array([1, 0]))},
            "item 'table' is part of a cycle",
        ),
        (
            {"resources": Resources(capacity=np.empty((1, 0)))},
            "at least one period",
        ),
        (
            {"resources": Resources(capacity=np.empty((0, 4))), "resource_names": ()},
            r"resource\[0\] must be < 0",
        ),
    ],
)
def test_problem_refuses_what_does_not_fit(table, change, said):
    with pytest.raises(ProblemError, match=said):
        replace(table, **change)


def test_problem_refuses_to_begin_set_up_for_what_is_made_elsewhere(table):
    resources = Resources(capacity=np.ones((2, 4)), initial_setup=np.array([-1, 0]))
    with pytest.raises(ProblemError, match="resource '2': initial setup"):
        replace(table, resources=resources, resource_names=())
