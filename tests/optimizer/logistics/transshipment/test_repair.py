import threading
from dataclasses import replace

import numpy as np
import pytest

from optimizer import SolveOptions, watching
from optimizer.logistics.transshipment import plan_shipments, repair_shipments
from optimizer.logistics.transshipment import repair as repairing
from optimizer.logistics.transshipment.model import Service, ServiceModel

OPTIONS = SolveOptions(monotonic_s=lambda: 0.0, work_limit=100)


def served(problem):
    return plan_shipments(problem, OPTIONS).status != "infeasible"


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


def assert_minimal(problem, conflict):
    """Verify that rules of a conflict cannot be kept, and all but any one can."""

    def kept(cells, lanes):
        demand = np.zeros(problem.demand.shape)
        for cell in cells:
            demand[cell] = problem.demand[cell]
        most = np.full(len(problem.lanes), 1_000_000)
        most[list(lanes)] = problem.lanes.vehicles_max[list(lanes)]
        lanes = replace(problem.lanes, vehicles_max=most)
        return served(replace(problem, demand=demand, lanes=lanes))

    cells, lanes = conflict.demands, conflict.lanes
    assert not kept(cells, lanes)
    for cell in cells:
        assert kept([other for other in cells if other != cell], lanes), cell
    for lane in lanes:
        assert kept(cells, [other for other in lanes if other != lane]), lane


def test_lanes_with_too_few_vehicles_are_named_and_get_more(crowded):
    repair = repair_shipments(crowded, OPTIONS)
    limited = np.flatnonzero(crowded.lanes.from_site >= 1)
    for conflict in repair.conflicts:
        assert conflict.lanes
        assert set(conflict.lanes) <= set(limited)
        assert_minimal(crowded, conflict)
    assert repair.vehicles or repair.losses
    assert repair.plan.status in {"feasible", "optimal"}
    money = crowded.lanes.vehicle_cost
    assert all(o.cost == o.vehicles * money[o.lane] for o in repair.vehicles)
    # It is cheapest where the plan makes do with what the cheapest change needs.
    change = ServiceModel(crowded, elastic=True).solve(time_limit_s=20.0)
    needed = (change.more_vehicles * money[:, None]).sum()
    told = sum(one.cost for one in repair.vehicles)
    assert needed > 0.0
    assert repair.cheapest is bool(told <= needed + 1e-3)
    # What is told is what the plan has, in every period.
    more = np.zeros_like(repair.plan.vehicles)
    for one in repair.vehicles:
        more[one.lane, one.period] = one.vehicles
    allowed = crowded.lanes.vehicles_max[:, None]
    assert (repair.plan.vehicles <= allowed + more).all()
    assert (np.minimum(repair.plan.vehicles, allowed) + more).sum() == (
        repair.plan.vehicles.sum()
    )


def test_change_of_a_program_that_was_stopped_is_not_called_cheapest(
    plenty, monkeypatch
):
    demand = plenty.demand.copy()
    demand[3, 1] = [900.0, 0.0, 0.0, 5.0]
    problem = replace(plenty, demand=demand)
    monkeypatch.setattr(repairing, "conflicts_of", lambda *_given, **_limits: ())
    proven = repair_shipments(problem, OPTIONS)
    assert proven.cheapest
    solve = ServiceModel.solve

    def stopped(self, **limits):
        found = solve(self, **limits)
        return replace(found, proven=False) if isinstance(found, Service) else found

    monkeypatch.setattr(ServiceModel, "solve", stopped)
    repair = repair_shipments(problem, OPTIONS)
    assert not repair.cheapest
    assert (repair.losses, repair.vehicles) == (proven.losses, proven.vehicles)


def test_who_stops_gets_what_a_plan_without_full_service_loses(crowded):
    ticks = iter(range(10_000))
    hasty = SolveOptions(monotonic_s=lambda: 1e-3 * next(ticks), time_limit_s=1e-3)
    repair = repair_shipments(crowded, hasty, cancelled=lambda: True)
    assert repair.conflicts == repair.vehicles == ()
    assert not repair.cheapest
    assert np.isfinite(repair.price)
    assert repair.price == repair.plan.objective
    assert repair.losses
    lost = sum(one.units for one in repair.losses)
    assert lost == pytest.approx(repair.plan.short.sum())


def test_solver_is_left_behind_when_its_answer_is_not_wanted(crowded, monkeypatch):
    begun, ends = threading.Event(), threading.Event()

    def endless(_self, **_limits):
        begun.set()
        ends.wait(20.0)

    monkeypatch.setattr(ServiceModel, "solve", endless)
    monkeypatch.setattr(watching.atexit, "register", lambda *_call: None)
    repair = repair_shipments(crowded, OPTIONS, cancelled=begun.is_set)
    assert not ends.is_set()
    ends.set()
    assert repair.conflicts == ()
    assert not repair.cheapest
