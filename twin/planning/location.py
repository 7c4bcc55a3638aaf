"""Locations: a file to a problem, its plan to a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

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
from twin.planning.searching import finite, history_rows, outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "LocationPlan",
    "LocationProblem",
    "Progress",
    "Repair",
    "document_of",
    "flow_rows",
    "locate_facilities",
    "read_location",
    "repair_lines",
    "repair_location",
    "warm_up",
]

LEAST_FLOW = 1e-9
"""Share of a client's demand below which a flow is rounding."""


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
        **outcome(plan),
        "work": plan.work,
        "history": history_rows(plan.history),
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
            "price": finite(repair.plan.objective),
        }
    return document


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
