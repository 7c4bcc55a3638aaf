"""Shipments: a file to a problem, its plan to a document and to words."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.logistics.transshipment import (
    ShipmentNames,
    ShipmentPlan,
    ShipmentRepair,
    TransshipmentProblem,
    plan_shipments,
    read_shipments,
    repair_shipments,
    warm_up,
    without_pooling,
)
from optimizer.logistics.transshipment.program import negligible_of
from optimizer.result import Progress, relative_gap
from twin.planning.searching import finite, history_rows, outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.logistics.transshipment import ShipmentConflict

__all__ = [
    "Progress",
    "ShipmentNames",
    "ShipmentPlan",
    "ShipmentRepair",
    "TransshipmentProblem",
    "after",
    "costs_of",
    "document_of",
    "plan_shipments",
    "read_shipments",
    "repair_lines",
    "repair_shipments",
    "shipment_rows",
    "vehicle_rows",
    "warm_up",
    "without_pooling",
]

SENTENCES_MAX = 12
"""Losses and demands told one by one; the document has them all."""


def after(repair: ShipmentRepair) -> ShipmentPlan:
    """Return the plan of a repair, with what it loses counted as short.

    Parameters
    ----------
    repair
        Where full service is impossible.
    """
    plan = repair.plan
    if not math.isfinite(repair.price):
        return plan
    # A plan that was made with shortage allowed has these losses already.
    short = plan.short.copy()
    for one in repair.losses:
        cell = one.site, one.item, one.period
        short[cell] = max(short[cell], one.units)
    bound = plan.bound + repair.price - plan.objective
    gap = relative_gap(repair.price, bound)
    return replace(plan, short=short, objective=repair.price, bound=bound, gap=gap)


def shipment_rows(
    problem: TransshipmentProblem, names: ShipmentNames, plan: ShipmentPlan
) -> list[dict[str, Any]]:
    """Return a row for each item that is shipped on a lane in a period.

    Parameters
    ----------
    problem, names, plan
        What was planned.

    Returns
    -------
    list of dict
        `period` and `arrives` (names of periods), `lane` (number from 0), `from`, `to`,
        `item`, `units`, `volume`, and `cost` of the units, vehicles apart.
    """
    lanes = problem.lanes
    least = negligible_of(problem)
    rows = []
    # By period, then lane, then item.
    found = np.argwhere(plan.shipments.transpose(2, 1, 0) > least)
    for period, lane, item in found.tolist():
        units = float(plan.shipments[item, lane, period])
        arrives = period + int(lanes.lead_periods[lane])
        rows.append(
            {
                "period": names.periods[period],
                "arrives": names.periods[arrives],
                "lane": lane,
                "from": names.sites[lanes.from_site[lane]],
                "to": names.sites[lanes.to_site[lane]],
                "item": names.items[item],
                "units": units,
                "volume": units * float(problem.volume[item]),
                "cost": units * float(lanes.unit_cost[lane]),
            }
        )
    return rows


def vehicle_rows(
    problem: TransshipmentProblem, names: ShipmentNames, plan: ShipmentPlan
) -> list[dict[str, Any]]:
    """Return a row for each lane that is used in a period.

    Parameters
    ----------
    problem, names, plan
        What was planned.

    Returns
    -------
    list of dict
        `period`, `lane`, `from`, `to`, `vehicles`, `filled` (share of their room),
        `cost` of vehicles and use, and `between_firms`.
    """
    lanes = problem.lanes
    loaded = np.einsum("ilt,i->lt", plan.shipments, problem.volume)
    rows = []
    for period, lane in np.argwhere(plan.vehicles.T > 0).tolist():
        vehicles = int(plan.vehicles[lane, period])
        one, other = int(lanes.from_site[lane]), int(lanes.to_site[lane])
        cost = vehicles * lanes.vehicle_cost[lane] + lanes.fixed_cost[lane]
        rows.append(
            {
                "period": names.periods[period],
                "lane": lane,
                "from": names.sites[one],
                "to": names.sites[other],
                "vehicles": vehicles,
                "filled": float(loaded[lane, period] / (vehicles * lanes.room[lane])),
                "cost": float(cost),
                "between_firms": bool(problem.firm[one] != problem.firm[other]),
            }
        )
    return rows


def costs_of(problem: TransshipmentProblem, plan: ShipmentPlan) -> dict[str, float]:
    """Return what a plan costs, by kind.

    Parameters
    ----------
    problem, plan
        What was planned.

    Returns
    -------
    dict
        `vehicles`, `lanes` (their use), `units` (shipped), `holding` and `shortage`;
        the latter makes the sum the plan's objective.
    """
    lanes = problem.lanes
    if not math.isfinite(plan.objective):
        return {}
    found = {
        "vehicles": float((plan.vehicles * lanes.vehicle_cost[:, None]).sum()),
        "lanes": float(((plan.vehicles > 0) * lanes.fixed_cost[:, None]).sum()),
        "units": float((plan.shipments.sum(axis=(0, 2)) * lanes.unit_cost).sum()),
        "holding": float((plan.stock * problem.holding_cost[:, :, None]).sum()),
    }
    return found | {"shortage": max(plan.objective - sum(found.values()), 0.0)}


def document_of(
    problem: TransshipmentProblem,
    names: ShipmentNames,
    plan: ShipmentPlan,
    *,
    repair: ShipmentRepair | None = None,
    apart: ShipmentPlan | None = None,
) -> Mapping[str, Any]:
    """Return a plan as a document of JSON.

    Parameters
    ----------
    problem, names, plan
        What was planned.
    repair
        Where full service is impossible.
    apart
        A plan without lanes between firms.

    Returns
    -------
    Mapping
        `status`, `objective`, `bound`, `gap`, `seconds`, `work`, `history`, `costs`,
        `served` (share of demand), `vehicles`, `shipments`, `short`, `stock` (rows
        each), `pooling` with a plan apart, and `conflicts` and `repair` where full
        service is impossible (its `plan` has all of these again, of the plan with the
        change); what is infinite is None.
    """
    there = math.isfinite(plan.objective)
    document: dict[str, Any] = {
        **outcome(plan),
        "work": plan.work,
        "history": history_rows(plan.history),
        "costs": costs_of(problem, plan),
        "served": _served(problem, plan) if there else None,
        "vehicles": vehicle_rows(problem, names, plan),
        "shipments": shipment_rows(problem, names, plan),
        "short": _cells(problem, names, plan.short),
        "stock": _cells(problem, names, plan.stock),
    }
    if apart is not None:
        document["pooling"] = {
            "objective_apart": finite(apart.objective),
            "saved": finite(apart.objective - plan.objective),
        }
    if repair is not None:
        document |= _repair_document(problem, names, repair)
    return document


def repair_lines(
    problem: TransshipmentProblem, names: ShipmentNames, repair: ShipmentRepair
) -> list[str]:
    """Return a repair in a planner's words, a line each.

    Parameters
    ----------
    problem, names, repair
        Where full service is impossible.
    """
    lines = [
        f"conflict: {_conflict_words(problem, names, one)}" for one in repair.conflicts
    ]
    changes = [
        f"repair: {one['vehicles']} more from {one['from']} to {one['to']} in period "
        f"{one['period']} (costs {one['cost']:,.10g})"
        for one in _more_rows(problem, names, repair)
    ]
    changes += [
        f"repair: leave {one['units']:,.6g} of {one['item']} at {one['site']} in "
        f"period {one['period']} unserved (costs {one['cost']:,.10g})"
        for one in _loss_rows(names, repair)
    ]
    lines += changes[:SENTENCES_MAX]
    if len(changes) > SENTENCES_MAX:
        lines.append(f"repair: and {len(changes) - SENTENCES_MAX} more of that kind")
    if math.isfinite(repair.price):
        how = (
            "" if repair.cheapest else "; this repair is not proven to be the cheapest"
        )
        lines.append(f"price: with that, all costs {repair.price:,.10g}{how}")
    return lines


def _conflict_words(
    problem: TransshipmentProblem, names: ShipmentNames, conflict: ShipmentConflict
) -> str:
    told = [
        f"{problem.demand[cell]:,.6g} of {names.items[cell.item]} at "
        f"{names.sites[cell.site]} in period {names.periods[cell.period]}"
        for cell in conflict.demands
    ]
    if len(told) > SENTENCES_MAX:
        told = [*told[:SENTENCES_MAX], f"{len(told) - SENTENCES_MAX} more"]
    asked = " and ".join(told)
    if not conflict.lanes:
        return f"{asked}: {conflict.missing:,.6g} cannot be there in time"
    lanes = problem.lanes
    ways = " and ".join(
        f"{lanes.vehicles_max[lane]} a period from "
        f"{names.sites[lanes.from_site[lane]]} to {names.sites[lanes.to_site[lane]]}"
        for lane in conflict.lanes
    )
    return f"{asked}: cannot all be carried by the vehicles there may be ({ways})"


def _repair_document(
    problem: TransshipmentProblem, names: ShipmentNames, repair: ShipmentRepair
) -> dict[str, Any]:
    return {
        "conflicts": [_conflict_words(problem, names, one) for one in repair.conflicts],
        "repair": {
            "unserved": _loss_rows(names, repair),
            "vehicles": _more_rows(problem, names, repair),
            "cheapest": repair.cheapest,
            "price": finite(repair.price),
            "plan": document_of(problem, names, after(repair)),
        },
    }


def _loss_rows(names: ShipmentNames, repair: ShipmentRepair) -> list[dict[str, Any]]:
    return [
        {
            "site": names.sites[one.site],
            "item": names.items[one.item],
            "period": names.periods[one.period],
            "units": one.units,
            "cost": one.cost,
        }
        for one in repair.losses
    ]


def _more_rows(
    problem: TransshipmentProblem, names: ShipmentNames, repair: ShipmentRepair
) -> list[dict[str, Any]]:
    lanes = problem.lanes
    return [
        {
            "lane": one.lane,
            "from": names.sites[lanes.from_site[one.lane]],
            "to": names.sites[lanes.to_site[one.lane]],
            "period": names.periods[one.period],
            "vehicles": one.vehicles,
            "cost": one.cost,
        }
        for one in repair.vehicles
    ]


def _cells(
    problem: TransshipmentProblem, names: ShipmentNames, units: np.ndarray
) -> list[dict[str, Any]]:
    """Return a row for each site, item and period with any units."""
    least = negligible_of(problem)[:, None]
    return [
        {
            "site": names.sites[site],
            "item": names.items[item],
            "period": names.periods[period],
            "units": float(units[site, item, period]),
        }
        for site, item, period in np.argwhere(units > least).tolist()
    ]


def _served(problem: TransshipmentProblem, plan: ShipmentPlan) -> float:
    asked = float(problem.demand.sum())
    return 1.0 - float(plan.short.sum()) / asked if asked > 0.0 else 1.0
