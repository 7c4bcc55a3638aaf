from dataclasses import replace
from itertools import count

import pytest

from optimizer import OptionsError, SolveOptions
from optimizer.logistics.routing import (
    Breaks,
    Lock,
    RepairPrices,
    Shipments,
    check_routes,
    repair_routes,
    routing_cost,
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
    dear = RepairPrices(cut=50_000 if kind == "vehicle" else 1_000)
    repair = repair_routes(changed(line, table, **columns), options, prices=dear)
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
    repair = repair_routes(problem, options, prices=RepairPrices(late=5_000))
    assert [change.kind for change in repair.changes] == ["unlock"]
    assert not repair.problem.locks


def test_lock_that_comes_too_late_may_come_later(line, changed, options):
    problem = changed(line, "clients", close=[99, 99, 31])
    problem = replace(problem, locks=(Lock(vehicle=0, visits=(0, 1, 2)),))
    repair = repair_routes(problem, options)
    (change,) = repair.changes
    assert (change.kind, change.amount, change.price) == ("late", 1, 10)
    assert repair.problem.locks == problem.locks
    assert check_routes(repair.problem, repair.plan.routes) == ()


def test_more_loads_than_pairs_of_them_fit_need_a_vehicle(town, changed, options):
    tight = changed(town(4, capacity=5), "clients", delivery=[[3]] * 4)
    problem = changed(tight, "vehicles", available=[3], capacity=[[4]])
    repair = repair_routes(problem, options)
    assert [conflict.kind for conflict in repair.conflicts] == ["routes"]
    assert [change.text for change in repair.changes] == ["take 1 more of vehicle 0"]
    assert len(repair.plan.routes) == 4


@pytest.mark.parametrize(
    ("vehicle", "kind"), [(20_000, "vehicle"), (10**9, "left_out")]
)
def test_what_cannot_be_told_apart_costs_the_least(
    town, changed, options, *, vehicle, kind
):
    # Two of each fit, all together fit, but one of five fits nowhere.
    whole = changed(town(5), "clients", delivery=[[4]] * 5)
    problem = changed(whole, "vehicles", available=[2], capacity=[[10]])
    repair = repair_routes(problem, options, prices=RepairPrices(vehicle=vehicle))
    assert repair.conflicts == ()
    assert [change.kind for change in repair.changes] == [kind]
    assert check_routes(repair.problem, repair.plan.routes) == ()
    # What changes cost is told beside the cost of the routes, not within.
    assert repair.plan.objective == routing_cost(repair.problem, repair.plan.routes)
    assert repair.plan.objective < 1_000


def test_a_repair_keeps_its_time_and_tells_what_it_cut(town, changed):
    # Each look at the clock takes a hundredth of a second.
    looks = count()
    options = SolveOptions(
        monotonic_s=lambda: next(looks) / 100, time_limit_s=3.0, work_limit=None
    )
    five = changed(town(5), "clients", delivery=[[4]] * 5, close=[900] * 5)
    problem = changed(five, "vehicles", available=[2], capacity=[[10]])
    problem = replace(problem, locks=(Lock(vehicle=0, visits=(3,)),))
    repair = repair_routes(problem, options)
    assert not repair.conflicts_cut
    assert [change.kind for change in repair.changes] == ["vehicle"]
    assert next(looks) / 100 < 3.2
    few = changed(problem, "vehicles", available=[1])
    cut = repair_routes(few, options, cancelled=lambda: True)
    assert cut.conflicts_cut
    assert cut.conflicts == ()


def test_prices_are_judged():
    with pytest.raises(OptionsError, match="price of late must be >= 0, was -1"):
        RepairPrices(late=-1)


def test_vehicles_added_for_one_load_carry_the_other(line, changed, options):
    both = {"delivery": [[3], [3], [3]], "pickup": [[3], [3], [3]]}
    few = changed(line, "clients", **both)
    few = changed(few, "vehicles", available=[2], capacity=[[4]])
    repair = repair_routes(few, options, prices=RepairPrices(cut=50_000))
    assert len(repair.conflicts) == 2
    assert [(one.kind, one.amount) for one in repair.changes] == [("vehicle", 1)]


def test_loads_are_cut_where_that_is_cheaper(line, changed, options):
    few = changed(line, "vehicles", available=[1], capacity=[[6]])
    repair = repair_routes(few, options)
    assert [change.text for change in repair.changes] == ["carry 3 less for client 2"]
    assert repair.price == 3_000
    assert len(repair.plan.routes) == 1


def shipped(line, changed, **columns):
    problem = changed(line, "clients", delivery=[[0], [0], [4]], **columns)
    return replace(problem, shipments=Shipments(pickup=[1], delivery=[0], amount=[[5]]))


@pytest.mark.parametrize(
    ("kind", "amount", "table", "columns"),
    [
        ("late", 2, "clients", {"close": [29, 99, 99]}),
        ("late", 31, "clients", {"open": [0, 50, 0], "close": [30, 99, 99]}),
        ("cut", 1, "vehicles", {"capacity": [[4]]}),
        ("overtime", 1, "vehicles", {"max_duration": [41]}),
        ("skill", 1, "clients", {"skills": [[1], [0], [0]]}),
    ],
)
def test_shipments_are_repaired(
    line, changed, options, *, kind, amount, table, columns
):
    problem = shipped(line, changed)
    roomy = changed(problem, "clients", delivery=[[0], [0], [0]], service=[1, 1, 0])
    if table == "vehicles" and kind == "overtime":
        roomy = changed(roomy, "clients", required=[True, True, False])
    repair = repair_routes(changed(roomy, table, **columns), options)
    assert [len(conflict.clients) for conflict in repair.conflicts] == [
        1 if kind == "skill" else 2
    ]
    assert [(one.kind, one.amount) for one in repair.changes] == [(kind, amount)]
    assert check_routes(repair.problem, repair.plan.routes) == ()
    assert {0, 1} <= {c for route in repair.plan.routes for c in route.clients}


def test_a_break_is_moved(line, changed, options):
    problem = changed(line, "clients", open=[0, 0, 30], close=[99, 99, 30])
    problem = changed(problem, "vehicles", open=[0], close=[95])
    rest = Breaks(vehicle=[0], earliest=[5], latest=[20], duration=[30])
    repair = repair_routes(replace(problem, breaks=rest), options)
    assert [conflict.rules for conflict in repair.conflicts] == [("break",)]
    (change,) = repair.changes
    # It rests after the visit at 30, which takes a tick.
    assert (change.kind, change.amount) == ("rest", 11)
    assert "begin until 31, 11 later" in change.text
    assert check_routes(repair.problem, repair.plan.routes) == ()
