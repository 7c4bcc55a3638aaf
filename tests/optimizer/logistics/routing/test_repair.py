from dataclasses import replace

import pytest

from optimizer import OptionsError
from optimizer.logistics.routing import (
    Lock,
    RepairPrices,
    check_routes,
    repair_routes,
)


@pytest.mark.parametrize(
    ("kind", "amount", "table", "columns"),
    [
        ("cut", 1, "clients", {"delivery": [[2], [3], [10]]}),
        ("late", 1, "clients", {"close": [99, 99, 29]}),
        ("overtime", 1, "vehicles", {"close": [60]}),
        ("distance", 1, "vehicles", {"max_distance": [59]}),
        ("skill", 1, "clients", {"skills": [[0], [0], [1]]}),
        ("vehicle", 1, "vehicles", {"available": [1], "capacity": [[6]]}),
    ],
)
def test_each_conflict_has_its_change(
    line, changed, options, *, kind, amount, table, columns
):
    repair = repair_routes(changed(line, table, **columns), options)
    assert len(repair.conflicts) == 1
    (change,) = repair.changes
    assert (change.kind, change.amount) == (kind, amount)
    assert repair.price == change.price > 0
    assert check_routes(repair.problem, repair.plan.routes) == ()
    visited = {c for route in repair.plan.routes for c in route.clients}
    assert visited == {0, 1, 2}


def test_dear_changes_leave_a_client_out(line, changed, options):
    problem = changed(line, "clients", skills=[[0], [0], [1]])
    cheap = RepairPrices(skill=900, left_out=500)
    repair = repair_routes(problem, options, prices=cheap)
    assert [change.kind for change in repair.changes] == ["left_out"]
    assert repair.price == 500


def test_lock_in_the_way_is_given_up(line, changed, options):
    problem = changed(line, "clients", close=[99, 99, 31])
    problem = replace(problem, locks=(Lock(vehicle=0, visits=(0, 1, 2)),))
    repair = repair_routes(problem, options)
    assert [change.kind for change in repair.changes] == ["unlock"]
    assert not repair.problem.locks


def test_what_cannot_be_told_apart_leaves_out_few(town, changed, options):
    tight = changed(town(4, capacity=5), "clients", delivery=[[3]] * 4)
    problem = changed(tight, "vehicles", available=[3], capacity=[[4]])
    repair = repair_routes(problem, options)
    assert repair.conflicts == ()
    assert [change.kind for change in repair.changes] == ["left_out"]
    assert len(repair.plan.routes) == 3


def test_prices_are_judged():
    with pytest.raises(OptionsError, match="price of late must be >= 0, was -1"):
        RepairPrices(late=-1)


def test_vehicles_added_for_one_load_carry_the_other(line, changed, options):
    both = {"delivery": [[3], [3], [3]], "pickup": [[3], [3], [3]]}
    few = changed(line, "clients", **both)
    few = changed(few, "vehicles", available=[2], capacity=[[4]])
    repair = repair_routes(few, options)
    assert len(repair.conflicts) == 2
    assert [(one.kind, one.amount) for one in repair.changes] == [("vehicle", 1)]
