"""Judge shipments without a solver: stock is counted again, unit by unit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from optimizer.logistics.transshipment.problem import (
        FloatArray,
        ShipmentPlan,
        TransshipmentProblem,
    )

__all__ = ["check_shipments", "shipment_cost"]

# Share of an item's largest quantity, of a vehicle's room, or of the cost, by which a
# rule may be missed: a stock sums up a horizon of flows, each exact to some 1e-12.
TOLERANCE = 1e-6
# Violations of one kind that are told one by one.
MOST_TOLD = 3
# Share of a period's demand up to which shortage costs its plain price.
FAIR = 0.5


def check_shipments(
    problem: TransshipmentProblem, plan: ShipmentPlan
) -> tuple[str, ...]:
    """Return every rule of a problem that a plan breaks.

    Parameters
    ----------
    problem
        What was asked.
    plan
        From any source.

    Returns
    -------
    tuple of str
        A sentence for each violation, with site, item or lane, period, and both
        numbers. Empty if the plan is feasible, costs what it says and does not beat
        its bound.
    """
    wrong = _wrong_shapes(problem, plan)
    if wrong:
        return wrong
    return (
        *_check_stock(problem, plan),
        *_check_vehicles(problem, plan),
        *_check_cost(problem, plan),
    )


def shipment_cost(problem: TransshipmentProblem, plan: ShipmentPlan) -> float:
    """Return what a plan costs.

    Parameters
    ----------
    problem
        What was asked.
    plan
        Its shipments, vehicles, stock and shortage count, its objective does not.

    Returns
    -------
    float
        Vehicles, use of lanes, units shipped, holding and shortage.
    """
    lanes = problem.lanes
    beyond = np.maximum(plan.short - FAIR * problem.demand, 0.0)
    short = plan.short + problem.fairness * beyond
    return float(
        (plan.vehicles * lanes.vehicle_cost[:, None]).sum()
        + ((plan.vehicles > 0) * lanes.fixed_cost[:, None]).sum()
        + (plan.shipments.sum(axis=(0, 2)) * lanes.unit_cost).sum()
        + (plan.stock * problem.holding_cost[:, :, None]).sum()
        + (short * problem.shortage_cost[:, :, None]).sum()
    )


def _wrong_shapes(problem: TransshipmentProblem, plan: ShipmentPlan) -> tuple[str, ...]:
    wanted = {
        "shipments": (problem.n_items, len(problem.lanes), problem.n_periods),
        "vehicles": (len(problem.lanes), problem.n_periods),
        "stock": problem.demand.shape,
        "short": problem.demand.shape,
    }
    found = []
    for name, shape in wanted.items():
        array = getattr(plan, name)
        if array.shape != shape:
            found.append(f"{name}: shape must be {shape}, was {array.shape}")
        elif not np.isfinite(array).all():
            found.append(f"{name}: entries must be finite")
        elif (array < -TOLERANCE).any():
            found.append(f"{name}: entries must be >= 0, least was {array.min()}")
    return tuple(found)


def _moved(
    problem: TransshipmentProblem, shipments: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return what arrives at and leaves each site, by item and period."""
    arrived = np.zeros(problem.demand.shape)
    left = np.zeros(problem.demand.shape)
    lanes, n = problem.lanes, problem.n_periods
    for lane in range(len(lanes)):
        lead = int(lanes.lead_periods[lane])
        left[lanes.from_site[lane]] += shipments[:, lane]
        arrived[lanes.to_site[lane], :, lead:] += shipments[:, lane, : max(n - lead, 0)]
    return arrived, left


def _tolerance(problem: TransshipmentProblem) -> FloatArray:
    """Return by how many units each item may be off, as a column."""
    most = np.ones(problem.n_items)
    for quantities in (problem.demand, problem.supply, problem.stock[:, :, None]):
        most = np.maximum(most, quantities.max(axis=(0, 2), initial=0.0))
    return TOLERANCE * most[:, None]


def _check_stock(problem: TransshipmentProblem, plan: ShipmentPlan) -> list[str]:
    tolerance = _tolerance(problem)
    arrived, left = _moved(problem, plan.shipments)
    change = problem.supply + arrived - left - problem.demand + plan.short
    stock = problem.stock[:, :, None] + np.cumsum(change, axis=2)
    lines = [
        f"site {s}, item {i}, period {t}: stock must be {stock[s, i, t]:.9g}, "
        f"was {plan.stock[s, i, t]:.9g}"
        for s, i, t in np.argwhere(np.abs(stock - plan.stock) > tolerance)[:99]
    ]
    over = plan.short > problem.demand + tolerance
    more = [
        f"site {s}, item {i}, period {t}: short of {plan.short[s, i, t]:.9g} units, "
        f"{problem.demand[s, i, t]:.9g} are asked for"
        for s, i, t in np.argwhere(over)[:99]
    ]
    if problem.full_service:
        more += [
            f"site {s}, item {i}, period {t}: short of {plan.short[s, i, t]:.9g} "
            "units, all must be served"
            for s, i, t in np.argwhere(plan.short > tolerance)[:99]
        ]
    lanes = problem.lanes
    late = np.arange(problem.n_periods) + lanes.lead_periods[:, None]
    sent = (plan.shipments > tolerance[:, None]).any(axis=0)
    lost = sent & (late >= problem.n_periods)
    beyond = [
        f"lane {lane}: what leaves in period {t} arrives after the horizon"
        for lane, t in np.argwhere(lost)[:99]
    ]
    return _told(lines) + _told(more) + _told(beyond)


def _check_vehicles(problem: TransshipmentProblem, plan: ShipmentPlan) -> list[str]:
    lanes = problem.lanes
    loaded = np.einsum("ilt,i->lt", plan.shipments, problem.volume)
    room = plan.vehicles * lanes.room[:, None]
    allowed = room + TOLERANCE * lanes.room[:, None] * np.maximum(plan.vehicles, 1)
    lines = [
        f"lane {lane}, period {t}: {plan.vehicles[lane, t]} vehicles carry "
        f"{room[lane, t]:.9g}, loaded {loaded[lane, t]:.9g}"
        for lane, t in np.argwhere(loaded > allowed)
    ]
    lines += [
        f"lane {lane}, period {t}: has {plan.vehicles[lane, t]} vehicles, at most "
        f"{lanes.vehicles_max[lane]} are allowed"
        for lane, t in np.argwhere(plan.vehicles > lanes.vehicles_max[:, None])
    ]
    return _told(lines)


def _check_cost(problem: TransshipmentProblem, plan: ShipmentPlan) -> list[str]:
    cost = shipment_cost(problem, plan)
    allowed = TOLERANCE * max(1.0, abs(cost))
    found = []
    if not math.isclose(plan.objective, cost, rel_tol=0.0, abs_tol=allowed):
        found.append(f"objective must be {cost:.9g}, was {plan.objective:.9g}")
    if plan.bound > cost + allowed:
        found.append(f"bound {plan.bound:.9g} is beaten by the plan's {cost:.9g}")
    return found


def _told(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_TOLD:
        return lines
    return [*lines[:MOST_TOLD], f"and {len(lines) - MOST_TOLD} more of that kind"]
