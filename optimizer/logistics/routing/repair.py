"""What to change where no plan keeps every rule, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from optimizer.errors import OptionsError
from optimizer.logistics.routing.problem import RoutingSolution
from optimizer.logistics.routing.search.necessary import (
    RULES,
    Conflict,
    conflicts_of,
    excess_of,
    required_visits,
)
from optimizer.logistics.routing.solve import plan_routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.routing.problem import (
        Clients,
        RoutingProblem,
        Vehicles,
    )
    from optimizer.options import SolveOptions

__all__ = ["Change", "Repair", "RepairPrices", "repair_routes"]

ATTEMPTS = 4
"""Rounds of changes: a client let in may uncover that the fleet is too small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPrices:
    """What changes cost, in units of the problem's cost.

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
        One more vehicle, beside its fixed cost.
    unlock
        A lock that is given up.
    left_out
        A client that must be visited and is not.
    """

    late: int = 10
    overtime: int = 20
    distance: int = 10
    cut: int = 1_000
    skill: int = 50_000
    vehicle: int = 20_000
    unlock: int = 5_000
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

    kind: Literal[
        "late", "overtime", "distance", "cut", "skill", "vehicle", "unlock", "left_out"
    ]
    client: int = -1
    vehicle: int = -1
    lock: int = -1
    amount: int
    price: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Repair:
    """Conflicts, the changes that resolve them, and a plan for what is then asked.

    Parameters
    ----------
    conflicts
        Minimal sets of rules that cannot hold together, none sharing a rule with
        another.
    changes
        For each conflict the cheapest; then who is left out, if that was not enough.
    price
        Of all changes.
    problem
        The problem with the changes made.
    plan
        Routes for it, which have passed the checker.
    """

    conflicts: tuple[Conflict, ...]
    changes: tuple[Change, ...]
    price: int
    problem: RoutingProblem
    plan: RoutingSolution


