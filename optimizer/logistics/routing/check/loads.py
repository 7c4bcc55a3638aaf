"""What is on board of a vehicle along its route."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from optimizer.logistics.routing.problem import IntArray, Route, RoutingProblem

__all__ = ["loads_after", "trips_of"]


def trips_of(route: Route) -> list[tuple[int, ...]]:
    """Return the clients of each trip of a route.

    Parameters
    ----------
    route
        Any.

    Examples
    --------
    >>> from optimizer.logistics.routing.problem import Route
    >>> trips_of(Route(vehicle=0, visits=(4, 2, -1, 3)))
    [(4, 2), (3,)]
    """
    trips: list[tuple[int, ...]] = [()]
    for visit in route.visits:
        if visit < 0:
            trips.append(())
        else:
            trips[-1] += (visit,)
    return trips


def loads_after(problem: RoutingProblem, route: Route) -> IntArray:
    """Return the load on board when a route leaves each of its stops.

    Parameters
    ----------
    problem
        What the route belongs to.
    route
        Of known clients.

    Returns
    -------
    ndarray of shape (n_visits + 2, n_dimensions), int64
        From the start depot to the end depot, where all is unloaded.
    """
    clients, shipments = problem.clients, problem.shipments
    change = clients.pickup - clients.delivery
    if len(shipments):
        change = change.copy()
        change[shipments.pickup] += shipments.amount
        change[shipments.delivery] -= shipments.amount
    rows = []
    for trip in trips_of(route):
        first = clients.delivery[list(trip)].sum(axis=0)
        steps = np.vstack([first, change[list(trip)]])
        rows.append(np.cumsum(steps, axis=0))
    end = np.zeros((1, problem.n_dimensions), dtype=np.int64)
    result: IntArray = np.vstack([*rows, end])
    return result
