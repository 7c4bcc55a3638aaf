"""A plan where rules may be broken for their price: clients left out, more vehicles."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.errors import CheckError
from optimizer.logistics.routing.changes import Change, added, left_out
from optimizer.logistics.routing.check import check_routes, routing_cost
from optimizer.logistics.routing.limits import Allowance
from optimizer.logistics.routing.problem import Breaks, Names, RoutingSolution, Vehicles
from optimizer.logistics.routing.search.excess import required_visits
from optimizer.logistics.routing.search.necessary import cost_bound
from optimizer.logistics.routing.solve import plan_routes
from optimizer.result import Progress, relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optimizer.logistics.routing.changes import RepairPrices
    from optimizer.logistics.routing.problem import Route, RoutingProblem
    from optimizer.options import SolveOptions

__all__ = ["Elastic", "elastic_plan"]


HEAVIEST = 50_000.0
"""Most that a client left out weighs in a search: its penalties for a unit of load or a
tick go up to twice that, and must be worse."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Elastic:
    """A plan, and what had to be changed for it.

    Parameters
    ----------
    problem
        With the changes made.
    plan
        Routes for it, which have passed the checker.
    changes
        Clients left out, vehicles added, locks given up.
    """

    problem: RoutingProblem
    plan: RoutingSolution
    changes: tuple[Change, ...]


def elastic_plan(
    problem: RoutingProblem,
    options: SolveOptions,
    *,
    prices: RepairPrices,
    cancelled: Callable[[], bool] = lambda: False,
) -> Elastic:
    """Return routes that break as little as the search finds, and at what price.

    Parameters
    ----------
    problem
        Any. Its locks are given up only if no plan is found with them.
    options
        For all: half of the time or work for the plan (three quarters if there are no
        locks), half of what is left for one without locks if there is none, and the
        rest to improve it.
    prices
        What a client left out, a vehicle and a lock cost.
    cancelled
        As `plan_routes` takes it.

    Raises
    ------
    CheckError
        If the checker refuses the routes for the changed problem.
    """
    allowance = Allowance(options)
    part = allowance.part(0.5 if problem.locks else 0.75)
    plan = plan_routes(_elastic(problem, prices), part, cancelled=cancelled)
    if plan.status in {"unknown", "infeasible"} and problem.locks:
        free = replace(problem, locks=())
        part = allowance.part(0.5)
        plan = plan_routes(_elastic(free, prices), part, cancelled=cancelled)
    if plan.status in {"unknown", "infeasible"}:
        return Elastic(problem=problem, plan=plan, changes=())
    found = _folded(problem, plan, prices)
    better = plan_routes(
        found.problem,
        allowance.part(1.0),
        start=found.plan.routes,
        cancelled=cancelled,
    )
    return (
        found
        if better.objective > found.plan.objective
        else replace(found, plan=better)
    )


def _elastic(problem: RoutingProblem, prices: RepairPrices) -> RoutingProblem:
    """Return a problem in which vehicles can be bought, and clients be left out."""
    clients, vehicles = problem.clients, problem.vehicles
    asked = required_visits(problem)
    factor = min(problem.scale, HEAVIEST / max(1, prices.left_out))
    price = round(prices.left_out * factor)
    prize = np.where(asked, price, clients.prize)
    required = np.zeros(problem.n_clients, dtype=np.bool_)
    for lock in problem.locks:
        required[list(lock.visits)] = asked[list(lock.visits)]
    prize[required] = 0
    twice: dict[str, Any] = {
        entry.name: np.concatenate([getattr(vehicles, entry.name)] * 2)
        for entry in fields(Vehicles)
    }
    size, breaks = len(vehicles), problem.breaks
    twice["available"][size:] = asked.sum()
    if _dearest_trip(problem) > price:
        # What changes cost goes first, so what routes cost is looked at later.
        for name in ("fixed_cost", "distance_cost", "duration_cost"):
            twice[name][:] = 0
    twice["fixed_cost"][size:] += round(prices.vehicle * factor)
    rests: dict[str, Any] = {
        entry.name: np.concatenate([getattr(breaks, entry.name)] * 2)
        for entry in fields(Breaks)
    }
    rests["vehicle"][len(breaks) :] += size
    return replace(
        problem,
        clients=replace(clients, prize=prize, required=required),
        vehicles=Vehicles(**twice),
        breaks=Breaks(**rests),
        names=Names(),
    )


def _dearest_trip(problem: RoutingProblem) -> int:
    """Return what a trip to one client costs at most, by its roads."""
    vehicles = problem.vehicles
    by_road = 2 * int(problem.distance.max()) * int(vehicles.distance_cost.max())
    by_time = 2 * int(problem.duration.max()) * int(vehicles.duration_cost.max())
    return by_road + by_time + int(vehicles.fixed_cost.max())


def _folded(
    problem: RoutingProblem, plan: RoutingSolution, prices: RepairPrices
) -> Elastic:
    """Say which changes of a problem make a plan of its elastic form one of its own."""
    size = len(problem.vehicles)
    routes = tuple(replace(one, vehicle=one.vehicle % size) for one in plan.routes)
    changed, changes = _unlocked(problem, routes, prices)
    visited = {client for route in routes for client in route.clients}
    ends = set(problem.shipments.delivery.tolist())
    for client in np.flatnonzero(required_visits(problem)).tolist():
        if client not in visited and client not in ends:
            changed, made = left_out(changed, client, prices)
            changes += made
    for kind, used in sorted(Counter(route.vehicle for route in routes).items()):
        if more := max(0, used - int(problem.vehicles.available[kind])):
            changed, made = added(changed, kind, more, prices)
            changes += made
    if wrong := check_routes(changed, routes):
        message = f"the routes were refused: {'; '.join(wrong[:5])}"
        raise CheckError(message)
    return Elastic(
        problem=changed, plan=_repriced(changed, plan, routes), changes=tuple(changes)
    )


def _unlocked(
    problem: RoutingProblem, routes: Sequence[Route], prices: RepairPrices
) -> tuple[RoutingProblem, list[Change]]:
    """Give up the locks that routes do not keep."""
    kept, changes = [], []
    for at, lock in enumerate(problem.locks):
        if any(
            route.vehicle == lock.vehicle
            and route.visits[: len(lock.visits)] == lock.visits
            for route in routes
        ):
            kept.append(lock)
            continue
        names = ", ".join(problem.names.of("clients", c) for c in lock.visits)
        car = problem.names.of("vehicles", lock.vehicle)
        changes.append(
            Change(
                kind="unlock",
                lock=at,
                vehicle=lock.vehicle,
                amount=1,
                price=prices.unlock,
                text=f"give up the lock of {names} on vehicle {car}",
            )
        )
    return replace(problem, locks=tuple(kept)), changes


def _repriced(
    problem: RoutingProblem, plan: RoutingSolution, routes: tuple[Route, ...]
) -> RoutingSolution:
    """Return a plan with the cost of its routes alone, without what changes cost."""
    objective = routing_cost(problem, routes) / problem.scale
    bound = min(cost_bound(problem) / problem.scale, objective)
    step = Progress(seconds=plan.seconds, objective=objective, bound=bound)
    return replace(
        plan,
        status="feasible",
        routes=routes,
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        history=(step,),
    )
