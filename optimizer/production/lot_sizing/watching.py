"""Solvers that are not waited for: on a thread of their own, beside who watches.

A solver cannot be stopped from outside and looks at its clock late. On a thread of its
own it can be left behind, at the deadline or when the answer is no longer wanted; and
the main thread, which alone hears Ctrl-C, is never inside of it.
"""

from __future__ import annotations

import atexit
import math
import threading
from typing import TYPE_CHECKING

from optimizer.production.lot_sizing.model import Answer, solve_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.production.lot_sizing.model import Limits, Solver
    from optimizer.production.lot_sizing.problem import FloatArray
    from optimizer.production.lot_sizing.rows import Arrays

__all__ = ["LEFT_BEHIND", "POLL_S", "let_end", "solve_watched"]

POLL_S = 0.02
"""Seconds between two looks at whether the answer is still wanted."""

LATE_S = 0.1
"""Seconds beyond its limit after which a solver is left behind."""

LINGER_S = 3.0
"""Seconds before its limit from which on a solver is waited for at exit."""

LATEST_S = 20.0
"""Seconds that are waited at most: a crowded machine makes solvers late by as many."""

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
    answers: list[Answer] = []
    failures: list[BaseException] = []

    def solve() -> None:
        try:
            answers.append(solve_program(arrays, solver, limits, hint=hint))
        except BaseException as error:  # whatever it is, the caller shall see it
            failures.append(error)

    if cancelled():
        return LEFT_BEHIND
    until_s = monotonic_s() + limits.seconds
    thread = threading.Thread(target=solve, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(POLL_S)
        if cancelled() or monotonic_s() > until_s + LATE_S:
            break
    if failures:
        raise failures[0]
    if answers:
        return answers[0]
    let_end(thread, until_s - monotonic_s())
    return LEFT_BEHIND


def let_end(thread: threading.Thread, left_s: float) -> None:
    """Wait at the interpreter's end for a solver that is about to end.

    One that comes back into an interpreter that is being taken down ends the process
    with an error; one that is still far from its limit does not come back.

    Parameters
    ----------
    thread
        Of the solver.
    left_s
        Seconds until its limit; below 0 if it is late.
    """
    if left_s < LINGER_S:
        atexit.register(thread.join, LATEST_S)
