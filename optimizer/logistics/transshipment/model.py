"""The mixed-integer program of shipments, whole: what our search is compared with."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from ortools.math_opt.python import mathopt

from optimizer.logistics.transshipment.program import balance_of, layout_of

if TYPE_CHECKING:
    from optimizer.logistics.transshipment.problem import TransshipmentProblem

__all__ = ["ShipmentModel"]

Engine = Literal["highs", "scip"]

ENGINES = {"highs": mathopt.SolverType.HIGHS, "scip": mathopt.SolverType.GSCIP}


class ShipmentModel:
    """The program: a flow for each item and arc, vehicles for each lane and period.

    Parameters
    ----------
    problem
        What is to be shipped.
    """

    def __init__(self, problem: TransshipmentProblem) -> None:
        self._model = mathopt.Model()
        layout, balance = layout_of(problem), balance_of(problem)
        lanes, lane = problem.lanes, layout.lane
        add = self._model.add_variable
        tail, head = layout.graph.tail.tolist(), layout.graph.head.tolist()
        loads: list[list[mathopt.LinearBase]] = [[] for _ in lane]
        costs: list[mathopt.LinearBase] = []
        for item in range(problem.n_items):
            volume = float(problem.volume[item])
            columns = [add(lb=0.0, ub=most) for most in layout.capacity[item].tolist()]
            rows: list[list[mathopt.LinearBase]] = [
                [] for _ in range(layout.graph.n_nodes)
            ]
            for arc, column in enumerate(columns):
                rows[tail[arc]].append(column)
                rows[head[arc]].append(-1.0 * column)
            for node in range(1, layout.graph.n_nodes):
                has = float(balance[item, node])
                self._model.add_linear_constraint(mathopt.fast_sum(rows[node]) == has)
            for at, column in enumerate(columns[layout.first_lane :]):
                loads[at].append(volume * column)
            prices = layout.cost[item].tolist()
            costs += [c * x for c, x in zip(prices, columns, strict=True) if c]
        for at, row in enumerate(lane.tolist()):
            most = float(lanes.vehicles_max[row])
            vehicles = add(lb=0.0, ub=most, is_integer=True)
            used = self._model.add_binary_variable()
            room = float(lanes.room[row]) * vehicles
            self._model.add_linear_constraint(mathopt.fast_sum(loads[at]) <= room)
            self._model.add_linear_constraint(vehicles <= most * used)
            costs.append(float(lanes.vehicle_cost[row]) * vehicles)
            costs.append(float(lanes.fixed_cost[row]) * used)
        self._model.minimize(mathopt.fast_sum(costs))

    def solve(self, *, engine: Engine, time_limit_s: float) -> tuple[float, float]:
        """Return cost, infinite if no plan was found, and bound.

        Parameters
        ----------
        engine
            `highs` or `scip`.
        time_limit_s
            Seconds, > 0.
        """
        limit = dt.timedelta(seconds=time_limit_s)
        params = mathopt.SolveParameters(time_limit=limit)
        result = mathopt.solve(self._model, ENGINES[engine], params=params)
        bound = result.termination.objective_bounds.dual_bound
        bound = float(bound) if np.isfinite(bound) else 0.0
        if not result.has_primal_feasible_solution():
            return math.inf, bound
        return float(result.objective_value()), bound
