"""Judge a lot-sizing plan without a solver.

Everything is counted again from what is made, turned down and thrown away: stock from
its balance, capacity from setups and lots, cost from all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.lot_sizing.problem import NONE, Quantities

if TYPE_CHECKING:
    from optimizer.production.lot_sizing.problem import (
        BoolArray,
        FloatArray,
        IntArray,
        LotSizingProblem,
    )

__all__ = ["capacity_used", "check_plan", "components_taken", "plan_cost"]

TOLERANCE = 1e-6
"""Share of the largest quantity by which a rule may be missed. Solvers keep rows to
1e-6 of their own scale; ten times more would hide units of a large plant."""

MOST_TOLD = 3
"""Violations of one kind that are told one by one."""


def check_plan(problem: LotSizingProblem, plan: Quantities) -> tuple[str, ...]:
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
        A sentence for each violation, in the problem's own names; many of one kind are
        counted after the third. Empty if the plan keeps every rule.
    """
    shapes = _wrong_shapes(problem, plan)
    if shapes:
        return shapes
    units = TOLERANCE * max(1.0, float(problem.demand.sum(axis=1).max(initial=0.0)))
    return (
        *_check_signs(problem, plan, units),
        *_check_stock(problem, plan, units),
        *_check_service(problem, plan, units),
        *_check_lots(problem, plan, units),
        *_check_shelf_life(problem, plan, units),
        *_check_capacity(problem, plan),
        *_check_carried(problem, plan),
    )


def plan_cost(problem: LotSizingProblem, plan: Quantities) -> float:
    """Return what a plan costs.

    Parameters
    ----------
    problem
        What was asked.
    plan
        Any of its shapes.
    """
    items = problem.items
    late = np.where(np.isinf(items.backlog_cost), 0.0, items.backlog_cost)
    turned_down = np.where(np.isinf(items.lost_cost), 0.0, items.lost_cost)
    return float(
        items.setup_cost @ plan.setups.sum(axis=1)
        + items.unit_cost @ plan.quantities.sum(axis=1)
        + items.holding_cost @ plan.stock.sum(axis=1)
        + late @ plan.backlog.sum(axis=1)
        + turned_down @ plan.lost.sum(axis=1)
        + problem.resources.overtime_cost @ plan.overtime.sum(axis=1)
    )


def components_taken(problem: LotSizingProblem, quantities: FloatArray) -> FloatArray:
    """Return what production takes of each item.

    Parameters
    ----------
    problem
        Its bill counts.
    quantities
        ndarray of shape (n_items, n_periods), float64: units made.

    Returns
    -------
    ndarray of shape (n_items, n_periods), float64
    """
    taken = np.zeros_like(quantities)
    bill = problem.bill
    np.add.at(taken, bill.component, bill.quantity[:, None] * quantities[bill.parent])
    return taken


def capacity_used(problem: LotSizingProblem, plan: Quantities) -> FloatArray:
    """Return the time that setups and lots take.

    Parameters
    ----------
    problem
        What was asked.
    plan
        Its setups and quantities count.

    Returns
    -------
    ndarray of shape (n_resources, n_periods), float64
    """
    items = problem.items
    time = items.setup_time[:, None] * plan.setups
    time = time + items.unit_time[:, None] * plan.quantities
    used = np.zeros_like(problem.resources.capacity)
    made = items.resource != NONE
    np.add.at(used, items.resource[made], time[made])
    return used


def _wrong_shapes(problem: LotSizingProblem, plan: Quantities) -> tuple[str, ...]:
    found = []
    for name in Quantities._fields:
        array = getattr(plan, name)
        rows = problem.n_resources if name == "overtime" else problem.n_items
        shape = (rows, problem.n_periods)
        if array.shape != shape:
            found.append(f"{name}: shape must be {shape}, was {array.shape}")
        elif not np.isfinite(array).all():
            found.append(f"{name}: entries must be finite")
    return tuple(found)


def _check_signs(
    problem: LotSizingProblem, plan: Quantities, units: float
) -> tuple[str, ...]:
    found: list[str] = []
    for name in ("quantities", "stock", "backlog", "lost", "discarded"):
        array = getattr(plan, name)
        found += _told(
            problem, array < -units, "{0}, period {1}: " + name + " {2:.9g} < 0", array
        )
    return tuple(found)


def _check_stock(
    problem: LotSizingProblem, plan: Quantities, units: float
) -> tuple[str, ...]:
    """Judge stock and backlog by what comes in and goes out."""
    items = problem.items
    change = _delayed(plan.quantities, items.lead_periods)
    change = change - components_taken(problem, plan.quantities) - plan.discarded
    change = change - (problem.demand - plan.lost)
    level = items.initial_stock[:, None] + np.cumsum(change, axis=1)
    stated = plan.stock - plan.backlog
    # A balance sums up a horizon of rows.
    wrong = np.abs(level - stated) > units * problem.n_periods
    return _told(
        problem,
        wrong,
        "{0}, period {1}: stock less backlog is {2:.9g}, its balance gives {3:.9g}",
        stated,
        level,
    )


