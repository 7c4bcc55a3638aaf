"""Judge a replenishment plan without a solver.

Everything is counted again from the orders and the sales: where the units went, what
was left, and what it was worth. Sums over activities are `numpy.bincount`s over flat
(point, period) positions, because a plan is checked after every solve and a hundred
small array operations are all the time there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from optimizer.logistics.distribution.problem import (
        BoolArray,
        FloatArray,
        IntArray,
        ReplenishmentNetwork,
        ReplenishmentProblem,
        ReplenishmentSolution,
    )

__all__ = ["check_replenishment", "replenishment_profit"]

# Share of the largest quantity (or part of the profit) by which a rule may be missed.
# Solvers keep each row to 1e-7 and a stock sums up a horizon of rows; ten times more
# would hide units of a large plant, ten times less refuses sound plans.
TOLERANCE = 1e-6
# Violations of one kind that are told one by one.
MOST_TOLD = 3


def check_replenishment(
    problem: ReplenishmentProblem, solution: ReplenishmentSolution
) -> tuple[str, ...]:
    """Return every rule of a problem that a plan breaks.

    Parameters
    ----------
    problem
        What was asked.
    solution
        The plan, from any source.

    Returns
    -------
    tuple of str
        One sentence for each violation, with point, activity or demand, period, and
        both numbers; many of one kind are counted after the third. Empty if the plan
        is feasible, its stock and backlog follow from its orders and sales, its
        objective is its profit, and its bound is not beaten by it.
    """
    shapes = _wrong_shapes(problem, solution)
    if shapes:
        return shapes
    tolerance = TOLERANCE * _scale(problem, solution)
    return (
        *_check_stock(problem, solution, tolerance),
        *_check_orders(problem, solution, tolerance),
        *_check_service(problem, solution, tolerance),
        *_check_objective(problem, solution),
    )


def replenishment_profit(
    problem: ReplenishmentProblem, solution: ReplenishmentSolution
) -> float:
    """Return what a plan earns over the horizon, terminal value included.

    Parameters
    ----------
    problem
        What was asked.
    solution
        The plan; its orders, stock, sales and backlog count, its objective does not.

    Returns
    -------
    float
        Sales less orders, pipeline, holding and shortage, plus terminal value.
    """
    return float(sum(_profit_parts(problem, solution)))


def _wrong_shapes(
    problem: ReplenishmentProblem, solution: ReplenishmentSolution
) -> tuple[str, ...]:
    network, n_periods = problem.network, problem.n_periods
    rows = {
        "orders": network.n_activities,
        "stock": network.n_points,
        "sales": network.n_demands,
        "backlog": network.n_demands,
    }
    found = []
    for name, n_rows in rows.items():
        array = getattr(solution, name)
        if array.shape != (n_rows, n_periods):
            shape = (n_rows, n_periods)
            found.append(f"{name}: shape must be {shape}, was {array.shape}")
        elif not np.isfinite(array).all():
            found.append(f"{name}: entries must be finite")
    return tuple(found)


def _scale(problem: ReplenishmentProblem, solution: ReplenishmentSolution) -> float:
    """Return the largest quantity about, at least one unit."""
    arrays = (problem.stock, problem.demand, solution.orders, solution.stock)
    return max(1.0, *(float(array.max(initial=0.0)) for array in arrays))


def _sums(index: IntArray, values: FloatArray, n_rows: int) -> FloatArray:
    """Add the rows of `values` that have the same index."""
    n_periods = values.shape[1]
    flat = index[:, None] * n_periods + np.arange(n_periods)
    total = np.bincount(
        flat.ravel(), weights=values.ravel(), minlength=n_rows * n_periods
    )
    return total.reshape(n_rows, n_periods).astype(np.float64, copy=False)


def _consumed(network: ReplenishmentNetwork, orders: FloatArray) -> FloatArray:
    """Return units taken by orders, ndarray of shape (n_points, n_periods)."""
    taken = network.input_usage[:, None] * orders[network.input_activity]
    return _sums(network.input_point, taken, network.n_points)


def _received(network: ReplenishmentNetwork, orders: FloatArray) -> FloatArray:
    """Return units delivered by orders, ndarray of shape (n_points, n_periods)."""
    n_periods = orders.shape[1]
    placed = np.arange(n_periods) - network.lead_periods[:, None]
    activity = np.arange(network.n_activities)[:, None]
    delivered = orders[activity, np.maximum(placed, 0)] * (placed >= 0)
    return _sums(network.output_point, delivered, network.n_points)


def _check_stock(
    problem: ReplenishmentProblem, solution: ReplenishmentSolution, tolerance: float
) -> tuple[str, ...]:
    network = problem.network
    consumed = _consumed(network, solution.orders)
    sold = _sums(network.demand_point, solution.sales, network.n_points)
    change = problem.arrivals.T + _received(network, solution.orders) - consumed - sold
    stock = problem.stock[:, None] + np.cumsum(change, axis=1)
    before = np.empty_like(stock)
    before[:, 0] = problem.stock
    before[:, 1:] = stock[:, :-1]
    return (
        *_told(
            np.abs(solution.stock - stock) > tolerance,
            "point {0}, period {1}: stock {2:.9g}, its balance gives {3:.9g}",
            solution.stock,
            stock,
        ),
        *_told(
            stock < -tolerance,
            "point {0}, period {1}: sales leave {2:.9g} units, less than none",
            stock,
        ),
        *_told(
            consumed > before + tolerance,
            "point {0}, period {1}: orders take {2:.9g} units of {3:.9g} in stock",
            consumed,
            before,
        ),
    )


def _check_orders(
    problem: ReplenishmentProblem, solution: ReplenishmentSolution, tolerance: float
) -> tuple[str, ...]:
    network, orders = problem.network, solution.orders
    upper = network.order_upper[:, None]
    limited = np.flatnonzero(network.capacity_index >= 0)
    used = _sums(
        network.capacity_index[limited],
        network.capacity_usage[limited, None] * orders[limited],
        network.n_capacities,
    )
    return (
        *_told(
            orders < -tolerance,
            "activity {0}, period {1}: order {2:.9g} is negative",
            orders,
        ),
        *_told(
            orders > upper + tolerance,
            "activity {0}, period {1}: order {2:.9g} is over its upper limit {3:.9g}",
            orders,
            np.broadcast_to(upper, orders.shape),
        ),
        *_told(
            used > problem.capacity + tolerance,
            "capacity {0}, period {1}: orders use {2:.9g} of {3:.9g}",
            used,
            problem.capacity,
        ),
    )


def _check_service(
    problem: ReplenishmentProblem, solution: ReplenishmentSolution, tolerance: float
) -> tuple[str, ...]:
    waits = problem.network.backlogged[:, None]
    sales = solution.sales
    unserved = problem.demand - sales
    waiting = problem.backlog[:, None] + np.cumsum(unserved, axis=1)
    backlog = np.where(waits, waiting, 0.0)
    left = np.where(waits, waiting, unserved)
    return (
        *_told(
            sales < -tolerance,
            "demand {0}, period {1}: sales {2:.9g} are negative",
            sales,
        ),
        *_told(
            left < -tolerance,
            "demand {0}, period {1}: sales {2:.9g} exceed what is asked by {3:.9g}",
            sales,
            -left,
        ),
        *_told(
            np.abs(solution.backlog - backlog) > tolerance,
            "demand {0}, period {1}: backlog {2:.9g}, its balance gives {3:.9g}",
            solution.backlog,
            backlog,
        ),
    )


def _profit_parts(
    problem: ReplenishmentProblem, solution: ReplenishmentSolution
) -> tuple[float, ...]:
    network, orders, stock = problem.network, solution.orders, solution.stock
    n_periods = problem.n_periods
    lost = np.where(
        network.backlogged[:, None], solution.backlog, problem.demand - solution.sales
    )
    ordered = orders.sum(axis=1)
    # Units are on the way at the ends of periods t .. min(t + lead, horizon) - 1.
    waits = np.minimum(network.lead_periods[:, None], np.arange(n_periods, 0, -1))
    on_the_way = (waits * orders).sum(axis=1)
    return (
        float(network.price @ solution.sales.sum(axis=1)),
        -float(network.unit_cost @ ordered),
        -float(network.pipeline_cost @ on_the_way),
        -float(network.holding_cost @ stock.sum(axis=1)),
        -float(network.shortage_cost @ lost.sum(axis=1)),
        float(network.terminal_value @ stock[:, -1]),
    )


def _check_objective(
    problem: ReplenishmentProblem, solution: ReplenishmentSolution
) -> tuple[str, ...]:
    parts = _profit_parts(problem, solution)
    profit = sum(parts)
    tolerance = TOLERANCE * max(1.0, *(abs(part) for part in parts))
    found = []
    if not abs(solution.objective - profit) <= tolerance:
        found.append(f"objective {solution.objective:.9g}, the profit is {profit:.9g}")
    if not solution.bound >= profit - tolerance:
        found.append(f"bound {solution.bound:.9g}, beaten by the profit {profit:.9g}")
    return tuple(found)


def _told(broken: BoolArray, sentence: str, *values: FloatArray) -> tuple[str, ...]:
    """Return the sentence for the first entries that broke a rule, and a count."""
    if not broken.any():
        return ()
    where = np.argwhere(broken)
    told = tuple(
        sentence.format(row, period, *(float(value[row, period]) for value in values))
        for row, period in where[:MOST_TOLD].tolist()
    )
    if len(where) > MOST_TOLD:
        told += (f"... and {len(where) - MOST_TOLD} more like the last",)
    return told
