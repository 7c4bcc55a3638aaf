from dataclasses import replace

import numpy as np
import pytest

from optimizer.logistics.routing.check import (
    check_route,
    check_routes,
    loads_after,
    route_distance,
    timetable,
)
from optimizer.logistics.routing.problem import (
    Breaks,
    Lock,
    Names,
    Route,
    Shipments,
    reload_at,
)
from optimizer.logistics.routing.search.necessary import (
    conflicts_of,
    cost_bound,
    excess_of,
    required_visits,
)


def test_problem_with_a_plan_has_no_conflict(line, town):
    assert conflicts_of(line) == ()
    assert not any(conflicts_of(town(8, seed=seed)) for seed in range(5))


@pytest.mark.parametrize(
    ("rule", "table", "columns"),
    [
        ("capacity", "clients", {"delivery": [[2], [3], [10]]}),
        ("window", "clients", {"close": [99, 99, 29]}),
        ("shift", "vehicles", {"close": [60]}),
        ("distance", "vehicles", {"max_distance": [59]}),
        ("duration", "vehicles", {"max_duration": [60]}),
        ("skill", "clients", {"skills": [[0], [0], [1]]}),
    ],
)
def test_each_rule_is_told_and_minimal(line, changed, *, rule, table, columns):
    problem = changed(line, table, **columns)
    (conflict,) = conflicts_of(problem)
    assert (conflict.kind, conflict.rules, conflict.clients) == (
        "client",
        (rule,),
        (2,),
    )
    assert "client 2" in conflict.text
    assert check_route(problem, Route(vehicle=0, visits=(2,)))
    assert not check_route(line, Route(vehicle=0, visits=(2,)))


def test_two_reasons_are_two_conflicts(line, changed):
    problem = changed(line, "clients", close=[99, 99, 29], delivery=[[2], [3], [10]])
    rules = [conflict.rules for conflict in conflicts_of(problem)]
    assert sorted(rules) == [("capacity",), ("window",)]


def test_reasons_of_different_vehicles_make_one_conflict(line, changed):
    two = replace(
        changed(line, "clients", skills=[[0], [0], [1]]),
        vehicles=type(line.vehicles)(
            available=[1, 1], capacity=[[9], [9]], skills=[[1], [0]], close=[60, 900]
        ),
        names=Names(skills=("cold",)),
    )
    (conflict,) = conflicts_of(two)
    assert set(conflict.rules) == {"skill", "shift"}
    assert "it needs cold" in conflict.text


def test_fleet_that_is_too_small_names_the_largest(line, changed):
    problem = changed(line, "vehicles", available=[1], capacity=[[6]])
    (conflict,) = conflicts_of(problem)
    assert conflict.kind == "fleet"
    assert set(conflict.clients) == {1, 2}
    assert "all vehicles carry 6" in conflict.text


def test_lock_that_breaks_a_rule_is_named(line, changed):
    problem = changed(line, "clients", close=[99, 99, 31])
    problem = replace(problem, locks=(Lock(vehicle=0, visits=(0, 1, 2)),))
    (conflict,) = conflicts_of(problem)
    assert (conflict.kind, conflict.lock) == ("lock", 0)


def test_shortcuts_over_other_places_are_seen(line, changed):
    roads = line.duration.copy()
    roads[0, 0, 3] = 500
    problem = changed(
        replace(line, duration=roads),
        "clients",
        close=[999, 999, 40],
        service=[0, 0, 0],
    )
    assert conflicts_of(problem) == ()
    assert excess_of(problem).arrival[0].tolist() == [10, 20, 30]


def test_bound_is_below_the_best_plan(town, cheapest):
    for seed in range(3):
        problem = town(5, seed=seed)
        assert 0 < cost_bound(problem) <= cheapest(problem)
    optional = replace(problem.clients, required=np.zeros(5, dtype=bool))
    assert cost_bound(replace(problem, clients=optional)) == 0


