"""What no plan can do: clients that nobody can serve, loads that no fleet can carry.

Each conflict is a set of rules that cannot hold together, and minimal: with any one of
them left out, the others do not rule out a plan. Roads are taken at their shortest,
over other places if need be, so that nothing is called impossible that is not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from optimizer.logistics.routing.check import check_routes
from optimizer.logistics.routing.problem import LATEST, Breaks, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimizer.logistics.routing.problem import (
        BoolArray,
        IntArray,
        Lock,
        RoutingProblem,
    )

__all__ = [
    "RULES",
    "Conflict",
    "Excess",
    "conflicts_of",
    "cost_bound",
    "excess_of",
    "required_visits",
]

Rule = Literal["skill", "capacity", "window", "shift", "distance", "duration"]

RULES: tuple[Rule, ...] = (
    "skill",
    "capacity",
    "window",
    "shift",
    "distance",
    "duration",
)
"""Rules that a client and a type of vehicle may break between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Rules that cannot hold together.

    Parameters
    ----------
    kind
        `client`: no vehicle can serve one client. `fleet`: the loads of some clients
        are more than all vehicles carry. `lock`: locked visits break another rule.
    rules
        Of `RULES`, for a client.
    clients
        Whom it is about.
    lock
        Which lock, -1 for none.
    text
        The same in a sentence.
    """

    kind: Literal["client", "fleet", "lock"]
    rules: tuple[Rule, ...] = ()
    clients: tuple[int, ...] = ()
    lock: int = -1
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """By how much each type of vehicle breaks each rule, for each client alone.

    Parameters
    ----------
    amount
        By rule: ndarray of shape (n_types, n_clients), int64, 0 where it is kept.
        Ticks for `window`, `shift` and `duration`, a distance for `distance`, units of
        the worst dimension for `capacity`, a number of skills for `skill`.
    arrival
        ndarray of shape (n_types, n_clients), int64: earliest tick there.
    """

    amount: dict[Rule, IntArray]
    arrival: IntArray


def conflicts_of(
    problem: RoutingProblem, *, most: int | None = None
) -> tuple[Conflict, ...]:
    """Return conflicts that share no rule; none if this finds nothing impossible.

    Parameters
    ----------
    problem
        Any.
    most
        Most conflicts to return, None for all.
    """
    found = []
    for conflict in _conflicts(problem):
        found.append(conflict)
        if most is not None and len(found) >= most:
            break
    return tuple(found)


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


def excess_of(problem: RoutingProblem) -> Excess:
    """Return how far each type of vehicle is from serving each client alone.

    Parameters
    ----------
    problem
        Any. An end of a shipment counts as a client.
    """
    clients, vehicles, depots = problem.clients, problem.vehicles, problem.depots
    shape = len(vehicles), problem.n_clients
    amount: dict[Rule, IntArray] = {rule: np.zeros(shape, np.int64) for rule in RULES}
    arrival = np.zeros(shape, dtype=np.int64)
    missing = clients.skills[None, :, :] & ~vehicles.skills[:, None, :]
    amount["skill"] = missing.sum(axis=2)
    need = np.maximum(clients.delivery, clients.pickup)
    for kind in range(len(vehicles)):
        start, end = int(vehicles.start[kind]), int(vehicles.end[kind])
        profile = int(vehicles.profile[kind])
        out, back = _roads(problem.duration[profile], problem, start, end)
        far, near = _roads(problem.distance[profile], problem, start, end)
        ready = max(int(depots.open[start]), int(vehicles.open[kind]))
        leave = np.maximum(ready, clients.release) + depots.service[start]
        arrival[kind] = leave + out
        begin = np.maximum(arrival[kind], clients.open)
        home = np.minimum(begin, clients.close) + clients.service + back
        closing = min(int(depots.close[end]), int(vehicles.close[kind]))
        busy = depots.service[start] + out + clients.service + back
        over = need - vehicles.capacity[kind]
        amount["capacity"][kind] = over.max(axis=1, initial=0)
        amount["window"][kind] = begin - clients.close
        amount["shift"][kind] = home - closing
        amount["distance"][kind] = far + near - vehicles.max_distance[kind]
        amount["duration"][kind] = busy - vehicles.max_duration[kind]
    kept = {rule: np.maximum(values, 0) for rule, values in amount.items()}
    return Excess(amount=kept, arrival=arrival)


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


def _conflicts(problem: RoutingProblem) -> Iterator[Conflict]:
    yield from _lonely(problem)
    yield from _overloaded(problem)
    # Rests may be taken after the locked visits, so they are no part of a conflict.
    restless = replace(problem, breaks=Breaks()) if problem.locks else problem
    for at, lock in enumerate(problem.locks):
        # The way straight home shows that most locks are sound, and is quickly judged.
        wrong = _wrong_lock(restless, lock)
        if wrong and (wrong := _wrong_lock(_shortened(restless, lock), lock)):
            names = ", ".join(problem.names.of("clients", c) for c in lock.visits)
            yield Conflict(
                kind="lock",
                clients=lock.visits,
                lock=at,
                text=f"locked visits {names}: {wrong[0].removeprefix('route 0: ')}",
            )


def _wrong_lock(problem: RoutingProblem, lock: Lock) -> list[str]:
    """Return which rules locked visits break, and the way home after them."""
    route = Route(vehicle=lock.vehicle, visits=lock.visits)
    wrong = check_routes(problem, [route])
    return [text for text in wrong if text.startswith("route 0")]


def _shortened(problem: RoutingProblem, lock: Lock) -> RoutingProblem:
    """Return a problem in which the way home after locked visits is the shortest.

    A route may go on to other places from there, but it does not get home sooner.
    """
    vehicles = problem.vehicles
    profile = int(vehicles.profile[lock.vehicle])
    last = int(problem.clients.location[lock.visits[-1]])
    home = int(problem.depots.location[vehicles.end[lock.vehicle]])
    roads = {}
    for name in ("distance", "duration"):
        matrices = getattr(problem, name).copy()
        matrices[profile, last, home] = _shortest(matrices[profile], last)[home]
        roads[name] = matrices
    return replace(problem, **roads)


def _lonely(problem: RoutingProblem) -> Iterator[Conflict]:
    """Tell of each required client that no vehicle can serve, even alone."""
    excess = excess_of(problem)
    usable = problem.vehicles.available > 0
    broken = {rule: excess.amount[rule][usable] > 0 for rule in RULES}
    served = ~np.logical_or.reduce(list(broken.values()))
    required = required_visits(problem)
    for client in np.flatnonzero(required & ~served.any(axis=0)).tolist():
        left = {rule: broken[rule][:, client] for rule in RULES}
        while np.logical_or.reduce(list(left.values())).all():
            rules = _minimal(left)
            left = {rule: left[rule] for rule in left if rule not in rules}
            yield Conflict(
                kind="client",
                rules=rules,
                clients=(client,),
                text=_sentence(problem, excess, client, rules),
            )
            if not rules or not left:
                break


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
    clients, usable = problem.clients, problem.vehicles.available > 0
    least = {rule: int(excess.amount[rule][usable, client].min()) for rule in rules}
    needed = np.flatnonzero(clients.skills[client]).tolist()
    skills = ", ".join(problem.names.of("skills", skill) for skill in needed)
    demand = int(np.maximum(clients.delivery, clients.pickup)[client].max(initial=0))
    told = {
        "skill": f"it needs {skills}",
        "capacity": f"its load of {demand} is too much",
        "window": (
            f"its window closes at {clients.close[client]}, a vehicle can be there at "
            f"{excess.arrival[usable, client].min()} at the earliest"
        ),
        "shift": "the vehicle would come back after the end of its shift",
        "distance": "the way there and back is longer than a vehicle may go",
        "duration": "the way and the service take longer than a vehicle may be out",
    }
    parts = [
        told[rule] + (f" (by {least[rule]})" if least[rule] and rule != "skill" else "")
        for rule in rules
    ]
    name = problem.names.of("clients", client)
    return f"no vehicle can serve client {name}: " + "; ".join(parts)


def _overloaded(problem: RoutingProblem) -> Iterator[Conflict]:
    """Tell of the fewest clients whose loads are more than all trips can carry."""
    vehicles, clients = problem.vehicles, problem.clients
    trips = np.where(vehicles.reload.any(axis=1), 1 + vehicles.max_reloads, 1)
    required = np.flatnonzero(required_visits(problem))
    for way in ("delivery", "pickup"):
        table = getattr(clients, way)
        for dimension in range(problem.n_dimensions):
            room = vehicles.capacity[:, dimension].astype(np.float64)
            limit = float((room * trips * vehicles.available).sum())
            loads = table[required, dimension]
            order = np.argsort(-loads, kind="stable")
            total = np.cumsum(loads[order])
            if not total.size or total[-1] <= limit:
                continue
            last = int(np.searchsorted(total, limit, side="right"))
            load = problem.names.of("dimensions", dimension)
            what = f" of {load}" if problem.names.dimensions else ""
            yield Conflict(
                kind="fleet",
                clients=tuple(required[order[: last + 1]].tolist()),
                text=(
                    f"all clients need a {way}{what} of {int(total[-1])}, all vehicles "
                    f"carry {int(limit)}; the {last + 1} largest already need "
                    f"{int(total[last])}"
                ),
            )


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


def _roads(
    matrix: IntArray, problem: RoutingProblem, start: int, end: int
) -> tuple[IntArray, IntArray]:
    """Return the shortest ways from a start to each client, and from it to an end."""
    places = problem.clients.location
    out: IntArray = _shortest(matrix, int(problem.depots.location[start]))
    back: IntArray = _shortest(matrix.T, int(problem.depots.location[end]))
    return out[places], back[places]


def _shortest(matrix: IntArray, source: int) -> IntArray:
    """Return the length of the shortest way to each place.

    Dijkstra's method for a full matrix (1959): each step settles the nearest place.
    """
    length: IntArray = matrix[source].copy()
    length[source] = 0
    direct: IntArray = length.copy()
    # Where roads keep the triangle inequality, a look at one detour is enough.
    if (matrix + direct[:, None] >= direct[None, :]).all():
        return direct
    done = np.zeros(len(length), dtype=np.bool_)
    for _ in range(len(length)):
        at = int(np.argmin(np.where(done, np.iinfo(np.int64).max, length)))
        done[at] = True
        np.minimum(length, length[at] + matrix[at], out=length)
    return length
