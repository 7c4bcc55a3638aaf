"""The mixed-integer program in SCIP and HiGHS, through MathOpt.

Programs are handed over as arrays: objects for columns and rows would take longer to
make than most of the small programs of the search take to solve. HiGHS is reached here
and not through its own package, which cannot share a process with OR-Tools, and fails
when it is told a number of threads.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from ortools.math_opt import (
    callback_pb2,
    model_parameters_pb2,
    model_pb2,
    parameters_pb2,
    result_pb2,
)
from ortools.math_opt.core.python import solver as math_opt
from ortools.math_opt.python import parameters

if TYPE_CHECKING:
    from optimizer.production.lot_sizing.problem import FloatArray
    from optimizer.production.lot_sizing.rows import Arrays

__all__ = ["Answer", "Limits", "Solver", "solve_program"]

Solver = Literal["scip", "highs"]

SHORTEST_LIMIT_S = 0.01

LONGEST_LIMIT_S = 86_400.0

SMALL_PROGRAMS = (
    "mip_heuristic_run_rins",
    "mip_heuristic_run_rens",
    "mip_heuristic_run_root_reduced_cost",
)
"""HiGHS's heuristics that solve programs within a program."""

_TYPES = {
    "scip": parameters.SolverType.GSCIP,
    "highs": parameters.SolverType.HIGHS,
}

_REASONS = result_pb2.TerminationReasonProto


class Answer(NamedTuple):
    """What a solver found.

    Parameters
    ----------
    status
        `optimal` within the tolerance asked for, `infeasible`, or `stopped`.
    values
        ndarray of shape (n_columns,), float64; None without a solution.
    objective
        Its cost, infinite without one.
    bound
        No solution costs less.
    """

    status: Literal["optimal", "infeasible", "stopped"]
    values: FloatArray | None
    objective: float
    bound: float


class Limits(NamedTuple):
    """How long and how hard a solver may try.

    Parameters
    ----------
    seconds
        Time, > 0; infinity for none, so that nodes alone count and the answer repeats.
    nodes
        Most nodes of the search tree, >= 1; None for no limit.
    gap
        Share of the objective at which a solution is good enough, >= 0.
    effort
        `whole`; `small` leaves out HiGHS's own small programs, which cost more than
        they find where the program is small itself; `relaxed` leaves out SCIP's cuts
        and heuristics: with one node, that is the bound of the relaxation.
    """

    seconds: float
    nodes: int | None = None
    gap: float = 0.0
    effort: Literal["whole", "small", "relaxed"] = "whole"


def solve_program(
    arrays: Arrays,
    solver: Solver,
    limits: Limits,
    *,
    seed: int = 0,
    hint: FloatArray | None = None,
) -> Answer:
    """Solve a program on one core.

    Parameters
    ----------
    arrays
        The program.
    solver
        `scip` or `highs`.
    limits
        When it ends.
    seed
        Seed of the solver, >= 0.
    hint
        ndarray of shape (n_columns,), float64: a solution to begin with.
    """
    if arrays.cost.size == 0:
        return _answer_of_nothing(arrays)
    given = model_parameters_pb2.ModelSolveParametersProto()
    if hint is not None:
        values = given.solution_hints.add().variable_values
        values.ids.extend(range(hint.size))
        values.values.extend(hint.tolist())
    result = math_opt.solve(
        _message(arrays),
        _TYPES[solver].value,
        parameters_pb2.SolverInitializerProto(),
        _asked(solver, limits, seed),
        given,
        None,
        callback_pb2.CallbackRegistrationProto(),
        None,
        None,
    )
    return _answer(arrays, result)


def _asked(
    solver: Solver, limits: Limits, seed: int
) -> parameters_pb2.SolveParametersProto:
    seconds = min(max(limits.seconds, SHORTEST_LIMIT_S), LONGEST_LIMIT_S)
    off = parameters.Emphasis.OFF if limits.effort == "relaxed" else None
    message = parameters.SolveParameters(
        time_limit=dt.timedelta(seconds=seconds),
        node_limit=limits.nodes,
        relative_gap_tolerance=limits.gap,
        random_seed=seed,
        cuts=off,
        heuristics=off,
    ).to_proto()
    if limits.effort == "small" and solver == "highs":
        for name in SMALL_PROGRAMS:
            message.highs.bool_options[name] = False
    return message


def _answer_of_nothing(arrays: Arrays) -> Answer:
    """Answer for a program without columns: its rows hold or they do not."""
    scale = 1.0 + np.where(np.isfinite(arrays.row_upper), abs(arrays.row_upper), 0.0)
    slack = 1e-6 * scale
    if (arrays.row_lower > slack).any() or (arrays.row_upper < -slack).any():
        return Answer("infeasible", None, math.inf, math.inf)
    return Answer("optimal", np.empty(0), 0.0, 0.0)


def _message(arrays: Arrays) -> model_pb2.ModelProto:
    message = model_pb2.ModelProto()
    columns = message.variables
    columns.ids.extend(range(arrays.cost.size))
    columns.lower_bounds.extend(arrays.lower.tolist())
    columns.upper_bounds.extend(arrays.upper.tolist())
    columns.integers.extend(arrays.integer.tolist())
    rows = message.linear_constraints
    rows.ids.extend(range(arrays.row_lower.size))
    rows.lower_bounds.extend(arrays.row_lower.tolist())
    rows.upper_bounds.extend(arrays.row_upper.tolist())
    priced = np.flatnonzero(arrays.cost)
    objective = message.objective.linear_coefficients
    objective.ids.extend(priced.tolist())
    objective.values.extend(arrays.cost[priced].tolist())
    matrix = message.linear_constraint_matrix
    matrix.row_ids.extend(arrays.row.tolist())
    matrix.column_ids.extend(arrays.column.tolist())
    matrix.coefficients.extend(arrays.value.tolist())
    return message


def _answer(arrays: Arrays, result: result_pb2.SolveResultProto) -> Answer:
    reason = result.termination.reason
    bound = result.termination.objective_bounds.dual_bound
    values, objective = None, math.inf
    for solution in result.solutions:
        found = solution.primal_solution
        if found.feasibility_status == 2:  # noqa: PLR2004  # "feasible" in MathOpt
            values = np.zeros(arrays.cost.size)
            values[list(found.variable_values.ids)] = found.variable_values.values
            objective = float(arrays.cost @ values)
            break
    if reason == _REASONS.TERMINATION_REASON_OPTIMAL and values is not None:
        return Answer("optimal", values, objective, bound)
    impossible = {
        _REASONS.TERMINATION_REASON_INFEASIBLE,
        _REASONS.TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED,
    }
    if reason in impossible:
        return Answer("infeasible", None, math.inf, math.inf)
    return Answer("stopped", values, objective, bound)
