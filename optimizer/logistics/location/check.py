"""Judge a plan of locations without a solver: every unit is counted again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from optimizer.logistics.location.problem import (
        BoolArray,
        FloatArray,
        LocationPlan,
        LocationProblem,
    )

__all__ = ["check_location", "location_cost"]

# Share of the largest quantity, or of the cost, by which a rule may be missed: sums of
# thousands of flows are exact to 1e-12, solvers keep rows to 1e-7.
TOLERANCE = 1e-6
# Violations of one kind that are told one by one.
MOST_TOLD = 3


def check_location(problem: LocationProblem, plan: LocationPlan) -> tuple[str, ...]:
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
        A sentence for each violation, with plant, depot or client and both numbers.
        Empty if the plan is feasible, costs what it says and does not beat its bound.
    """
    shapes = _wrong_shapes(problem, plan)
    if shapes:
        return shapes
    scale = max(1.0, float(problem.demand.max(initial=0.0)))
    return (
        *_check_clients(problem, plan),
        *_check_depots(problem, plan, TOLERANCE * scale),
        *_check_plants(problem, plan, TOLERANCE * scale),
        *_check_cost(problem, plan),
    )


def location_cost(problem: LocationProblem, plan: LocationPlan) -> float:
    """Return what a plan costs.

    Parameters
    ----------
    problem
        What was asked.
    plan
        Its open facilities and flows count, its objective does not.

    Returns
    -------
    float
        Opening, supply and service.
    """
    return float(
        problem.plant_fixed_cost[plan.open_plants].sum()
        + problem.fixed_cost[plan.open_depots].sum()
        + (problem.supply_cost * plan.supply).sum()
        + (problem.service_cost * plan.service).sum()
    )


def _wrong_shapes(problem: LocationProblem, plan: LocationPlan) -> tuple[str, ...]:
    plants, depots, clients = problem.n_plants, problem.n_depots, problem.n_clients
    wanted = {
        "open_plants": (plants,),
        "open_depots": (depots,),
        "supply": (plants, depots),
        "service": (depots, clients),
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


def _check_clients(problem: LocationProblem, plan: LocationPlan) -> list[str]:
    served = plan.service.sum(axis=0)
    lines = [
        f"client {k}: share served must be 1, was {served[k]:.9g}"
        for k in np.flatnonzero(np.abs(served - 1.0) > TOLERANCE)
    ]
    if problem.single_source:
        parts = (plan.service > TOLERANCE).sum(axis=0)
        lines += [
            f"client {k}: must be served by 1 depot, was by {parts[k]}"
            for k in np.flatnonzero(parts > 1)
        ]
    return _told(lines)


def _check_depots(
    problem: LocationProblem, plan: LocationPlan, tolerance: float
) -> list[str]:
    sent = plan.service @ problem.demand
    served = plan.service.max(axis=1, initial=0.0) > TOLERANCE
    lines = _over(
        "depot", sent, problem.capacity, is_open=plan.open_depots, tolerance=tolerance
    )
    lines += [
        f"depot {j}: serves clients and is closed"
        for j in np.flatnonzero(served & ~plan.open_depots & (sent <= tolerance))
    ]
    if problem.n_plants:
        got = plan.supply.sum(axis=0)
        lines += [
            f"depot {j}: gets {got[j]:.9g} units and sends {sent[j]:.9g}"
            for j in np.flatnonzero(np.abs(got - sent) > tolerance)
        ]
    return _told(lines)


def _check_plants(
    problem: LocationProblem, plan: LocationPlan, tolerance: float
) -> list[str]:
    sent = plan.supply.sum(axis=1)
    return _told(
        _over(
            "plant",
            sent,
            problem.plant_capacity,
            is_open=plan.open_plants,
            tolerance=tolerance,
        )
    )


def _over(
    kind: str,
    sent: FloatArray,
    most: FloatArray,
    *,
    is_open: BoolArray,
    tolerance: float,
) -> list[str]:
    carries = np.where(is_open, most, 0.0)
    return [
        f"{kind} {row}: sends {sent[row]:.9g} units, its capacity is {most[row]:.9g}"
        f"{'' if is_open[row] else ' and it is closed'}"
        for row in np.flatnonzero(sent > carries + tolerance)
    ]


def _check_cost(problem: LocationProblem, plan: LocationPlan) -> list[str]:
    cost = location_cost(problem, plan)
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
