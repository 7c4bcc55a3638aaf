"""A routing problem in PyVRP's words, and its routes back in ours.

What PyVRP has no word for is said with roads that are too long: a client that a vehicle
has no skill for, the order of linehaul and backhaul, the visits of a lock. Each set of
closed roads is a profile of PyVRP with matrices of its own.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyvrp

from optimizer.logistics.routing.problem import LATEST, Route, reload_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimizer.logistics.routing.problem import BoolArray, RoutingProblem

__all__ = ["Translation"]

# PyVRP reports on its search to the standard output from the moment it is imported.
logging.getLogger("pyvrp").handlers.clear()
logging.getLogger("pyvrp").addHandler(logging.NullHandler())
logging.getLogger("pyvrp").propagate = False

CLOSED = 10
"""A closed road costs at least so many times what a vehicle or a prize does. At half of
it, a plan might pay for using one; at far more, sums overflow."""

ROADS_A_CLIENT = 4
"""No sensible plan has more roads than this for each client: to it, from it, and to and
from a depot. So a plan that is as long as a closed road uses one."""

LONGEST = 2**42
"""No road is longer than this: PyVRP warns above 2^44."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type of vehicle of PyVRP: one of ours, or the one vehicle of a lock."""

    vehicle: int
    lock: int | None
    available: int


