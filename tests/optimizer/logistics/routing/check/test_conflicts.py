from dataclasses import replace

import pytest

from optimizer.logistics.routing import Lock, Shipments
from optimizer.logistics.routing.check import conflict_holds
from optimizer.logistics.routing.problem.conflict import Conflict
from optimizer.logistics.routing.search.necessary import conflicts_of


@pytest.mark.parametrize(
    ("kind", "table", "columns"),
    [
        ("client", "clients", {"close": [99, 99, 29]}),
        ("fleet", "vehicles", {"available": [1], "capacity": [[6]]}),
        ("routes", "clients", {"delivery": [[5], [5], [5]]}),
        ("routes", "clients", {"close": [10, 20, 30], "open": [10, 20, 30]}),
    ],
)
def test_conflicts_that_are_found_hold(line, changed, *, kind, table, columns):
    problem = changed(line, table, **columns)
    (conflict,) = conflicts_of(problem)
    assert conflict.kind == kind
    assert conflict_holds(problem, conflict)
    assert not conflict_holds(changed(line, "vehicles", available=[3]), conflict)


def test_conflicts_of_locks_and_shipments_hold(line, changed):
    locked = replace(
        changed(line, "clients", close=[99, 99, 31]),
        locks=(Lock(vehicle=0, visits=(0, 1, 2)),),
    )
    empty = changed(line, "clients", delivery=[[0], [0], [0]])
    shipped = replace(
        empty, shipments=Shipments(pickup=[2], delivery=[0], amount=[[10]])
    )
    for problem, kind in ((locked, "lock"), (shipped, "shipment")):
        (conflict,) = conflicts_of(problem)
        assert conflict.kind == kind
        assert conflict_holds(problem, conflict)


def test_what_is_no_conflict_does_not_hold(line):
    for conflict in (
        Conflict(kind="client", clients=(0,)),
        Conflict(kind="fleet", clients=(0, 1, 2), vehicles=(0,), way="delivery"),
        Conflict(kind="routes", clients=(0, 1, 2), vehicles=(0,)),
    ):
        assert not conflict_holds(line, conflict)
