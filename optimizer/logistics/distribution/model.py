"""The replenishment program in CLP, built once and solved many times.

Between two problems of one network and horizon only bounds differ, so the dual simplex
method goes on from the last basis: a handful of iterations in a rolling horizon. Why
CLP, and what the other solvers cost: docs/decisions/0004-replenishment-by-lp.md.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from ortools.linear_solver import linear_solver_pb2, pywraplp

from optimizer.logistics.distribution.program import ReplenishmentProgram

if TYPE_CHECKING:
    from optimizer.logistics.distribution.problem import (
        ReplenishmentNetwork,
        ReplenishmentProblem,
    )
    from optimizer.logistics.distribution.program import Plan

__all__ = ["ModelAnswer", "ModelStatus", "ReplenishmentModel"]

# OR-Tools counts a limit in whole milliseconds; one over a day is none.
MILLISECONDS = 1000.0
LONGEST_LIMIT_S = 86_400.0

ModelStatus = Literal["optimal", "unbounded", "stopped", "failed"]


class ModelAnswer(NamedTuple):
    """What the solver said; the plan is there only if it is optimal."""

    status: ModelStatus
    objective: float
    plan: Plan | None


class ReplenishmentModel:
    """The linear program of one network and horizon, with its last basis.

    Parameters
    ----------
    network
        Its structure and costs are built in.
    n_periods
        Horizon, >= 1.
    """

    def __init__(self, network: ReplenishmentNetwork, n_periods: int) -> None:
        self._program = ReplenishmentProgram(network, n_periods)
        self._lost = np.flatnonzero(~network.backlogged)
        self._response = linear_solver_pb2.MPSolutionResponse()
        self._build()

    def solve(
        self, problem: ReplenishmentProblem, *, time_limit_s: float = math.inf
    ) -> ModelAnswer:
        """Solve for the numbers of a problem, from the last basis.

        Parameters
        ----------
        problem
            Of this network and horizon.
        time_limit_s
            Seconds, > 0.

        Returns
        -------
        ModelAnswer
            `stopped` means out of time, `failed` that the numbers were too hard from
            this basis. A program without columns or equations has the empty plan.
        """
        program = self._program
        if program.profit.size == 0 or program.n_equations == 0:
            # CLP does not survive a program of nothing.
            plan = program.plan(np.zeros(program.profit.size), problem)
            return ModelAnswer("optimal", program.constant(problem), plan)
        self._write(problem)
        limit_s = time_limit_s if time_limit_s < LONGEST_LIMIT_S else 0.0
        self._solver.SetTimeLimit(math.ceil(limit_s * MILLISECONDS))
        status = _STATUSES.get(self._solver.Solve(self._parameters), "failed")
        if status != "optimal":
            return ModelAnswer(status, math.nan, None)
        # One message instead of a call per column: a quarter of the time.
        self._solver.FillSolutionResponseProto(self._response)
        values = np.array(self._response.variable_value)
        profit = self._response.objective_value + program.constant(problem)
        return ModelAnswer(status, profit, program.plan(values, problem))

    def forget(self) -> None:
        """Drop the basis: the next solve starts from nothing."""
        self._build()

    def _build(self) -> None:
        program = self._program
        solver = pywraplp.Solver.CreateSolver("CLP")
        assert solver is not None, "OR-Tools is built without CLP"
        infinity = solver.infinity()
        upper = np.minimum(program.upper, infinity).tolist()
        variables = [solver.NumVar(0.0, most, "") for most in upper]
        n_limits = program.n_rows - program.n_equations
        equations = [solver.Constraint(0.0, 0.0) for _ in range(program.n_equations)]
        limits = [solver.Constraint(-infinity, infinity) for _ in range(n_limits)]
        rows = equations + limits
        entries = (part.tolist() for part in program.entries)
        for row, column, value in zip(*entries, strict=True):
            rows[row].SetCoefficient(variables[column], value)
        objective = solver.Objective()
        for variable, value in zip(variables, program.profit.tolist(), strict=True):
            objective.SetCoefficient(variable, value)
        objective.SetMaximization()
        self._solver, self._parameters = solver, _dual_simplex()
        self._equations, self._limits = equations, limits
        self._lost_sales = [variables[column] for column in program.lost_sales.tolist()]
        self._written = [0.0] * program.n_equations
        self._capacity = np.empty(0)

    def _write(self, problem: ReplenishmentProblem) -> None:
        """Set the bounds that differ from those of the problem before."""
        wanted = self._program.right_hand_sides(problem).tolist()
        rows = zip(self._equations, wanted, self._written, strict=True)
        for row, new, old in rows:
            if new != old:
                row.SetBounds(new, new)
        self._written = wanted
        if not np.array_equal(problem.capacity, self._capacity):
            most = np.minimum(problem.capacity, self._solver.infinity())
            for row, upper in zip(self._limits, most.ravel().tolist(), strict=True):
                row.SetUb(upper)
            self._capacity = problem.capacity
        asked = problem.demand[self._lost].ravel().tolist()
        for variable, upper in zip(self._lost_sales, asked, strict=True):
            variable.SetUb(upper)


_STATUSES: dict[int, ModelStatus] = {
    pywraplp.Solver.OPTIMAL: "optimal",
    pywraplp.Solver.UNBOUNDED: "unbounded",
    pywraplp.Solver.FEASIBLE: "stopped",
}


def _dual_simplex() -> pywraplp.MPSolverParameters:
    """Return parameters that keep the basis: presolve would throw it away."""
    parameters = pywraplp.MPSolverParameters()
    parameters.SetIntegerParam(parameters.PRESOLVE, parameters.PRESOLVE_OFF)
    parameters.SetIntegerParam(parameters.LP_ALGORITHM, parameters.DUAL)
    return parameters
