import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.logistics.transshipment import (
    Lanes,
    TransshipmentProblem,
    check_shipments,
    plan_shipments,
    warm_up,
    without_pooling,
)


def options(work=400, **changes):
    return SolveOptions(monotonic_s=lambda: 0.0, work_limit=work, **changes)


@pytest.mark.parametrize("seed", range(3))
def test_bound_and_plan_enclose_the_exact_cost(network, exact, seed):
    problem = network(seed, n_items=2, n_periods=3)
    plan = plan_shipments(problem, options())
    cost, bound = exact(problem)
    assert plan.bound <= cost + 1e-6
    assert plan.objective >= bound - 1e-6
    # A handful of vehicles: each that could be saved is a large share.
    assert plan.objective <= 1.25 * cost
    assert check_shipments(problem, plan) == ()


def test_without_vehicle_costs_the_plan_is_proven(network, exact):
    problem = network(1, vehicle_cost=np.zeros(8), fixed_cost=np.zeros(8))
    problem = replace(problem, fairness=0.5)
    plan = plan_shipments(problem, options())
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(exact(problem)[0])


def test_vehicles_are_whole_fewer_and_within_their_limit(network):
    problem = network(2, vehicles_max=np.full(8, 2))
    plan = plan_shipments(problem, options())
    assert plan.vehicles.max() <= 2
    lines = plan.history
    assert lines[-1].objective <= lines[0].objective
    assert all(one.objective > two.objective for one, two in pairwise(lines))


def test_no_vehicles_at_all_ships_nothing(network):
    plan = plan_shipments(network(2, vehicles_max=np.zeros(8, dtype=int)), options())
    assert plan.vehicles.sum() == 0
    assert plan.short.sum() > 0.0


def test_same_work_same_plan(network):
    problem = network(3, n_items=6, n_periods=6)
    one, other = (plan_shipments(problem, options()) for _ in range(2))
    assert one.shipments.tobytes() == other.shipments.tobytes()
    assert (one.objective, one.work) == (other.objective, other.work)


def test_pooling_serves_what_firms_alone_cannot(network):
    problem = network(4)
    alone = without_pooling(problem)
    assert 0 < len(alone.lanes) < len(problem.lanes)
    pooled, apart = (plan_shipments(one, options()) for one in (problem, alone))
    assert pooled.objective < apart.objective


def two_shops(**changes):
    """Ten units at a source, eight asked for at each of two shops."""
    given = {
        "lanes": Lanes(
            from_site=np.array([0, 0]), to_site=np.array([1, 2]),
            lead_periods=np.zeros(2, dtype=int), room=np.full(2, 100.0),
            vehicle_cost=np.zeros(2),
        ),
        "volume": np.ones(1),
        "stock": np.array([[10.0], [0.0], [0.0]]),
        "supply": np.zeros((3, 1, 1)),
        "demand": np.array([[[0.0]], [[8.0]], [[8.0]]]),
        "holding_cost": np.zeros((3, 1)),
        "shortage_cost": np.array([[0.0], [5.0], [4.0]]),
    }  # fmt: skip
    return TransshipmentProblem(**(given | changes))


def test_shortage_goes_by_priority_or_is_shared():
    plan = plan_shipments(two_shops(), options())
    assert plan.short[1:, 0, 0].tolist() == [0.0, 6.0]
    fair = plan_shipments(two_shops(fairness=1.0), options())
    assert fair.short[1:, 0, 0].tolist() == [2.0, 4.0]


def test_deadline_is_kept(network, in_time):
    warm_up()
    problem = network(5, n_items=40, n_periods=8)
    options = SolveOptions(monotonic_s=time.monotonic, time_limit_s=0.6)
    # A second over would be no deadline at all.
    plan = in_time(lambda: plan_shipments(problem, options), 1.6)
    assert plan.bound <= plan.objective


def test_cancelled_before_anything_ships_nothing(network):
    plan = plan_shipments(network(5), options(), cancelled=lambda: True)
    assert plan.vehicles.sum() == 0
    assert plan.bound == 0.0
