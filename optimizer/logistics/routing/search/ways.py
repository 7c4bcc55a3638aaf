"""Shortest ways of a type of vehicle: how early it can be anywhere, and how far it is.

A way may lead over other stops, where roads are longer than such a detour. Each of
those is a visit: it takes its service, in its window, by a vehicle that may serve it.
So a way is never longer than what a plan needs, and a stop on it is never free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.routing.problem import LATEST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optimizer.logistics.routing.problem import BoolArray, IntArray, RoutingProblem

__all__ = ["Stops", "Ways", "between", "never", "stops_of", "ways_between", "ways_of"]

FAR = 1 << 52
"""Ticks or distance that no way has."""


def never() -> bool:
    """Return False: nothing stops a search."""
    return False


@dataclass(frozen=True, slots=True)
class Stops:
    """Depots, then clients: when a type of vehicle may stop there, and for how long.

    Parameters
    ----------
    location, open, close, service
        ndarrays of shape (n_depots + n_clients,), int64.
    through
        ndarray of that shape, bool: whether the vehicle may go on from there.
    """

    location: IntArray
    open: IntArray
    close: IntArray
    service: IntArray
    through: BoolArray


@dataclass(frozen=True, slots=True)
class Ways:
    """How a type of vehicle gets to each client, and home from there.

    Parameters
    ----------
    arrival
        ndarray of shape (n_clients,), int64: earliest tick there, waiting on the way
        for windows.
    out, back
        ndarrays of that shape: ticks from the begin of the loading to the client, and
        from the begin of its service to the end of the route, without waiting.
    far, near
        ndarrays of that shape: distance there, and back.
    """

    arrival: IntArray
    out: IntArray
    back: IntArray
    far: IntArray
    near: IntArray


def stops_of(problem: RoutingProblem, kind: int) -> Stops:
    """Return where a type of vehicle may stop.

    Parameters
    ----------
    problem
        Any.
    kind
        Type of vehicle.
    """
    clients, depots, vehicles = problem.clients, problem.depots, problem.vehicles
    missing = (clients.skills & ~vehicles.skills[kind]).any(axis=1)
    need = np.maximum(clients.delivery, clients.pickup)
    serves = ~missing & (need <= vehicles.capacity[kind]).all(axis=1)
    again = vehicles.reload[kind] & bool(vehicles.max_reloads[kind])
    return Stops(
        location=np.concatenate([depots.location, clients.location]),
        open=np.concatenate([depots.open, clients.open]),
        close=np.concatenate([depots.close, clients.close]),
        service=np.concatenate([depots.service, clients.service]),
        through=np.concatenate([again, serves]),
    )


def ways_of(problem: RoutingProblem, kind: int) -> Ways:
    """Return the shortest ways of a type of vehicle to each client and home.

    Parameters
    ----------
    problem
        Any.
    kind
        Type of vehicle.
    """
    depots, vehicles = problem.depots, problem.vehicles
    stops = stops_of(problem, kind)
    start, end = int(vehicles.start[kind]), int(vehicles.end[kind])
    roads, lengths = _matrices(problem, kind, stops)
    first = len(depots)
    load = int(depots.service[start])
    ready = max(int(depots.open[start]), int(vehicles.open[kind]))
    arrival = _earliest(roads, start, ready + load, stops)
    home = _earliest(roads.T, end, 0, _always(stops))
    near = _earliest(lengths.T, end, 0, _always(stops, idle=True))
    return Ways(
        arrival=np.maximum(arrival[first:], _released(problem, kind, roads, stops)),
        out=_earliest(roads, start, load, _always(stops))[first:],
        back=home[first:] + problem.clients.service,
        far=_earliest(lengths, start, 0, _always(stops, idle=True))[first:],
        near=near[first:],
    )


def between(problem: RoutingProblem, kind: int, client: int) -> tuple[IntArray, ...]:
    """Return the shortest ways of a type of vehicle from a client to all others.

    Parameters
    ----------
    problem
        Any.
    kind
        Type of vehicle.
    client
        Where the ways begin.

    Returns
    -------
    tuple of ndarray of shape (n_clients,), int64
        Ticks from the begin of the service at the client, and the distance.
    """
    stops = stops_of(problem, kind)
    roads, lengths = _matrices(problem, kind, stops)
    first = len(problem.depots)
    source, service = first + client, int(problem.clients.service[client])
    ticks = _earliest(roads, source, service, _always(stops))
    return (
        ticks[first:],
        _earliest(lengths, source, 0, _always(stops, idle=True))[first:],
    )


def ways_between(
    problem: RoutingProblem,
    kind: int,
    members: Sequence[int],
    *,
    with_length: bool = True,
    stopped: Callable[[], bool] = never,
) -> tuple[IntArray, IntArray] | None:
    """Return the shortest ways of a type of vehicle from clients to all others.

    Parameters
    ----------
    problem
        Any.
    kind
        Type of vehicle.
    members
        Clients where ways begin.
    with_length
        Whether distances may lead over detours too; else they are those of direct
        roads, which is enough for a type that may go as far as it likes.
    stopped
        Asked before each stop that ways may lead over.

    Returns
    -------
    tuple of ndarray of shape (n_members, n_clients), int64
        As `between` returns them; None if it was stopped.
    """
    stops = stops_of(problem, kind)
    roads, lengths = _matrices(problem, kind, stops)
    first = len(problem.depots)
    rows = first + np.array(members, dtype=np.int64)
    ticks = _all_pairs(roads, stops.service, stops.through, stopped)
    if ticks is None or not with_length:
        return None if ticks is None else (ticks[rows, first:], lengths[rows, first:])
    length = _all_pairs(lengths, 0 * stops.service, stops.through, stopped)
    return None if length is None else (ticks[rows, first:], length[rows, first:])


def _all_pairs(
    roads: IntArray, service: IntArray, through: BoolArray, stopped: Callable[[], bool]
) -> IntArray | None:
    """Return the shortest ways between all stops, from the begin of the service.

    Method of Floyd and Warshall (1962): each step allows one more stop on the way.
    """
    ticks: IntArray = service[:, None] + roads
    np.fill_diagonal(ticks, service)
    detour = np.empty_like(ticks)
    for stop in np.flatnonzero(through).tolist():
        if stopped():
            return None
        np.add(ticks[:, stop, None], ticks[stop].copy(), out=detour)
        np.minimum(ticks, detour, out=ticks)
    return ticks


def _matrices(
    problem: RoutingProblem, kind: int, stops: Stops
) -> tuple[IntArray, IntArray]:
    """Return the roads between stops, in ticks and in distance."""
    profile = int(problem.vehicles.profile[kind])
    pairs = np.ix_(stops.location, stops.location)
    return problem.duration[profile][pairs], problem.distance[profile][pairs]


def _always(stops: Stops, *, idle: bool = False) -> Stops:
    """Return the stops without windows, and without service for distances."""
    size = len(stops.location)
    return Stops(
        location=stops.location,
        open=np.zeros(size, dtype=np.int64),
        close=np.full(size, FAR),
        service=np.zeros(size, dtype=np.int64) if idle else stops.service,
        through=stops.through,
    )


def _released(
    problem: RoutingProblem, kind: int, roads: IntArray, stops: Stops
) -> IntArray:
    """Return how early the trip of each client is there after its release."""
    release = problem.clients.release
    if not release.any():
        return np.zeros(problem.n_clients, dtype=np.int64)
    first = len(problem.depots)
    may_load = stops.through[:first].copy()
    may_load[problem.vehicles.start[kind]] = True
    nearest = np.full(problem.n_clients, FAR)
    for depot in np.flatnonzero(may_load).tolist():
        loaded = int(stops.service[depot])
        ticks = _earliest(roads, depot, loaded, _always(stops))[first:]
        nearest = np.minimum(nearest, ticks)
    later: IntArray = release + nearest
    return np.where(release > 0, later, 0)


def _earliest(roads: IntArray, source: int, leave: int, stops: Stops) -> IntArray:
    """Return the earliest arrival at each stop by who leaves a source at a tick.

    Dijkstra's method for a full matrix (1959): each step settles the earliest stop. To
    come earlier never means to leave later, so the method holds with windows too.
    """
    arrival: IntArray = leave + roads[source]
    arrival[source] = leave
    begin = np.maximum(arrival, stops.open)
    onward = np.where(
        stops.through & (begin <= stops.close), begin + stops.service, LATEST + FAR
    )
    onward[source] = leave
    # Where no detour is shorter, a look at each is enough.
    if (onward[:, None] + roads >= arrival[None, :]).all():
        return arrival
    done = np.zeros(len(arrival), dtype=np.bool_)
    done[source] = True
    for _ in range(len(arrival) - 1):
        at = int(np.argmin(np.where(done, np.iinfo(np.int64).max, arrival)))
        done[at] = True
        start = max(int(arrival[at]), int(stops.open[at]))
        if stops.through[at] and start <= stops.close[at]:
            later = start + int(stops.service[at]) + roads[at]
            np.minimum(arrival, later, out=arrival)
    return arrival
