from dataclasses import replace

import pytest

from optimizer.logistics.routing import Breaks, Lock, RepairPrices, check_routes
from optimizer.logistics.routing.elastic import elastic_plan


def test_a_problem_with_a_plan_needs_no_change(line, options):
    found = elastic_plan(line, options, prices=RepairPrices())
    assert found.changes == ()
    assert check_routes(line, found.plan.routes) == ()
    assert found.plan.objective == 60


@pytest.mark.parametrize("vehicle", [20_000, 10**9])
def test_locks_are_kept_and_all_is_checked(town, changed, options, vehicle):
    five = changed(town(5), "clients", delivery=[[4]] * 5, close=[900] * 5)
    problem = changed(five, "vehicles", available=[2], capacity=[[10]])
    problem = replace(problem, scale=10.0, locks=(Lock(vehicle=0, visits=(3,)),))
    prices = RepairPrices(vehicle=vehicle)
    found = elastic_plan(problem, options, prices=prices)
    assert len(found.changes) == 1
    assert found.problem.locks == problem.locks
    assert check_routes(found.problem, found.plan.routes) == ()


def test_locks_that_stay_in_the_way_are_given_up_and_told(line, changed, options):
    # Both begin with their own visit, but the rest is over only at 900.
    problem = changed(line, "clients", close=[20, 99, 99])
    rest = Breaks(vehicle=[0], earliest=[0], latest=[5], duration=[900])
    locked = replace(problem, breaks=rest, locks=(Lock(vehicle=0, visits=(0,)),))
    found = elastic_plan(locked, options, prices=RepairPrices())
    kinds = {change.kind for change in found.changes}
    assert "unlock" in kinds
    assert not found.problem.locks
    assert check_routes(found.problem, found.plan.routes) == ()
