"""Between machines: transport, and work that stays where it is until there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ortools.sat.python.cp_model import CpModel, IntervalVar

    from optimizer.production.scheduling.model.machines import Done, Literal, Times
    from optimizer.production.scheduling.problem import SchedulingProblem

__all__ = [
    "add_buffers",
    "add_holding",
    "add_transport",
    "early_handovers",
    "is_plain_holding",
]


def add_transport(
    problem: SchedulingProblem,
    model: CpModel,
    arc: int,
    *,
    times: tuple[Sequence[Times], Sequence[Times]],
    done: Sequence[Sequence[Done]],
) -> None:
    """Add the transport of an arc for each pair of machines that has one.

    Parameters
    ----------
    problem, model
        What is modelled, and where.
    arc
        Its row.
    times
        Start and end of each operation.
    done
        The modes of each operation.
    """
    start, end = times
    before, after = int(problem.arcs.before[arc]), int(problem.arcs.after[arc])
    lag = int(problem.arcs.lag[arc])
    machine = problem.modes.machine
    for one in done[before]:
        for other in done[after]:
            there = int(machine[one.mode]), int(machine[other.mode])
            if NONE in there or not problem.transport.time[there]:
                continue
            ticks = lag + int(problem.transport.time[there])
            rule = start[after] >= end[before] + ticks
            model.add(rule).only_enforce_if([one.chosen, other.chosen])


def is_plain_holding(problem: SchedulingProblem, machine: int) -> bool:
    """Return whether `add_holding` says all that the problem does of a machine.

    Where setups follow a stay, or are interrupted, it says less.

    Parameters
    ----------
    problem
        What is modelled.
    machine
        Row of a machine that is blocking or has a buffer.
    """
    return bool(problem.machines.matrix[machine] == NONE)


def add_holding(
    problem: SchedulingProblem,
    model: CpModel,
    work: Sequence[Done],
    *,
    times: tuple[Sequence[Times], Sequence[Times]],
    present: Sequence[Literal],
) -> list[IntervalVar]:
    """Add a machine on which work may have to stay for want of room behind it.

    Nothing else is on it until what waits has started, or, if it has a buffer, until
    the work goes there.

    Parameters
    ----------
    problem, model
        What is modelled, and where.
    work
        All that may be done on it.
    times
        Start and end of each operation.
    present
        Whether each job is done.

    Returns
    -------
    list of IntervalVar
        When the work is in the buffer; empty of a blocking machine.
    """
    start, end = times
    job = problem.operations.job
    horizon = problem.horizon
    waits: dict[int, list[int]] = {}
    for before, after in zip(
        problem.arcs.before.tolist(), problem.arcs.after.tolist(), strict=True
    ):
        waits.setdefault(before, []).append(after)
    stays, buffered = [], []
    for done in work:
        held = model.new_int_var(0, horizon, "")
        row, goes = done.operation, held
        model.add(held >= end[row]).only_enforce_if(done.chosen)
        machine = problem.modes.machine[done.mode]
        if problem.machines.buffer[machine] != NONE and row in waits:
            goes = model.new_int_var(0, horizon, "")
            wait = model.new_int_var(0, horizon, "")
            buffered.append(
                model.new_optional_interval_var(held, wait, goes, done.chosen, "")
            )
        for after in waits.get(row, ()):
            # A job that is skipped holds nothing up.
            both = [done.chosen, present[int(job[after])]]
            model.add(goes >= start[after]).only_enforce_if(both)
        size = model.new_int_var(0, horizon, "")
        stays.append(
            model.new_optional_interval_var(start[row], size, held, done.chosen, "")
        )
    model.add_no_overlap(stays)
    return buffered


def add_buffers(
    problem: SchedulingProblem, model: CpModel, waiting: Mapping[int, list[IntervalVar]]
) -> None:
    """Let no more jobs wait in a buffer than there are places.

    Parameters
    ----------
    problem, model
        What is modelled, and where.
    waiting
        By buffer, when jobs are in it; other keys are not looked at.
    """
    for buffer, capacity in enumerate(problem.buffers.capacity.tolist()):
        intervals = waiting.get(buffer, [])
        if len(intervals) > capacity:
            model.add_cumulative(intervals, [1] * len(intervals), capacity)


def early_handovers(problem: SchedulingProblem) -> dict[int, int]:
    """Return the least work before the handover of operations that overlap others.

    Parameters
    ----------
    problem
        Any.
    """
    modes = problem.modes
    early: dict[int, int] = {}
    for row in np.flatnonzero(modes.early).tolist():
        operation = int(modes.operation[row])
        first, end = problem.mode_start[operation : operation + 2]
        work = modes.duration[first:end] - modes.early[first:end]
        early[operation] = int(work.min())
    return early
