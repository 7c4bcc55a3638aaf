"""SCIP, and what becomes of Ctrl-C while it solves."""

from __future__ import annotations

import datetime as dt
import signal
import threading

from ortools.math_opt.python import mathopt

__all__ = ["solved"]

SHORTEST_S, LONGEST_S = 0.01, 86_400.0
GAP = 1e-9


def solved(model: mathopt.Model, *, seconds: float) -> mathopt.SolveResult:
    """Solve with SCIP.

    SCIP takes SIGINT for itself while it solves, and ends; the signal is then given to
    who waits for it outside.

    Parameters
    ----------
    model
        Any.
    seconds
        Time limit, > 0.
    """
    limit_s = min(max(seconds, SHORTEST_S), LONGEST_S)
    parameters = mathopt.SolveParameters(
        time_limit=dt.timedelta(seconds=limit_s), relative_gap_tolerance=GAP
    )
    parameters.gscip.bool_params["misc/catchctrlc"] = True
    result = mathopt.solve(model, mathopt.SolverType.GSCIP, params=parameters)
    taken = result.termination.limit == mathopt.Limit.INTERRUPTED
    if taken and threading.current_thread() is threading.main_thread():
        signal.raise_signal(signal.SIGINT)
    return result
