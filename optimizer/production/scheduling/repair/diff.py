"""What differs between two plans, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.production.scheduling.check import schedule_cost
from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from optimizer.production.scheduling.problem import (
        IntArray,
        Schedule,
        SchedulingProblem,
    )

__all__ = ["JobShift", "Move", "PlanDiff", "plan_diff"]


class Move(NamedTuple):
    """An operation that is elsewhere: rows of it and its machines, and its starts.

    A machine of -1 is none, also where the operation is not done.
    """

    operation: int
    machine_before: int
    machine_after: int
    start_before: int
    start_after: int


class JobShift(NamedTuple):
    """A job that ends at another time: its row, and its ends in ticks."""

    job: int
    end_before: int
    end_after: int


class PlanDiff(NamedTuple):
    """What differs between two plans.

    Parameters
    ----------
    moved
        Operations of both that are in another mode or start at another time.
    added, dropped
        Operations that are done only after, only before.
    earlier, later
        Jobs of both by their ends.
    objective_before, objective_after
        What they cost; the one before is None where it is no plan of this problem.
    """

    moved: tuple[Move, ...]
    added: tuple[int, ...]
    dropped: tuple[int, ...]
    earlier: tuple[JobShift, ...]
    later: tuple[JobShift, ...]
    objective_before: int | None
    objective_after: int

    @property
    def machine_changes(self) -> tuple[Move, ...]:
        """Moved operations that are on another machine."""
        return tuple(x for x in self.moved if x.machine_before != x.machine_after)

    @property
    def objective_change(self) -> int | None:
        """Cost after less cost before, None where that is not known."""
        if self.objective_before is None:
            return None
        return self.objective_after - self.objective_before


def plan_diff(
    problem: SchedulingProblem,
    before: Schedule,
    after: Schedule,
    *,
    tolerance: int = 0,
) -> PlanDiff:
    """Return what differs between two plans of one problem.

    Parameters
    ----------
    problem
        Of both.
    before, after
        Modes, starts and ends of every operation, -1 for what is not done. The plan
        before may leave out operations that must be done, such as those of a new job:
        then it has no objective.
    tolerance
        Ticks by which a start may differ without counting as moved, >= 0.

    Examples
    --------
    >>> from optimizer.production.scheduling.formats.shops import problem_of_routes
    >>> from optimizer.production.scheduling.problem import Schedule
    >>> problem = problem_of_routes([[[(0, 3)]], [[(0, 4)]]], 1)
    >>> plans = [
    ...     Schedule(
    ...         status="feasible", objective=7.0, bound=7.0, gap=0.0,
    ...         mode=np.array([0, 1]), start=np.array(start), end=np.array(end),
    ...     )
    ...     for start, end in (([0, 3], [3, 7]), ([4, 0], [7, 4]))
    ... ]
    >>> diff = plan_diff(problem, *plans)
    >>> diff.moved[0]
    Move(operation=0, machine_before=0, machine_after=0, start_before=0, start_after=4)
    >>> diff.earlier, diff.objective_change
    ((JobShift(job=1, end_before=7, end_after=4),), 0)
    """
    known, stays = before.mode != NONE, after.mode != NONE
    both = known & stays
    away = np.abs(after.start - before.start) > tolerance
    rows = np.flatnonzero(both & (away | (after.mode != before.mode)))
    machine = np.append(problem.modes.machine, NONE)
    columns = (
        rows,
        machine[before.mode[rows]],
        machine[after.mode[rows]],
        before.start[rows],
        after.start[rows],
    )
    ends = [_job_ends(problem, plan) for plan in (before, after)]
    whole = _is_whole(problem, before)
    return PlanDiff(
        moved=tuple(
            Move(*line) for line in zip(*(x.tolist() for x in columns), strict=True)
        ),
        added=tuple(np.flatnonzero(stays & ~known).tolist()),
        dropped=tuple(np.flatnonzero(known & ~stays).tolist()),
        earlier=_shifts(*ends, sign=-1),
        later=_shifts(*ends, sign=1),
        objective_before=schedule_cost(problem, before) if whole else None,
        objective_after=schedule_cost(problem, after),
    )


def _job_ends(problem: SchedulingProblem, plan: Schedule) -> IntArray:
    ends = np.full(len(problem.jobs), NONE, dtype=np.int64)
    done = plan.mode != NONE
    np.maximum.at(ends, problem.operations.job[done], plan.end[done])
    return ends


def _shifts(before: IntArray, after: IntArray, *, sign: int) -> tuple[JobShift, ...]:
    both = (before != NONE) & (after != NONE)
    rows = np.flatnonzero(both & (sign * (after - before) > 0))
    return tuple(
        JobShift(row, int(before[row]), int(after[row])) for row in rows.tolist()
    )


def _is_whole(problem: SchedulingProblem, plan: Schedule) -> bool:
    """Whether all that must be done is, and what is skipped is skipped whole."""
    job, left = problem.operations.job, plan.mode == NONE
    skipped = np.zeros(len(problem.jobs), dtype=np.bool_)
    skipped[job[left]] = True
    return not np.any(skipped & (problem.jobs.skip_cost == NONE)) and not np.any(
        skipped[job] & ~left
    )
