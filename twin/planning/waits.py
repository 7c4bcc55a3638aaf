"""Where jobs are between two operations: on a machine, or in a place of a buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optimizer.production.scheduling.problem import NONE
from optimizer.production.scheduling.waiting import earliest_stays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimizer.production.scheduling.problem import Schedule, SchedulingProblem

__all__ = ["Wait", "wait_columns", "waits_of"]


class Wait(NamedTuple):
    """A stretch of time that a job spends behind an operation.

    Parameters
    ----------
    operation
        Its row.
    where
        The machine on which the job stays for want of room, or the place in a buffer.
    start, end
        Ticks.
    """

    operation: int
    where: str
    start: int
    end: int


def waits_of(problem: SchedulingProblem, schedule: Schedule) -> list[Wait]:
    """Return how long jobs stay on machines and in buffers, by place.

    A job goes into a buffer as soon as there is room, and takes its first free place.

    Parameters
    ----------
    problem, schedule
        What was scheduled; the schedule has passed the checker.
    """
    if not problem.machines.holding.any() or not schedule.start.size:
        return []
    stays, names = earliest_stays(problem, schedule), problem.names
    order = np.argsort(stays.leaves, kind="stable")
    machine = problem.modes.machine[schedule.mode]
    found: list[Wait] = []
    taken: dict[int, list[int]] = {}
    for at in order[schedule.mode[order] != NONE].tolist():
        since, leaves, goes = (
            int(x[at]) for x in (schedule.end, stays.leaves, stays.goes)
        )
        if since < leaves:
            found.append(Wait(at, names.machine(machine[at]), since, leaves))
        buffer = int(stays.buffer[at])
        if buffer == NONE or leaves == goes:
            continue
        until = taken.setdefault(buffer, [])
        place = next((x for x, end in enumerate(until) if end <= leaves), len(until))
        until[place : place + 1] = [goes]
        name = names.buffer(buffer)
        if problem.buffers.capacity[buffer] > 1:
            name = f"{name} {place + 1}"
        found.append(Wait(at, name, leaves, goes))
    return found


def wait_columns(
    problem: SchedulingProblem, schedule: Schedule
) -> list[Mapping[str, Any]]:
    """Return what rows of operations tell of waiting; empty if nothing may have to.

    Parameters
    ----------
    problem, schedule
        What was scheduled.

    Returns
    -------
    list of Mapping
        `leaves`, `buffer` and `goes` of each operation; -1 where it is skipped.
    """
    if not problem.machines.holding.any():
        return []
    stays = earliest_stays(problem, schedule)
    buffered = (stays.buffer != NONE) & (stays.leaves < stays.goes)
    return [
        {
            "leaves": leaves,
            "buffer": problem.names.buffer(buffer) if inside else None,
            "goes": goes,
        }
        for leaves, buffer, goes, inside in zip(
            stays.leaves.tolist(),
            stays.buffer.tolist(),
            stays.goes.tolist(),
            buffered.tolist(),
            strict=True,
        )
    ]
