"""Hold a plan against every rule of its problem, and say what it costs."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.routing.check.loads import loads_after, trips_of
from optimizer.logistics.routing.check.timing import timetable
from optimizer.logistics.routing.problem import depot_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optimizer.logistics.routing.problem import Route, RoutingProblem

__all__ = [
    "check_route",
    "check_routes",
    "route_cost",
    "route_distance",
    "routing_cost",
]


def check_routes(problem: RoutingProblem, routes: Sequence[Route]) -> tuple[str, ...]:
    """Return what is wrong with a plan, in words; nothing if it keeps every rule.

    Parameters
    ----------
    problem
        What was planned.
    routes
        Any routes.
    """
    unknown = [
        f"route {at}: {what}"
        for at, route in enumerate(routes)
        for what in _unknown(problem, route)
    ]
    if unknown:
        return tuple(unknown)
    wrong = [*_wrong_fleet(problem, routes), *_wrong_visits(problem, routes)]
    for at, route in enumerate(routes):
        wrong += [f"route {at}: {what}" for what in _wrong_route(problem, route)]
    return (*wrong, *_wrong_locks(problem, routes))


def check_route(problem: RoutingProblem, route: Route) -> tuple[str, ...]:
    """Return what is wrong with one route by itself.

    Parameters
    ----------
    problem, route
        The route is one of known clients and depots.
    """
    return tuple(_wrong_route(problem, route))


def route_distance(problem: RoutingProblem, route: Route) -> int:
    """Return the distance of a route.

    Parameters
    ----------
    problem, route
        The route is one of known clients and depots.
    """
    vehicles, depots = problem.vehicles, problem.depots
    ends = vehicles.start[route.vehicle], vehicles.end[route.vehicle]
    places = [
        depots.location[ends[0]],
        *(
            problem.clients.location[v] if v >= 0 else depots.location[depot_of(v)]
            for v in route.visits
        ),
        depots.location[ends[1]],
    ]
    matrix = problem.distance[vehicles.profile[route.vehicle]]
    return sum(int(matrix[a, b]) for a, b in pairwise(places))


def route_cost(problem: RoutingProblem, route: Route) -> int:
    """Return the cost of a route: fixed, by distance and by time.

    Parameters
    ----------
    problem, route
        The route is one of known clients and depots.
    """
    vehicles, kind = problem.vehicles, route.vehicle
    cost = int(vehicles.fixed_cost[kind])
    cost += int(vehicles.distance_cost[kind]) * route_distance(problem, route)
    by_time = int(vehicles.duration_cost[kind])
    return cost + (by_time * timetable(problem, route).duration if by_time else 0)


def routing_cost(problem: RoutingProblem, routes: Sequence[Route]) -> int:
    """Return the cost of a plan, with the prizes of those left out.

    Parameters
    ----------
    problem, routes
        What was planned. The cost is in the problem's own units, not in its `scale`.
    """
    visited = np.zeros(problem.n_clients, dtype=np.bool_)
    for route in routes:
        visited[list(route.clients)] = True
    # The prize of a shipment is that of its pickup.
    visited[problem.shipments.delivery] = True
    left_out = int(problem.clients.prize[~visited].sum())
    return left_out + sum(route_cost(problem, route) for route in routes)


def _unknown(problem: RoutingProblem, route: Route) -> Iterator[str]:
    if not 0 <= route.vehicle < len(problem.vehicles):
        yield f"vehicle {route.vehicle} is none of the types"
    for visit in route.visits:
        if not -len(problem.depots) <= visit < problem.n_clients:
            yield f"visit {visit} is neither a client nor a depot"


def _wrong_fleet(problem: RoutingProblem, routes: Sequence[Route]) -> Iterator[str]:
    for kind, used in sorted(Counter(route.vehicle for route in routes).items()):
        if used > problem.vehicles.available[kind]:
            yield (
                f"vehicle {problem.names.of('vehicles', kind)}: {used} are used, "
                f"{problem.vehicles.available[kind]} are available"
            )


def _wrong_visits(problem: RoutingProblem, routes: Sequence[Route]) -> Iterator[str]:
    visits = Counter(client for route in routes for client in route.clients)
    ends = set(problem.shipments.delivery.tolist())
    for client, required in enumerate(problem.clients.required.tolist()):
        name = f"client {problem.names.of('clients', client)}"
        if visits[client] > 1:
            yield f"{name} is visited {visits[client]} times"
        if required and not visits[client] and client not in ends:
            yield f"{name} is not visited"


def _wrong_route(problem: RoutingProblem, route: Route) -> Iterator[str]:
    yield from _wrong_skills(problem, route)
    yield from _wrong_trips(problem, route)
    yield from _wrong_loads(problem, route)
    yield from _wrong_times(problem, route)
    distance = route_distance(problem, route)
    if distance > problem.vehicles.max_distance[route.vehicle]:
        yield (
            f"its distance {distance} exceeds the limit "
            f"{problem.vehicles.max_distance[route.vehicle]}"
        )


def _wrong_skills(problem: RoutingProblem, route: Route) -> Iterator[str]:
    have = problem.vehicles.skills[route.vehicle]
    for client in route.clients:
        for skill in np.flatnonzero(problem.clients.skills[client] & ~have).tolist():
            yield (
                f"client {problem.names.of('clients', client)} needs skill "
                f"{problem.names.of('skills', skill)}, which vehicle "
                f"{problem.names.of('vehicles', route.vehicle)} has not"
            )


def _wrong_trips(problem: RoutingProblem, route: Route) -> Iterator[str]:
    vehicles, kind = problem.vehicles, route.vehicle
    reloads = [depot_of(visit) for visit in route.visits if visit < 0]
    if len(reloads) > vehicles.max_reloads[kind]:
        yield f"it loads again {len(reloads)} times, of {vehicles.max_reloads[kind]}"
    for depot in reloads:
        if not vehicles.reload[kind, depot]:
            yield f"it may not load again at depot {problem.names.of('depots', depot)}"
    trips = trips_of(route)
    for trip in trips:
        yield from _wrong_shipments(problem, trip)
        if problem.linehaul_first:
            yield from _wrong_order(problem, trip)


def _wrong_shipments(problem: RoutingProblem, trip: tuple[int, ...]) -> Iterator[str]:
    place = {client: at for at, client in enumerate(trip)}
    shipments = problem.shipments
    for pickup, delivery in zip(
        shipments.pickup.tolist(), shipments.delivery.tolist(), strict=True
    ):
        if pickup not in place and delivery not in place:
            continue
        if place.get(pickup, len(trip)) > place.get(delivery, -1):
            names = [problem.names.of("clients", c) for c in (pickup, delivery)]
            yield f"client {names[0]} must come before {names[1]} in the same trip"


def _wrong_order(problem: RoutingProblem, trip: tuple[int, ...]) -> Iterator[str]:
    taking = [bool(problem.clients.pickup[c].any()) for c in trip]
    if trip and taking[0]:
        name = problem.names.of("clients", trip[0])
        yield f"a trip begins with the backhaul of {name}"
    for (before, _), (after, client) in pairwise(zip(taking, trip, strict=True)):
        if before and not after:
            name = problem.names.of("clients", client)
            yield f"client {name} gets its delivery after a backhaul"


def _wrong_loads(problem: RoutingProblem, route: Route) -> Iterator[str]:
    capacity = problem.vehicles.capacity[route.vehicle]
    most = loads_after(problem, route).max(axis=0)
    for dimension in np.flatnonzero(most > capacity).tolist():
        yield (
            f"load {most[dimension]} of {problem.names.of('dimensions', dimension)} "
            f"exceeds capacity {capacity[dimension]} of vehicle "
            f"{problem.names.of('vehicles', route.vehicle)}"
        )


def _wrong_times(problem: RoutingProblem, route: Route) -> Iterator[str]:
    times = timetable(problem, route)
    for stop in times.stops:
        if stop.late:
            kind, row = (
                ("clients", stop.visit)
                if stop.visit >= 0
                else ("depots", depot_of(stop.visit))
            )
            name = f"{kind[:-1]} {problem.names.of(kind, row)}"
            yield f"{name} is reached {stop.late} too late, at {stop.start}"
    for row in times.missed:
        yield f"there is no room for break {row}"
    limit = problem.vehicles.max_duration[route.vehicle]
    if times.duration > limit:
        yield f"its duration {times.duration} exceeds the limit {limit}"


def _wrong_locks(problem: RoutingProblem, routes: Sequence[Route]) -> Iterator[str]:
    for lock in problem.locks:
        size = len(lock.visits)
        if not any(
            route.vehicle == lock.vehicle and route.visits[:size] == lock.visits
            for route in routes
        ):
            names = ", ".join(problem.names.of("clients", c) for c in lock.visits)
            kind = problem.names.of("vehicles", lock.vehicle)
            yield f"no vehicle {kind} begins with the locked visits {names}"
