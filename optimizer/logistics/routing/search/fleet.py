"""Clients that are each served by somebody, but not all by the vehicles there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from optimizer.logistics.routing.problem import LATEST
from optimizer.logistics.routing.problem.conflict import Conflict
from optimizer.logistics.routing.search.excess import required_visits
from optimizer.logistics.routing.search.ways import never, ways_between, ways_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optimizer.logistics.routing.problem import BoolArray, IntArray, RoutingProblem
    from optimizer.logistics.routing.search.excess import Excess

__all__ = ["fleet_conflicts", "trips_of"]

MOST_NAMES = 12
"""Clients of a load that a sentence names."""

MOST_GROUPS = 64
"""Groups of clients, by the types of vehicles that may serve them, that are judged."""


def fleet_conflicts(
    problem: RoutingProblem,
    excess: Excess,
    *,
    most_pairs: float = np.inf,
    stopped: Callable[[], bool] = never,
) -> Iterator[Conflict]:
    """Tell of loads and of routes that are too many for the vehicles that may go.

    Parameters
    ----------
    problem
        Any.
    excess
        Of its clients.
    most_pairs
        Pairs of clients up to which routes are counted.
    stopped
        Asked now and then; once it says yes, nothing more is found. Default: never.
    """
    named: set[int] = set()
    for types, members in _groups(problem, excess):
        if stopped():
            return
        if named.intersection(members.tolist()):
            continue
        found = list(_overloaded(problem, types, members))
        if not found and members.size**2 <= most_pairs:
            found = list(_crowded(problem, types, members, stopped))
        for conflict in found:
            named |= set(conflict.clients)
            yield conflict


def trips_of(problem: RoutingProblem) -> IntArray:
    """Return how many trips a vehicle of each type makes at most.

    Parameters
    ----------
    problem
        Any.

    Returns
    -------
    ndarray of shape (n_types,), int64
    """
    vehicles = problem.vehicles
    return np.where(vehicles.reload.any(axis=1), 1 + vehicles.max_reloads, 1)


def _groups(
    problem: RoutingProblem, excess: Excess
) -> Iterator[tuple[IntArray, IntArray]]:
    """Return types of vehicles with the clients that only they serve, few types first.

    The last are all types, with all clients that somebody serves.
    """
    able = excess.kept() & (problem.vehicles.available > 0)[:, None]
    asked = required_visits(problem) & able.any(axis=0)
    whole = able.any(axis=1)
    kinds = np.unique(able[:, asked].T, axis=0)
    kinds = kinds[np.argsort(kinds.sum(axis=1), kind="stable")]
    few = kinds[(kinds != whole).any(axis=1)][:MOST_GROUPS]
    for types in [*few, whole]:
        members = asked & ~(able & ~types[:, None]).any(axis=0)
        if members.any():
            yield np.flatnonzero(types), np.flatnonzero(members)


def _named(problem: RoutingProblem, types: IntArray) -> str:
    """Return what vehicles are called: all of them, or those of some types."""
    usable = np.flatnonzero(problem.vehicles.available > 0)
    if np.isin(usable, types).all():
        return "all vehicles"
    return "vehicles " + ", ".join(problem.names.of("vehicles", k) for k in types)


def _overloaded(
    problem: RoutingProblem, types: IntArray, members: IntArray
) -> Iterator[Conflict]:
    """Tell of the fewest clients whose loads are more than all trips can carry."""
    vehicles, clients = problem.vehicles, problem.clients
    trips = trips_of(problem)
    cars = _named(problem, types)
    who = "all clients" if cars == "all vehicles" else f"clients whom only {cars} serve"
    ways: tuple[Literal["delivery", "pickup"], ...] = ("delivery", "pickup")
    for way in ways:
        table = getattr(clients, way)
        for dimension in range(problem.n_dimensions):
            room = vehicles.capacity[:, dimension].astype(np.float64)
            limit = float((room * trips * vehicles.available)[types].sum())
            loads = table[members, dimension]
            order = np.argsort(-loads, kind="stable")
            total = np.cumsum(loads[order])
            if not total.size or total[-1] <= limit:
                continue
            last = int(np.searchsorted(total, limit, side="right"))
            load = problem.names.of("dimensions", dimension)
            what = f" of {load}" if problem.names.dimensions else ""
            chosen = members[order[: last + 1]].tolist()
            names = ", ".join(
                problem.names.of("clients", c) for c in chosen[:MOST_NAMES]
            )
            more = ", ..." if len(chosen) > MOST_NAMES else ""
            yield Conflict(
                kind="fleet",
                clients=tuple(chosen),
                vehicles=tuple(types.tolist()),
                group=tuple(members[order].tolist()),
                missing=int(total[-1] - limit),
                dimension=dimension,
                way=way,
                text=(
                    f"{who} need a {way}{what} of {int(total[-1])}, {cars} carry "
                    f"{int(limit)}; the {last + 1} largest ({names}{more}) already "
                    f"need {int(total[last])}"
                ),
            )


def _crowded(
    problem: RoutingProblem,
    types: IntArray,
    members: IntArray,
    stopped: Callable[[], bool],
) -> Iterator[Conflict]:
    """Tell of more clients than vehicles, no two of whom fit into one route.

    Those that stay free in a least cover of the pairs that fit (Koenig 1931) are such
    clients; first with direct roads, which are quickly judged, then with the shortest.
    """
    n_vehicles = int(problem.vehicles.available[types].sum())
    if members.size <= n_vehicles:
        return
    for shortest in (False, True):
        fits = np.zeros((members.size, members.size), dtype=np.bool_)
        for kind in types.tolist():
            roads = _roads(problem, kind, members, shortest=shortest, stopped=stopped)
            if roads is None:
                return
            fits |= _fitting(problem, kind, members, roads)
        alone = _apart(fits)
        if alone.size <= n_vehicles:
            return
    chosen = members[alone].tolist()
    names = ", ".join(problem.names.of("clients", c) for c in chosen[: n_vehicles + 1])
    cars = _named(problem, types)
    yield Conflict(
        kind="routes",
        clients=tuple(chosen[: n_vehicles + 1]),
        vehicles=tuple(types.tolist()),
        group=tuple(chosen),
        missing=len(chosen) - n_vehicles,
        text=(
            f"no two of the clients {names} fit into one route, so they need "
            f"{n_vehicles + 1} vehicles; {cars}: {n_vehicles}"
        ),
    )


def _roads(
    problem: RoutingProblem,
    kind: int,
    members: IntArray,
    *,
    shortest: bool,
    stopped: Callable[[], bool],
) -> tuple[IntArray, IntArray] | None:
    """Return the roads between clients: ticks with the service, and distances.

    None if it was stopped.
    """
    if stopped():
        return None
    if shortest:
        limited = bool(problem.vehicles.max_distance[kind] < LATEST)
        found = ways_between(
            problem, kind, members.tolist(), with_length=limited, stopped=stopped
        )
        return None if found is None else (found[0][:, members], found[1][:, members])
    profile = int(problem.vehicles.profile[kind])
    place = problem.clients.location[members]
    ticks = problem.duration[profile][np.ix_(place, place)]
    ticks = ticks + problem.clients.service[members][:, None]
    return ticks, problem.distance[profile][np.ix_(place, place)]


def _fitting(
    problem: RoutingProblem,
    kind: int,
    members: IntArray,
    roads: tuple[IntArray, IntArray],
) -> BoolArray:
    """Return which client a type of vehicle may visit after which."""
    clients, vehicles = problem.clients, problem.vehicles
    ways = ways_of(problem, kind)
    ticks, length = roads
    opens, close = clients.open[members], clients.close[members]
    begin = np.maximum(ways.arrival[members], opens)
    after = np.maximum(begin[:, None] + ticks, begin[None, :])
    end = int(vehicles.end[kind])
    closing = min(int(problem.depots.close[end]), int(vehicles.close[kind]))
    out, back = ways.out[members], ways.back[members]
    far, near = ways.far[members], ways.near[members]
    fits = (begin <= close)[:, None] & (after <= close[None, :])
    fits &= after + back[None, :] <= closing
    fits &= out[:, None] + ticks + back[None, :] <= vehicles.max_duration[kind]
    fits &= far[:, None] + length + near[None, :] <= vehicles.max_distance[kind]
    if not (vehicles.reload[kind].any() and vehicles.max_reloads[kind]):
        for load in (clients.delivery[members], clients.pickup[members]):
            both = load[:, None, :] + load[None, :, :]
            fits &= (both <= vehicles.capacity[kind]).all(axis=2)
    np.fill_diagonal(fits, val=False)
    return np.asarray(fits)


def _apart(fits: BoolArray) -> IntArray:
    """Return rows of which no two fit, in either order.

    A row is free where neither its left nor its right copy is in the least cover of the
    bipartite graph of pairs that fit.
    """
    size = len(fits)
    graph = csr_matrix(fits)
    match = maximum_bipartite_matching(graph, perm_type="column")
    matched = match >= 0
    partner = np.full(size, -1)
    partner[match[matched]] = np.flatnonzero(matched)
    left, right = ~matched, np.zeros(size, dtype=np.bool_)
    fresh = np.flatnonzero(left)
    while fresh.size:
        seen = fits[fresh].any(axis=0) & ~right
        right |= seen
        fresh = partner[np.flatnonzero(seen)]
        fresh = fresh[(fresh >= 0) & ~left[fresh]]
        left[fresh] = True
    return np.flatnonzero(left & ~right)
