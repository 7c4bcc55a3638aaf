"""The program of a repair."""

import math

import numpy as np
import pytest

from optimizer.logistics.distribution import ReplenishmentProblem
from optimizer.logistics.distribution.repair.model import Kept, RepairModel


@pytest.fixture
def problem(shop):
    return ReplenishmentProblem(
        network=shop(), stock=np.array([0.0]), demand=np.array([[0.0, 4.0, 0.0]])
    )


def solved(problem, orders, *, free, unit_cost):
    shape = (1, 3)
    kept = Kept(
        np.array([orders]), np.full(shape, free), np.full(shape, float(unit_cost))
    )
    plan = RepairModel(problem).solve(kept, time_limit_s=math.inf)
    return plan.orders.tolist()


def test_model_changes_an_order_if_it_is_worth_the_cost(problem):
    # A unit earns 5 - 3, and 0.5 for each of the two periods that nobody waits.
    assert solved(problem, [0.0, 0.0, 0.0], free=True, unit_cost=2.9) == [
        [4.0, 0.0, 0.0]
    ]
    assert solved(problem, [0.0, 0.0, 0.0], free=True, unit_cost=3.1) == [
        [0.0, 0.0, 0.0]
    ]


def test_model_keeps_an_order_that_is_not_free_though_it_costs(problem):
    assert solved(problem, [9.0, 1.0, 0.0], free=False, unit_cost=0.0) == [
        [9.0, 1.0, 0.0]
    ]