def _check_service(
    problem: LotSizingProblem, plan: Quantities, units: float
) -> tuple[str, ...]:
    items = problem.items
    at_once = np.isinf(items.backlog_cost)[:, None]
    last = np.arange(problem.n_periods) == problem.n_periods - 1
    must_not = np.isinf(items.lost_cost)[:, None]
    # Components cannot be taken before they are there, whatever demand waits.
    before = np.zeros_like(plan.backlog)
    before[:, 1:] = plan.backlog[:, :-1]
    asked = np.maximum(before, 0.0) + problem.demand - plan.lost
    return (
        *_told(
            problem,
            at_once & (plan.backlog > units),
            "{0}, period {1}: demand of {2:.9g} waits, must be served at once",
            plan.backlog,
        ),
        *_told(
            problem,
            last & (plan.backlog > units),
            "{0}, period {1}: demand of {2:.9g} still waits at the end",
            plan.backlog,
        ),
        *_told(
            problem,
            plan.backlog > asked + units,
            "{0}, period {1}: demand of {2:.9g} waits, only {3:.9g} was asked for",
            plan.backlog,
            asked,
        ),
        *_told(
            problem,
            plan.lost > np.where(must_not, 0.0, problem.demand) + units,
            "{0}, period {1}: {2:.9g} units turned down, more than allowed",
            plan.lost,
        ),
    )


def _check_lots(
    problem: LotSizingProblem, plan: Quantities, units: float
) -> tuple[str, ...]:
    least = problem.items.minimum_lot[:, None] * plan.setups
    ready = plan.setups | plan.carried
    return (
        *_told(
            problem,
            ~ready & (plan.quantities > units),
            "{0}, period {1}: {2:.9g} units are made without a setup",
            plan.quantities,
        ),
        *_told(
            problem,
            plan.quantities < least - units,
            "{0}, period {1}: lot of {2:.9g} is below the minimum of {3:.9g}",
            plan.quantities,
            least,
        ),
    )


def _check_shelf_life(
    problem: LotSizingProblem, plan: Quantities, units: float
) -> tuple[str, ...]:
    """Judge that stock leaves, oldest first, while it can be used."""
    life = problem.items.shelf_life
    perishable = life != NONE
    if not perishable.any():
        return ()
    served = problem.demand - plan.lost
    served = served + np.diff(plan.backlog, axis=1, prepend=0.0) * -1.0
    leaves = components_taken(problem, plan.quantities) + plan.discarded + served
    total = np.cumsum(leaves, axis=1)
    last = problem.n_periods - 1
    ends = np.minimum(np.arange(problem.n_periods) + life[:, None], last)
    ends = np.where(perishable[:, None], ends, last)
    later = np.take_along_axis(total, ends, axis=1) - total
    within = np.arange(problem.n_periods) + life[:, None] <= last
    too_old = perishable[:, None] & within
    too_old = too_old & (plan.stock > later + units * problem.n_periods)
    return _told(
        problem,
        too_old,
        "{0}, period {1}: of {2:.9g} units in stock only {3:.9g} leave in time",
        plan.stock,
        later,
    )


def _check_capacity(problem: LotSizingProblem, plan: Quantities) -> tuple[str, ...]:
    resources = problem.resources
    used = capacity_used(problem, plan)
    finite = np.where(np.isinf(resources.capacity), 0.0, resources.capacity)
    time = TOLERANCE * max(1.0, float(finite.max(initial=0.0)))
    names = problem.resource_names
    return (
        *_told(
            problem,
            used > resources.capacity + plan.overtime + time,
            "{0}, period {1}: {2:.9g} of capacity is used, {3:.9g} is there",
            used,
            resources.capacity + plan.overtime,
            names=names,
        ),
        *_told(
            problem,
            (plan.overtime > resources.overtime_limit + time) | (plan.overtime < -time),
            "{0}, period {1}: overtime {2:.9g} is not in 0..{3:.9g}",
            plan.overtime,
            resources.overtime_limit,
            names=names,
        ),
    )


def _check_carried(problem: LotSizingProblem, plan: Quantities) -> tuple[str, ...]:
    """Judge what is said to be set up still, resource by resource."""
    found = []
    resource = problem.items.resource
    for item, period in np.argwhere(plan.carried).tolist():
        row = int(resource[item])
        where = f"{problem.item_names[item]}, period {problem.period_names[period]}"
        if row == NONE or not problem.resources.carry_over[row]:
            found.append(f"{where}: setup is kept where none can be")
            continue
        same = resource == row
        if plan.carried[same, period].sum() > 1:
            found.append(f"{where}: resource is set up for two items at once")
        if not _was_set_up(problem, plan, item, period):
            found.append(f"{where}: setup is kept that was not there at the end before")
    return tuple(found[: MOST_TOLD + 1])


def _was_set_up(
    problem: LotSizingProblem, plan: Quantities, item: int, period: int
) -> bool:
    row = int(problem.items.resource[item])
    if period == 0:
        return bool(problem.resources.initial_setup[row] == item)
    if plan.setups[item, period - 1]:
        return True
    others = plan.setups[problem.items.resource == row, period - 1].any()
    return bool(plan.carried[item, period - 1]) and not others


def _delayed(quantities: FloatArray, lead_periods: IntArray) -> FloatArray:
    """Return what arrives in each period."""
    made = np.arange(quantities.shape[1]) - lead_periods[:, None]
    arrived = np.take_along_axis(quantities, np.maximum(made, 0), axis=1)
    return np.where(made >= 0, arrived, 0.0)


def _told(
    problem: LotSizingProblem,
    broken: BoolArray,
    sentence: str,
    *values: FloatArray,
    names: tuple[str, ...] | None = None,
) -> tuple[str, ...]:
    """Return the sentence for the first entries that broke a rule, and a count."""
    if not broken.any():
        return ()
    where = np.argwhere(broken)
    rows = problem.item_names if names is None else names
    told = tuple(
        sentence.format(
            rows[row],
            problem.period_names[period],
            *(float(value[row, period]) for value in values),
        )
        for row, period in where[:MOST_TOLD].tolist()
    )
    if len(where) > MOST_TOLD:
        told += (f"... and {len(where) - MOST_TOLD} more like the last",)
    return told
