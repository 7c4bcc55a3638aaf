"""When a route is where: earliest end, then the latest start that keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.routing.problem import depot_of

if TYPE_CHECKING:
    from optimizer.logistics.routing.problem import Route, RoutingProblem

__all__ = ["Stop", "Timetable", "timetable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One entry of a timetable.

    Parameters
    ----------
    visit
        A client, or a depot as `optimizer.logistics.routing.problem.reload_at` has it.
    location
        Row of the matrices.
    arrival, start, departure
        Ticks: when the vehicle comes, begins its service and leaves.
    late
        Ticks by which the start misses the window, 0 in a plan that keeps the rules.
    """

    visit: int
    location: int
    arrival: int
    start: int
    departure: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """The stops of a route with both its ends, and its breaks.

    Parameters
    ----------
    stops
        From the start depot to the end depot.
    breaks
        Row of the problem's breaks and the tick it begins at, for those on the way.
    missed
        Rows of breaks for which there is no room.
    """

    stops: tuple[Stop, ...]
    breaks: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]

    @property
    def duration(self) -> int:
        """Ticks between the begin of the first loading and the end."""
        return self.stops[-1].departure - self.stops[0].start


@dataclass(frozen=True, slots=True)
class _Node:
    visit: int
    location: int
    open: int
    close: int
    service: int
    travel: int  # from the node before


@dataclass(frozen=True, slots=True)
class _Break:
    row: int
    earliest: int
    latest: int
    duration: int


def timetable(problem: RoutingProblem, route: Route) -> Timetable:
    """Return when a route is where: it ends early, then starts late.

    Parameters
    ----------
    problem
        What the route belongs to.
    route
        A route of known clients and depots. One that misses windows is timed as early
        as possible, and its stops say how late they are.

    References
    ----------
    Savelsbergh (1992), "The vehicle routing problem with time windows: minimizing route
    duration", ORSA Journal on Computing 4(2): leaving later does not end later, up to
    the slack of the route.
    """
    nodes, breaks = _nodes(problem, route), _breaks(problem, route.vehicle)
    rests = _placed(nodes, breaks)
    missed: tuple[int, ...] = ()
    if rests is None:
        missed = () if _placed(nodes, []) is None else tuple(b.row for b in breaks)
        rests = [[] for _ in range(len(nodes) + 1)]
    begin = _latest_start(nodes, rests)
    stops, taken = _timed(nodes, rests, begin)
    return Timetable(stops=stops, breaks=taken, missed=missed)


def _nodes(problem: RoutingProblem, route: Route) -> list[_Node]:
    clients, depots, vehicles = problem.clients, problem.depots, problem.vehicles
    kind = route.vehicle
    start, end = int(vehicles.start[kind]), int(vehicles.end[kind])
    visits = [-start - 1, *route.visits, -end - 1]
    places = [
        int(clients.location[v] if v >= 0 else depots.location[depot_of(v)])
        for v in visits
    ]
    matrix = problem.duration[vehicles.profile[kind]]
    travel = [0, *(int(matrix[a, b]) for a, b in pairwise(places))]
    shift = int(vehicles.open[kind]), int(vehicles.close[kind])
    release = _releases(problem, visits)
    nodes = []
    last = len(visits) - 1
    for at, visit in enumerate(visits):
        if visit >= 0:
            window = int(clients.open[visit]), int(clients.close[visit])
            service = int(clients.service[visit])
        else:
            depot = depot_of(visit)
            window = int(depots.open[depot]), int(depots.close[depot])
            window = max(window[0], shift[0]), min(window[1], shift[1])
            service = 0 if at == last else int(depots.service[depot])
        open_ = max(window[0], release[at])
        nodes.append(_Node(visit, places[at], open_, window[1], service, travel[at]))
    return nodes


def _releases(problem: RoutingProblem, visits: list[int]) -> list[int]:
    """Return, for the depots at which trips begin, the latest release of the trip."""
    result = [0] * len(visits)
    begin = 0
    for at, visit in enumerate(visits):
        if visit < 0:
            begin = at
        else:
            result[begin] = max(result[begin], int(problem.clients.release[visit]))
    return result


