"""The program of a repair in CLP: what is kept of an order, and what is added to it.

An order that may change is two columns, the part of the released quantity that is kept
and what comes on top. The first earns what a unit of change costs, the second pays it,
so that both together pay for the distance from what was released. An order that stays
is its first column alone, and earns far more than anything that could be made of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from ortools.linear_solver import linear_solver_pb2, pywraplp

from optimizer.logistics.distribution.program import ReplenishmentProgram

if TYPE_CHECKING:
    from optimizer.logistics.distribution.problem import (
        BoolArray,
        FloatArray,
        ReplenishmentProblem,
    )
    from optimizer.logistics.distribution.program import Plan

__all__ = ["Kept", "RepairModel"]

STAY_FACTOR = 10.0
"""What a unit of an order that stays earns, as a multiple of the largest profit of any
column. With less a dear customer could break what is frozen; with far more the solver
loses digits."""

MILLISECONDS = 1000.0
LONGEST_LIMIT_S = 86_400.0


class Kept(NamedTuple):
    """Orders as released, and on what terms each may change.

    Attributes
    ----------
    orders
        ndarray of shape (n_activities, n_periods), float64.
    free
        ndarray of the same shape, bool.
    unit_cost
        ndarray of the same shape, float64: money for a unit more or less.
    """

    orders: FloatArray
    free: BoolArray
    unit_cost: FloatArray


class RepairModel:
    """The program of one problem, solved from nothing each time.

    So the answer depends on what is asked alone, and not on what was asked before.

    Parameters
    ----------
    problem
        What is planned.
    """

    def __init__(self, problem: ReplenishmentProblem) -> None:
        self._problem = problem
        self._program = ReplenishmentProgram(problem.network, problem.n_periods)
        order = self._program.order_columns
        self._there = order >= 0
        self._columns = order[self._there]

    def solve(self, kept: Kept, *, time_limit_s: float) -> Plan | None:
        """Return the best plan on these terms.

        Parameters
        ----------
        kept
            Of this problem.
        time_limit_s
            Seconds, > 0.

        Returns
        -------
        Plan or None
            None if time ran out.
        """
        program, there = self._program, self._there
        if not program.profit.size:
            return program.plan(np.zeros(0), self._problem)
        orders, free, cost = (part[there] for part in kept)
        stay = STAY_FACTOR * float(np.abs(program.profit).max(initial=1.0))
        profit, upper = program.profit.copy(), program.upper.copy()
        most = upper[self._columns]
        upper[program.lost_sales] = self._problem.demand[
            ~self._problem.network.backlogged
        ].ravel()
        upper[self._columns] = np.minimum(orders, most)
        profit[self._columns] += np.where(free, cost, stay)
        added = self._columns[free]
        added_profit = program.profit[added] - cost[free]
        added_upper = np.maximum(most[free] - orders[free], 0.0)
        model = self._message(
            np.concatenate([profit, added_profit]),
            np.concatenate([upper, added_upper]),
            added,
        )
        values = _solved(model, time_limit_s)
        if values is None:
            return None
        total = values[: profit.size]
        total[added] += values[profit.size :]
        return program.plan(total, self._problem)

    def _message(
        self, profit: FloatArray, upper: FloatArray, added: np.ndarray
    ) -> linear_solver_pb2.MPModelProto:
        program = self._program
        model = linear_solver_pb2.MPModelProto(maximize=True)
        for value, most in zip(profit.tolist(), upper.tolist(), strict=True):
            model.variable.add(
                lower_bound=0.0, upper_bound=most, objective_coefficient=value
            )
        extra = np.full(program.profit.size, -1)
        extra[added] = program.profit.size + np.arange(added.size)
        row, column, value = program.entries
        more = extra[column] >= 0
        rows = np.concatenate([row, row[more]])
        order = np.argsort(rows, kind="stable")
        columns = np.concatenate([column, extra[column[more]]])[order].tolist()
        values = np.concatenate([value, value[more]])[order].tolist()
        starts = np.searchsorted(rows[order], np.arange(program.n_rows + 1)).tolist()
        equal = program.right_hand_sides(self._problem)
        most = self._problem.capacity.ravel()
        lower = np.concatenate([equal, np.full(most.size, -math.inf)]).tolist()
        higher = np.concatenate([equal, most]).tolist()
        for k in range(program.n_rows):
            one = model.constraint.add(lower_bound=lower[k], upper_bound=higher[k])
            one.var_index.extend(columns[starts[k] : starts[k + 1]])
            one.coefficient.extend(values[starts[k] : starts[k + 1]])
        return model


def _solved(
    model: linear_solver_pb2.MPModelProto, time_limit_s: float
) -> FloatArray | None:
    solver = pywraplp.Solver.CreateSolver("CLP")
    assert solver is not None, "OR-Tools is built without CLP"
    solver.LoadModelFromProto(model)
    if time_limit_s < LONGEST_LIMIT_S:
        solver.SetTimeLimit(max(1, math.ceil(time_limit_s * MILLISECONDS)))
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    response = linear_solver_pb2.MPSolutionResponse()
    solver.FillSolutionResponseProto(response)
    return np.array(response.variable_value)
