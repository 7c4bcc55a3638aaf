"""Locations: a file to a problem, its plan to a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer import SolveOptions
from optimizer.logistics.location import (
    LocationPlan,
    LocationProblem,
    Repair,
    locate_facilities,
    read_location,
    repair_location,
    warm_up,
)
from optimizer.result import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = [
    "LocationPlan",
    "LocationProblem",
    "Progress",
    "Repair",
    "document_of",
    "flow_rows",
    "locate_file",
    "problem_of_file",
    "repair_lines",
    "repaired",
    "warm_up",
]

LEAST_FLOW = 1e-9
"""Share of a client's demand below which a flow is rounding."""


def problem_of_file(path: Path) -> LocationProblem:
    """Return the problem of a file.

    Parameters
    ----------
    path
        See `optimizer.logistics.location.formats`.

    Raises
    ------
    ProblemError
        If the file is not a valid problem.
    """
    return read_location(path)


def locate_file(
    problem: LocationProblem,
    *,
    monotonic_s: Callable[[], float],
    seconds: float,
    work: int | None = None,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> LocationPlan:
    """Return a plan that has passed the checker.

    Parameters
    ----------
    problem
        What to locate.
    monotonic_s
        A clock in seconds.
    seconds
        Time limit, > 0.
    work
        Budget of work instead of it, >= 1: the same answer each time.
    seed
        Seed, >= 0.
    on_progress, cancelled
        As `optimizer.logistics.location.locate_facilities`.
    """
    options = _options(monotonic_s, seconds, work=work, seed=seed)
    return locate_facilities(
        problem, options, on_progress=on_progress, cancelled=cancelled
    )


def repaired(
    problem: LocationProblem,
    *,
    monotonic_s: Callable[[], float],
    seconds: float,
    work: int | None = None,
    seed: int = 0,
    cancelled: Callable[[], bool] = lambda: False,
) -> Repair:
    """Return the conflicts of an infeasible problem, and what mends them.

    Parameters
    ----------
    problem, monotonic_s, seconds, work, seed, cancelled
        As in `locate_file`.
    """
    options = _options(monotonic_s, seconds, work=work, seed=seed)
    return repair_location(problem, options, cancelled=cancelled)


def repair_lines(repair: Repair) -> list[str]:
    """Return a repair in a planner's words, a line each.

    Parameters
    ----------
    repair
        Of an infeasible problem.
    """
    lines = [f"conflict: {conflict}" for conflict in repair.conflicts]
    lines += [
        f"repair: add {one.units:,.10g} units of capacity at {one.kind} {one.row}"
        for one in repair.extensions
    ]
    if np.isfinite(repair.plan.objective):
        lines.append(f"price: a plan then costs {repair.plan.objective:,.0f}")
    return lines


def flow_rows(problem: LocationProblem, plan: LocationPlan) -> list[dict[str, Any]]:
    """Return a row for each flow.

    Parameters
    ----------
    problem, plan
        What was located.

    Returns
    -------
    list of dict
        `stage` (`supply` from plant to depot, or `service` from depot to client),
        `from` and `to` (numbers from 0, as in the file), `quantity` in units, `share`
        of the client's demand (1 for supply), and `cost`.
    """
    rows: list[dict[str, Any]] = []
    least = LEAST_FLOW * float(problem.demand.max(initial=1.0))
    for plant, depot in np.argwhere(plan.supply > least).tolist():
        units = float(plan.supply[plant, depot])
        cost = units * float(problem.supply_cost[plant, depot])
        rows.append(_row("supply", plant, depot, quantity=units, share=1.0, cost=cost))
    for depot, client in np.argwhere(plan.service > LEAST_FLOW).tolist():
        share = float(plan.service[depot, client])
        rows.append(
            _row(
                "service",
                depot,
                client,
                quantity=share * float(problem.demand[client]),
                share=share,
                cost=share * float(problem.service_cost[depot, client]),
            )
        )
    return rows


def document_of(
    problem: LocationProblem, plan: LocationPlan, repair: Repair | None = None
) -> Mapping[str, Any]:
    """Return a plan as a document of JSON.

    Parameters
    ----------
    problem, plan
        What was located.
    repair
        Of an infeasible problem.

    Returns
    -------
    Mapping
        `status`, `objective`, `bound`, `gap`, `seconds`, `work`, `history`, `open`
        (`plants` and `depots`, numbers from 0), `flows`, and, where nothing is
        feasible, `conflicts` and `repair`; what is infinite is None.
    """
    document: dict[str, Any] = {
        "status": plan.status,
        "objective": _finite(plan.objective),
        "bound": _finite(plan.bound),
        "gap": _finite(plan.gap),
        "seconds": round(plan.seconds, 6),
        "work": plan.work,
        "history": [
            {
                "seconds": round(line.seconds, 6),
                "objective": line.objective,
                "bound": line.bound,
            }
            for line in plan.history
        ],
        "open": {
            "plants": np.flatnonzero(plan.open_plants).tolist(),
            "depots": np.flatnonzero(plan.open_depots).tolist(),
        },
        "flows": flow_rows(problem, plan),
    }
    if repair is not None:
        document["conflicts"] = list(repair.conflicts)
        document["repair"] = {
            "extensions": [
                {"kind": one.kind, "row": one.row, "units": one.units}
                for one in repair.extensions
            ],
            "price": _finite(repair.plan.objective),
        }
    return document


def _options(
    monotonic_s: Callable[[], float], seconds: float, *, work: int | None, seed: int
) -> SolveOptions:
    limit_s = float("inf") if work is not None else seconds
    return SolveOptions(
        monotonic_s=monotonic_s, time_limit_s=limit_s, work_limit=work, seed=seed
    )


def _row(  # the columns of a table
    stage: str, source: int, to: int, *, quantity: float, share: float, cost: float
) -> dict[str, Any]:
    return {
        "stage": stage,
        "from": source,
        "to": to,
        "quantity": quantity,
        "share": share,
        "cost": cost,
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
