"""From a solution of the program to a plan, with what follows counted again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.lot_sizing.check import capacity_used, components_taken
from optimizer.production.lot_sizing.problem import Quantities

if TYPE_CHECKING:
    from optimizer.production.lot_sizing.problem import (
        FloatArray,
        IntArray,
        LotSizingProblem,
    )
    from optimizer.production.lot_sizing.program import Program

__all__ = ["arrivals", "followed", "quantities_of"]

SMALLEST_LOT = 1e-7
"""Share of the largest demand below which a lot is a solver's rounding."""


def quantities_of(
    problem: LotSizingProblem, program: Program, values: FloatArray
) -> Quantities:
    """Return the plan that a solution stands for, with what follows counted again.

    Lots and setups are taken from the solution; stock, backlog and overtime follow.
    Setups that nothing needs are left out.

    Parameters
    ----------
    problem, program
        The program's own problem.
    values
        ndarray of shape (n_columns,), float64.
    """
    setups, carried = (
        _picked(values, columns) > 0.5  # noqa: PLR2004  # between 0 and 1
        for columns in (program.setup, program.carried)
    )
    lots = _picked(values, program.lot)
    item, made, due, column = program.share.T
    alone = program.lot[item, made] < 0
    item, made, due, column = item[alone], made[alone], due[alone], column[alone]
    np.add.at(lots, (item, made), values[column] * program.net[item, due])
    smallest = SMALLEST_LOT * max(1.0, float(program.net.max(initial=0.0)))
    lots = np.where((lots > smallest) & (setups | carried), lots, 0.0)
    keeps = np.append(problem.resources.carry_over, False)[problem.items.resource]
    setups &= (lots > 0.0) | keeps[:, None]
    lost = np.clip(_picked(values, program.lost), 0.0, problem.demand)
    discarded = np.maximum(_picked(values, program.discarded), 0.0)
    return followed(problem, Quantities(
        setups=setups, carried=carried, quantities=lots, lost=lost,
        discarded=discarded, stock=lots, backlog=lots, overtime=lots,
    ))  # fmt: skip


def followed(problem: LotSizingProblem, plan: Quantities) -> Quantities:
    """Return a plan whose stock, backlog and overtime follow from the rest.

    Parameters
    ----------
    problem
        Any.
    plan
        Its `stock`, `backlog` and `overtime` are not looked at.
    """
    items, resources = problem.items, problem.resources
    change = arrivals(problem, plan.quantities) - problem.demand + plan.lost
    change -= components_taken(problem, plan.quantities) + plan.discarded
    level = items.initial_stock[:, None] + np.cumsum(change, axis=1)
    backlog = np.where(np.isinf(items.backlog_cost)[:, None], 0.0, -level)
    over = capacity_used(problem, plan) - resources.capacity
    return plan._replace(
        stock=np.maximum(level, 0.0),
        backlog=np.maximum(backlog, 0.0),
        overtime=np.clip(over, 0.0, resources.overtime_limit),
    )


def arrivals(problem: LotSizingProblem, quantities: FloatArray) -> FloatArray:
    """Return what arrives of what is made, ndarray of shape (n_items, n_periods).

    Parameters
    ----------
    problem
        Its lead times count.
    quantities
        ndarray of shape (n_items, n_periods), float64: units made.
    """
    found = np.zeros_like(quantities)
    for item, lead in enumerate(problem.items.lead_periods.tolist()):
        if lead < problem.n_periods:
            found[item, lead:] = quantities[item, : problem.n_periods - lead]
    return found


def _picked(values: FloatArray, columns: IntArray) -> FloatArray:
    return np.where(columns >= 0, values[columns], 0.0)
