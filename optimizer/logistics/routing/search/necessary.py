"""What no plan can do: clients that nobody can serve, loads that no fleet can carry.

Each conflict is a set of rules that cannot hold together, and minimal: with any one of
them left out, the others do not rule out a plan. Roads are taken at their shortest,
over other places if need be, so that nothing is called impossible that is not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.logistics.routing.check import check_routes, timetable
from optimizer.logistics.routing.problem import LATEST, Breaks, Route
from optimizer.logistics.routing.problem.conflict import RULES, Conflict
from optimizer.logistics.routing.search.excess import (
    excess_of,
    excess_of_shipments,
    required_visits,
)
from optimizer.logistics.routing.search.fleet import fleet_conflicts
from optimizer.logistics.routing.search.ways import never, ways_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optimizer.logistics.routing.problem import (
        BoolArray,
        IntArray,
        Lock,
        RoutingProblem,
    )
    from optimizer.logistics.routing.problem.conflict import Rule
    from optimizer.logistics.routing.search.excess import Excess

__all__ = [
    "RULES",
    "Conflict",
    "conflicts_of",
    "cost_bound",
    "excess_of",
    "late_in_lock",
    "required_visits",
    "wrong_lock",
]


def conflicts_of(
    problem: RoutingProblem,
    *,
    most: int | None = None,
    most_pairs: float = np.inf,
    stopped: Callable[[], bool] = never,
) -> tuple[Conflict, ...]:
    """Return conflicts that share no rule; none if this finds nothing impossible.

    Parameters
    ----------
    problem
        Any.
    most
        Most conflicts to return, None for all.
    most_pairs
        Pairs of clients up to which the routes that they need are counted.
    stopped
        Asked now and then; once it says yes, nothing more is found. Default: never.
    """
    found = []
    for conflict in _conflicts(problem, most_pairs, stopped):
        found.append(conflict)
        if most is not None and len(found) >= most:
            break
    return tuple(found)


def cost_bound(problem: RoutingProblem) -> float:
    """Return a cost that no plan is below, from the cheapest road out of each client.

    Parameters
    ----------
    problem
        Any.

    Returns
    -------
    float
        In units of cost, not of `scale`. It is weak, about half of the best plan's.
    """
    clients, vehicles = problem.clients, problem.vehicles
    required = np.flatnonzero(required_visits(problem))
    if not required.size:
        return 0.0
    places = np.concatenate([problem.depots.location, clients.location])
    first = len(problem.depots)
    trips = max(1, _fewest_routes(problem))
    bound = trips * int(vehicles.fixed_cost.min())
    for matrices, unit in (
        (problem.distance, int(vehicles.distance_cost.min())),
        (problem.duration, int(vehicles.duration_cost.min())),
    ):
        if not unit:
            continue
        roads = matrices.min(axis=0)[np.ix_(places, places)].astype(np.int64)
        np.fill_diagonal(roads, LATEST)
        out = roads[first:][required].min(axis=1).sum()
        begin = roads[:first, first:].min() if first < len(places) else 0
        bound += unit * (int(out) + trips * int(begin))
    bound += int(vehicles.duration_cost.min()) * int(clients.service[required].sum())
    return float(bound)


def _conflicts(
    problem: RoutingProblem, most_pairs: float, stopped: Callable[[], bool]
) -> Iterator[Conflict]:
    excess = excess_of(problem, stopped=stopped)
    alone: set[int] = set()
    for conflict in _lonely(problem, excess):
        alone |= set(conflict.clients)
        yield conflict
    yield from _undelivered(problem, alone, stopped)
    yield from fleet_conflicts(problem, excess, most_pairs=most_pairs, stopped=stopped)
    for at, lock in enumerate(problem.locks):
        if stopped():
            return
        if wrong := wrong_lock(problem, lock):
            names = ", ".join(problem.names.of("clients", c) for c in lock.visits)
            car = problem.names.of("vehicles", lock.vehicle)
            yield Conflict(
                kind="lock",
                clients=lock.visits,
                vehicles=(lock.vehicle,),
                lock=at,
                text=f"vehicle {car} cannot begin with the locked visits {names}: "
                + "; ".join(wrong),
            )


def wrong_lock(problem: RoutingProblem, lock: Lock) -> list[str]:
    """Return which rules a lock breaks, however the route goes on after it.

    Parameters
    ----------
    problem
        What the lock belongs to.
    lock
        One of its locks.
    """
    # How long a route lasts depends on its later stops where rests may come before it.
    restless = replace(problem, breaks=Breaks())
    for one in (restless, _unlimited(problem)) if len(problem.breaks) else (restless,):
        # The way straight home shows that most locks are sound, and is quickly judged.
        wrong = _wrong_lock(one, lock)
        if wrong and (wrong := _wrong_lock(_shortened(one, lock), lock)):
            # There is one kind of load where none has a name.
            kind = " of 0 exceeds" if problem.n_dimensions == 1 else ""
            named = bool(problem.names.dimensions) or not kind
            return [
                text if named else text.replace(kind, " exceeds")
                for text in (one.removeprefix("route 0: ") for one in wrong)
            ]
    return []


def late_in_lock(problem: RoutingProblem, lock: Lock) -> dict[int, int]:
    """Return by how many ticks a lock comes too late to which of its clients.

    Parameters
    ----------
    problem
        What the lock belongs to.
    lock
        One of its locks.
    """
    route = Route(vehicle=lock.vehicle, visits=lock.visits)
    stops = timetable(replace(problem, breaks=Breaks()), route).stops
    return {stop.visit: stop.late for stop in stops if stop.late and stop.visit >= 0}


def _unlimited(problem: RoutingProblem) -> RoutingProblem:
    """Return a problem in which no route is too long."""
    vehicles = problem.vehicles
    limit = np.full(len(vehicles), LATEST)
    return replace(problem, vehicles=replace(vehicles, max_duration=limit))


def _wrong_lock(problem: RoutingProblem, lock: Lock) -> list[str]:
    """Return which rules locked visits break, and the way home after them."""
    route = Route(vehicle=lock.vehicle, visits=lock.visits)
    wrong = check_routes(problem, [route])
    return [text for text in wrong if text.startswith("route 0")]


def _shortened(problem: RoutingProblem, lock: Lock) -> RoutingProblem:
    """Return a problem in which the way home after locked visits is the shortest.

    A route may go on to other places from there, but it does not get home sooner.
    """
    vehicles, clients = problem.vehicles, problem.clients
    profile, end = int(vehicles.profile[lock.vehicle]), lock.visits[-1]
    last = int(clients.location[end])
    home = int(problem.depots.location[vehicles.end[lock.vehicle]])
    ways = ways_of(problem, lock.vehicle)
    shortest = {"distance": ways.near[end], "duration": ways.back[end]}
    shortest["duration"] = shortest["duration"] - clients.service[end]
    roads = {}
    for name, length in shortest.items():
        matrices = getattr(problem, name).copy()
        matrices[profile, last, home] = length
        roads[name] = matrices
    return replace(problem, **roads)


def _lonely(problem: RoutingProblem, excess: Excess) -> Iterator[Conflict]:
    """Tell of each required client that no vehicle can serve, even alone."""
    required = required_visits(problem)
    for client, rules in _stopped(problem, excess, required):
        yield Conflict(
            kind="client",
            rules=rules,
            clients=(client,),
            text=_sentence(problem, excess, client, rules),
        )


def _undelivered(
    problem: RoutingProblem, alone: set[int], stopped: Callable[[], bool]
) -> Iterator[Conflict]:
    """Tell of each shipment of which no vehicle can visit both ends in one trip."""
    shipments = problem.shipments
    if not len(shipments):
        return
    excess = excess_of_shipments(problem, stopped=stopped)
    asked = required_visits(problem)[shipments.pickup]
    for row, rules in _stopped(problem, excess, asked):
        ends = int(shipments.pickup[row]), int(shipments.delivery[row])
        if not alone.intersection(ends):
            yield Conflict(
                kind="shipment",
                rules=rules,
                clients=ends,
                text=_shipment_sentence(problem, excess, row, rules),
            )


def _stopped(
    problem: RoutingProblem, excess: Excess, asked: BoolArray
) -> Iterator[tuple[int, tuple[Rule, ...]]]:
    """Return who is asked for and served by nobody, with rules that stop everybody."""
    usable = problem.vehicles.available > 0
    broken = excess.broken(usable)
    nobody = ~excess.kept()[usable].any(axis=0)
    for column in np.flatnonzero(asked & nobody).tolist():
        left = {rule: broken[rule][:, column] for rule in RULES}
        while left and np.logical_or.reduce(list(left.values())).all():
            rules = _minimal(left)
            left = {rule: left[rule] for rule in left if rule not in rules}
            yield column, rules


def _minimal(broken: dict[Rule, BoolArray]) -> tuple[Rule, ...]:
    """Return rules that together stop every vehicle, none of which can be spared."""
    kept = [rule for rule in broken if broken[rule].any()]
    for rule in list(kept):
        others = [broken[other] for other in kept if other != rule]
        if others and np.logical_or.reduce(others).all():
            kept.remove(rule)
    return tuple(kept)


def _sentence(
    problem: RoutingProblem, excess: Excess, client: int, rules: tuple[Rule, ...]
) -> str:
    clients = problem.clients
    demand = np.maximum(clients.delivery, clients.pickup)[client]
    told = _told(problem, excess, client, skills=clients.skills[client])
    told["capacity"] = _too_much(problem, demand)
    told["window"] = "its " + _closes(problem, excess, client, client)
    name = problem.names.of("clients", client)
    return f"no vehicle can serve client {name}: " + _joined(
        problem, excess, client, rules=rules, told=told
    )


def _shipment_sentence(
    problem: RoutingProblem, excess: Excess, row: int, rules: tuple[Rule, ...]
) -> str:
    shipments = problem.shipments
    one, two = int(shipments.pickup[row]), int(shipments.delivery[row])
    skills = problem.clients.skills[one] | problem.clients.skills[two]
    told = _told(problem, excess, row, skills=skills)
    told["capacity"] = _too_much(problem, shipments.amount[row])
    names = [problem.names.of("clients", c) for c in (one, two)]
    told["window"] = f"at {names[1]} the " + _closes(problem, excess, row, two)
    return f"no vehicle can take the shipment from {names[0]} to {names[1]}: " + (
        _joined(problem, excess, row, rules=rules, told=told)
    )


def _too_much(problem: RoutingProblem, demand: IntArray) -> str:
    """Say what of a load is more than the largest vehicle takes."""
    usable = problem.vehicles.available > 0
    room = problem.vehicles.capacity[usable].max(axis=0, initial=0)
    over = np.flatnonzero(demand > room)
    worst = int(over[0]) if over.size else int(np.argmax(demand))
    what = ""
    if problem.names.dimensions:
        what = f" of {problem.names.of('dimensions', worst)}"
    return (
        f"its load{what} of {demand[worst]} is too much, a vehicle takes {room[worst]}"
    )


def _closes(problem: RoutingProblem, excess: Excess, column: int, client: int) -> str:
    usable = problem.vehicles.available > 0
    return (
        f"window closes at {problem.clients.close[client]}, a vehicle can be there at "
        f"{excess.arrival[usable, column].min()} at the earliest"
    )


def _told(
    problem: RoutingProblem, excess: Excess, column: int, *, skills: BoolArray
) -> dict[Rule, str]:
    """Return what is said of each rule."""
    needed = ", ".join(
        problem.names.of("skills", s) for s in np.flatnonzero(skills).tolist()
    )
    if "," in needed:
        needed += " together"
    cars = {rule: _whose(problem, excess.amount[rule][:, column] > 0) for rule in RULES}
    rests = _rests(problem, excess.amount["break"][:, column] > 0)
    return {
        "skill": f"it needs {needed}, missing on {cars['skill']}",
        "shift": f"{cars['shift']} would come back after the end of the shift",
        "distance": f"the way there and back is longer than {cars['distance']} may go",
        "duration": (
            f"the way and the service take longer than {cars['duration']} may be out"
        ),
        "break": f"{cars['break']} must rest {rests}, which leaves no room for it",
    }


def _whose(problem: RoutingProblem, stopped: BoolArray) -> str:
    """Return what types of vehicles are called that are stopped."""
    usable = problem.vehicles.available > 0
    types = np.flatnonzero(stopped & usable).tolist()
    if usable.sum() == 1:
        return "the vehicle"
    if len(types) == usable.sum():
        return "every vehicle"
    names = ", ".join(problem.names.of("vehicles", kind) for kind in types)
    return f"vehicle {names}" if len(types) == 1 else f"any vehicle of {names}"


def _rests(problem: RoutingProblem, stopped: BoolArray) -> str:
    """Return the breaks of types of vehicles that are stopped."""
    breaks = problem.breaks
    rows = np.flatnonzero(stopped[breaks.vehicle]).tolist() if len(breaks) else []
    return " and ".join(
        f"{breaks.duration[row]} beginning in {breaks.earliest[row]}.."
        f"{breaks.latest[row]}"
        for row in rows
    )


def _joined(
    problem: RoutingProblem,
    excess: Excess,
    column: int,
    *,
    rules: tuple[Rule, ...],
    told: dict[Rule, str],
) -> str:
    """Join what is said of rules, with the least amount by which each is broken."""
    usable = problem.vehicles.available > 0
    parts = []
    for rule in rules:
        amounts = excess.amount[rule][usable, column]
        least = int(amounts.min())
        by = f" (by {least})" if least and rule not in {"skill", "break"} else ""
        parts.append(told[rule] + by)
    return "; ".join(parts)


def _fewest_routes(problem: RoutingProblem) -> int:
    """Return how many vehicles are needed at least for the loads."""
    vehicles, clients = problem.vehicles, problem.clients
    trips = np.where(vehicles.reload.any(axis=1), 1.0 + vehicles.max_reloads, 1.0)
    required = required_visits(problem)
    fewest = 0
    for table in (clients.delivery, clients.pickup):
        need = table[required].sum(axis=0)
        most = (vehicles.capacity * trips[:, None]).max(axis=0, initial=0)
        for total, room in zip(need.tolist(), most.tolist(), strict=True):
            if room > 0:
                fewest = max(fewest, int(np.ceil(total / room)))
    return fewest
