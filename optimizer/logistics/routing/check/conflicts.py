"""Hold a conflict against the rules, without the ways by which it was found."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.routing.check.whole import check_route
from optimizer.logistics.routing.problem import Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimizer.logistics.routing.problem import RoutingProblem
    from optimizer.logistics.routing.problem.conflict import Conflict

__all__ = ["conflict_holds"]


def conflict_holds(problem: RoutingProblem, conflict: Conflict) -> bool:
    """Return whether routes of the clients of a conflict alone all break a rule.

    Parameters
    ----------
    problem
        Any.
    conflict
        One that is claimed of it.
    """
    clients = conflict.clients
    if conflict.kind == "lock":
        lock = problem.locks[conflict.lock]
        return bool(check_route(problem, Route(vehicle=lock.vehicle, visits=clients)))
    types = np.flatnonzero(problem.vehicles.available > 0).tolist()
    if conflict.kind in {"client", "shipment"}:
        return _refused(problem, types, clients)
    others = sorted(set(types) - set(conflict.vehicles))
    if not all(_refused(problem, others, (client,)) for client in clients):
        return False
    if conflict.kind == "fleet":
        return _too_heavy(problem, conflict)
    within = list(conflict.vehicles)
    number = int(problem.vehicles.available[within].sum())
    return len(clients) > number and all(
        _refused(problem, within, pair) for pair in permutations(clients, 2)
    )


def _refused(
    problem: RoutingProblem, types: Sequence[int], visits: tuple[int, ...]
) -> bool:
    """Return whether no type of vehicle can make a route of visits."""
    return all(
        check_route(problem, Route(vehicle=kind, visits=visits)) for kind in types
    )


def _too_heavy(problem: RoutingProblem, conflict: Conflict) -> bool:
    """Return whether loads of clients are more than the trips of vehicles carry."""
    table = getattr(problem.clients, conflict.way)
    load = sum(int(table[client, conflict.dimension]) for client in conflict.clients)
    vehicles, room = problem.vehicles, 0
    for kind in conflict.vehicles:
        trips = 1 + int(vehicles.max_reloads[kind]) * bool(vehicles.reload[kind].any())
        one = int(vehicles.capacity[kind, conflict.dimension])
        room += one * trips * int(vehicles.available[kind])
    return load > room
