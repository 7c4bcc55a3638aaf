"""The mixed-integer program of locations, whole or with some facilities left out.

HiGHS and SCIP through MathOpt. HiGHS must not be told a number of threads, and hears no
interrupter: both get a time limit alone.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from ortools.math_opt.python import mathopt

if TYPE_CHECKING:
    from optimizer.logistics.location.problem import (
        BoolArray,
        FloatArray,
        IntArray,
        LocationProblem,
    )

__all__ = ["LocationModel", "ModelAnswer", "Opening"]

Engine = Literal["highs", "scip"]

ENGINES = {"highs": mathopt.SolverType.HIGHS, "scip": mathopt.SolverType.GSCIP}

EXACT = 1e-9
"""Share between cost and bound at which a solver may stop."""

OPENED = 0.5
"""A variable of a solver above this is a facility that is open."""

SHORTEST_S = 0.05
"""The shortest limit worth a call."""


class Opening(NamedTuple):
    """Which facilities may be opened, rows of each kind in ascending order."""

    plants: IntArray
    depots: IntArray


class ModelAnswer(NamedTuple):
    """What the solver said; without a plan, `open_depots` is None."""

    proven_infeasible: bool
    objective: float
    bound: float
    open_plants: BoolArray | None
    open_depots: BoolArray | None
    service: FloatArray | None


class LocationModel:
    """The program of a problem; facilities that are left out stay closed.

    Parameters
    ----------
    problem
        What to locate.
    opening
        What may be opened; None for everything.
    """

    def __init__(
        self, problem: LocationProblem, opening: Opening | None = None
    ) -> None:
        self._problem = problem
        self._opening = opening or Opening(
            np.arange(problem.n_plants), np.arange(problem.n_depots)
        )
        self._model = mathopt.Model()
        add = self._model.add_binary_variable
        self._plant = [add() for _ in self._opening.plants]
        self._depot = [add() for _ in self._opening.depots]
        self._add_service()
        if problem.n_plants:
            self._add_supply()
        self._add_objective()

    def solve(
        self, *, engine: Engine, time_limit_s: float, cutoff: float = math.inf
    ) -> ModelAnswer:
        """Solve, for a time.

        Parameters
        ----------
        engine
            `highs` or `scip`.
        time_limit_s
            Seconds, > 0.
        cutoff
            Plans that cost more are not looked for.
        """
        limit = dt.timedelta(seconds=max(time_limit_s, SHORTEST_S))
        params = mathopt.SolveParameters(time_limit=limit, relative_gap_tolerance=EXACT)
        if math.isfinite(cutoff) and engine == "scip":
            params.cutoff_limit = cutoff
        result = mathopt.solve(
            self._model,
            ENGINES[engine],
            params=params,
        )
        reason = result.termination.reason
        infeasible = reason == mathopt.TerminationReason.INFEASIBLE
        bound = result.termination.objective_bounds.dual_bound
        if not result.has_primal_feasible_solution():
            return ModelAnswer(infeasible, math.inf, bound, None, None, None)
        return self._answer(result, bound)

    def _answer(self, result: mathopt.SolveResult, bound: float) -> ModelAnswer:
        problem, values = self._problem, result.variable_values()
        open_plants = np.zeros(problem.n_plants, dtype=np.bool_)
        open_depots = np.zeros(problem.n_depots, dtype=np.bool_)
        service = np.zeros((problem.n_depots, problem.n_clients))
        for row, variable in zip(self._opening.plants, self._plant, strict=True):
            open_plants[row] = values[variable] > OPENED
        for at, row in enumerate(self._opening.depots):
            open_depots[row] = values[self._depot[at]] > OPENED
            service[row] = [values[variable] for variable in self._serves[at]]
        return ModelAnswer(
            proven_infeasible=False,
            objective=result.objective_value(),
            bound=bound,
            open_plants=open_plants,
            open_depots=open_depots,
            service=service,
        )

    def _add_service(self) -> None:
        problem, model = self._problem, self._model
        whole = problem.single_source
        demand, clients = problem.demand.tolist(), range(problem.n_clients)
        self._serves = [
            [model.add_variable(lb=0.0, ub=1.0, is_integer=whole) for _ in clients]
            for _ in self._opening.depots
        ]
        for k in clients:
            shares = [row[k] for row in self._serves]
            model.add_linear_constraint(mathopt.fast_sum(shares) == 1.0)
        for at, row in enumerate(self._opening.depots):
            sent = [demand[k] * self._serves[at][k] for k in clients]
            carried = float(problem.capacity[row]) * self._depot[at]
            model.add_linear_constraint(mathopt.fast_sum(sent) <= carried)
            for k in clients:
                model.add_linear_constraint(self._serves[at][k] <= self._depot[at])
        self._cover(self._depot, problem.capacity[self._opening.depots])

    def _add_supply(self) -> None:
        problem, model = self._problem, self._model
        plants, depots = self._opening
        self._supplies = [[model.add_variable(lb=0.0) for _ in depots] for _ in plants]
        demand = problem.demand.tolist()
        for at in range(depots.size):
            got = mathopt.fast_sum(row[at] for row in self._supplies)
            sent = mathopt.fast_sum(
                units * share
                for units, share in zip(demand, self._serves[at], strict=True)
            )
            model.add_linear_constraint(got == sent)
        for at, row in enumerate(plants):
            most = float(problem.plant_capacity[row])
            sent = mathopt.fast_sum(self._supplies[at])
            model.add_linear_constraint(sent <= most * self._plant[at])
            for other, depot in enumerate(depots):
                both = min(most, float(problem.capacity[depot]))
                model.add_linear_constraint(
                    self._supplies[at][other] <= both * self._plant[at]
                )
        self._cover(self._plant, problem.plant_capacity[plants])

    def _cover(self, opened: list[mathopt.Variable], capacity: FloatArray) -> None:
        """Ask for enough capacity: solvers find covers in it."""
        carried = [
            units * one for units, one in zip(capacity.tolist(), opened, strict=True)
        ]
        need = float(self._problem.demand.sum())
        self._model.add_linear_constraint(mathopt.fast_sum(carried) >= need)

    def _add_objective(self) -> None:
        problem = self._problem
        plants, depots = self._opening
        terms = [
            cost * one
            for cost, one in zip(
                problem.fixed_cost[depots].tolist(), self._depot, strict=True
            )
        ]
        for at, row in enumerate(depots):
            costs = problem.service_cost[row].tolist()
            terms += [c * x for c, x in zip(costs, self._serves[at], strict=True)]
        for at, row in enumerate(plants):
            terms.append(float(problem.plant_fixed_cost[row]) * self._plant[at])
            costs = problem.supply_cost[row, depots].tolist()
            terms += [c * x for c, x in zip(costs, self._supplies[at], strict=True)]
        self._model.minimize(mathopt.fast_sum(terms))
