"""Lot sizes: a file to a problem, its plan to a document."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from optimizer.production.lot_sizing import (
    LotPlan,
    LotRepair,
    LotSizingProblem,
    Quantities,
    plan_lots,
    read_problem,
    repair_lots,
    warm_up,
)
from optimizer.production.lot_sizing.check import capacity_used
from optimizer.result import Progress
from twin.planning.searching import history_rows, outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "LotPlan",
    "LotRepair",
    "LotSizingProblem",
    "Progress",
    "document_of",
    "loads",
    "lot_rows",
    "plan_lots",
    "read_problem",
    "repair_lines",
    "repair_lots",
    "warm_up",
]

SENTENCES_MAX = 12
"""Payments told one by one; the document has them all."""


def repair_lines(repair: LotRepair) -> list[str]:
    """Return a repair in a planner's words, a line each.

    Parameters
    ----------
    repair
        Of an infeasible problem.
    """
    lines = []
    for conflict in repair.conflicts:
        sure = "" if conflict.verified else " (not proven in time)"
        lines.append(f"conflict: {conflict.sentence}{sure}")
    lines += [f"repair: {sentence}" for sentence in repair.sentences[:SENTENCES_MAX]]
    if (left := len(repair.sentences) - SENTENCES_MAX) > 0:
        lines.append(f"repair: ... and {left:,} more, in the JSON")
    known = "the least possible" if repair.proven else "found in time"
    lines.append(
        f"price: {repair.price:,.6g}, {known}; its plan costs {repair.cost:,.6g}"
    )
    return lines


def lot_rows(problem: LotSizingProblem, plan: Quantities) -> list[dict[str, Any]]:
    """Return a row for each item and period.

    Parameters
    ----------
    problem, plan
        What was planned.

    Returns
    -------
    list of dict
        `item`, `period` (names), `demand`, `setup` and `carried` (0 or 1), `quantity`,
        `stock`, `backlog`, `lost` and `discarded` (units).
    """
    return [
        {
            "item": item,
            "period": period,
            "demand": float(problem.demand[i, t]),
            "setup": int(plan.setups[i, t]),
            "carried": int(plan.carried[i, t]),
            "quantity": float(plan.quantities[i, t]),
            "stock": float(plan.stock[i, t]),
            "backlog": float(plan.backlog[i, t]),
            "lost": float(plan.lost[i, t]),
            "discarded": float(plan.discarded[i, t]),
        }
        for i, item in enumerate(problem.item_names)
        for t, period in enumerate(problem.period_names)
    ]


def loads(
    problem: LotSizingProblem, plan: Quantities
) -> list[tuple[str, list[float], list[float]]]:
    """Return each resource with the time used and the capacity, by period.

    Parameters
    ----------
    problem, plan
        What was planned; an infinite capacity is told as the time used.
    """
    used = capacity_used(problem, plan)
    capacity = problem.resources.capacity
    return [
        (
            name,
            used[row].tolist(),
            [
                there if math.isfinite(there) else taken
                for there, taken in zip(
                    capacity[row].tolist(), used[row].tolist(), strict=True
                )
            ],
        )
        for row, name in enumerate(problem.resource_names)
    ]


def document_of(
    problem: LotSizingProblem, plan: LotPlan, repair: LotRepair | None = None
) -> Mapping[str, Any]:
    """Return a plan as a document of JSON.

    Parameters
    ----------
    problem, plan
        What was planned.
    repair
        Of an infeasible problem.

    Returns
    -------
    Mapping
        `status`, `objective`, `bound`, `gap`, `seconds`, `history`, `items`, `periods`
        and `resources` (names), `setups` (0 or 1), `carried`, `quantities`, `stock`,
        `backlog`, `lost`, `discarded` (a list an item with a number a period),
        `overtime` (a list a resource), and, where nothing is feasible, `conflicts` and
        `repair`; what is infinite is None.
    """
    document: dict[str, Any] = {
        **outcome(plan),
        "history": history_rows(plan.history),
        "items": list(problem.item_names),
        "periods": list(problem.period_names),
        "resources": list(problem.resource_names),
    }
    if plan.quantities is not None:
        document |= _tables(plan.quantities)
    if repair is not None:
        document |= _repair_of(repair)
    return document


def _tables(plan: Quantities) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for name, table in zip(plan._fields, plan, strict=True):
        values = table.astype(int) if name in {"setups", "carried"} else table
        tables[name] = values.tolist()
    return tables


def _repair_of(repair: LotRepair) -> dict[str, Any]:
    return {
        "conflicts": [
            {
                "items": list(conflict.items),
                "until": conflict.until,
                "resources": list(conflict.resources),
                "verified": conflict.verified,
                "sentence": conflict.sentence,
            }
            for conflict in repair.conflicts
        ],
        "repair": {
            "price": repair.price,
            "cost": repair.cost,
            "proven": repair.proven,
            "sentences": list(repair.sentences),
            "extra_time": repair.extra_time.tolist(),
            "plan": _tables(repair.plan),
        },
    }
