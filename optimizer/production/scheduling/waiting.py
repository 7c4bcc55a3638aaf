"""When jobs leave their machines, and how long they wait in buffers.

Starts, ends and modes of a schedule leave open when a job goes into a buffer: it may
stay on its machine as long as nobody else needs that. So there are two answers. The
latest leaves tell whether the places are enough, for they fill the buffers least; the
earliest are what people see who put a job into a buffer as soon as there is room.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.production.scheduling.costs import (
    machine_sequences,
    setup_changes,
    work_before,
)
from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from optimizer.production.scheduling.problem import (
        IntArray,
        Schedule,
        SchedulingProblem,
    )

__all__ = ["Stays", "crowded", "earliest_stays", "latest_stays"]


class Stays(NamedTuple):
    """Where jobs are between two operations.

    Parameters
    ----------
    buffer
        ndarray of shape (n_operations,), int64: the buffer behind the machine of each
        operation, -1 for none.
    leaves
        ndarray of shape (n_operations,), int64: when the job leaves the machine, in
        ticks, not before the end of the operation.
    goes
        ndarray of shape (n_operations,), int64: when the last operation starts that
        waits for it, or its end if there is none. From `leaves` until then the job is
        in the buffer, if there is one.
    """

    buffer: IntArray
    leaves: IntArray
    goes: IntArray


def latest_stays(problem: SchedulingProblem, schedule: Schedule) -> Stays:
    """Return the stays with which jobs are in buffers for the shortest time.

    Parameters
    ----------
    problem
        Its tables.
    schedule
        Modes, starts and ends of every operation; it need not keep the rules.
    """
    done = schedule.mode != NONE
    machine = np.where(done, problem.modes.machine[schedule.mode], NONE)
    room = np.append(problem.machines.buffer, NONE)
    blocking = np.append(problem.machines.blocking, 0)
    goes: IntArray = schedule.end.copy()
    before, after = problem.arcs.before, problem.arcs.after
    both = done[before] & done[after]
    np.maximum.at(goes, before[both], schedule.start[after[both]])
    buffer: IntArray = np.where(goes > schedule.end, room[machine], NONE)
    leaves: IntArray = np.where(blocking[machine] > 0, goes, schedule.end)
    if not np.any(buffer != NONE):
        return Stays(buffer, leaves, goes)
    setup = {
        row: int(problem.setups.time[problem.machines.matrix[on], first, then])
        for on, first, then, _, row in setup_changes(problem, schedule)
    }
    for on, rows in machine_sequences(problem, schedule):
        if room[on] == NONE:
            continue
        leaves[rows] = goes[rows]
        # What takes no time and goes on at once comes before what waits from then on.
        order = np.lexsort((goes[rows], schedule.end[rows], schedule.start[rows]))
        for row, following in pairwise(rows[order].tolist()):
            begins = int(schedule.start[following])
            needed = work_before(problem, on, begins, setup.get(following, 0))
            leaves[row] = max(int(schedule.end[row]), min(needed, int(goes[row])))
    return Stays(buffer, leaves, goes)


def crowded(problem: SchedulingProblem, stays: Stays) -> list[tuple[int, int, int]]:
    """Return where more jobs wait than there are places.

    Parameters
    ----------
    problem
        Its buffers are read.
    stays
        When jobs wait.

    Returns
    -------
    list of tuple
        Buffer, time and jobs in it, each time that one more comes.
    """
    found = []
    waits = (stays.buffer != NONE) & (stays.leaves < stays.goes)
    for number, capacity in enumerate(problem.buffers.capacity.tolist()):
        rows = np.flatnonzero(waits & (stays.buffer == number))
        come, gone = np.sort(stays.leaves[rows]), np.sort(stays.goes[rows])
        # Who goes at a time makes room for who comes then.
        times, last = np.unique(come, return_index=True)
        came = np.append(last[1:], come.size)
        inside = came - np.searchsorted(gone, times, side="right")
        found += [
            (number, int(times[at]), int(inside[at]))
            for at in np.flatnonzero(inside > capacity)
        ]
    return found


def earliest_stays(problem: SchedulingProblem, schedule: Schedule) -> Stays:
    """Return the stays with which each job goes into a buffer once there is room.

    Room is kept for those that must leave their machine later on; else the job that
    was done first goes first.

    Parameters
    ----------
    problem, schedule
        What was scheduled; the schedule keeps every rule.
    """
    stays = latest_stays(problem, schedule)
    leaves = stays.leaves.copy()
    for number, capacity in enumerate(problem.buffers.capacity.tolist()):
        rows = np.flatnonzero((stays.buffer == number) & (schedule.end < stays.goes))
        for row in rows[np.lexsort((rows, schedule.end[rows]))].tolist():
            others = rows[rows != row]
            leaves[row] = _first_room(
                (leaves[others], stays.goes[others]),
                capacity,
                since=int(schedule.end[row]),
                until=int(leaves[row]),
            )
    return Stays(stays.buffer, leaves, stays.goes)


def _first_room(
    spans: tuple[IntArray, IntArray], capacity: int, *, since: int, until: int
) -> int:
    """Return from when on a buffer has a place up to a time, beside other spans."""
    low, high = np.sort(spans[0]), np.sort(spans[1])
    moments = np.concatenate((low, high, [since]))
    moments = np.unique(moments[(moments >= since) & (moments < until)])
    inside = np.searchsorted(low, moments, side="right")
    inside -= np.searchsorted(high, moments, side="right")
    full = np.flatnonzero(inside >= capacity)
    if not full.size:
        return min(since, until)
    return int(np.append(moments, until)[full[-1] + 1])
