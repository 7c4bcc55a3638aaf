"""Repairs of released plans: what changes, what stays, and what it earns."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.errors import ProblemError
from optimizer.logistics.distribution import (
    ReplenishmentProblem,
    plan_replenishment,
)
from optimizer.logistics.distribution.repair import (
    ReleasedPlan,
    repair_replenishment,
)

N_PERIODS = 6


@pytest.fixture
def random_case(random_network, random_problem):
    """A plan of random numbers, and the problem that it is to be repaired for."""

    def make(seed, options):
        rng = np.random.default_rng(seed)
        network = random_network(rng)
        before = random_problem(network, rng, N_PERIODS)
        plan = plan_replenishment(before, options)
        stock = before.stock * rng.uniform(0.0, 1.5, before.stock.size)
        return plan, replace(before, stock=stock)

    return make


@pytest.mark.parametrize("seed", range(12))
def test_repair_without_limits_earns_as_much_as_a_new_plan(seed, random_case, options):
    plan, now = random_case(seed, options)
    if plan.status != "optimal":
        pytest.skip("endless profit has no plan")
    best = plan_replenishment(now, options)
    free = np.ones(plan.orders.shape, np.bool_)
    found = repair_replenishment(
        now, ReleasedPlan(orders=plan.orders, free=free), options
    )
    near = np.isin(
        np.arange(now.network.n_points),
        [*now.network.output_point, *now.network.input_point],
    )
    if near.all():
        assert found.profit == pytest.approx(best.objective, rel=1e-6, abs=1e-5)
    assert not found.squeezed.any()


@pytest.mark.parametrize("seed", range(12))
def test_repair_keeps_what_is_not_free_to_the_bit(seed, random_case, options):
    plan, now = random_case(seed, options)
    if plan.status != "optimal":
        pytest.skip("endless profit has no plan")
    rng = np.random.default_rng(seed)
    free = rng.random(plan.orders.shape) < 0.4
    released = ReleasedPlan(
        orders=plan.orders, free=free, change_cost=0.2, changes_max=3
    )
    found = repair_replenishment(now, released, options)
    stays = ~(found.changed | found.squeezed)
    assert found.orders[stays].tobytes() == plan.orders[stays].tobytes()
    assert found.changed.sum() <= 3
    assert not (found.changed & ~free).any()
    assert (found.orders[found.squeezed] < plan.orders[found.squeezed]).all()


def late_goods(shop, **changes):
    """Four a period, ordered a period before; of the first order nothing comes."""
    network = shop(**changes)
    return ReplenishmentProblem(
        network=network, stock=np.array([4.0]), demand=np.full((1, 5), 4.0)
    )


def test_change_cost_leaves_what_is_hardly_worth_it(shop, options):
    problem = late_goods(shop)
    orders = np.array([[4.0, 4.01, 4.0, 4.0, 0.0]])
    free = np.ones((1, 5), np.bool_)
    found = [
        repair_replenishment(
            problem,
            ReleasedPlan(orders=orders, free=free, change_cost=cost),
            options,
        )
        for cost in (0.0, 0.5)
    ]
    assert found[0].changed.any()
    assert not found[1].changed.any()


def test_frozen_orders_stay_and_later_ones_make_up(shop, options):
    problem = late_goods(shop)
    orders = np.array([[0.0, 4.0, 4.0, 4.0, 0.0]])
    free = np.array([[False, True, True, True, True]])
    found = repair_replenishment(
        problem, ReleasedPlan(orders=orders, free=free), options
    )
    assert found.orders[0, :2].tolist() == [0.0, 8.0]
    assert found.changed.tolist() == [[False, True, False, False, False]]


def test_order_that_stays_is_squeezed_to_what_is_there(shop, options):
    # A second shop is sent what the first has; of ten units there are four left.
    problem = ReplenishmentProblem(
        network=shop(
            holding_cost=np.array([0.1, 0.1]),
            output_point=np.array([1, 0]),
            lead_periods=np.array([1, 1]),
            unit_cost=np.array([0.1, 3.0]),
            input_start=np.array([0, 1, 1]),
            input_point=np.array([0]),
            input_usage=np.array([1.0]),
            demand_point=np.array([1]),
        ),
        stock=np.array([4.0, 0.0]),
        demand=np.array([[0.0, 10.0]]),
    )
    orders = np.array([[10.0, 0.0], [0.0, 0.0]])
    free = np.array([[False, False], [True, True]])
    found = repair_replenishment(
        problem, ReleasedPlan(orders=orders, free=free), options
    )
    assert found.squeezed.tolist() == [[True, False], [False, False]]
    assert found.orders[0].tolist() == [4.0, 0.0]


def test_repair_out_of_time_returns_the_plan_as_it_was(random_case, options):
    plan, now = random_case(3, options)
    clock = itertools.count(0.0, 100.0)
    hurried = SolveOptions(monotonic_s=lambda: next(clock), time_limit_s=1e-3)
    free = np.ones(plan.orders.shape, np.bool_)
    found = repair_replenishment(
        now, ReleasedPlan(orders=plan.orders, free=free, change_cost=1.0), hurried
    )
    if found.status == "feasible":
        assert found.orders.tobytes() == plan.orders.tobytes()
        assert not found.changed.any()
    else:
        assert found.status == "optimal"


def test_same_question_has_the_same_answer_whatever_came_before(random_case, options):
    plan, now = random_case(5, options)
    released = ReleasedPlan(
        orders=plan.orders, free=np.ones(plan.orders.shape, np.bool_), change_cost=0.1
    )
    first = repair_replenishment(now, released, options)
    other, then = random_case(6, options)
    repair_replenishment(
        then, replace(released, orders=other.orders, free=other.orders > 0.0), options
    )
    again = repair_replenishment(now, released, options)
    assert first.orders.tobytes() == again.orders.tobytes()


def test_plan_of_another_horizon_is_refused(shop, options):
    with pytest.raises(ProblemError, match=r"must have shape \(1, 5\), had \(1, 3\)"):
        repair_replenishment(
            late_goods(shop),
            ReleasedPlan(orders=np.zeros((1, 3)), free=np.ones((1, 3), np.bool_)),
            options,
        )
