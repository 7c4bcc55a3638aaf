"""By how much types of vehicles miss what a client, or a shipment, asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.routing.check import timetable
from optimizer.logistics.routing.problem import LATEST, Route
from optimizer.logistics.routing.problem.conflict import RULES
from optimizer.logistics.routing.search.ways import between, never, ways_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.routing.problem import BoolArray, IntArray, RoutingProblem
    from optimizer.logistics.routing.problem.conflict import Rule
    from optimizer.logistics.routing.search.ways import Ways

__all__ = [
    "Excess",
    "delay_that_helps",
    "delayed",
    "excess_of",
    "excess_of_shipments",
    "required_visits",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """By how much each type of vehicle breaks each rule, for each client alone.

    Parameters
    ----------
    amount
        By rule: ndarray of shape (n_types, n_clients), int64, 0 where it is kept.
        Ticks for `window`, `shift` and `duration`, a distance for `distance`, units of
        the worst dimension for `capacity`, a number of skills for `skill`, ticks by
        which a break would have to begin later for `break`, which is told where all
        else is kept. Of shipments, the columns are these.
    arrival
        ndarray of that shape, int64: earliest tick there; at the delivery of a
        shipment.
    """

    amount: dict[Rule, IntArray]
    arrival: IntArray

    def broken(self, usable: BoolArray) -> dict[Rule, BoolArray]:
        """Return which rules types of vehicles break.

        Parameters
        ----------
        usable
            ndarray of shape (n_types,), bool: the types that are asked about.
        """
        return {rule: self.amount[rule][usable] > 0 for rule in RULES}

    def kept(self) -> BoolArray:
        """Return which types keep every rule, of shape (n_types, n_clients)."""
        broken = np.array([self.amount[rule] > 0 for rule in RULES])
        return np.asarray(~broken.any(axis=0))


def required_visits(problem: RoutingProblem) -> BoolArray:
    """Return which clients every plan visits.

    Parameters
    ----------
    problem
        Any. A shipment is asked for as its pickup is, whatever its other end says.

    Returns
    -------
    ndarray of shape (n_clients,), bool
    """
    required: BoolArray = problem.clients.required.copy()
    required[problem.shipments.delivery] = required[problem.shipments.pickup]
    return required


def excess_of(
    problem: RoutingProblem, *, stopped: Callable[[], bool] = never
) -> Excess:
    """Return how far each type of vehicle is from serving each client alone.

    Parameters
    ----------
    problem
        Any. An end of a shipment counts as a client.
    stopped
        Asked before each type; those that are left then count as able to serve all.
    """
    clients, vehicles = problem.clients, problem.vehicles
    excess = _nothing(len(vehicles), problem.n_clients)
    amount = excess.amount
    missing = clients.skills[None, :, :] & ~vehicles.skills[:, None, :]
    need = np.maximum(clients.delivery, clients.pickup)
    for kind in range(len(vehicles)):
        if stopped():
            break
        ways = ways_of(problem, kind)
        excess.arrival[kind] = ways.arrival
        begin = np.maximum(ways.arrival, clients.open)
        home = begin + ways.back
        amount["skill"][kind] = missing[kind].sum(axis=1)
        over = need - vehicles.capacity[kind]
        amount["capacity"][kind] = over.max(axis=1, initial=0)
        amount["window"][kind] = begin - clients.close
        amount["shift"][kind] = home - _closing(problem, kind)
        amount["distance"][kind] = ways.far + ways.near - vehicles.max_distance[kind]
        amount["duration"][kind] = ways.out + ways.back - vehicles.max_duration[kind]
        for rule in RULES:
            np.maximum(amount[rule][kind], 0, out=amount[rule][kind])
        if (problem.breaks.vehicle == kind).any():
            whole = excess.kept()[kind]
            amount["break"][kind] = _delays(problem, kind, ways, whole)
    return excess


def excess_of_shipments(
    problem: RoutingProblem, *, stopped: Callable[[], bool] = never
) -> Excess:
    """Return how far each type of vehicle is from taking each shipment alone.

    Parameters
    ----------
    problem
        Any. What either end breaks by itself, as a window that closes too early, is not
        counted, but for skills.
    stopped
        Asked before each shipment that direct roads do not allow; those that are left
        then count as if they could be taken.
    """
    shipments = problem.shipments
    usable = problem.vehicles.available > 0
    excess = _nothing(len(problem.vehicles), len(shipments))
    if not len(shipments):
        return excess
    types = []
    for kind in range(len(problem.vehicles)):
        if stopped():
            return excess
        types.append(ways_of(problem, kind))
    for kind, ways in enumerate(types):
        for row in range(len(shipments)):
            _judge_pair(problem, (kind, row), ways, excess=excess, shortest=False)
    # The road from end to end shows that most are sound, and is quickly judged.
    for row in np.flatnonzero(~excess.kept()[usable].any(axis=0)).tolist():
        late = stopped()
        for kind, ways in enumerate(types):
            if late:
                for amounts in excess.amount.values():
                    amounts[kind, row] = 0
                continue
            _judge_pair(problem, (kind, row), ways, excess=excess, shortest=True)
    return excess


def _judge_pair(
    problem: RoutingProblem,
    at: tuple[int, int],
    ways: Ways,
    *,
    excess: Excess,
    shortest: bool,
) -> None:
    """Note by how much a type of vehicle breaks rules with a shipment."""
    kind, row = at
    clients, vehicles, shipments = problem.clients, problem.vehicles, problem.shipments
    one, two = int(shipments.pickup[row]), int(shipments.delivery[row])
    profile = int(vehicles.profile[kind])
    pair = int(clients.location[one]), int(clients.location[two])
    ticks = int(problem.duration[profile][pair]) + int(clients.service[one])
    length = int(problem.distance[profile][pair])
    if shortest:
        both = between(problem, kind, one)
        ticks, length = int(both[0][two]), int(both[1][two])
    begin = max(int(ways.arrival[one]), int(clients.open[one]))
    begin = min(begin, int(clients.close[one]))
    arrival = max(int(ways.arrival[two]), begin + ticks)
    start, close = max(arrival, int(clients.open[two])), int(clients.close[two])
    home = start + int(ways.back[two])
    skills = clients.skills[one] | clients.skills[two]
    over = shipments.amount[row] - vehicles.capacity[kind]
    out = int(ways.out[one]) + ticks + int(ways.back[two])
    far = int(ways.far[one]) + length + int(ways.near[two])
    found: dict[Rule, int] = {
        "skill": int((skills & ~vehicles.skills[kind]).sum()),
        "capacity": int(over.max(initial=0)),
        "window": max(start - close, 0),
        "shift": max(home - _closing(problem, kind), 0),
        "distance": max(far - int(vehicles.max_distance[kind]), 0),
        "duration": max(out - int(vehicles.max_duration[kind]), 0),
    }
    excess.arrival[at] = arrival
    for rule, amount in found.items():
        excess.amount[rule][at] = amount


def _nothing(n_types: int, n_columns: int) -> Excess:
    shape = n_types, n_columns
    return Excess(
        amount={rule: np.zeros(shape, dtype=np.int64) for rule in RULES},
        arrival=np.zeros(shape, dtype=np.int64),
    )


def _closing(problem: RoutingProblem, kind: int) -> int:
    """Return until when a type of vehicle must be home."""
    end = int(problem.vehicles.end[kind])
    return min(int(problem.depots.close[end]), int(problem.vehicles.close[kind]))


def _delays(
    problem: RoutingProblem, kind: int, ways: Ways, asked: BoolArray
) -> IntArray:
    """Return by how much a break must begin later, so that clients can be served."""
    delays = np.zeros(problem.n_clients, dtype=np.int64)
    alone = _with_ways(problem, kind, ways)
    for client in np.flatnonzero(asked).tolist():
        route = Route(vehicle=kind, visits=(client,))
        if _in_time(alone, route):
            continue
        rows = np.flatnonzero(problem.breaks.vehicle == kind).tolist()
        delays[client] = min(_delay(alone, route, row) for row in rows)
    return delays


def delay_that_helps(
    problem: RoutingProblem, kind: int, client: int, ticks: int
) -> int:
    """Return the break that lets a vehicle serve a client by beginning later.

    Parameters
    ----------
    problem
        Any.
    kind
        Type of vehicle.
    client
        Whom it is to serve.
    ticks
        How much later: the excess of `break`.
    """
    alone = _with_ways(problem, kind, ways_of(problem, kind))
    route = Route(vehicle=kind, visits=(client,))
    rows = np.flatnonzero(problem.breaks.vehicle == kind).tolist()
    return next(row for row in rows if _delay(alone, route, row) == ticks)


def _delay(problem: RoutingProblem, route: Route, row: int) -> int:
    """Return the least delay of the end of a break's window that helps a route."""
    low, high = 0, _latest_delay(problem, row)
    if not _in_time(delayed(problem, row, high), route):
        return LATEST
    while high - low > 1:
        middle = (low + high) // 2
        if _in_time(delayed(problem, row, middle), route):
            high = middle
        else:
            low = middle
    return high


