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
from optimizer.production.scheduling.faults import fault
from optimizer.production.scheduling.problem import NONE
from optimizer.production.scheduling.waiting import crowded, latest_stays
from optimizer.result import relative_gap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import SupportsIndex, SupportsInt

    import numpy.typing as npt

    from optimizer.production.scheduling.faults import Fault
    from optimizer.production.scheduling.problem import (
        IntArray,
        Schedule,
        SchedulingProblem,
    )

    Rows = npt.NDArray[np.intp]

__all__ = [
    "check_schedule",
    "find_faults",
    "open_time",
    "schedule_cost",
    "setup_changes",
]

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
    return tuple(map(str, find_faults(problem, schedule)))


def find_faults(problem: SchedulingProblem, schedule: Schedule) -> tuple[Fault, ...]:
    """Return what is wrong with a schedule, and what stands in each sentence.

    Parameters
    ----------
    problem, schedule
        As for `check_schedule`.

    Returns
    -------
    tuple of Fault
        At most 20 of each rule, the rest is counted.
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
    faults: list[Fault] = []
    for rule in rules:
        found = list(rule())
        faults += found[:FAULTS_TOLD]
        more = len(found) - FAULTS_TOLD
        if more > 0:
            text = f"and {more} more of this kind"
            faults.append(fault("more", text, count=more))
    return tuple(faults)


def _bare_faults(schedule: Schedule) -> Iterator[Fault]:
    """Yield what is wrong with an answer without a schedule."""
    status, bound = schedule.status, schedule.bound
    if schedule.start.size:
        text = f"a schedule that is {status} has times"
        yield fault("has_times", text, status=status)
    # Of what is infeasible, every bound holds, also an infinite one.
    if math.isnan(bound) or (status == "unknown" and bound == math.inf):
        text = f"the bound of what is {status} must not be {bound}"
        yield fault("bound_odd", text, status=status)


def _shape_faults(problem: SchedulingProblem, schedule: Schedule) -> tuple[Fault, ...]:
    n, names = problem.n_operations, problem.names
    for name in ("mode", "start", "end"):
        shape = getattr(schedule, name).shape
        if shape != (n,):
            text = f"{name} must have {n} entries, had the shape {shape}"
            return (fault("entries", text, column=name, count=n, shape=str(shape)),)
    mode = schedule.mode
    skipped = mode == NONE
    job = problem.operations.job
    may_skip = problem.jobs.skip_cost[job] != NONE
    faults = [
        fault(
            "skipped",
            f"{names.operation(row)} is skipped, but its job must be done",
            **_operation(problem, row),
        )
        for row in np.flatnonzero(skipped & ~may_skip)
    ]
    n_skipped = np.bincount(job[skipped], minlength=len(problem.jobs))
    n_asked = np.bincount(job, minlength=len(problem.jobs))
    faults += [
        fault(
            "skipped_in_part",
            f"{names.job(row)} is skipped in part",
            job=names.job(row),
        )
        for row in np.flatnonzero((n_skipped > 0) & (n_skipped < n_asked))
    ]
    own = (mode >= problem.mode_start[:-1]) & (mode < problem.mode_start[1:])
    faults += [
        fault(
            "mode",
            f"{names.operation(row)} is done in mode {mode[row]}, not of its own",
            mode=mode[row],
            **_operation(problem, row),
        )
        for row in np.flatnonzero(~own & ~skipped)
    ]
    return tuple(faults[:FAULTS_TOLD])


def _operation(problem: SchedulingProblem, row: SupportsIndex) -> dict[str, str]:
    """Name an operation and its job."""
    names, job = problem.names, problem.operations.job[row]
    return {"operation": names.operation(row), "job": names.job(job)}


class _Judge:
    """One rule a method, each yielding the faults it finds."""

    def __init__(self, problem: SchedulingProblem, schedule: Schedule) -> None:
        self.problem = problem
        self.schedule = schedule
        self.done = schedule.mode != NONE
        self.held = held_until(problem, schedule)

    def _fault(
        self, kind: str, text: str, row: SupportsIndex, **parts: SupportsInt | str
    ) -> Fault:
        """Make a fault of an operation."""
        return fault(kind, text, **_operation(self.problem, row), **parts)

    def _other(self, row: SupportsIndex) -> dict[str, str]:
        """Name the operation that stands in the way."""
        other = _operation(self.problem, row)
        return {"before": other["operation"], "before_job": other["job"]}

    def dates(self) -> Iterator[Fault]:
        """Releases, material and deadlines."""
        problem, names = self.problem, self.problem.names
        start, end, job = self.schedule.start, self.schedule.end, problem.operations.job
        earliest = np.maximum(problem.jobs.release[job], problem.operations.release)
        for row in np.flatnonzero(self.done & (start < earliest)):
            text = (
                f"{names.operation(row)} starts at {start[row]}, "
                f"before its release at {earliest[row]}"
            )
            parts = {"start_at": start[row], "release_at": earliest[row]}
            yield self._fault("before_release", text, row, **parts)
        deadline = problem.jobs.deadline[job]
        for row in np.flatnonzero(self.done & (deadline != NONE) & (end > deadline)):
            text = (
                f"{names.operation(row)} ends at {end[row]}, "
                f"after the deadline of {names.job(job[row])} at {deadline[row]}"
            )
            parts = {"end_at": end[row], "deadline_at": deadline[row]}
            yield self._fault("after_deadline", text, row, **parts)

    def arcs(self) -> Iterator[Fault]:
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
            before, after = arcs.before[row], arcs.after[row]
            text = (
                f"{names.operation(after)} starts at {start[row]}, but "
                f"{names.operation(before)} holds it until {ready[row]}"
            )
            parts = {"start_at": start[row], "until_at": ready[row]} | self._other(
                before
            )
            yield self._fault("before_other", text, after, **parts)

    def _overlaps(self, rows: Rows, ready: IntArray) -> Iterator[Fault]:
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
                start_at = schedule.start[after]
                text = (
                    f"{names.operation(after)} starts at {start_at}, "
                    f"before {names.operation(before)} has worked {asked} ticks"
                )
                yield self._fault(
                    "before_handover", text, after, start_at=start_at,
                    worked_ticks=asked, **self._other(before),
                )  # fmt: skip
            if schedule.end[after] < schedule.end[before]:
                end_at, until_at = schedule.end[after], schedule.end[before]
                text = (
                    f"{names.operation(after)} ends at {end_at}, before "
                    f"{names.operation(before)} at {until_at}"
                )
                yield self._fault(
                    "ends_before_other", text, after, end_at=end_at, until_at=until_at,
                    **self._other(before),
                )  # fmt: skip

    def _transport(self) -> IntArray:
        """Return the ticks of transport of each arc."""
        arcs = self.problem.arcs
        machine = self.problem.modes.machine[self.schedule.mode]
        first, then = machine[arcs.before], machine[arcs.after]
        moved = (first != NONE) & (then != NONE)
        return np.where(moved, self.problem.transport.time[first, then], 0)

    def machines(self) -> Iterator[Fault]:
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

    def _wrong_end(self, row: SupportsIndex, asked: SupportsInt) -> Fault:
        name = self.problem.names.operation(row)
        start, end = self.schedule.start[row], self.schedule.end[row]
        text = f"{name} starts at {start} and ends at {end}, not {asked}"
        return self._fault("end", text, row, start_at=start, end_at=end, asked_at=asked)

    def _durations(self, machine: int, rows: Rows) -> Iterator[Fault]:
        problem, schedule = self.problem, self.schedule
        start, end = schedule.start[rows], schedule.end[rows]
        duration = problem.modes.duration[schedule.mode[rows]]
        if problem.machines.batch[machine]:
            _, batch = np.unique(start, return_inverse=True)
            longest = np.zeros(batch.max() + 1, dtype=np.int64)
            np.maximum.at(longest, batch, duration)
            duration = longest[batch]
        worked = open_time(problem, machine, end) - open_time(problem, machine, start)
        names, name = problem.names, problem.names.machine(machine)
        for at in np.flatnonzero(worked != duration):
            text = (
                f"{problem.names.operation(rows[at])} takes {duration[at]} ticks of "
                f"open time on {name}, had {worked[at]}"
            )
            yield self._fault(
                "duration", text, rows[at], machine=name, asked_ticks=duration[at],
                worked_ticks=worked[at],
            )  # fmt: skip
        first = open_time(problem, machine, start + 1) - open_time(
            problem, machine, start
        )
        last = open_time(problem, machine, end) - open_time(problem, machine, end - 1)
        for at in np.flatnonzero((duration > 0) & ((first == 0) | (last == 0))):
            text = f"{names.operation(rows[at])} starts or ends while {name} is closed"
            yield self._fault("closed", text, rows[at], machine=name)
        whole = problem.operations.resumable[rows] == 0
        for at in np.flatnonzero(whole & (end - start != duration)):
            text = (
                f"{problem.names.operation(rows[at])} is not resumable, but "
                f"{start[at]}..{end[at]} spans closed time of {name}"
            )
            yield self._fault(
                "spans_closed", text, rows[at], machine=name, start_at=start[at],
                end_at=end[at],
            )  # fmt: skip

    def _batching(self, machine: int, rows: Rows) -> Iterator[Fault]:
        problem = self.problem
        name, capacity = problem.names.machine(machine), problem.machines.batch[machine]
        start = self.schedule.start[rows]
        for begins in np.unique(start).tolist():
            batch = rows[start == begins]
            size = int(problem.operations.size[batch].sum())
            if size > capacity:
                text = f"the batch of {name} at {begins} has {size} of {capacity}"
                parts = {"start_at": begins, "size": size, "capacity": capacity}
                yield fault("batch_full", text, machine=name, **parts)
            if np.unique(problem.operations.family[batch]).size > 1:
                text = f"the batch of {name} at {begins} mixes families"
                yield fault("batch_mixed", text, machine=name, start_at=begins)

    def _sequence(self, machine: int, rows: Rows) -> Iterator[Fault]:
        leads = batch_leads(self.problem, machine, rows, self.schedule.start)
        # What takes no time and does not stay comes before what starts then and stays.
        leads = leads[np.lexsort((self.held[leads], self.schedule.start[leads]))]
        start, end = self.schedule.start[leads], self.held[leads]
        for at in np.flatnonzero(start[1:] < end[:-1]):
            row, before, names = leads[at + 1], leads[at], self.problem.names
            text = (
                f"{names.operation(row)} starts at {start[at + 1]} on "
                f"{names.machine(machine)}, busy with {names.operation(before)} "
                f"until {end[at]}"
            )
            yield self._fault(
                "machine_busy", text, row, machine=names.machine(machine),
                start_at=start[at + 1], until_at=end[at], **self._other(before),
            )  # fmt: skip

    def _setups(self) -> Iterator[Fault]:
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
            left = until_open - since_open
            if left < asked:
                name = problem.names.machine(machine)
                text = (
                    f"{problem.names.operation(row)} needs a setup of {asked} on "
                    f"{name}, had {left}"
                )
                yield self._fault(
                    "setup_short", text, row, machine=name, asked_ticks=asked,
                    left_ticks=left,
                )  # fmt: skip

    def pools(self) -> Iterator[Fault]:
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
                name = problem.names.pool(pool)
                text = (
                    f"{name} has {capacity}, but {used[at]} are used or away at "
                    f"{times[at]}"
                )
                parts = {"capacity": capacity, "used": used[at], "when_at": times[at]}
                yield fault("pool_short", text, pool=name, **parts)

    def buffers(self) -> Iterator[Fault]:
        """No more jobs wait behind machines than there are places for.

        A job goes into the buffer when its machine is needed for the next one, with
        the setup before that, if it cannot go on to where it is done next by then.
        """
        if not len(self.problem.buffers):
            return
        stays = latest_stays(self.problem, self.schedule)
        for row, at, inside in crowded(self.problem, stays):
            places = self.problem.buffers.capacity[row]
            name = self.problem.names.buffer(row)
            text = f"{name} has room for {places}, but {inside} are in it at {at}"
            parts = {"capacity": places, "inside": inside, "when_at": at}
            yield fault("buffer_full", text, buffer=name, **parts)

    def locks(self) -> Iterator[Fault]:
        """Locked operations are where they were."""
        problem, schedule = self.problem, self.schedule
        rows = problem.locks.operation
        mode = schedule.mode[rows]
        machine = np.where(mode == NONE, NONE, problem.modes.machine[mode])
        moved = (machine != problem.locks.machine) | (mode == NONE)
        moved |= schedule.start[rows] != problem.locks.start
        for at in np.flatnonzero(moved):
            row, locked_at = rows[at], problem.locks.start[at]
            text = (
                f"{problem.names.operation(row)} is locked on machine "
                f"{problem.locks.machine[at]} at {locked_at}, but is on "
                f"{machine[at]} at {schedule.start[row]}"
            )
            yield self._fault(
                "lock_moved", text, row, lock=self._machine(problem.locks.machine[at]),
                lock_at=locked_at, now=self._machine(machine[at]),
                start_at=schedule.start[row],
            )  # fmt: skip

    def _machine(self, row: SupportsInt) -> str:
        at = int(row)
        return "none" if at == NONE else self.problem.names.machine(at)

    def figures(self) -> Iterator[Fault]:
        """Objective, bound, gap and status fit together."""
        cost = schedule_cost(self.problem, self.schedule)
        objective, bound = self.schedule.objective, self.schedule.bound
        # What is said need not be finite: it is told as text.
        told = {"bound": str(bound), "objective": str(objective)}
        if cost != objective:
            text = f"the objective is said to be {objective}, but counts as {cost}"
            yield fault("objective", text, told=str(objective), counted=str(cost))
        if math.isnan(bound):
            yield fault("bound_nan", "the bound is not a number")
        gap, asked = self.schedule.gap, relative_gap(objective, bound)
        if not math.isnan(bound) and not math.isclose(gap, asked, abs_tol=GAP_EPSILON):
            text = f"the gap is said to be {gap}, but is {asked}"
            yield fault("gap", text, told=str(gap), counted=str(asked))
        if bound > objective:
            text = f"the bound {bound} is above the objective {objective}"
            yield fault("bound_above", text, **told)
        if self.schedule.status == "optimal" and bound != objective:
            text = f"optimal is said of {objective}, with a bound of {bound}"
            yield fault("not_optimal", text, **told)
