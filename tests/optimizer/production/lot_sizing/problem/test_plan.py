"""Tests of `optimizer.production.lot_sizing.problem.plan`."""

import dataclasses

import pytest

from optimizer.production.lot_sizing import LotPlan


def test_plan_is_frozen():
    plan = LotPlan(
        status="infeasible",
        objective=1.0,
        bound=0.0,
        gap=1.0,
        quantities=None,
        history=(),
        seconds=0.0,
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.bound = 1.0
