"""Count what a schedule costs, part by part, from its times alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling.problem import NONE, PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from optimizer.production.scheduling.problem import (
        IntArray,
        Schedule,
        SchedulingProblem,
    )

    Rows = npt.NDArray[np.intp]

__all__ = [
    "batch_leads",
    "cost_parts",
    "held_until",
    "machine_sequences",
    "open_time",
    "schedule_cost",
    "setup_changes",
    "work_before",
]


def schedule_cost(problem: SchedulingProblem, schedule: Schedule) -> int:
    """Return what a schedule costs under the problem's objective.

    Parameters
    ----------
    problem
        Its tables and weights.
    schedule
        Modes, starts and ends of every operation.
    """
    weights = problem.weights
    weighs = tuple(name for name in PARTS if getattr(weights, name))
    parts = cost_parts(problem, schedule, of=weighs)
    return sum(getattr(weights, name) * cost for name, cost in parts.items())


def cost_parts(
    problem: SchedulingProblem, schedule: Schedule, *, of: tuple[str, ...] = PARTS
) -> dict[str, int]:
    """Return what a schedule costs by part of the objective, without the weights.

    Parameters
    ----------
    problem
        Its tables.
    schedule
        Modes, starts and ends of every operation.
    of
        The parts to count.
    """
    return {name: COUNTED[name](problem, schedule) for name in of}


def _ends(problem: SchedulingProblem, schedule: Schedule) -> IntArray:
    """Return the end of each job, -1 where it is skipped."""
    done = schedule.mode != NONE
    end = np.full(len(problem.jobs), NONE, dtype=np.int64)
    np.maximum.at(end, problem.operations.job[done], schedule.end[done])
    return end


def _makespan(problem: SchedulingProblem, schedule: Schedule) -> int:
    return int(_ends(problem, schedule).max(initial=0))


def _tardiness(problem: SchedulingProblem, schedule: Schedule) -> int:
    jobs, end = problem.jobs, _ends(problem, schedule)
    late = np.where(jobs.due == NONE, 0, np.maximum(end - jobs.due, 0))
    return int((jobs.weight * late).sum())


def _skipping(problem: SchedulingProblem, schedule: Schedule) -> int:
    asked = np.zeros(len(problem.jobs), dtype=bool)
    asked[problem.operations.job] = True
    skipped = asked & (_ends(problem, schedule) == NONE)
    return int(problem.jobs.skip_cost[skipped].sum())


def _setup(problem: SchedulingProblem, schedule: Schedule) -> int:
    changes = (
        problem.setups.cost[problem.machines.matrix[machine], first, then]
        for machine, first, then, _, _ in setup_changes(problem, schedule)
    )
    return int(sum(changes))


def _maintenance(problem: SchedulingProblem, schedule: Schedule) -> int:
    rows = np.unique(problem.start_costs.operation)
    return sum(
        problem.start_costs.cost_at(row, int(schedule.start[row]))
        for row in rows[schedule.mode[rows] != NONE].tolist()
    )


def _energy(problem: SchedulingProblem, schedule: Schedule) -> int:
    """Return the cost of power over all machines."""
    if not len(problem.tariff):
        return 0
    machines = problem.machines
    setups = _setup_spans(problem, schedule)
    total = 0
    for machine, rows in machine_sequences(problem, schedule):
        leads = batch_leads(problem, machine, rows, schedule.start)
        start, end = schedule.start[leads], schedule.end[leads]
        busy = _paid(problem, machine, end) - _paid(problem, machine, start)
        spans = np.array(setups.get(machine, []), dtype=np.int64).reshape(-1, 2)
        setting = _paid(problem, machine, spans[:, 1]) - _paid(
            problem, machine, spans[:, 0]
        )
        first = min(int(start[0]), int(spans[:, 0].min(initial=start[0])))
        on = _paid(problem, machine, np.array([first, int(end.max())]))
        idle = int(on[1] - on[0]) - int(busy.sum()) - int(setting.sum())
        total += int(machines.busy_power[machine]) * int(busy.sum())
        total += int(machines.setup_power[machine]) * int(setting.sum())
        total += int(machines.idle_power[machine]) * idle
    return total


def _setup_spans(
    problem: SchedulingProblem, schedule: Schedule
) -> dict[int, list[tuple[int, int]]]:
    """Return by machine when it is set up: the last open time before an operation."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for machine, first, then, _, row in setup_changes(problem, schedule):
        asked = int(problem.setups.time[problem.machines.matrix[machine], first, then])
        if not asked:
            continue
        until = int(schedule.start[row])
        begins = work_before(problem, machine, until, asked)
        spans.setdefault(machine, []).append((begins, until))
    return spans


def work_before(
    problem: SchedulingProblem, machine: int, until: int, ticks: int
) -> int:
    """Return the last time from which a machine has some open time before another.

    Parameters
    ----------
    problem
        Its machines' closed windows are read.
    machine
        Row of the machine.
    until
        The time, in ticks.
    ticks
        How much open time, >= 0.
    """
    if not ticks:
        return until
    windows = problem.machines.closed_machine == machine
    closed = problem.machines.closed_start[windows][::-1].tolist()
    opened = problem.machines.closed_end[windows][::-1].tolist()
    for low, high in zip(closed, opened, strict=True):
        if low >= until:
            continue
        free = max(until - high, 0)
        if free >= ticks:
            break
        ticks -= free
        until = low
    return until - ticks


