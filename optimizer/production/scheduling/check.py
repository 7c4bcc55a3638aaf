"""Judge a schedule, and count what it costs, without a solver.

Every rule of `optimizer.production.scheduling.problem` is looked at by itself, on the
start, end and mode of each operation alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling.costs import (
    batch_leads,
    held_until,
    machine_sequences,
    open_time,
    schedule_cost,
    setup_changes,
)
from optimizer.production.scheduling.problem import NONE
from optimizer.production.scheduling.waiting import crowded, latest_stays
from optimizer.result import relative_gap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import SupportsIndex

    import numpy.typing as npt

    from optimizer.production.scheduling.problem import (
        IntArray,
        Schedule,
        SchedulingProblem,
    )

    Rows = npt.NDArray[np.intp]

__all__ = ["check_schedule", "open_time", "schedule_cost", "setup_changes"]

FAULTS_TOLD = 20
"""Faults of one rule that are put in words; the rest is counted."""


GAP_EPSILON = 1e-9
"""By how much a gap may be off."""


def check_schedule(problem: SchedulingProblem, schedule: Schedule) -> tuple[str, ...]:
    """Return what is wrong with a schedule, in words; nothing if it keeps every rule.

    Parameters
    ----------
    problem
        What it is a schedule for.
    schedule
        Whole, or of a status without a schedule: then only its bound is looked at.

    Returns
    -------
    tuple of str
        One sentence a fault, at most 20 of each rule.
    """
    if schedule.status in {"infeasible", "unknown"}:
        return tuple(_bare_faults(schedule))
    wrong = _shape_faults(problem, schedule)
    if wrong:
        return wrong
    judge = _Judge(problem, schedule)
    rules = (
        judge.dates,
        judge.arcs,
        judge.machines,
        judge.pools,
        judge.buffers,
        judge.locks,
        judge.figures,
    )
    faults: list[str] = []
    for rule in rules:
        found = list(rule())
        faults += found[:FAULTS_TOLD]
        if len(found) > FAULTS_TOLD:
            faults.append(f"and {len(found) - FAULTS_TOLD} more of this kind")
    return tuple(faults)


def _bare_faults(schedule: Schedule) -> Iterator[str]:
    """Yield what is wrong with an answer without a schedule."""
    status, bound = schedule.status, schedule.bound
    if schedule.start.size:
        yield f"a schedule that is {status} has times"
    # Of what is infeasible, every bound holds, also an infinite one.
    if math.isnan(bound) or (status == "unknown" and bound == math.inf):
        yield f"the bound of what is {status} must not be {bound}"


def _shape_faults(problem: SchedulingProblem, schedule: Schedule) -> tuple[str, ...]:
    n = problem.n_operations
    for name in ("mode", "start", "end"):
        shape = getattr(schedule, name).shape
        if shape != (n,):
            return (f"{name} must have {n} entries, had the shape {shape}",)
    mode = schedule.mode
    skipped = mode == NONE
    job = problem.operations.job
    may_skip = problem.jobs.skip_cost[job] != NONE
    faults = [
        f"{problem.names.operation(row)} is skipped, but its job must be done"
        for row in np.flatnonzero(skipped & ~may_skip)
    ]
    n_skipped = np.bincount(job[skipped], minlength=len(problem.jobs))
    n_asked = np.bincount(job, minlength=len(problem.jobs))
    faults += [
        f"{problem.names.job(row)} is skipped in part"
        for row in np.flatnonzero((n_skipped > 0) & (n_skipped < n_asked))
    ]
    own = (mode >= problem.mode_start[:-1]) & (mode < problem.mode_start[1:])
    faults += [
        f"{problem.names.operation(row)} is done in mode {mode[row]}, not of its own"
        for row in np.flatnonzero(~own & ~skipped)
    ]
    return tuple(faults[:FAULTS_TOLD])


class _Judge:
    """One rule a method, each yielding the faults it finds."""

    def __init__(self, problem: SchedulingProblem, schedule: Schedule) -> None:
        self.problem = problem
        self.schedule = schedule
        self.done = schedule.mode != NONE
        self.held = held_until(problem, schedule)

    def dates(self) -> Iterator[str]:
        """Releases, material and deadlines."""
        problem, names = self.problem, self.problem.names
        start, end, job = self.schedule.start, self.schedule.end, problem.operations.job
        earliest = np.maximum(problem.jobs.release[job], problem.operations.release)
        for row in np.flatnonzero(self.done & (start < earliest)):
            yield (
                f"{names.operation(row)} starts at {start[row]}, "
                f"before its release at {earliest[row]}"
            )
        deadline = problem.jobs.deadline[job]
        for row in np.flatnonzero(self.done & (deadline != NONE) & (end > deadline)):
            yield (
                f"{names.operation(row)} ends at {end[row]}, "
                f"after the deadline of {names.job(job[row])} at {deadline[row]}"
            )

    def arcs(self) -> Iterator[str]:
        """Precedence, lags and transport."""
        arcs, names = self.problem.arcs, self.problem.names
        ready = self.schedule.end[arcs.before] + arcs.lag
        if self.problem.transport.time.size:
            ready = ready + self._transport()
        start = self.schedule.start[arcs.after]
        both = self.done[arcs.before] & self.done[arcs.after]
        modes, mode = self.problem.modes, self.schedule.mode[arcs.before]
        early = both & (modes.early[mode] > 0)
        yield from self._overlaps(np.flatnonzero(early), ready)
        both &= ~early
        for row in np.flatnonzero(both & (start < ready)):
            yield (
                f"{names.operation(arcs.after[row])} starts at {start[row]}, but "
                f"{names.operation(arcs.before[row])} holds it until {ready[row]}"
            )

    def _overlaps(self, rows: Rows, ready: IntArray) -> Iterator[str]:
        """Operations that may start before the one ahead ends."""
        problem, schedule = self.problem, self.schedule
        modes, names = problem.modes, problem.names
        for row in rows:
            before, after = problem.arcs.before[row], problem.arcs.after[row]
            mode = schedule.mode[before]
            asked = int(modes.duration[mode] - modes.early[mode])
            # Lag and transport count from the handover instead of the end.
            latest = schedule.start[after] - (ready[row] - schedule.end[before])
            times = np.array([schedule.start[before], latest])
            begun, done = open_time(problem, int(modes.machine[mode]), times)
            if latest < schedule.start[before] or done - begun < asked:
                yield (
                    f"{names.operation(after)} starts at {schedule.start[after]}, "
                    f"before {names.operation(before)} has worked {asked} ticks"
                )
            if schedule.end[after] < schedule.end[before]:
                yield (
                    f"{names.operation(after)} ends at {schedule.end[after]}, before "
                    f"{names.operation(before)} at {schedule.end[before]}"
                )

    def _transport(self) -> IntArray:
        """Return the ticks of transport of each arc."""
        arcs = self.problem.arcs
        machine = self.problem.modes.machine[self.schedule.mode]
        first, then = machine[arcs.before], machine[arcs.after]
        moved = (first != NONE) & (then != NONE)
        return np.where(moved, self.problem.transport.time[first, then], 0)

    def machines(self) -> Iterator[str]:
        """Durations, closed windows, one at a time or batches, and setups."""
        bare = self.done.copy()
        for machine, rows in machine_sequences(self.problem, self.schedule):
            bare[rows] = False
            yield from self._durations(machine, rows)
            if self.problem.machines.batch[machine]:
                yield from self._batching(machine, rows)
            yield from self._sequence(machine, rows)
        asked = self.schedule.start + self._duration(np.flatnonzero(bare), bare)
        for row in np.flatnonzero(bare & (self.schedule.end != asked)):
            yield self._wrong_end(row, asked[row])
        yield from self._setups()

    def _duration(self, rows: Rows, of: npt.NDArray[np.bool_]) -> IntArray:
        duration = np.zeros(of.size, dtype=np.int64)
        duration[rows] = self.problem.modes.duration[self.schedule.mode[rows]]
        return duration

    def _wrong_end(self, row: SupportsIndex, asked: object) -> str:
        name = self.problem.names.operation(row)
        start, end = self.schedule.start[row], self.schedule.end[row]
        return f"{name} starts at {start} and ends at {end}, not {asked}"

    def _durations(self, machine: int, rows: Rows) -> Iterator[str]:
        problem, schedule = self.problem, self.schedule
        start, end = schedule.start[rows], schedule.end[rows]
        duration = problem.modes.duration[schedule.mode[rows]]
        if problem.machines.batch[machine]:
            _, batch = np.unique(start, return_inverse=True)
            longest = np.zeros(batch.max() + 1, dtype=np.int64)
            np.maximum.at(longest, batch, duration)
            duration = longest[batch]
        worked = open_time(problem, machine, end) - open_time(problem, machine, start)
        for at in np.flatnonzero(worked != duration):
            yield (
                f"{problem.names.operation(rows[at])} takes {duration[at]} ticks of "
                f"open time on {problem.names.machine(machine)}, had {worked[at]}"
            )
        first = open_time(problem, machine, start + 1) - open_time(
            problem, machine, start
        )
        last = open_time(problem, machine, end) - open_time(problem, machine, end - 1)
        for at in np.flatnonzero((duration > 0) & ((first == 0) | (last == 0))):
            yield (
                f"{problem.names.operation(rows[at])} starts or ends while "
                f"{problem.names.machine(machine)} is closed"
            )
        whole = problem.operations.resumable[rows] == 0
        for at in np.flatnonzero(whole & (end - start != duration)):
            yield (
                f"{problem.names.operation(rows[at])} is not resumable, but "
                f"{start[at]}..{end[at]} spans closed time of "
                f"{problem.names.machine(machine)}"
            )

    def _batching(self, machine: int, rows: Rows) -> Iterator[str]:
        problem = self.problem
        name, capacity = problem.names.machine(machine), problem.machines.batch[machine]
        start = self.schedule.start[rows]
        for begins in np.unique(start).tolist():
            batch = rows[start == begins]
            size = int(problem.operations.size[batch].sum())
            if size > capacity:
                yield f"the batch of {name} at {begins} has {size} of {capacity}"
            if np.unique(problem.operations.family[batch]).size > 1:
                yield f"the batch of {name} at {begins} mixes families"

    def _sequence(self, machine: int, rows: Rows) -> Iterator[str]:
        leads = batch_leads(self.problem, machine, rows, self.schedule.start)
        # What takes no time and does not stay comes before what starts then and stays.
        leads = leads[np.lexsort((self.held[leads], self.schedule.start[leads]))]
        start, end = self.schedule.start[leads], self.held[leads]
        for at in np.flatnonzero(start[1:] < end[:-1]):
            yield (
                f"{self.problem.names.operation(leads[at + 1])} starts at "
                f"{start[at + 1]} on {self.problem.names.machine(machine)}, busy with "
                f"{self.problem.names.operation(leads[at])} until {end[at]}"
            )

    def _setups(self) -> Iterator[str]:
        problem, schedule = self.problem, self.schedule
        for machine, first, then, before, row in setup_changes(problem, schedule):
            asked = problem.setups.time[problem.machines.matrix[machine], first, then]
            if asked == 0:
                continue
            since = 0 if before == NONE else int(self.held[before])
            begins = int(schedule.start[row])
            if problem.machines.whole_setup[machine]:
                since = max(since, begins - int(asked))
            since_open, until_open = open_time(
                problem, machine, np.array([since, begins])
            )
            if until_open - since_open < asked:
                yield (
                    f"{problem.names.operation(row)} needs a setup of {asked} on "
                    f"{problem.names.machine(machine)}, had {until_open - since_open}"
                )

    def pools(self) -> Iterator[str]:
        """No pool is used beyond the units that work."""
        problem, schedule = self.problem, self.schedule
        owner = problem.modes.operation[problem.modes.use_mode]
        held = schedule.mode[owner] == problem.modes.use_mode
        for pool, capacity in enumerate(problem.pools.capacity.tolist()):
            rows = np.flatnonzero(held & (problem.modes.use_pool == pool))
            away = problem.pools.away_pool == pool
            amount = problem.modes.use_amount[rows]
            start, end = schedule.start[owner[rows]], schedule.end[owner[rows]]
            missing = problem.pools.away_amount[away]
            when = np.concatenate(
                (
                    start,
                    end,
                    problem.pools.away_start[away],
                    problem.pools.away_end[away],
                )
            )
            change = np.concatenate((amount, -amount, missing, -missing))
            order = np.argsort(when, kind="stable")
            times, first = np.unique(when[order], return_index=True)
            if not times.size:
                continue
            used = np.cumsum(np.add.reduceat(change[order], first))
            # Units may be missing beyond those there are: only work breaks the rule.
            busy = np.add.reduceat(
                np.concatenate((amount, -amount, 0 * missing, 0 * missing))[order],
                first,
            ).cumsum()
            for at in np.flatnonzero((used > capacity) & (busy > 0)):
                yield (
                    f"{problem.names.pool(pool)} has {capacity}, but {used[at]} are "
                    f"used or away at {times[at]}"
                )

    def buffers(self) -> Iterator[str]:
        """No more jobs wait behind machines than there are places for.

        A job goes into the buffer when its machine is needed for the next one, with
        the setup before that, if it cannot go on to where it is done next by then.
        """
        if not len(self.problem.buffers):
            return
        stays = latest_stays(self.problem, self.schedule)
        for row, at, inside in crowded(self.problem, stays):
            places = self.problem.buffers.capacity[row]
            yield (
                f"{self.problem.names.buffer(row)} has room for {places}, but {inside} "
                f"are in it at {at}"
            )

    def locks(self) -> Iterator[str]:
        """Locked operations are where they were."""
        problem, schedule = self.problem, self.schedule
        rows = problem.locks.operation
        mode = schedule.mode[rows]
        machine = np.where(mode == NONE, NONE, problem.modes.machine[mode])
        moved = (machine != problem.locks.machine) | (mode == NONE)
        moved |= schedule.start[rows] != problem.locks.start
        for at in np.flatnonzero(moved):
            yield (
                f"{problem.names.operation(rows[at])} is locked on machine "
                f"{problem.locks.machine[at]} at {problem.locks.start[at]}, but is on "
                f"{machine[at]} at {schedule.start[rows[at]]}"
            )

    def figures(self) -> Iterator[str]:
        """Objective, bound, gap and status fit together."""
        cost = schedule_cost(self.problem, self.schedule)
        objective, bound = self.schedule.objective, self.schedule.bound
        if cost != objective:
            yield f"the objective is said to be {objective}, but counts as {cost}"
        if math.isnan(bound):
            yield "the bound is not a number"
        gap, asked = self.schedule.gap, relative_gap(objective, bound)
        if not math.isnan(bound) and not math.isclose(gap, asked, abs_tol=GAP_EPSILON):
            yield f"the gap is said to be {gap}, but is {asked}"
        if bound > objective:
            yield f"the bound {bound} is above the objective {objective}"
        if self.schedule.status == "optimal" and bound != objective:
            yield f"optimal is said of {objective}, with a bound of {bound}"
