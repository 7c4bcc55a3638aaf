from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.workloads.closing.shipping import (
    BoughtByLevel,
    Slack,
    mean_use,
    with_due_dates,
)
from streams.names import Names
from twin.demand import HistoryForecaster
from twin.judging import PlanCandidate, Situation
from twin.loop import Loop
from twin.model import build
from twin.planning import Planner, planning_structure
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant
from twin.state.known import known_entities
from twin.state.state import State

DAY_S = 86_400
HORIZON = 8
TABLES = {
    "sites": [{"site": "works", "kind": "plant"}],
    "items": [
        {"item": "tea", "unit_cost": 4.0}, {"item": "mix", "unit_cost": 3.0},
        {"item": "leaf", "unit_cost": 1.0},
    ],
    "suppliers": [{"supplier": "far"}, {"supplier": "near"}],
    "customers": [{"customer": "M"}],
    "bills": [
        {"item": "tea", "component": "mix", "quantity": 2.0},
        {"item": "mix", "component": "leaf", "quantity": 1.0},
    ],
    "lanes": [
        {"lane": "ship", "from_place": "far", "to_place": "works", "item": "leaf",
         "lead_time_s": 20 * DAY_S, "price": 1.0},
        {"lane": "truck", "from_place": "near", "to_place": "works", "item": "leaf",
         "lead_time_s": 2 * DAY_S, "price": 1.5},
    ],
    "demands": [
        {"customer": "M", "item": "tea", "site": "works", "mean_per_day": 3,
         "law": "constant", "price": 20.0, "shortage_cost": 5.0, "backlogged": True}
    ],
    "stock": [
        {"item": "tea", "site": "works", "on_hand": 12, "holding_cost_per_day": 0.01},
        {"item": "mix", "site": "works", "on_hand": 6, "holding_cost_per_day": 0.01},
        {"item": "leaf", "site": "works", "on_hand": 90, "holding_cost_per_day": 0.01},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def works():
    settings = {
        "name": "works", "as_of": "2024-01-01T00:00:00Z", "horizon_periods": HORIZON
    }  # fmt: skip
    return build(TABLES, settings)


@pytest.fixture
def situation(works):
    planner = Planner(works, monotonic_s=lambda: 0.0, terminal_share=0.9)
    state = State.of_model(known_entities(works), Names()).settled()
    forecaster = HistoryForecaster(works.demands.mean_per_day)
    return Situation(planner, forecaster, state, works.settings.as_of_us, HORIZON)


def by_item(network, values):
    names = [network.items.ids[k] for k in network.stock.item_index]
    return dict(zip(names, np.round(values, 6).tolist(), strict=True))


def test_use_follows_bills(works, situation):
    use = mean_use(situation.structure, situation.forecaster)
    assert by_item(works, use) == {"tea": 3.0, "mix": 6.0, "leaf": 6.0}


def test_far_goods_are_ordered_up_to_their_level(works, situation):
    candidate = BoughtByLevel(PlanCandidate(quantile=0.6), far=5.0, near=0.0)
    structure = situation.structure
    missing = candidate.missing(situation)
    lane = [works.lanes.ids[k] for k in structure.activity_lane[missing > 0.0]]
    assert lane == ["ship"]
    lead = structure.problem.lead_periods[missing > 0.0]
    assert missing.sum() == pytest.approx(6.0 * (lead[0] + 2 + 5) - 90.0)


def test_decision_buys_what_level_or_plan_asks_for(works, situation):
    plan = PlanCandidate(quantile=0.6)
    decided = BoughtByLevel(plan, far=5.0, near=0.0).decide(situation)
    alone = plan.decide(situation).decisions
    assert "ship" not in {works.lanes.ids[k] for k in alone.lane}
    assert "ship" in {works.lanes.ids[k] for k in decided.decisions.lane}
    np.testing.assert_array_equal(decided.decisions.make_item, alone.make_item)
    assert len(decided.decisions.make_due_us) == len(alone.make_item)


def test_production_is_due_when_what_there_is_runs_out(works, situation):
    tea, mix = works.item_index["tea"], works.item_index["mix"]
    made = Decisions(
        make_item=np.array([tea, mix], np.int32), make_site=np.zeros(2, np.int32),
        make_quantity=np.ones(2),
    )  # fmt: skip
    due_us = with_due_dates(situation, made).make_due_us - situation.now_us
    # 12 of 3 a day; and 6 with the 24 that are in tea, of 6 a day.
    assert (due_us / 86.4e9).tolist() == [4.0, 5.0]


def test_slack_makes_plans_early_where_it_says(works):
    structure = planning_structure(works)
    given = Slack(parts=3, goods=2, bought=1).given(structure)
    more = given.problem.lead_periods - structure.problem.lead_periods
    names = [works.items.ids[k] for k in structure.activity_item]
    assert set(zip(names, more.tolist(), strict=True)) == {
        ("leaf", 1), ("mix", 3), ("tea", 2)
    }  # fmt: skip


def test_loop_that_buys_by_level_serves_everybody(works):
    planner = Planner(works, monotonic_s=lambda: 0.0, terminal_share=0.9)
    forecaster = HistoryForecaster(works.demands.mean_per_day)
    candidate = BoughtByLevel(PlanCandidate(quantile=0.6), far=5.0, near=0.0)

    def decide(state, now_us):
        return candidate.decide(Situation(planner, forecaster, state, now_us, HORIZON))

    policy = SimpleNamespace(
        name="bought", information="", observe=forecaster.observe, decide=decide
    )
    names = Names()
    result = Loop(works, Plant(works, names, seed=0), policy, names=names).run(40)
    assert result.table.totals()["fill_rate"] == 1.0