def _paid(problem: SchedulingProblem, machine: int, at: IntArray) -> IntArray:
    """Return the cost of a unit of power in a machine's open time up to some times."""
    windows = problem.machines.closed_machine == machine
    closed = problem.machines.closed_start[windows]
    opened = problem.machines.closed_end[windows]
    at = np.maximum(at, 0)
    paid = problem.tariff.paid(at)
    for low, high in zip(closed.tolist(), opened.tolist(), strict=True):
        inside = np.clip(at, low, high)
        free = problem.tariff.paid(inside) - problem.tariff.paid(np.array([low]))
        paid = paid - free
    return paid


def _deviation(problem: SchedulingProblem, schedule: Schedule) -> int:
    """Return what differences from the baseline cost, of operations that are done."""
    baseline = problem.baseline
    rows = baseline.operation
    mode = schedule.mode[rows]
    kept = mode != NONE
    machine = np.where(kept, problem.modes.machine[mode], NONE)
    ticks = np.where(kept, np.abs(schedule.start[rows] - baseline.start), 0)
    moved = kept & (machine != baseline.machine)
    return int((baseline.tick_cost * ticks + baseline.move_cost * moved).sum())


def open_time(problem: SchedulingProblem, machine: int, at: IntArray) -> IntArray:
    """Return how long a machine has been open from time 0 to some times.

    Parameters
    ----------
    problem
        Its machines' closed windows are read.
    machine
        Row of the machine.
    at
        ndarray of any shape, int64: times in ticks.
    """
    windows = problem.machines.closed_machine == machine
    opened = problem.machines.closed_end[windows]
    closed = problem.machines.closed_start[windows]
    lost = np.concatenate(([0], np.cumsum(opened - closed)))
    begun = np.searchsorted(closed, at, side="left")
    # Of the window begun last, only the part up to the time is lost so far.
    last = np.maximum(begun - 1, 0)
    ahead = np.zeros_like(at)
    if closed.size:
        ahead = np.where(begun > 0, np.maximum(opened[last] - at, 0), 0)
    result: IntArray = at - lost[begun] + ahead
    return result


def setup_changes(
    problem: SchedulingProblem, schedule: Schedule
) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield machine, family before and after, and the two operations of each change.

    On a machine with a setup matrix, each operation or batch follows one change, also
    to its own family; the first only where the machine begins with a family.

    Parameters
    ----------
    problem
        Its tables.
    schedule
        Modes, starts and ends of every operation.

    Yields
    ------
    tuple of int
        Rows of the machine, the families and the operations: of a batch, one stands for
        all. The operation before is -1 at the beginning of a machine.
    """
    family = problem.operations.family
    for machine, rows in machine_sequences(problem, schedule):
        if problem.machines.matrix[machine] == NONE:
            continue
        leads = batch_leads(problem, machine, rows, schedule.start)
        known = int(problem.machines.first_family[machine])
        before = NONE
        for row in leads.tolist():
            if known != NONE:
                yield machine, known, int(family[row]), before, row
            known, before = int(family[row]), row


def machine_sequences(
    problem: SchedulingProblem, schedule: Schedule
) -> Iterator[tuple[int, Rows]]:
    """Yield each machine that works with its operations, in order of time.

    Parameters
    ----------
    problem
        Its tables.
    schedule
        Modes, starts and ends of every operation.
    """
    machine = np.where(
        schedule.mode == NONE, NONE, problem.modes.machine[schedule.mode]
    )
    rank = np.empty(problem.n_operations, dtype=np.int64)
    rank[problem.order] = np.arange(problem.n_operations)
    order = np.lexsort((rank, schedule.end, schedule.start, machine))
    bounds = np.searchsorted(machine[order], np.arange(problem.n_machines + 1))
    for row in range(problem.n_machines):
        if bounds[row] < bounds[row + 1]:
            yield row, order[bounds[row] : bounds[row + 1]]


def batch_leads(
    problem: SchedulingProblem, machine: int, rows: Rows, start: IntArray
) -> Rows:
    """Return the first operation of each batch, or all where nothing is batched.

    Parameters
    ----------
    problem
        Its tables.
    machine
        Row of the machine.
    rows
        What it does, in order of time.
    start
        ndarray of shape (n_operations,), int64: ticks.
    """
    if problem.machines.batch[machine] == 0:
        return rows
    times = start[rows]
    return rows[np.concatenate(([True], times[1:] != times[:-1]))]


def held_until(problem: SchedulingProblem, schedule: Schedule) -> IntArray:
    """Return until when each operation is on its machine.

    That is its end, or on a blocking machine the last start of what waits for it.

    Parameters
    ----------
    problem
        Its tables.
    schedule
        Modes, starts and ends of every operation.

    Returns
    -------
    ndarray of shape (n_operations,), int64
        Ticks.
    """
    held: IntArray = schedule.end.copy()
    if not problem.machines.blocking.any():
        # Nor are there any machines in a project.
        return held
    before, after = problem.arcs.before, problem.arcs.after
    both = (schedule.mode[before] != NONE) & (schedule.mode[after] != NONE)
    machine = problem.modes.machine[schedule.mode[before]]
    stays = both & (machine != NONE) & (problem.machines.blocking[machine] > 0)
    np.maximum.at(held, before[stays], schedule.start[after[stays]])
    return held


COUNTED: dict[str, Callable[[SchedulingProblem, Schedule], int]] = {
    "makespan": _makespan,
    "tardiness": _tardiness,
    "setup": _setup,
    "energy": _energy,
    "maintenance": _maintenance,
    "stability": _deviation,
    "skipping": _skipping,
}
"""How each part of the objective is counted."""
