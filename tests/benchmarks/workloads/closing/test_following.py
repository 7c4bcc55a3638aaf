from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.workloads.closing.following import KeptPlan
from streams.names import Names
from twin.demand import HistoryForecaster
from twin.judging import PlanCandidate, Situation
from twin.loop import Loop
from twin.model import build
from twin.planning import Planner
from twin.simulate.reference.plant import Plant

HORIZON = 10


DAY_S = 86_400
TABLES = {
    "sites": [{"site": "shop", "kind": "store"}],
    "items": [{"item": "tea", "unit_cost": 4.0}],
    "suppliers": [{"supplier": "V"}],
    "customers": [{"customer": "M"}],
    "lanes": [
        {"lane": "buy", "from_place": "V", "to_place": "shop", "item": "tea",
         "lead_time_s": 2 * DAY_S, "price": 3.0}
    ],
    "demands": [
        {"customer": "M", "item": "tea", "site": "shop", "mean_per_day": 4,
         "law": "poisson", "price": 10.0, "shortage_cost": 0.5}
    ],
    "stock": [
        {"item": "tea", "site": "shop", "on_hand": 20, "holding_cost_per_day": 0.05}
    ],
}  # fmt: skip


@pytest.fixture
def chain():
    settings = {"name": "shop", "as_of": "2024-01-01T00:00:00Z",
                "horizon_periods": HORIZON}  # fmt: skip
    return build(TABLES, settings)


def played(network, candidate, n_periods=12):
    planner = Planner(network, monotonic_s=lambda: 0.0, terminal_share=0.9)
    forecaster = HistoryForecaster(network.demands.mean_per_day)

    def decide(state, now_us):
        return candidate.decide(Situation(planner, forecaster, state, now_us, HORIZON))

    policy = SimpleNamespace(
        name="kept", information="", observe=forecaster.observe, decide=decide
    )
    names = Names()
    loop = Loop(network, Plant(network, names, seed=4), policy, names=names)
    decided = []
    result = loop.run(n_periods, on_review=lambda turn: decided.append(turn.decided))
    return result, decided


def test_plan_of_one_review_is_made_at_each(chain):
    plan = PlanCandidate(quantile=0.9)
    kept, decided = played(chain, KeptPlan(plan, 1))
    plain, _ = played(chain, plan)
    assert all(one.planned is not None for one in decided)
    assert kept.state_hash == plain.state_hash


def test_plan_is_made_every_so_many_reviews_and_followed_between(chain):
    candidate = KeptPlan(PlanCandidate(quantile=0.9), 4)
    result, decided = played(chain, candidate)
    made = [k for k, one in enumerate(decided) if one.planned is not None]
    assert made == [0, 4, 8]
    # Goods are ordered in between, too.
    between = [one.decisions.quantity.sum() for k, one in enumerate(decided) if k % 4]
    assert np.sum(between) > 0.0
    assert result.table.totals()["fill_rate"] > 0.9
    assert candidate.name == "plan 0.9"
