from dataclasses import replace

import numpy as np
import pytest

from optimizer.logistics.routing.check import check_route
from optimizer.logistics.routing.problem import Lock, Names, Route
from optimizer.logistics.routing.search.necessary import (
    conflicts_of,
    cost_bound,
    excess_of,
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
