"""Answers to triggers: what is planned anew, and what is left to a plan for all."""

from dataclasses import replace

import numpy as np
import pytest

from streams.events import PurchaseOrderPlaced, StockCounted
from twin.loop import PlayOptions
from twin.loop.occasions import REVIEW, Occasion, Proposal, Situation
from twin.loop.replanning import (
    DemandPaths,
    LocalResponder,
    points_of,
    reacting,
)
from twin.planning import Planner, plan_released, planning_structure
from twin.planning.local import LocalTerms

DAY_US = 86_400_000_000


class Whole:
    """Plans for all, and counts how often."""

    def __init__(self):
        self.n_asked = 0

    def respond(self, situation, occasions):
        self.n_asked += 1
        return Proposal(lines=(), end_us=situation.now_us)


@pytest.fixture
def case(two_echelon, folding):
    """A plan of a hub and a shop, and a situation after some events."""

    def make(*events):
        network = two_echelon()
        fold = folding(network)
        planner = Planner(network, monotonic_s=lambda: 0.0, terminal_share=0.9)
        planned = planner.plan(
            fold.state.settled(), now_us=fold.as_of_us, demand=np.full((1, 8), 4.0)
        )
        plan = plan_released(
            planner.structure, planned, now_us=fold.as_of_us, plan_id="p"
        )
        batch, state = fold.fold(*((5, event) for event in events))
        return Situation(
            network=network, state=state, now_us=fold.as_of_us + 5, events=batch,
            asked=np.zeros((1, 1)), plan=plan,
        )  # fmt: skip

    return make


def occasion(kind, subject, detail=""):
    return Occasion(5, kind, subject, detail)


def test_shortage_is_answered_by_a_change_of_the_plan(case):
    situation = case(StockCounted(item="tea", site="hub", quantity=0.0))
    whole = Whole()
    responder = LocalResponder(whole, terms=LocalTerms(change_cost=0.0))
    why = occasion("shortage", "tea@hub", "none is left")
    found = responder.respond(situation, [why])
    assert not whole.n_asked
    assert found.is_whole
    assert found.policy.startswith("local: none is left: ")
    assert found.lines[0].release_us == situation.now_us
    released = {id(line) for line in situation.plan.lines}
    assert any(id(line) in released for line in found.lines), "the rest stays"
    again = LocalResponder(Whole(), terms=LocalTerms(change_cost=0.0))
    assert again.respond(situation, [why]) == found


def test_nothing_worth_a_change_is_no_plan(case):
    situation = case(StockCounted(item="tea", site="hub", quantity=20.0))
    terms = LocalTerms(change_cost=1e6)
    responder = LocalResponder(Whole(), terms=terms)
    assert responder.respond(situation, [occasion("shortage", "tea@hub")]) is None


@pytest.mark.parametrize(
    "why",
    [
        Occasion(5, REVIEW),
        occasion("shortage", "tea@moon"),
        occasion("forecast_drift", "tea@shop"),
        occasion("machine_down", "M9"),
        occasion("late_supplier", "P9"),
    ],
)
def test_what_is_about_no_place_is_planned_for_all(case, why):
    situation = case(StockCounted(item="tea", site="hub", quantity=20.0))
    whole = Whole()
    assert LocalResponder(whole).respond(situation, [why]) is not None
    assert whole.n_asked == 1


def test_without_a_plan_in_force_all_is_planned(case):
    situation = case(StockCounted(item="tea", site="hub", quantity=0.0))
    whole = Whole()
    why = [occasion("shortage", "tea@hub")]
    waits = replace(situation, plan=None)  # its plan waits for approval
    assert LocalResponder(whole).respond(waits, why) is not None
    assert whole.n_asked == 1


def test_order_that_is_late_is_about_where_it_goes(case):
    placed = PurchaseOrderPlaced(
        order="P1", supplier="V", item="tea", site="hub", quantity=9.0
    )
    situation = case(placed)
    structure = planning_structure(situation.network)
    found = points_of(structure, situation.state, occasion("late_supplier", "P1"))
    stock = situation.network.stock
    (point,) = found
    assert situation.network.places.ids[stock.site_index[point]] == "hub"


def test_paths_lessen_by_what_was_asked_for_already(case):
    situation = case(StockCounted(item="tea", site="hub", quantity=20.0))
    paths = DemandPaths(0.5)
    before = paths.paths(situation, 3)
    asked = np.array([[1.5]])
    after = paths.paths(_with(situation, asked), 3)
    assert before[0, 0] - after[0, 0] == pytest.approx(1.5)
    assert after[0, 1:].tolist() == before[0, 1:].tolist()
    past = paths.paths(_with(situation, np.array([[9.0, 9.0, 0.0]])), 3)
    fresh = DemandPaths(0.5).paths(_with(situation, np.array([[9.0, 9.0, 0.0]])), 3)
    assert past.tolist() == fresh.tolist(), "as if it had been told at once"
    assert past.sum() > before.sum()


def _with(situation, asked):
    return Situation(
        network=situation.network, state=situation.state, now_us=situation.now_us,
        events=situation.events, asked=asked, plan=situation.plan,
    )  # fmt: skip


@pytest.mark.parametrize(("policy", "n_triggers"), [("mpc", 5), ("base-stock", 0)])
def test_only_who_plans_ahead_reacts(policy, n_triggers):
    whole = Whole()
    found, triggers = reacting(whole, PlayOptions(policy=policy), monotonic_s=None)
    assert len(triggers) == n_triggers
    assert (found is whole) == (n_triggers == 0)