def test_locked_visits_may_go_home_another_way(line, changed):
    problem = changed(line, "vehicles", max_distance=[70])
    roads = line.distance.copy()
    roads[0, 1, 0] = 500
    problem = replace(problem, distance=roads, locks=(Lock(vehicle=0, visits=(0,)),))
    assert check_route(problem, Route(vehicle=0, visits=(0,)))
    assert not check_route(problem, Route(vehicle=0, visits=(0, 1)))
    assert conflicts_of(problem) == ()
    (conflict,) = conflicts_of(changed(problem, "vehicles", max_distance=[19]))[-1:]
    assert conflict.kind == "lock"
    assert "its distance 40 exceeds the limit 19" in conflict.text


def test_locked_visits_are_judged_without_rests(line):
    rest = Breaks(vehicle=[0], earliest=[0], latest=[5], duration=[900])
    lock = Lock(vehicle=0, visits=(0,))
    assert conflicts_of(replace(line, locks=(lock,), breaks=rest)) == ()


def test_shipment_is_asked_for_as_its_pickup(line, changed):
    pair = Shipments(pickup=[0], delivery=[1], amount=[[1]])
    optional = changed(
        line,
        "clients",
        delivery=[[0], [0], [0]],
        required=[False, True, False],
        close=[99, 5, 99],
    )
    optional = replace(optional, shipments=pair)
    assert not required_visits(optional).any()
    assert cost_bound(optional) == 0
    assert conflicts_of(optional) == ()
    required = changed(optional, "clients", required=[True, False, False])
    assert required_visits(required).tolist() == [True, True, False]
    assert cost_bound(required) > 0
    assert [one.clients for one in conflicts_of(required)] == [(1,)]


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_called_impossible_that_a_plan_does(town, changed, seed):
    rng = np.random.Generator(np.random.Philox(seed))
    n = 6
    problem = changed(town(n, seed=seed), "clients", release=rng.integers(0, 40, n))
    # Roads over other stops are often shorter, and vehicles may load again.
    roads = rng.integers(1, 60, (1, n + 1, n + 1))
    problem = changed(problem, "vehicles", available=[2], reload=[[True]])
    problem = replace(problem, distance=roads, duration=roads)
    order = rng.permutation(n).tolist()
    routes = [
        Route(vehicle=0, visits=(*order[:2], reload_at(0), *order[2:4])),
        Route(vehicle=0, visits=tuple(order[4:])),
    ]
    wide = changed(problem, "clients", open=np.zeros(n, int), close=[900] * n)
    times = [timetable(wide, route) for route in routes]
    starts = {s.visit: s.start for time in times for s in time.stops if s.visit >= 0}
    tight = changed(wide, "clients", close=[starts[client] for client in range(n)])
    tight = changed(
        tight,
        "vehicles",
        close=[max(time.stops[-1].start for time in times)],
        max_duration=[max(time.duration for time in times)],
        max_distance=[max(route_distance(tight, route) for route in routes)],
        capacity=np.max([loads_after(tight, r).max(axis=0) for r in routes], axis=0)[
            None
        ],
    )
    assert check_routes(tight, routes) == ()
    assert conflicts_of(tight) == ()


def test_what_is_cut_names_nothing_that_may_be(line, changed):
    shipped = changed(line, "clients", delivery=[[0]] * 3, close=[15, 25, 35])
    locked = replace(shipped, locks=(Lock(vehicle=0, visits=(2, 0)),))
    pair = Shipments(pickup=[2], delivery=[0], amount=[[1]])
    shipped = replace(shipped, shipments=pair)
    crowded = changed(line, "clients", open=[50] * 3, close=[50] * 3)
    for problem in (shipped, locked, crowded):
        whole = conflicts_of(problem)
        assert whole
        for looks in range(30):
            answers = iter([False] * looks)
            part = conflicts_of(problem, stopped=lambda: next(answers, True))  # noqa: B023
            assert set(part) <= set(whole)
            assert looks or not part
        assert part == whole
