from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from optimizer.logistics.routing.check import check_route, conflict_holds
from optimizer.logistics.routing.problem import Names, Route
from optimizer.logistics.routing.search.excess import excess_of
from optimizer.logistics.routing.search.fleet import fleet_conflicts


def found(problem):
    return list(fleet_conflicts(problem, excess_of(problem)))


def two_types(line, **columns):
    vehicles = type(line.vehicles)(
        available=[1, 5], capacity=[[5], [9]], skills=[[1], [0]]
    )
    return replace(
        line,
        vehicles=vehicles,
        clients=replace(line.clients, **{k: np.array(v) for k, v in columns.items()}),
        names=Names(vehicles=("reefer", "van"), skills=("cold",)),
    )


def test_loads_are_counted_by_who_may_carry_them(line):
    problem = two_types(line, skills=[[True], [True], [False]], delivery=[[3]] * 3)
    (conflict,) = found(problem)
    assert (conflict.kind, conflict.clients, conflict.vehicles) == (
        "fleet",
        (0, 1),
        (0,),
    )
    assert "clients whom only vehicles reefer serve" in conflict.text
    assert (conflict.missing, conflict.way, conflict.dimension) == (1, "delivery", 0)
    assert conflict_holds(problem, conflict)


def test_clients_of_whom_no_two_fit_are_counted(line, changed):
    times = {"open": [10, 20, 30], "close": [10, 20, 30]}
    problem = changed(line, "clients", **times)
    (conflict,) = found(problem)
    assert (conflict.kind, conflict.clients, conflict.missing) == (
        "routes",
        (0, 1, 2),
        1,
    )
    assert not found(changed(problem, "vehicles", available=[3]))
    assert not found(changed(problem, "clients", service=[0, 0, 0]))


def test_one_more_trip_is_no_second_vehicle(line, changed):
    heavy = changed(line, "clients", delivery=[[5]] * 3)
    assert [conflict.kind for conflict in found(heavy)] == ["routes"]
    assert not found(changed(heavy, "vehicles", reload=[[True]]))


def test_a_detour_may_join_two_clients(line, changed):
    roads = line.duration.copy()
    roads[0, 1, 3] = 500
    one = changed(line, "vehicles", available=[1])
    one = changed(one, "clients", close=[10, 99, 40], required=[True, False, True])
    assert not found(replace(one, duration=roads))
    busy = changed(one, "clients", service=[1, 99, 1])
    assert found(replace(busy, duration=roads))


@pytest.mark.parametrize("seed", range(8))
def test_no_pair_that_is_named_fits(town, changed, seed):
    problem = changed(town(9, seed=seed), "vehicles", available=[2], close=[260])
    tight = problem.clients.open + 25
    problem = replace(problem, clients=replace(problem.clients, close=tight))
    for conflict in found(problem):
        if conflict.kind == "routes":
            assert len(conflict.clients) == 3
            for pair in permutations(conflict.clients, 2):
                assert check_route(problem, Route(vehicle=0, visits=pair))
