"""Routes with driver breaks: ruin and recreate, with the checker's own timetable.

PyVRP has no breaks. Its plan for the problem without them is the start: what does not
fit once the drivers rest is taken out and put in again where it costs least, and then
neighbouring clients are taken out and put back for as long as there is time. Each
route is judged by the checker, which makes this slow and never wrong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.routing.check import (
    check_route,
    route_cost,
    trips_of,
)
from optimizer.logistics.routing.problem import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optimizer.logistics.routing.problem import RoutingProblem

__all__ = ["RestingSearch", "without_breaks"]

MOST_REMOVED = 8
"""Clients taken out at a time. Twice as many take four times as long to put back."""

NEIGHBOURS = 20
"""Clients that are taken out together are among so many nearest ones."""

TAKEN = 0.6
"""Chance of each of them to be taken out."""

BLINK = 0.05
"""Share of positions that are overlooked, so that the same clients come back
elsewhere."""

Visits = tuple[int, ...]


def without_breaks(problem: RoutingProblem) -> RoutingProblem:
    """Return a problem whose vehicles are out for less time instead of resting.

    Parameters
    ----------
    problem
        One with breaks.

    Returns
    -------
    RoutingProblem
        Limits of duration, and only these, are shorter by the breaks of the type.
    """
    vehicles, breaks = problem.vehicles, problem.breaks
    rest = np.zeros(len(vehicles), dtype=np.int64)
    np.add.at(rest, breaks.vehicle, breaks.duration)
    limited = vehicles.max_duration - rest
    return replace(
        problem,
        vehicles=replace(vehicles, max_duration=np.maximum(limited, 0)),
        breaks=type(breaks)(),
    )


class RestingSearch:
    """Ruin and recreate over routes that keep every rule.

    Parameters
    ----------
    problem
        Any.
    start
        Routes to begin with; what breaks a rule is taken out of them.
    seed
        Seed, >= 0.

    References
    ----------
    Schrimpf et al. (2000), "Record breaking optimization results using the ruin and
    recreate principle", Journal of Computational Physics 159; Christiaens, Vanden
    Berghe (2020), "Slack induction by string removals for vehicle routing problems",
    Transportation Science 54(2), for blinks.
    """

    def __init__(
        self, problem: RoutingProblem, start: Sequence[Route], *, seed: int
    ) -> None:
        self._problem = problem
        self._rng = np.random.Generator(np.random.Philox(seed))
        self._cost: dict[Route, int | None] = {}
        pairs = problem.shipments
        self._partner = dict(
            zip(pairs.pickup.tolist(), pairs.delivery.tolist(), strict=True)
        )
        self._first = {b: a for a, b in self._partner.items()}
        self._fixed = {c for lock in problem.locks for c in lock.visits}
        self._near = _nearest(problem)
        self.iterations = 0
        self._routes, self._missing = self._begun(start)
        self._value = self._worth(self._routes, self._missing)

    @property
    def best(self) -> tuple[Route, ...] | None:
        """The best plan, None if a client that must be visited is not."""
        required = self._problem.clients.required
        if any(required[client] for client in self._missing):
            return None
        return tuple(route for route in self._routes if route.visits)

    @property
    def cost(self) -> int | None:
        """Cost of the best plan."""
        return None if self.best is None else self._value[1]

    def improve(self, over: Callable[[], bool]) -> None:
        """Search on.

        Parameters
        ----------
        over
            Asked before each iteration.
        """
        while not over():
            self.iterations += 1
            routes, missing = self._ruined()
            routes, missing = self._recreated(routes, missing)
            worth = self._worth(routes, missing)
            if worth <= self._value:
                self._routes, self._missing, self._value = routes, missing, worth

    def _begun(self, start: Sequence[Route]) -> tuple[list[Route], list[int]]:
        """Return routes that keep every rule, and the clients that are in none."""
        routes = []
        for given in start:
            route = given
            while route.visits and self._priced(route) is None:
                loose = [c for c in route.clients if c not in self._fixed]
                if not loose:
                    break
                gone = loose[int(self._rng.integers(len(loose)))]
                route = self._lacking(route, {gone})
            if self._priced(route) is not None:
                routes.append(route)
        visited = {client for route in routes for client in route.clients}
        missing = [
            client
            for client in range(self._problem.n_clients)
            if client not in visited and client not in self._first
        ]
        return self._recreated(routes, missing)

    def _ruined(self) -> tuple[list[Route], list[int]]:
        n = self._problem.n_clients
        seed = int(self._rng.integers(n))
        size = int(self._rng.integers(1, MOST_REMOVED + 1))
        near = [seed, *self._near[seed].tolist()]
        keep = self._rng.random(len(near)) < TAKEN
        chosen = [c for c, k in zip(near, keep, strict=True) if k or c == seed]
        gone = {self._first.get(c, c) for c in chosen[:size]} - self._fixed
        routes = [
            self._lacking(route, gone) if gone & set(route.clients) else route
            for route in self._routes
        ]
        missing = [*self._missing, *(c for c in gone if c not in self._missing)]
        return [r for r in routes if r.visits], missing

    def _lacking(self, route: Route, gone: set[int]) -> Route:
        """Return a route without clients, their partners, and trips left empty."""
        out = {c for g in gone for c in (g, self._partner.get(g, g))}
        out |= {self._first[c] for c in gone if c in self._first}
        visits = [v for v in route.visits if v not in out]
        kept: list[int] = []
        for visit in visits:
            if visit < 0 and (not kept or kept[-1] < 0):
                continue
            kept.append(visit)
        while kept and kept[-1] < 0:
            kept.pop()
        return replace(route, visits=tuple(kept))

    def _recreated(
        self, routes: list[Route], missing: list[int]
    ) -> tuple[list[Route], list[int]]:
        """Put clients in where they cost least, in an order that changes each time."""
        routes, left = list(routes), []
        keys = self._order(missing)
        for client in keys:
            best: tuple[int, int, Route] | None = None
            for at, route in enumerate([*routes, *self._idle(routes)]):
                found = self._cheapest(route, client)
                if found is not None and (best is None or found[0] < best[0]):
                    best = found[0], at, found[1]
            prize = int(self._problem.clients.prize[client])
            required = bool(self._problem.clients.required[client])
            if best is None or (not required and best[0] >= prize):
                left.append(client)
            elif best[1] < len(routes):
                routes[best[1]] = best[2]
            else:
                routes.append(best[2])
        return routes, left

    def _order(self, missing: list[int]) -> list[int]:
        """Return clients at random, by load, or by the width of their window."""
        clients = self._problem.clients
        rule = int(self._rng.integers(3))
        shuffled = self._rng.permutation(np.array(missing, dtype=np.int64))
        if rule == 1:
            load = (clients.delivery + clients.pickup).sum(axis=1)
            shuffled = shuffled[np.argsort(-load[shuffled], kind="stable")]
        if rule == 2:  # noqa: PLR2004  # the third rule
            width = clients.close - clients.open
            shuffled = shuffled[np.argsort(width[shuffled], kind="stable")]
        return [int(client) for client in shuffled]

    def _idle(self, routes: Sequence[Route]) -> list[Route]:
        """Return an empty route for each type with a vehicle left."""
        used = [0] * len(self._problem.vehicles)
        for route in routes:
            used[route.vehicle] += 1
        return [
            Route(vehicle=kind, visits=())
            for kind, available in enumerate(self._problem.vehicles.available.tolist())
            if used[kind] < available
        ]

    def _cheapest(self, route: Route, client: int) -> tuple[int, Route] | None:
        """Return the least extra cost of a client on a route, and that route."""
        before = self._priced(route) if route.visits else 0
        assert before is not None
        best: tuple[int, Route] | None = None
        for visits in self._places(route, client):
            if self._rng.random() < BLINK:
                continue
            trial = replace(route, visits=visits)
            cost = self._priced(trial)
            if cost is not None and (best is None or cost - before < best[0]):
                best = cost - before, trial
        return best

    def _places(self, route: Route, client: int) -> list[Visits]:
        """Return the visits of a route with a client, or both ends of a shipment."""
        visits = route.visits
        start = next(
            (
                len(lock.visits)
                for lock in self._problem.locks
                if lock.vehicle == route.vehicle
                and visits[: len(lock.visits)] == lock.visits
            ),
            0,
        )
        partner = self._partner.get(client)
        found = []
        for at in range(start, len(visits) + 1):
            one = (*visits[:at], client, *visits[at:])
            if partner is None:
                found.append(one)
                continue
            found += [
                (*one[:to], partner, *one[to:]) for to in range(at + 1, len(one) + 1)
            ]
        return found

    def _priced(self, route: Route) -> int | None:
        """Return what a route costs, None if it breaks a rule; remembered."""
        if route not in self._cost:
            if len(self._cost) > 200_000:  # noqa: PLR2004  # some 100 MB
                self._cost.clear()
            good = self._loads_fit(route) and not check_route(self._problem, route)
            self._cost[route] = route_cost(self._problem, route) if good else None
        return self._cost[route]

    def _loads_fit(self, route: Route) -> bool:
        """Tell quickly that the loads of a trip are too much."""
        clients = self._problem.clients
        room = self._problem.vehicles.capacity[route.vehicle]
        return all(
            bool(
                (clients.delivery[list(trip)].sum(axis=0) <= room).all()
                and (clients.pickup[list(trip)].sum(axis=0) <= room).all()
            )
            for trip in trips_of(route)
        )

    def _worth(self, routes: list[Route], missing: list[int]) -> tuple[int, int]:
        """Return required clients left out, and the cost of all else."""
        clients = self._problem.clients
        lacking = sum(bool(clients.required[client]) for client in missing)
        prizes = sum(int(clients.prize[client]) for client in missing)
        return lacking, prizes + sum(self._priced(r) or 0 for r in routes if r.visits)


def _nearest(
    problem: RoutingProblem,
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    places = problem.clients.location
    roads = problem.distance[0][np.ix_(places, places)].astype(np.float64)
    roads = roads + roads.T
    np.fill_diagonal(roads, np.inf)
    return np.argsort(roads, axis=1)[:, : min(NEIGHBOURS, len(places) - 1)]
