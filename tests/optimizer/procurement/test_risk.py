from dataclasses import replace

import numpy as np
import pytest

from optimizer import OptionsError, SolveOptions
from optimizer.procurement import Lateness, check_purchases
from optimizer.procurement.risk import (
    Futures,
    RiskMeasure,
    plan_with_risk,
    simulated_costs,
)


@pytest.fixture
def options():
    return SolveOptions(monotonic_s=lambda: 0.0, work_limit=30)


@pytest.fixture
def uncertain(bolt):
    """The cheap supplier is a period late half of the time."""
    late = Lateness(periods=(0, 1), probability=(0.5, 0.5))
    far = replace(bolt.offers[0], lateness=late)
    item = replace(bolt.items[0], needs=(0.0, 0.0, 6.0), shortage_cost=5.0)
    return replace(bolt, items=(item,), offers=(far, bolt.offers[1]))


def test_orders_go_out_earlier_where_they_may_be_late(uncertain, options):
    rng = np.random.default_rng(0)
    found = plan_with_risk(uncertain, options, rng=rng)
    assert found.expected_cost < found.deterministic_cost
    assert check_purchases(uncertain, found.plan) == ()
    assert all(order.period == 0 for order in found.plan.orders)
    assert found.service == pytest.approx(1.0)


def test_a_wish_to_stop_leaves_the_plans_so_far(uncertain, options):
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) > 3

    found = plan_with_risk(
        uncertain, options, rng=np.random.default_rng(0), cancelled=cancelled
    )
    assert found.plan.orders
    assert check_purchases(uncertain, found.plan) == ()
    assert found.on_time == 0.0  # no other plan was begun


def test_without_lateness_the_plan_is_the_same(bolt, options):
    found = plan_with_risk(bolt, options, rng=np.random.default_rng(0))
    assert found.expected_cost == pytest.approx(found.plan.objective)
    assert found.tail_cost == pytest.approx(found.plan.objective)


def test_futures_follow_their_laws(uncertain):
    futures = Futures.drawn(uncertain, np.random.default_rng(1), 4000)
    assert futures.late[:, 0].mean() == pytest.approx(0.5, abs=0.03)
    assert futures.late[:, 1].max() == 0
    again = Futures.drawn(uncertain, np.random.default_rng(1), 4000)
    assert (futures.late == again.late).all()


def test_the_mean_over_futures_is_that_of_all_cases(uncertain, options):
    plan = plan_with_risk(uncertain, options, rng=np.random.default_rng(0)).plan
    late = np.zeros((2, 2, 3), np.int64)
    late[1, 0] = 1
    costs, service = simulated_costs(uncertain, plan.orders, Futures(late))
    assert costs[0] == pytest.approx(plan.objective)
    assert costs[1] < costs[0]  # a period less in stock
    assert service == 1.0


def test_measures_weigh_the_tail():
    costs = np.arange(100.0)
    assert RiskMeasure().of(costs) == 49.5
    assert RiskMeasure(tail=0.1, tail_weight=1.0).of(costs) == 94.5
    with pytest.raises(OptionsError, match="tail must be in"):
        RiskMeasure(tail=0.0)
    with pytest.raises(OptionsError, match="service_min must be in"):
        RiskMeasure(service_min=2.0)


def test_service_comes_first(uncertain, options):
    cheap = replace(uncertain.items[0], shortage_cost=0.01)
    problem = replace(uncertain, items=(cheap,))
    rng = np.random.default_rng(0)
    free = plan_with_risk(problem, options, rng=rng)
    served = plan_with_risk(
        problem, options, rng=np.random.default_rng(0),
        measure=RiskMeasure(service_min=0.99),
    )  # fmt: skip
    assert served.service >= 0.99 > free.service