class Translation:
    """A problem as data of PyVRP, and the way back.

    Parameters
    ----------
    problem
        Any; its breaks are left out.
    """

    def __init__(self, problem: RoutingProblem) -> None:
        self.problem = problem
        self._kinds = _kinds(problem)
        # PyVRP refuses clients whose goods come after their window.
        self._hopeless = problem.clients.release > problem.clients.close
        # Rows of our clients that are PyVRP's clients; the others are its shipments.
        ends = np.concatenate([problem.shipments.pickup, problem.shipments.delivery])
        self._plain = np.setdiff1d(np.arange(problem.n_clients), ends).tolist()
        self._activity = self._activities()
        self._client = {
            (activity.type, activity.idx): row
            for row, activity in self._activity.items()
            if row >= 0
        }
        self.closed = _closed_length(problem)
        self._any_shut = False
        self.data = self._data()

    @property
    def too_long(self) -> int | None:
        """Distance of a plan that uses a closed road, None where no road is closed."""
        return self.closed if self._any_shut else None

    def solution(self, routes: Iterable[Route]) -> pyvrp.Solution:
        """Return routes as a solution of PyVRP.

        Parameters
        ----------
        routes
            Of this problem.
        """
        left = [kind.available for kind in self._kinds]
        found = []
        for route in routes:
            at = self._kind_of(route, left)
            left[at] -= 1
            visits = [self._activity[visit] for visit in route.visits]
            found.append(pyvrp.Route(self.data, visits, at))
        return pyvrp.Solution(self.data, found)

    def routes(self, solution: pyvrp.Solution) -> tuple[Route, ...]:
        """Return the routes of a solution.

        Parameters
        ----------
        solution
            Of this data.
        """
        return tuple(self.route(route) for route in solution.routes() if len(route) > 2)  # noqa: PLR2004  # both depots

    def route(self, route: pyvrp.Route) -> Route:
        """Return a route.

        Parameters
        ----------
        route
            Of this data.
        """
        visits = [
            reload_at(activity.idx)
            if activity.is_depot()
            else self._client[activity.type, activity.idx]
            for activity in route.schedule()[1:-1]
        ]
        kind = self._kinds[route.vehicle_type()]
        return Route(vehicle=kind.vehicle, visits=tuple(visits))

    def _kind_of(self, route: Route, left: list[int]) -> int:
        """Return the type of PyVRP for a route, its lock's where it begins with it."""
        for at, kind in enumerate(self._kinds):
            if kind.vehicle != route.vehicle or not left[at]:
                continue
            if kind.lock is None:
                return at
            visits = self.problem.locks[kind.lock].visits
            if route.visits[: len(visits)] == visits:
                return at
        message = f"no vehicle is left for {route}"
        raise ValueError(message)

    def _activities(self) -> dict[int, pyvrp.Activity]:
        problem, word = self.problem, pyvrp.ActivityType
        found = {
            row: pyvrp.Activity(word.CLIENT, at) for at, row in enumerate(self._plain)
        }
        pairs = zip(
            problem.shipments.pickup.tolist(),
            problem.shipments.delivery.tolist(),
            strict=True,
        )
        for at, (pickup, delivery) in enumerate(pairs):
            found[pickup] = pyvrp.Activity(word.PICKUP, at)
            found[delivery] = pyvrp.Activity(word.DELIVERY, at)
        for depot in range(len(problem.depots)):
            found[reload_at(depot)] = pyvrp.Activity(word.DEPOT, depot)
        return found

    def _data(self) -> pyvrp.ProblemData:
        # Every depot and client gets a place of its own, so that roads can be closed.
        problem = self.problem
        place = problem.place
        rows = np.concatenate([problem.depots.location, problem.clients.location])
        profiles = dict.fromkeys((kind.vehicle, kind.lock) for kind in self._kinds)
        matrices: dict[tuple[int, bytes], int] = {}
        distance: list[Any] = []
        duration: list[Any] = []
        profile_of = {}
        for vehicle, lock in profiles:
            profile = int(problem.vehicles.profile[vehicle])
            shut = self._shut(vehicle, lock)
            self._any_shut = self._any_shut or bool(shut.any())
            key = profile, shut.tobytes()
            if key not in matrices:
                matrices[key] = len(matrices)
                square = np.ix_(rows, rows)
                distance.append(
                    np.where(shut, self.closed, problem.distance[profile][square])
                )
                duration.append(
                    np.where(shut, self.closed, problem.duration[profile][square])
                )
                np.fill_diagonal(distance[-1], 0)
                np.fill_diagonal(duration[-1], 0)
            profile_of[vehicle, lock] = matrices[key]
        return pyvrp.ProblemData(
            [
                pyvrp.Location(*(place[row] if len(place) else (0.0, 0.0)))
                for row in rows.tolist()
            ],
            [self._client_of(row) for row in self._plain],
            [self._depot_of(row) for row in range(len(problem.depots))],
            [
                self._vehicle_of(kind, profile_of[kind.vehicle, kind.lock])
                for kind in self._kinds
            ],
            distance,
            duration,
            shipments=[self._shipment_of(row) for row in range(len(problem.shipments))],
        )  # fmt: skip

    def _shut(self, vehicle: int, lock: int | None) -> BoolArray:
        """Return which roads a vehicle may not take, depots first, then clients."""
        problem, first = self.problem, len(self.problem.depots)
        n = first + problem.n_clients
        shut = np.zeros((n, n), dtype=np.bool_)
        barred = np.zeros(n, dtype=np.bool_)
        barred[first:] = ~problem.allowed()[vehicle] | self._hopeless
        for at, other in enumerate(problem.locks):
            if at != lock:
                barred[first + np.array(other.visits)] = True
        shut[barred] = shut[:, barred] = True
        if problem.linehaul_first:
            taking = np.zeros(n, dtype=np.bool_)
            taking[first:] = problem.clients.pickup.any(axis=1)
            giving = ~taking
            giving[:first] = False
            shut[:first, taking] = True
            shut[np.ix_(taking, giving)] = True
        if lock is not None:
            visits = first + np.array(problem.locks[lock].visits)
            start = int(problem.vehicles.start[vehicle])
            order = [start, *visits.tolist()]
            shut[start] = True
            shut[:, visits] = True
            shut[visits[:-1]] = True
            shut[order[:-1], order[1:]] = False
        return shut

    def _reach(self, vehicle: int) -> int:
        """Return the longest distance of a vehicle, which stops at closed roads.

        Where a vehicle pays for its way, closed roads are too dear anyway.
        """
        vehicles = self.problem.vehicles
        longest = _limit(vehicles.max_distance[vehicle])
        paid = vehicles.distance_cost[vehicle] + vehicles.duration_cost[vehicle]
        return longest if paid else min(longest, self.closed - 1)

    def _client_of(self, row: int) -> pyvrp.Client:
        clients = self.problem.clients
        return pyvrp.Client(
            location=len(self.problem.depots) + row,
            delivery=clients.delivery[row].tolist(),
            pickup=clients.pickup[row].tolist(),
            service_duration=int(clients.service[row]),
            tw_early=int(clients.open[row]),
            tw_late=_limit(clients.close[row]),
            release_time=int(min(clients.release[row], clients.close[row])),
            prize=int(clients.prize[row]),
            required=bool(clients.required[row]),
        )

    def _depot_of(self, row: int) -> pyvrp.Depot:
        depots = self.problem.depots
        return pyvrp.Depot(
            location=row,
            tw_early=int(depots.open[row]),
            tw_late=_limit(depots.close[row]),
            service_duration=int(depots.service[row]),
        )

    def _shipment_of(self, row: int) -> pyvrp.Shipment:
        clients, shipments = self.problem.clients, self.problem.shipments
        first = len(self.problem.depots)
        pickup, delivery = int(shipments.pickup[row]), int(shipments.delivery[row])
        return pyvrp.Shipment(
            pickup_location=first + pickup,
            delivery_location=first + delivery,
            pickup_tw_early=int(clients.open[pickup]),
            pickup_tw_late=_limit(clients.close[pickup]),
            pickup_service_duration=int(clients.service[pickup]),
            delivery_tw_early=int(clients.open[delivery]),
            delivery_tw_late=_limit(clients.close[delivery]),
            delivery_service_duration=int(clients.service[delivery]),
            amount=shipments.amount[row].tolist(),
            prize=int(clients.prize[pickup]),
            required=bool(clients.required[pickup]),
        )

    def _vehicle_of(self, kind: _Kind, profile: int) -> pyvrp.VehicleType:
        vehicles, row = self.problem.vehicles, kind.vehicle
        reloads = np.flatnonzero(vehicles.reload[row]).tolist()
        return pyvrp.VehicleType(
            num_available=kind.available,
            capacity=vehicles.capacity[row].tolist(),
            start_depot=int(vehicles.start[row]),
            end_depot=int(vehicles.end[row]),
            fixed_cost=int(vehicles.fixed_cost[row]),
            tw_early=int(vehicles.open[row]),
            tw_late=_limit(vehicles.close[row]),
            shift_duration=_limit(vehicles.max_duration[row]),
            max_distance=self._reach(row),
            unit_distance_cost=int(vehicles.distance_cost[row]),
            unit_duration_cost=int(vehicles.duration_cost[row]),
            profile=profile,
            reload_depots=reloads,
            max_reloads=int(vehicles.max_reloads[row]),
        )


def _limit(value: np.int64) -> int:
    """Return a limit of PyVRP, which takes its greatest number for none."""
    return int(np.iinfo(np.int64).max) if value >= LATEST else int(value)


def _kinds(problem: RoutingProblem) -> list[_Kind]:
    locked = [lock.vehicle for lock in problem.locks]
    kinds = [_Kind(vehicle, at, 1) for at, vehicle in enumerate(locked)]
    for vehicle, available in enumerate(problem.vehicles.available.tolist()):
        if available > locked.count(vehicle):
            kinds.append(_Kind(vehicle, None, available - locked.count(vehicle)))
    return kinds


def _closed_length(problem: RoutingProblem) -> int:
    """Return how long a closed road is: no plan is better for using it."""
    vehicles = problem.vehicles
    road = int(max(problem.distance.max(), problem.duration.max(), 1))
    unit = vehicles.distance_cost + vehicles.duration_cost
    dear = int(vehicles.fixed_cost.max()) + int(problem.clients.prize.max(initial=0))
    dear //= max(1, int(unit[unit > 0].min(initial=1)))
    roads = ROADS_A_CLIENT * (problem.n_clients + CLOSED) * road
    return min(LONGEST, roads + CLOSED * dear)
