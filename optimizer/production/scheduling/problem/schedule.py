"""A schedule: what is done where and when, and how good that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from optimizer.production.scheduling.problem.tables import IntArray
    from optimizer.result import Progress, SolveStatus

__all__ = ["Schedule"]


def _none() -> IntArray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Schedule:
    """The answer to a scheduling problem.

    Parameters
    ----------
    status
        `optimal`, `feasible`, `infeasible` (no schedule exists), or `unknown`: none
        was found in the time given.
    objective
        Its cost under the problem's objective; infinite without a schedule.
    bound
        No schedule costs less.
    gap
        ``(objective - bound) / max(1, objective)``.
    mode
        ndarray of shape (n_operations,), int64: the mode (a row of `Modes`) that each
        operation is done in, -1 where its job is skipped; empty without a schedule.
    start, end
        ndarrays of shape (n_operations,), int64: ticks; -1 where the job is skipped.
    seconds
        Time the solve took.
    work
        Units of deterministic work the solve took.
    history
        Objective and bound over the solve.
    """

    status: SolveStatus
    objective: float
    bound: float
    gap: float
    mode: IntArray = field(default_factory=_none)
    start: IntArray = field(default_factory=_none)
    end: IntArray = field(default_factory=_none)
    seconds: float = 0.0
    work: int = 0
    history: tuple[Progress, ...] = ()
