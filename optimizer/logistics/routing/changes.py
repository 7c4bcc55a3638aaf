"""Single changes that resolve a conflict, each at the least price that is seen."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from optimizer.errors import OptionsError
from optimizer.logistics.routing.problem.conflict import RULES
from optimizer.logistics.routing.room import least_room
from optimizer.logistics.routing.search.excess import (
    delay_that_helps,
    delayed,
    excess_of,
    excess_of_shipments,
    required_visits,
)
from optimizer.logistics.routing.search.necessary import late_in_lock, wrong_lock

if TYPE_CHECKING:
    from optimizer.logistics.routing.problem import RoutingProblem, Vehicles
    from optimizer.logistics.routing.problem.conflict import Conflict, Rule

__all__ = ["Change", "RepairPrices", "added", "left_out", "resolved"]

ChangeKind = Literal[
    "late",
    "overtime",
    "distance",
    "cut",
    "skill",
    "vehicle",
    "unlock",
    "rest",
    "left_out",
]

KINDS: dict[Rule, ChangeKind] = {
    "skill": "skill",
    "capacity": "cut",
    "window": "late",
    "shift": "overtime",
    "distance": "distance",
    "duration": "overtime",
    "break": "rest",
}
"""What is changed for each rule."""

Resolved = tuple["RoutingProblem", list["Change"]]
"""A problem with changes made, and these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPrices:
    """What changes cost, in units of the objective.

    Parameters
    ----------
    late
        A tick that a window closes later.
    overtime
        A tick that a shift, or a route, lasts longer.
    distance
        A unit of distance beyond a vehicle's limit.
    cut
        A unit of load that is not carried.
    skill
        A skill that a type of vehicle gets.
    vehicle
        One more vehicle; its fixed cost is one of the plan.
    unlock
        A lock that is given up.
    rest
        A tick that a break begins later.
    left_out
        A client, or a shipment, that must be visited and is not.
    """

    late: int = 10
    overtime: int = 20
    distance: int = 10
    cut: int = 1_000
    skill: int = 50_000
    vehicle: int = 20_000
    unlock: int = 5_000
    rest: int = 20
    left_out: int = 100_000

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            if value < 0:
                message = f"price of {entry.name} must be >= 0, was {value}"
                raise OptionsError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is changed.

    Parameters
    ----------
    kind
        A field of `RepairPrices`.
    client, vehicle, lock
        What it is about, -1 for none.
    amount
        How much, in the unit of its price.
    price
        What it costs.
    text
        The same in words.
    """

    kind: ChangeKind
    client: int = -1
    vehicle: int = -1
    lock: int = -1
    amount: int
    price: int
    text: str


def resolved(
    problem: RoutingProblem,
    conflict: Conflict,
    prices: RepairPrices,
    *,
    may_cut: bool = True,
) -> Resolved:
    """Return a problem without a conflict, and what was changed.

    Parameters
    ----------
    problem
        What the conflict is of.
    conflict
        One of `conflicts_of`.
    prices
        What changes cost.
    may_cut
        Whether less may be carried where a fleet is too small.
    """
    if conflict.kind == "lock":
        return _unlocked(problem, conflict, prices)
    if conflict.kind in {"fleet", "routes"}:
        return _more_room(problem, conflict, prices, may_cut=may_cut)
    return _let_in(problem, conflict, prices)


def left_out(problem: RoutingProblem, client: int, prices: RepairPrices) -> Resolved:
    """Return a problem in which a client, or its shipment, need not be visited.

    Parameters
    ----------
    problem
        Any.
    client
        Whom to leave out; an end of a shipment takes the other along.
    prices
        What that costs.
    """
    clients, shipments = problem.clients, problem.shipments
    pairs = np.flatnonzero(
        (shipments.pickup == client) | (shipments.delivery == client)
    ).tolist()
    ends = [client]
    what = f"client {problem.names.of('clients', client)}"
    if pairs:
        ends = [int(shipments.pickup[pairs[0]]), int(shipments.delivery[pairs[0]])]
        names = [problem.names.of("clients", end) for end in ends]
        what = f"the shipment from {names[0]} to {names[1]}"
    required, prize = required_visits(problem), clients.prize.copy()
    required[ends], prize[ends] = False, 0
    change = Change(
        kind="left_out",
        client=client,
        amount=1,
        price=prices.left_out,
        text=f"leave {what} out",
    )
    rest = replace(clients, required=required, prize=prize)
    return replace(problem, clients=rest), [change]


def _unlocked(
    problem: RoutingProblem, conflict: Conflict, prices: RepairPrices
) -> Resolved:
    """Give a lock up, or let its clients be visited later if that is cheaper."""
    lock = problem.locks[conflict.lock]
    late = late_in_lock(problem, lock)
    total = sum(late.values()) * prices.late
    if 0 < total < prices.unlock:
        later, changes = problem, []
        for client, ticks in late.items():
            later, change = _later(later, client, ticks, prices)
            changes.append(replace(change, lock=conflict.lock))
        if not wrong_lock(later, lock):
            return later, changes
    names = ", ".join(problem.names.of("clients", c) for c in lock.visits)
    car = problem.names.of("vehicles", lock.vehicle)
    change = Change(
        kind="unlock",
        lock=conflict.lock,
        vehicle=lock.vehicle,
        amount=1,
        price=prices.unlock,
        text=f"give up the lock of {names} on vehicle {car}",
    )
    kept = [k for at, k in enumerate(problem.locks) if at != conflict.lock]
    return replace(problem, locks=tuple(kept)), [change]


def _let_in(
    problem: RoutingProblem, conflict: Conflict, prices: RepairPrices
) -> Resolved:
    """Make one type of vehicle able to serve a client or shipment, or leave it out."""
    client = conflict.clients[-1]
    if conflict.kind == "shipment":
        excess = excess_of_shipments(problem)
        column = int(np.flatnonzero(problem.shipments.delivery == client)[0])
    else:
        excess, column = excess_of(problem), client
    total = np.zeros(len(problem.vehicles), dtype=np.int64)
    for rule in RULES:
        total += getattr(prices, KINDS[rule]) * excess.amount[rule][:, column]
    total = np.where(problem.vehicles.available > 0, total, np.iinfo(np.int64).max)
    kind = int(np.argmin(total))
    if total[kind] >= prices.left_out:
        return left_out(problem, client, prices)
    broken = {rule: int(excess.amount[rule][kind, column]) for rule in RULES}
    return _relaxed(problem, conflict.clients, kind, broken=broken, prices=prices)


def _relaxed(
    problem: RoutingProblem,
    clients: tuple[int, ...],
    kind: int,
    *,
    broken: dict[Rule, int],
    prices: RepairPrices,
) -> Resolved:
    """Change each rule that a type of vehicle breaks, by as much as it does."""
    changed, changes = problem, []
    for rule, amount in broken.items():
        if not amount:
            continue
        changed, text = _RELAX[rule](changed, clients, kind, amount)
        changes.append(
            Change(
                kind=KINDS[rule],
                client=clients[-1],
                vehicle=kind,
                amount=amount,
                price=getattr(prices, KINDS[rule]) * amount,
                text=text,
            )
        )
    return changed, changes


def _later(
    problem: RoutingProblem, client: int, ticks: int, prices: RepairPrices
) -> tuple[RoutingProblem, Change]:
    changed, text = _relax_window(problem, (client,), -1, ticks)
    change = Change(
        kind="late",
        client=client,
        amount=ticks,
        price=prices.late * ticks,
        text=text,
    )
    return changed, change


def _relax_window(
    problem: RoutingProblem, clients: tuple[int, ...], kind: int, amount: int
) -> tuple[RoutingProblem, str]:
    del kind
    client, table = clients[-1], problem.clients
    until = int(table.close[client]) + amount
    close = _with(table.close, client, until)
    name = problem.names.of("clients", client)
    return (
        replace(problem, clients=replace(table, close=close)),
        f"let client {name} be visited until {until}, {amount} later",
    )


def _relax_capacity(
    problem: RoutingProblem, clients: tuple[int, ...], kind: int, amount: int
) -> tuple[RoutingProblem, str]:
    client, table = clients[-1], problem.clients
    room = problem.vehicles.capacity[kind]
    car, name = _names(problem, kind, client)
    most = f"as much as vehicle {car} takes"
    row = np.flatnonzero(problem.shipments.delivery == client)
    if len(clients) > 1:
        amounts = problem.shipments.amount.copy()
        amounts[row] = np.minimum(amounts[row], room)
        first = problem.names.of("clients", clients[0])
        shipments = replace(problem.shipments, amount=amounts)
        text = f"carry {amount} less from {first} to {name}, {most}"
        return replace(problem, shipments=shipments), text
    delivery, pickup = table.delivery.copy(), table.pickup.copy()
    delivery[client] = np.minimum(delivery[client], room)
    pickup[client] = np.minimum(pickup[client], room)
    less = replace(table, delivery=delivery, pickup=pickup)
    text = f"carry {amount} less for client {name}, {most}"
    return replace(problem, clients=less), text


def _relax_skill(
    problem: RoutingProblem, clients: tuple[int, ...], kind: int, amount: int
) -> tuple[RoutingProblem, str]:
    del amount
    car, name = _names(problem, kind, clients[-1])
    skills = problem.vehicles.skills.copy()
    needed = problem.clients.skills[list(clients)].any(axis=0)
    fresh = np.flatnonzero(needed & ~skills[kind]).tolist()
    skills[kind] |= needed
    told = ", ".join(problem.names.of("skills", skill) for skill in fresh)
    return (
        replace(problem, vehicles=replace(problem.vehicles, skills=skills)),
        f"give vehicle {car} the skill {told}, for client {name}",
    )


def _relax_shift(
    problem: RoutingProblem, clients: tuple[int, ...], kind: int, amount: int
) -> tuple[RoutingProblem, str]:
    """Let a vehicle, and the depot it comes back to, close later."""
    car, name = _names(problem, kind, clients[-1])
    vehicles, depots = problem.vehicles, problem.depots
    end = int(vehicles.end[kind])
    until = min(int(depots.close[end]), int(vehicles.close[kind])) + amount
    shift = _with(vehicles.close, kind, max(int(vehicles.close[kind]), until))
    close = _with(depots.close, end, max(int(depots.close[end]), until))
    longer = replace(
        problem,
        vehicles=replace(vehicles, close=shift),
        depots=replace(depots, close=close),
    )
    return longer, (
        f"let vehicle {car} come back until {until}, {amount} later, for client {name}"
    )


def _relax_distance(
    problem: RoutingProblem, clients: tuple[int, ...], kind: int, amount: int
) -> tuple[RoutingProblem, str]:
    return _wider(problem, clients, (kind, amount), column="max_distance")


def _relax_duration(
    problem: RoutingProblem, clients: tuple[int, ...], kind: int, amount: int
) -> tuple[RoutingProblem, str]:
    return _wider(problem, clients, (kind, amount), column="max_duration")


def _wider(
    problem: RoutingProblem,
    clients: tuple[int, ...],
    by: tuple[int, int],
    *,
    column: Literal["max_distance", "max_duration"],
) -> tuple[RoutingProblem, str]:
    kind, amount = by
    car, name = _names(problem, kind, clients[-1])
    limit = int(getattr(problem.vehicles, column)[kind]) + amount
    values: Any = _with(getattr(problem.vehicles, column), kind, limit)
    wider = replace(problem, vehicles=replace(problem.vehicles, **{column: values}))
    longer = "far" if column == "max_distance" else "long"
    text = f"let vehicle {car} be out as {longer} as {limit}, {amount} more"
    return wider, f"{text}, for client {name}"


def _relax_break(
    problem: RoutingProblem, clients: tuple[int, ...], kind: int, amount: int
) -> tuple[RoutingProblem, str]:
    car, name = _names(problem, kind, clients[-1])
    row = delay_that_helps(problem, kind, clients[-1], amount)
    breaks = problem.breaks
    latest = int(breaks.latest[row])
    return delayed(problem, row, amount), (
        f"let the break of vehicle {car} that begins in {breaks.earliest[row]}.."
        f"{latest} begin until {latest + amount}, {amount} later, for client {name}"
    )


_RELAX = {
    "skill": _relax_skill,
    "capacity": _relax_capacity,
    "window": _relax_window,
    "shift": _relax_shift,
    "distance": _relax_distance,
    "duration": _relax_duration,
    "break": _relax_break,
}


def _names(problem: RoutingProblem, kind: int, client: int) -> tuple[str, str]:
    names = problem.names
    return names.of("vehicles", kind), names.of("clients", client)


def _more_room(
    problem: RoutingProblem,
    conflict: Conflict,
    prices: RepairPrices,
    *,
    may_cut: bool,
) -> Resolved:
    """Add vehicles, carry less and leave clients out, so that it is cheapest."""
    room = least_room(problem, conflict, prices, may_cut=may_cut)
    changed, changes = problem, []
    for client in room.out:
        changed, made = left_out(changed, client, prices)
        changes += made
    if room.more:
        changed, made = added(changed, room.kind, room.more, prices)
        changes += made
    if room.cut:
        changed, made = _cut(changed, conflict, prices, amount=room.cut)
        changes += made
    return changed, changes


def added(
    problem: RoutingProblem, kind: int, more: int, prices: RepairPrices
) -> Resolved:
    """Return a problem with more vehicles of a type.

    Parameters
    ----------
    problem
        Any.
    kind
        Type of vehicle.
    more
        How many, >= 1.
    prices
        What that costs.
    """
    vehicles: Vehicles = problem.vehicles
    available = _with(vehicles.available, kind, int(vehicles.available[kind]) + more)
    change = Change(
        kind="vehicle",
        vehicle=kind,
        amount=more,
        price=prices.vehicle * more,
        text=f"take {more} more of vehicle {problem.names.of('vehicles', kind)}",
    )
    return replace(problem, vehicles=replace(vehicles, available=available)), [change]


def _cut(
    problem: RoutingProblem, conflict: Conflict, prices: RepairPrices, *, amount: int
) -> Resolved:
    """Carry less for the clients of a load that are visited, the largest first."""
    delivery = problem.clients.delivery.copy()
    pickup = problem.clients.pickup.copy()
    table = pickup if conflict.way == "pickup" else delivery
    required, missing, changes = required_visits(problem), amount, []
    for client in conflict.group:
        less = min(missing, int(table[client, conflict.dimension]))
        if not less or not required[client]:
            continue
        table[client, conflict.dimension] -= less
        missing -= less
        name = problem.names.of("clients", client)
        changes.append(
            Change(
                kind="cut",
                client=client,
                amount=less,
                price=prices.cut * less,
                text=f"carry {less} less for client {name}",
            )
        )
    clients = replace(problem.clients, delivery=delivery, pickup=pickup)
    return replace(problem, clients=clients), changes


def _with(column: np.ndarray, row: int, value: int) -> np.ndarray:
    changed = column.copy()
    changed[row] = value
    return changed
