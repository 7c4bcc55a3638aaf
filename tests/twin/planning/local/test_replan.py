"""A part of a plan planned anew."""

import numpy as np
import pytest

from streams.events import StockCounted
from twin.errors import OptionError
from twin.planning import Planner, plan_released
from twin.planning.local import (
    LocalQuestion,
    LocalTerms,
    affected_activities,
    in_force,
    replanned,
)

DAY_US = 86_400_000_000


@pytest.fixture
def counted(two_echelon, folding):
    """A plan for a hub and a shop, and stock that was counted after it."""

    def make(*, hub, terms):
        network = two_echelon()
        fold = folding(network)
        planner = Planner(network, monotonic_s=lambda: 0.0, terminal_share=0.9)
        structure, now_us = planner.structure, fold.as_of_us
        path = np.full((1, 8), 4.0)
        planned = planner.plan(fold.state.settled(), now_us=now_us, demand=path)
        lines = plan_released(structure, planned, now_us=now_us, plan_id="p").lines
        _, state = fold.fold((5, StockCounted(item="tea", site="hub", quantity=hub)))
        plan = in_force(
            structure, lines, now_us=now_us + 5, known_us=now_us + 8 * DAY_US,
            n_periods=8,
        )  # fmt: skip
        question = LocalQuestion(
            plan=plan, affected=affected_activities(structure, [0]), demand=path,
            now_us=now_us + 5,
        )  # fmt: skip
        found = replanned(
            structure, state, question, terms=terms, monotonic_s=lambda: 0.0
        )
        return plan, found

    return make


def test_stock_as_it_was_changes_nothing(counted):
    plan, found = counted(hub=20.0, terms=LocalTerms())
    assert not found.changed.any()
    assert found.orders.tobytes() == plan.orders.tobytes()


def test_stock_that_is_gone_is_ordered_at_once(counted):
    plan, found = counted(hub=0.0, terms=LocalTerms(change_cost=0.0))
    assert found.changed[:, 0].any()
    assert found.orders.sum() > plan.orders.sum()


def test_fence_and_budget_hold(counted):
    terms = LocalTerms(fence_s=2.5 * 86_400, change_cost=0.0, changes_max=2)
    plan, found = counted(hub=0.0, terms=terms)
    inside = plan.orders[:, :3] > 0.0
    assert not found.changed[:, :3][inside].any()
    assert found.changed.sum() <= 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fence_s": -1.0}, "fence_s must be >= 0, was -1.0"),
        ({"changes_max": -1}, "changes_max must be >= 0, was -1"),
        ({"n_periods": 0}, "n_periods must be >= 1, was 0"),
    ],
)
def test_term_out_of_range_is_refused(options, words):
    with pytest.raises(OptionError, match=words):
        LocalTerms(**options)
