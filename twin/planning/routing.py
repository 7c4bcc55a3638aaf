"""Routes: a file to a problem, its plan to rows of an answer."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optimizer.logistics.routing.check import (
    conflict_holds,
    loads_after,
    route_distance,
    timetable,
)
from optimizer.logistics.routing.formats.reading import read_problem
from optimizer.logistics.routing.formats.solution import (
    numbered_routes,
    solution_text,
)
from optimizer.logistics.routing.formats.text import ROUNDINGS
from optimizer.logistics.routing.problem import (
    LATEST,
    RoutingProblem,
    RoutingSolution,
    depot_of,
)
from optimizer.logistics.routing.repair import Repair, repair_routes
from optimizer.logistics.routing.solve import plan_routes
from optimizer.result import Progress
from twin.errors import InputError
from twin.planning.searching import finite, history_rows, outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from optimizer.logistics.routing.problem import Route

__all__ = [
    "Progress",
    "Repair",
    "RoutingProblem",
    "RoutingSolution",
    "document_of",
    "judged",
    "plan_routes",
    "problem_of_file",
    "repair_document",
    "repair_routes",
    "route_name",
    "solution_text",
    "stop_rows",
]


def problem_of_file(path: Path, *, rounding: str | None = None) -> RoutingProblem:
    """Return the problem of a file.

    Parameters
    ----------
    path
        See `optimizer.logistics.routing.formats`.
    rounding
        `round`, `trunc`, `dimacs` or `exact`; None for what is usual in its family.

    Raises
    ------
    ProblemError
        If the file is not a valid problem.
    InputError
        If the rounding is none of these.
    """
    if rounding is not None and rounding not in ROUNDINGS:
        msg = f"rounding {rounding!r} must be one of {', '.join(ROUNDINGS)}"
        raise InputError(msg)
    return read_problem(path, rounding=rounding)


def judged(plan: RoutingSolution, repair: Repair) -> RoutingSolution:
    """Return a plan that was not found as infeasible where a repair has proven it.

    Parameters
    ----------
    plan
        Without routes.
    repair
        Of the same problem; its conflicts are proofs, for which a solve of many clients
        has no time.
    """
    if not repair.conflicts:
        return plan
    return replace(plan, status="infeasible", bound=math.inf)


def route_name(problem: RoutingProblem, at: int, route: Route) -> str:
    """Return what a route is called.

    Parameters
    ----------
    problem
        What the route belongs to.
    at
        Its place in the plan, from 0.
    route
        The route.
    """
    if len(problem.vehicles) == 1:
        return f"route {at + 1}"
    return f"route {at + 1}, {problem.names.of('vehicles', route.vehicle)}"


def stop_rows(problem: RoutingProblem, plan: RoutingSolution) -> list[dict[str, Any]]:
    """Return a row for each stop, route by route, with both ends of each.

    Parameters
    ----------
    problem, plan
        What was planned.

    Returns
    -------
    list of dict
        `route` and `stop` from 1, `vehicle`, `kind` (depot or client), `name`,
        `arrival`, `start`, `departure`, the window as `open` and `close` (None for no
        limit), `load` on board behind the stop (several kinds by ``/``), and the place
        as `x` and `y`, None if it is not known.
    """
    rows = []
    for at, route in enumerate(plan.routes):
        loads = loads_after(problem, route).tolist()
        times = timetable(problem, route)
        for number, (stop, load) in enumerate(zip(times.stops, loads, strict=True)):
            is_client = stop.visit >= 0
            table = problem.clients if is_client else problem.depots
            row = stop.visit if is_client else depot_of(stop.visit)
            place = problem.place[stop.location].tolist() if len(problem.place) else ()
            close = int(table.close[row])
            rows.append(
                {
                    "route": at + 1,
                    "stop": number + 1,
                    "vehicle": problem.names.of("vehicles", route.vehicle),
                    "kind": "client" if is_client else "depot",
                    "name": problem.names.of("clients" if is_client else "depots", row),
                    "arrival": stop.arrival,
                    "start": stop.start,
                    "departure": stop.departure,
                    "open": int(table.open[row]),
                    "close": None if close >= LATEST else close,
                    "load": "/".join(map(str, load)),
                    "x": place[0] if place else None,
                    "y": place[1] if place else None,
                }
            )
    return rows


def document_of(
    problem: RoutingProblem, plan: RoutingSolution, repair: Repair | None = None
) -> Mapping[str, Any]:
    """Return a plan as a document of JSON.

    Parameters
    ----------
    problem, plan
        What was planned.
    repair
        What to change where there is no plan; its own plan is told under `repair`, and
        under `conflicts` which rules cannot hold together, each with whether the
        checker bears it out (`verified`).

    Returns
    -------
    Mapping
        `status`, `objective`, `bound`, `gap`, `seconds`, `work`, `history`, `routes`
        (lists of locations as in a `.sol` file: depots first, then clients, from 0; a
        depot where a vehicle loads again stands between its trips) and `vehicles`,
        `distances` and `durations` of the routes in the same order. What is infinite is
        None.
    """
    document = {
        **outcome(plan),
        "work": plan.work,
        "history": history_rows(plan.history),
        **_routes(problem, plan),
    }
    if repair is not None:
        document["conflicts"] = _conflicts(problem, repair)
        document["repair"] = repair_document(repair)
    return document


def _conflicts(problem: RoutingProblem, repair: Repair) -> list[dict[str, Any]]:
    names = problem.names
    return [
        {
            "kind": one.kind,
            "rules": list(one.rules),
            "clients": [names.of("clients", client) for client in one.clients],
            "vehicles": [names.of("vehicles", kind) for kind in one.vehicles],
            "verified": conflict_holds(problem, one),
            "text": one.text,
        }
        for one in repair.conflicts
    ]


def repair_document(repair: Repair) -> dict[str, Any]:
    """Return conflicts, changes and the plan that they allow, for JSON.

    Parameters
    ----------
    repair
        What to change.
    """
    return {
        "conflicts": [conflict.text for conflict in repair.conflicts],
        "conflicts_cut": repair.conflicts_cut,
        "changes": [
            {
                "kind": change.kind,
                "amount": change.amount,
                "price": change.price,
                "text": change.text,
            }
            for change in repair.changes
        ],
        "price": repair.price,
        "status": repair.plan.status,
        "objective": finite(repair.plan.objective),
        **_routes(repair.problem, repair.plan),
    }


def _routes(problem: RoutingProblem, plan: RoutingSolution) -> dict[str, Any]:
    return {
        "routes": numbered_routes(problem, plan.routes),
        "vehicles": [problem.names.of("vehicles", r.vehicle) for r in plan.routes],
        "distances": [route_distance(problem, r) for r in plan.routes],
        "durations": [timetable(problem, r).duration for r in plan.routes],
    }