def delayed(problem: RoutingProblem, row: int, ticks: int) -> RoutingProblem:
    """Return a problem in which a break may begin later.

    Parameters
    ----------
    problem
        Any.
    row
        Of its breaks.
    ticks
        How much later.
    """
    latest = problem.breaks.latest.copy()
    latest[row] += ticks
    return replace(problem, breaks=replace(problem.breaks, latest=latest))


def _latest_delay(problem: RoutingProblem, row: int) -> int:
    """Return how much later a break may begin without meeting the next one."""
    breaks = problem.breaks
    same = (breaks.vehicle == breaks.vehicle[row]) & (
        breaks.earliest > breaks.earliest[row]
    )
    next_ = int(breaks.earliest[same].min(initial=LATEST))
    end = int(breaks.latest[row] + breaks.duration[row])
    return max(0, next_ - end)


def _in_time(problem: RoutingProblem, route: Route) -> bool:
    times = timetable(problem, route)
    return not times.missed and not any(stop.late for stop in times.stops)


def _with_ways(problem: RoutingProblem, kind: int, ways: Ways) -> RoutingProblem:
    """Return a problem in which the road to each client, and home, is the shortest.

    Nothing waits for its release, as that of a later trip may be at a nearer depot.
    """
    vehicles, depots, clients = problem.vehicles, problem.depots, problem.clients
    start, end = int(vehicles.start[kind]), int(vehicles.end[kind])
    roads = problem.duration.copy()
    matrix = roads[vehicles.profile[kind]]
    matrix[depots.location[start], clients.location] = ways.out - depots.service[start]
    matrix[clients.location, depots.location[end]] = ways.back - clients.service
    at_once = replace(clients, release=np.zeros_like(clients.release))
    return replace(problem, duration=roads, clients=at_once)