def repair_routes(
    problem: RoutingProblem,
    options: SolveOptions,
    *,
    prices: RepairPrices | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Repair:
    """Return what to change so that there is a plan, and that plan.

    Parameters
    ----------
    problem
        One for which `plan_routes` found nothing.
    options
        For the plan: each of at most two solves gets half of the time or work.
    prices
        What changes cost; None for the default.
    cancelled
        As `plan_routes` takes it.

    Returns
    -------
    Repair
        Each conflict gets the cheapest change that resolves it by itself. Where rules
        conflict that cannot be told apart so simply, clients are left out, as few as
        the search finds.
    """
    prices = prices or RepairPrices()
    conflicts = conflicts_of(problem)
    changes: list[Change] = []
    changed = problem
    for _ in range(ATTEMPTS):
        found = conflicts_of(changed)
        if not found:
            break
        for conflict in found:
            changed, made = _resolved(changed, conflict, prices)
            changes += made
    halved = _halved(options)
    plan = RoutingSolution(status="unknown")
    if changes:
        plan = plan_routes(changed, halved, cancelled=cancelled)
    if plan.status in {"unknown", "infeasible"}:
        changed = _all_optional(changed, prices.left_out)
        plan = plan_routes(changed, halved, cancelled=cancelled)
        changes += _left_out(problem, plan, prices)
    return Repair(
        conflicts=conflicts,
        changes=tuple(changes),
        price=sum(change.price for change in changes),
        problem=changed,
        plan=plan,
    )


def _halved(options: SolveOptions) -> SolveOptions:
    work = options.work_limit
    return replace(
        options,
        time_limit_s=options.time_limit_s / 2,
        work_limit=None if work is None else max(1, work // 2),
    )


def _resolved(
    problem: RoutingProblem, conflict: Conflict, prices: RepairPrices
) -> tuple[RoutingProblem, list[Change]]:
    if conflict.kind == "lock":
        change = Change(
            kind="unlock",
            lock=conflict.lock,
            amount=1,
            price=prices.unlock,
            text=f"give up the lock: {conflict.text}",
        )
        kept = [k for at, k in enumerate(problem.locks) if at != conflict.lock]
        return replace(problem, locks=tuple(kept)), [change]
    if conflict.kind == "fleet":
        return _more_vehicles(problem, conflict, prices)
    return _let_in(problem, conflict.clients[0], prices)


def _let_in(
    problem: RoutingProblem, client: int, prices: RepairPrices
) -> tuple[RoutingProblem, list[Change]]:
    """Make one type of vehicle able to serve a client, or leave the client out."""
    excess = excess_of(problem)
    price_of = {
        "skill": prices.skill,
        "capacity": prices.cut,
        "window": prices.late,
        "shift": prices.overtime,
        "distance": prices.distance,
        "duration": prices.overtime,
    }
    total = sum(price_of[rule] * excess.amount[rule][:, client] for rule in RULES)
    total = np.where(problem.vehicles.available > 0, total, np.iinfo(np.int64).max)
    kind = int(np.argmin(total))
    if total[kind] >= prices.left_out:
        return _without(problem, client, prices)
    changed, changes = problem, []
    for rule in RULES:
        amount = int(excess.amount[rule][kind, client])
        if amount:
            changed, text = _relaxed(changed, rule, client, (kind, amount))
            changes.append(
                Change(
                    kind=_KINDS[rule],
                    client=client,
                    vehicle=kind,
                    amount=amount,
                    price=price_of[rule] * amount,
                    text=text,
                )
            )
    return changed, changes


_KINDS: dict[
    str, Literal["skill", "cut", "late", "overtime", "distance"]
] = {
    "skill": "skill",
    "capacity": "cut",
    "window": "late",
    "shift": "overtime",
    "distance": "distance",
    "duration": "overtime",
}  # fmt: skip


def _relaxed(
    problem: RoutingProblem, rule: str, client: int, by: tuple[int, int]
) -> tuple[RoutingProblem, str]:
    """Return a problem in which a vehicle can keep a rule, and what changed."""
    kind, amount = by
    clients, vehicles = problem.clients, problem.vehicles
    name = problem.names.of("clients", client)
    car = problem.names.of("vehicles", kind)
    if rule == "window":
        until = int(clients.close[client]) + amount
        close = _with(clients.close, client, until)
        return (
            replace(problem, clients=replace(clients, close=close)),
            f"let client {name} be visited until {until}, {amount} later",
        )
    if rule == "capacity":
        return (
            replace(problem, clients=_cut(clients, vehicles, client, kind)),
            f"carry {amount} less for client {name}, as much as vehicle {car} takes",
        )
    if rule == "skill":
        skills = vehicles.skills.copy()
        skills[kind] |= clients.skills[client]
        return (
            replace(problem, vehicles=replace(vehicles, skills=skills)),
            f"give vehicle {car} {amount} skill(s) for client {name}",
        )
    column = {"shift": "close", "distance": "max_distance", "duration": "max_duration"}
    limit = int(getattr(vehicles, column[rule])[kind]) + amount
    if rule == "shift":
        return _overtime(problem, kind, amount), (
            f"let vehicle {car} come back {amount} later, for client {name}"
        )
    values = _with(getattr(vehicles, column[rule]), kind, limit)
    longer = "far" if rule == "distance" else "long"
    text = f"let vehicle {car} be out as {longer} as {limit}, {amount} more"
    wider = replace(problem, vehicles=replace(vehicles, **{column[rule]: values}))
    return wider, f"{text}, for client {name}"


def _overtime(problem: RoutingProblem, kind: int, amount: int) -> RoutingProblem:
    """Let a vehicle, and the depot it comes back to, close later."""
    vehicles, depots = problem.vehicles, problem.depots
    end = int(vehicles.end[kind])
    until = min(int(depots.close[end]), int(vehicles.close[kind])) + amount
    shift = _with(vehicles.close, kind, max(int(vehicles.close[kind]), until))
    close = _with(depots.close, end, max(int(depots.close[end]), until))
    return replace(
        problem,
        vehicles=replace(vehicles, close=shift),
        depots=replace(depots, close=close),
    )


def _cut(clients: Clients, vehicles: Vehicles, client: int, kind: int) -> Clients:
    room = vehicles.capacity[kind]
    delivery, pickup = clients.delivery.copy(), clients.pickup.copy()
    delivery[client] = np.minimum(delivery[client], room)
    pickup[client] = np.minimum(pickup[client], room)
    return replace(clients, delivery=delivery, pickup=pickup)


def _more_vehicles(
    problem: RoutingProblem, conflict: Conflict, prices: RepairPrices
) -> tuple[RoutingProblem, list[Change]]:
    """Add vehicles of the type that carries what is missing at the least price."""
    vehicles, clients = problem.vehicles, problem.clients
    required = required_visits(problem)
    need = np.maximum(
        clients.delivery[required].sum(axis=0), clients.pickup[required].sum(axis=0)
    )
    missing = np.maximum(need - (vehicles.capacity.T * vehicles.available).sum(1), 0)
    if not missing.any():
        # The vehicles added for another load carry this one too.
        return problem, []
    room = np.maximum(vehicles.capacity, 1e-9)
    number = np.ceil(missing[None, :] / room).max(axis=1)
    price = number * (prices.vehicle + vehicles.fixed_cost)
    kind = int(np.argmin(price))
    if price[kind] >= prices.left_out * len(conflict.clients):
        return _without(problem, conflict.clients[-1], prices)
    more = int(number[kind])
    available = _with(vehicles.available, kind, int(vehicles.available[kind]) + more)
    change = Change(
        kind="vehicle",
        vehicle=kind,
        amount=more,
        price=int(price[kind]),
        text=f"take {more} more vehicle(s) {problem.names.of('vehicles', kind)}",
    )
    return replace(problem, vehicles=replace(vehicles, available=available)), [change]


def _without(
    problem: RoutingProblem, client: int, prices: RepairPrices
) -> tuple[RoutingProblem, list[Change]]:
    clients = problem.clients
    required = required_visits(problem)
    required[client] = False
    shipments = problem.shipments
    required[shipments.pickup[shipments.delivery == client]] = False
    name = problem.names.of("clients", client)
    change = Change(
        kind="left_out",
        client=client,
        amount=1,
        price=prices.left_out,
        text=f"leave client {name} out",
    )
    return replace(problem, clients=replace(clients, required=required)), [change]


def _all_optional(problem: RoutingProblem, prize: int) -> RoutingProblem:
    clients = problem.clients
    prizes = np.where(required_visits(problem), prize, clients.prize)
    required = np.zeros(problem.n_clients, dtype=np.bool_)
    return replace(
        problem, clients=replace(clients, prize=prizes, required=required), locks=()
    )


def _left_out(
    problem: RoutingProblem, plan: RoutingSolution, prices: RepairPrices
) -> list[Change]:
    visited = {client for route in plan.routes for client in route.clients}
    return [
        _without(problem, client, prices)[1][0]
        for client in np.flatnonzero(problem.clients.required).tolist()
        if client not in visited and client not in problem.shipments.delivery
    ]


def _with(column: np.ndarray, row: int, value: int) -> np.ndarray:
    changed = column.copy()
    changed[row] = value
    return changed
