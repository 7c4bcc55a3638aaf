"""The programs of shipments: whole, to compare our search with, and of service."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from ortools.math_opt.python import mathopt

from optimizer.logistics.transshipment.program import balance_of, layout_of

if TYPE_CHECKING:
    from optimizer.logistics.transshipment.problem import (
        FloatArray,
        IntArray,
        TransshipmentProblem,
    )

__all__ = ["Service", "ServiceModel", "ShipmentModel"]

Engine = Literal["highs", "scip"]

ROUNDING = 1e-6
"""Vehicles and units below which an answer is rounding."""

GAP = 1e-6
"""Share of the cost of a change within which it is proven to be the cheapest."""

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Service:
    """Flows that serve all demand, or all but what is lost.

    Parameters
    ----------
    flow
        Units, ndarray of shape (n_items, n_arcs), float64.
    lost
        Units, ndarray of shape (n_sites, n_items, n_periods), float64.
    more_vehicles
        Beyond those allowed, ndarray of shape (n_lanes, n_periods), int64.
    proven
        Whether nothing costs less, to `GAP`; else the time was over before.
    """

    flow: FloatArray
    lost: FloatArray
    more_vehicles: IntArray
    proven: bool


class ServiceModel:
    """Whether vehicles there may be can serve all demand, and what else can.

    All vehicles that are allowed may leave, so that their number is no variable.

    Parameters
    ----------
    problem
        With full service.
    elastic
        Whether demand may be lost, at its price, and more vehicles leave than are
        allowed, at theirs.
    """

    def __init__(self, problem: TransshipmentProblem, *, elastic: bool) -> None:
        assert problem.full_service, "short arcs have no room"
        self._model = mathopt.Model()
        self._problem, self._layout = problem, layout_of(problem)
        self._elastic = elastic
        self._balance = balance_of(problem)
        self._costs: list[mathopt.LinearBase] = []
        self._lost: dict[tuple[int, int], mathopt.Variable] = {}
        n_lanes = self._layout.lane.size
        self._loads: list[list[mathopt.LinearBase]] = [[] for _ in range(n_lanes)]
        self._flows = [self._add_item(item) for item in range(problem.n_items)]
        self._more = self._add_vehicles()
        self._model.minimize(mathopt.fast_sum(self._costs))

    def solve(self, *, time_limit_s: float) -> Service | Literal["infeasible"] | None:
        """Return flows, that there are none, or None if time was too short.

        Parameters
        ----------
        time_limit_s
            Seconds, > 0.
        """
        limit = dt.timedelta(seconds=time_limit_s)
        params = mathopt.SolveParameters(time_limit=limit)
        engine = mathopt.SolverType.GLOP
        if self._more:
            engine, params.relative_gap_tolerance = mathopt.SolverType.HIGHS, GAP
        result = mathopt.solve(self._model, engine, params=params)
        if result.termination.reason == mathopt.TerminationReason.INFEASIBLE:
            return "infeasible"
        if not result.has_primal_feasible_solution():
            return None
        return self._service(result)

    def _add_item(self, item: int) -> list[mathopt.Variable | None]:
        """Add what an item flows, and what it has and asks for."""
        layout, add = self._layout, self._model.add_variable
        graph, volume = layout.graph, float(self._problem.volume[item])
        rows: list[list[mathopt.LinearBase]] = [[] for _ in range(graph.n_nodes)]
        columns: list[mathopt.Variable | None] = []
        first_short = layout.first_lane - 2 * layout.n_short
        price = 1.0 if not self._elastic else 0.0
        for arc in range(graph.tail.size):
            if first_short <= arc < layout.first_lane:
                columns.append(None)
                continue
            column = add(lb=0.0)
            columns.append(column)
            rows[graph.tail[arc]].append(column)
            rows[graph.head[arc]].append(-1.0 * column)
            if cost := price * float(layout.cost[item, arc]):
                self._costs.append(cost * column)
            if arc >= layout.first_lane:
                self._loads[arc - layout.first_lane].append(volume * column)
        for node in range(1, graph.n_nodes):
            has, row = float(self._balance[item, node]), mathopt.fast_sum(rows[node])
            lost = self._add_lost(item, node) if self._elastic else 0.0
            self._model.add_linear_constraint(row - lost == has)
        return columns

    def _add_lost(self, item: int, node: int) -> mathopt.LinearBase | float:
        problem = self._problem
        site, period = divmod(node - 1, problem.n_periods)
        if problem.demand[site, item, period] <= 0.0:
            return 0.0
        lost = self._model.add_variable(
            lb=0.0, ub=float(problem.demand[site, item, period])
        )
        self._lost[item, node] = lost
        self._costs.append(float(problem.shortage_cost[site, item]) * lost)
        return lost

    def _add_vehicles(self) -> dict[int, mathopt.Variable]:
        """Add the room of each lane and period; return what may go beyond it."""
        lanes, more = self._problem.lanes, {}
        for at, lane in enumerate(self._layout.lane.tolist()):
            room = float(lanes.room[lane])
            most = float(lanes.vehicles_max[lane])
            load = mathopt.fast_sum(self._loads[at])
            if not self._elastic:
                self._model.add_linear_constraint(load <= room * most)
                continue
            extra = more[at] = self._model.add_integer_variable(lb=0.0)
            self._model.add_linear_constraint(load - room * extra <= room * most)
            self._costs.append(float(lanes.vehicle_cost[lane]) * extra)
        return more

    def _service(self, result: mathopt.SolveResult) -> Service:
        problem, layout = self._problem, self._layout
        flow = np.zeros(layout.cost.shape)
        for item, columns in enumerate(self._flows):
            there = [at for at, column in enumerate(columns) if column is not None]
            values = result.variable_values([columns[at] for at in there])
            flow[item, there] = np.maximum(values, 0.0)
        lost = np.zeros(problem.demand.shape)
        for (item, node), column in self._lost.items():
            units = float(result.variable_values(column))
            site, period = divmod(node - 1, problem.n_periods)
            lost[site, item, period] = units if units > ROUNDING else 0.0
        more = np.zeros((len(problem.lanes), problem.n_periods), dtype=np.int64)
        for at, column in self._more.items():
            vehicles = round(float(result.variable_values(column)))
            more[layout.lane[at], layout.period[at]] = vehicles
        proven = result.termination.reason == mathopt.TerminationReason.OPTIMAL
        return Service(flow=flow, lost=lost, more_vehicles=more, proven=proven)
