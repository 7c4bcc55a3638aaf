from dataclasses import replace

import numpy as np
import pytest

from optimizer.logistics.routing.check import check_route
from optimizer.logistics.routing.problem import Breaks, Route, Shipments
from optimizer.logistics.routing.search.excess import (
    delay_that_helps,
    delayed,
    excess_of,
    excess_of_shipments,
    required_visits,
)


def test_who_is_asked_for_by_shipments(line, changed):
    empty = changed(line, "clients", delivery=[[0]] * 3, required=[True, False, False])
    pair = Shipments(pickup=[0], delivery=[1], amount=[[1]])
    problem = replace(empty, shipments=pair)
    assert required_visits(problem).tolist() == [True, True, False]


def test_amounts_are_what_is_missing(line, changed):
    tight = changed(line, "vehicles", max_duration=[45], close=[50], capacity=[[3]])
    tight = changed(tight, "clients", close=[99, 99, 27])
    amount = excess_of(tight).amount
    assert amount["duration"].tolist() == [[0, 0, 16]]
    assert amount["shift"].tolist() == [[0, 0, 11]]
    assert amount["window"].tolist() == [[0, 0, 3]]
    assert amount["capacity"].tolist() == [[0, 0, 1]]
    assert excess_of(tight).kept().tolist() == [[True, True, False]]


def test_shift_is_missed_whatever_the_window(line, changed):
    late = changed(line, "clients", close=[99, 99, 10])
    late = changed(late, "vehicles", close=[60])
    assert excess_of(late).amount["shift"].tolist() == [[0, 0, 1]]


def test_shipments_are_judged_from_end_to_end(line, changed):
    pair = Shipments(pickup=[2], delivery=[0], amount=[[11]])
    problem = replace(
        changed(line, "clients", delivery=[[0]] * 3, close=[40, 99, 99]),
        shipments=pair,
    )
    excess = excess_of_shipments(problem)
    assert excess.arrival.tolist() == [[51]]
    assert excess.amount["window"].tolist() == [[11]]
    assert excess.amount["capacity"].tolist() == [[2]]
    roads = problem.duration.copy()
    roads[0, 3, 1] = 400
    assert excess_of_shipments(replace(problem, duration=roads)).arrival == 52


@pytest.mark.parametrize("seed", range(6))
def test_breaks_are_missed_by_as_much_as_the_checker_says(town, changed, seed):
    rng = np.random.Generator(np.random.Philox(seed))
    problem = changed(town(6, seed=seed), "vehicles", close=[400])
    earliest = int(rng.integers(0, 200))
    rest = Breaks(
        vehicle=[0], earliest=[earliest], latest=[earliest + 9], duration=[60]
    )
    shut = problem.clients.open + 10
    problem = replace(
        problem, breaks=rest, clients=replace(problem.clients, close=shut)
    )
    excess = excess_of(problem)
    whole = excess_of(replace(problem, breaks=Breaks())).kept()[0]
    for client in np.flatnonzero(whole).tolist():
        route = Route(vehicle=0, visits=(client,))
        ticks = int(excess.amount["break"][0, client])
        assert bool(ticks) == bool(check_route(problem, route))
        if ticks:
            row = delay_that_helps(problem, 0, client, ticks)
            assert not check_route(delayed(problem, row, ticks), route)
            assert check_route(delayed(problem, row, ticks - 1), route)
