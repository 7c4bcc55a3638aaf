"""Programs whose solver is not waited for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from optimizer.production.lot_sizing.model import Answer, solve_program
from optimizer.watching import watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.production.lot_sizing.model import Limits, Solver
    from optimizer.production.lot_sizing.problem import FloatArray
    from optimizer.production.lot_sizing.rows import Arrays

__all__ = ["LEFT_BEHIND", "solve_watched"]

LATE_S = 0.1
"""Seconds beyond its limit after which a solver is left behind."""

LEFT_BEHIND = Answer("stopped", None, math.inf, -math.inf)
"""The answer of a solver that was not waited for."""


def solve_watched(
    arrays: Arrays,
    solver: Solver,
    limits: Limits,
    *,
    monotonic_s: Callable[[], float],
    cancelled: Callable[[], bool],
    hint: FloatArray | None = None,
) -> Answer:
    """Solve a program as long as its answer is wanted, and no longer than its time.

    Parameters
    ----------
    arrays, solver, limits, hint
        As in `optimizer.production.lot_sizing.model.solve_program`.
    monotonic_s
        A clock in seconds.
    cancelled
        Whether the answer is no longer wanted; asked some fifty times a second.

    Returns
    -------
    Answer
        `LEFT_BEHIND` once cancelled, and a little after the time limit.
    """
    until_s = monotonic_s() + limits.seconds
    answer = watched(
        lambda: solve_program(arrays, solver, limits, hint=hint),
        cancelled=lambda: cancelled() or monotonic_s() > until_s + LATE_S,
        left_s=lambda: until_s - monotonic_s(),
    )
    return LEFT_BEHIND if answer is None else answer
