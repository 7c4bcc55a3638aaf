from dataclasses import replace

import numpy as np
import pytest

from optimizer.logistics.distribution import (
    ReplenishmentProblem,
    check_replenishment,
    merged_demands,
    plan_replenishment,
)

N_PERIODS = 6


@pytest.fixture
def alike(shop):
    """Four demands of one shop; the last is dearer, the third does not wait."""

    def make(rng, *, stock=5.0):
        network = shop(
            demand_point=np.zeros(4, np.int64),
            price=np.array([5.0, 5.0, 5.0, 6.0]),
            shortage_cost=np.full(4, 0.5),
            backlogged=np.array([True, True, False, True]),
            order_upper=np.array([7.0]),
        )
        return ReplenishmentProblem(
            network=network,
            stock=np.array([stock]),
            demand=rng.poisson(3.0, (4, N_PERIODS)).astype(float),
            backlog=np.array([2.0, 0.0, 0.0, 1.0]),
        )

    return make


@pytest.mark.parametrize("seed", range(5))
def test_plan_of_merged_demands_is_a_best_plan_of_the_whole(alike, options, seed):
    whole = alike(np.random.default_rng(seed))
    merged = merged_demands(whole)
    assert merged.problem.network.n_demands == 3
    plan = merged.parted(plan_replenishment(merged.problem, options))
    assert check_replenishment(whole, plan) == ()
    best = plan_replenishment(whole, options)
    assert plan.objective == pytest.approx(best.objective, abs=1e-6)


def test_demands_that_differ_are_left_alone(alike):
    whole = alike(np.random.default_rng(0))
    prices = np.arange(4.0) + 5.0
    network = replace(whole.network, price=prices)
    differ = replace(whole, network=network)
    assert merged_demands(differ).problem is differ


def test_merged_demands_are_served_the_same_share(alike, options):
    whole = alike(np.random.default_rng(1), stock=0.0)
    merged = merged_demands(whole)
    plan = merged.parted(plan_replenishment(merged.problem, options))
    before = np.hstack([whole.backlog[:, None], plan.backlog[:, :-1]])
    share = plan.sales / np.maximum(before + whole.demand, 1e-12)
    waits = (before + whole.demand)[:2].min(axis=0) > 0.0
    assert waits.any()
    np.testing.assert_allclose(share[0, waits], share[1, waits], atol=1e-9)
