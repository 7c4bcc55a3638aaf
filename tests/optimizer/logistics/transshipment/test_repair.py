from dataclasses import replace

import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.logistics.transshipment import plan_shipments, repair_shipments
from optimizer.logistics.transshipment.repair import conflicts_of, smallest

OPTIONS = SolveOptions(monotonic_s=lambda: 0.0, work_limit=100)


@pytest.fixture
def plenty(network):
    """Return a network with enough of everything, all of it to be served."""
    given = network(1)
    stock = given.stock + 30.0
    return replace(given, stock=stock, full_service=True)


def served(problem):
    return plan_shipments(problem, OPTIONS).status != "infeasible"


def test_smallest_part_fails_and_no_less_does():
    def fails(some):
        return {3, 11} <= set(some)

    assert smallest(list(range(20)), fails) == [3, 11]


def test_enough_of_everything_has_no_conflict(plenty):
    plan = plan_shipments(plenty, OPTIONS)
    assert plan.status in {"feasible", "optimal"}
    assert plan.short.max() == 0.0
    assert conflicts_of(plenty) == ()


def test_item_that_cannot_be_there_is_named_and_lost_at_its_price(plenty):
    demand = plenty.demand.copy()
    demand[3, 1] = [900.0, 0.0, 0.0, 5.0]
    problem = replace(plenty, demand=demand)
    repair = repair_shipments(problem, OPTIONS)
    assert plan_shipments(problem, OPTIONS).status == "infeasible"
    (conflict,) = repair.conflicts
    assert {cell.item for cell in conflict.demands} == {1}
    assert conflict.missing > 0.0
    # Verified: without any one of its demands, the rest of the conflict can be served.
    alone = np.zeros(demand.shape)
    for cell in conflict.demands:
        alone[cell] = demand[cell]
    assert not served(replace(problem, demand=alone))
    for cell in conflict.demands:
        fewer = alone.copy()
        fewer[cell] = 0.0
        assert served(replace(problem, demand=fewer))
    assert sum(one.units for one in repair.losses) >= conflict.missing - 1e-6
    assert repair.cheapest
    lost = sum(one.cost for one in repair.losses)
    assert repair.price == pytest.approx(repair.plan.objective + lost)
    prices = problem.shortage_cost
    assert lost == pytest.approx(
        sum(o.units * prices[o.site, 1] for o in repair.losses)
    )


def crowded(plenty):
    """Return a network whose shops can only get by lanes with a vehicle each."""
    stock = plenty.stock + 100.0
    stock[3:] = 0.0
    given = plenty.lanes
    most = np.where(given.from_site >= 1, 1, 1_000_000)
    at_once = np.zeros(len(given), dtype=int)
    room = np.full(len(given), 6.0)
    lanes = replace(given, vehicles_max=most, lead_periods=at_once, room=room)
    return replace(plenty, stock=stock, lanes=lanes)


def test_lanes_with_too_few_vehicles_are_named_and_get_more(plenty):
    problem = crowded(plenty)
    repair = repair_shipments(problem, OPTIONS)
    conflict = repair.conflicts[0]
    assert conflict.lanes
    assert set(conflict.lanes) <= set(np.flatnonzero(problem.lanes.from_site >= 1))
    assert repair.vehicles or repair.losses
    assert repair.plan.status in {"feasible", "optimal"}
    money = problem.lanes.vehicle_cost
    assert all(o.cost == o.vehicles * money[o.lane] for o in repair.vehicles)


def test_without_time_what_a_plan_loses_is_the_repair(plenty):
    ticks = iter(range(10_000))
    hasty = SolveOptions(monotonic_s=lambda: 1e-3 * next(ticks), time_limit_s=1e-3)
    repair = repair_shipments(crowded(plenty), hasty, cancelled=lambda: True)
    assert repair.conflicts == ()
    assert np.isfinite(repair.price) or repair.cheapest