def _breaks(problem: RoutingProblem, kind: int) -> list[_Break]:
    table = problem.breaks
    rows = np.flatnonzero(table.vehicle == kind)
    rows = rows[np.argsort(table.earliest[rows], kind="stable")]
    return [
        _Break(
            row, *(int(c[row]) for c in (table.earliest, table.latest, table.duration))
        )
        for row in rows.tolist()
    ]


def _placed(nodes: list[_Node], breaks: list[_Break]) -> list[list[_Break]] | None:
    """Return the breaks before each node, and after the last, for the earliest end.

    None if no choice keeps every window. Of two ways to a node after the same breaks,
    the earlier one is never worse, so only that is kept.
    """
    best: dict[int, tuple[int, list[int]]] = {}
    for taken in range(len(breaks) + 1):
        before = max((b.earliest + b.duration for b in breaks[:taken]), default=0)
        start = max(nodes[0].open, before)
        if start <= nodes[0].close:
            best[taken] = start + nodes[0].service, [taken]
    for node in nodes[1:]:
        best = _stepped(best, node, breaks)
    ends = [
        (clock, counts)
        for taken, (clock, counts) in best.items()
        if all(clock <= b.latest for b in breaks[taken:])
    ]
    if not ends:
        return None
    counts = [0, *min(ends)[1], len(breaks)]
    return [breaks[a:b] for a, b in pairwise(counts)]


def _stepped(
    best: dict[int, tuple[int, list[int]]], node: _Node, breaks: list[_Break]
) -> dict[int, tuple[int, list[int]]]:
    """Go on to a node from every number of breaks taken so far."""
    result: dict[int, tuple[int, list[int]]] = {}
    for taken, (clock, counts) in best.items():
        for upto in range(taken, len(breaks) + 1):
            arrival = _driven(clock, node.travel, breaks[taken:upto])
            if arrival is None:
                break
            start = max(arrival, node.open)
            if start > node.close:
                continue
            done = start + node.service
            if upto not in result or done < result[upto][0]:
                result[upto] = done, [*counts, upto]
    return result


def _driven(clock: int, travel: int, breaks: list[_Break]) -> int | None:
    """Return the arrival after a drive with breaks, None if one comes too late."""
    arrival = clock + travel
    for rest in breaks:
        begin = max(clock, rest.earliest)
        if begin > rest.latest:
            return None
        clock = begin + rest.duration
        arrival = max(arrival, rest.earliest) + rest.duration
    return arrival


def _latest_start(nodes: list[_Node], rests: list[list[_Break]]) -> int:
    """Return the latest start that ends the route as soon as its earliest one."""
    before = max((b.earliest + b.duration for b in rests[0]), default=0)
    begin = max(nodes[0].open, before)
    stops, _ = _timed(nodes, rests, begin)
    if any(stop.late for stop in stops):
        return begin
    latest = stops[-1].start
    for at in range(len(nodes) - 1, 0, -1):
        arrival = min(latest, nodes[at].close)
        passed = 0
        departure = arrival - nodes[at].travel
        for rest in rests[at]:
            departure = min(departure, rest.latest - passed)
            passed += rest.duration
        departure = min(departure, arrival - nodes[at].travel - passed)
        latest = departure - nodes[at - 1].service
    return max(begin, min(latest, nodes[0].close))


def _timed(
    nodes: list[_Node], rests: list[list[_Break]], begin: int
) -> tuple[tuple[Stop, ...], tuple[tuple[int, int], ...]]:
    """Drive a route from a start on, each stop as early as it can be."""
    stops: list[Stop] = []
    taken: list[tuple[int, int]] = []
    clock = begin
    for at, node in enumerate(nodes):
        left = clock
        if at:
            clock += node.travel
            for rest in rests[at]:
                left = max(left, rest.earliest)
                taken.append((rest.row, left))
                left += rest.duration
                clock = max(clock, rest.earliest) + rest.duration
        start = max(clock, node.open)
        stops.append(
            Stop(
                visit=node.visit,
                location=node.location,
                arrival=clock,
                start=start,
                departure=start + node.service,
                late=max(0, start - node.close),
            )
        )
        clock = start + node.service
    return tuple(stops), tuple(taken)
