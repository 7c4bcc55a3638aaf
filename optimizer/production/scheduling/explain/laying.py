"""A schedule laid again: the same order and modes, everything as early as it can be."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling.check import schedule_cost
from optimizer.production.scheduling.problem import NONE, Schedule

if TYPE_CHECKING:
    from optimizer.production.scheduling.problem import IntArray, SchedulingProblem

__all__ = ["Layer", "in_order", "relaid"]


class Layer:
    """Lays operations one after the other, each as early as those before it let it.

    Parameters
    ----------
    problem
        Under whose rules; that operations stay on blocking machines is not looked at.
    mode
        ndarray of shape (n_operations,), int64: the mode of each, -1 if it is skipped.
    """

    def __init__(self, problem: SchedulingProblem, mode: IntArray) -> None:
        self._problem = problem
        self._mode = mode.tolist()
        n = problem.n_operations
        self.start = np.full(n, NONE, dtype=np.int64)
        self.end = np.full(n, NONE, dtype=np.int64)
        arcs, modes, machines = problem.arcs, problem.modes, problem.machines
        self._before: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for a, b, lag in zip(
            arcs.before.tolist(), arcs.after.tolist(), arcs.lag.tolist(), strict=True
        ):
            self._before[b].append((a, lag))
        self._windows: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for machine, low, high in zip(
            machines.closed_machine.tolist(),
            machines.closed_start.tolist(),
            machines.closed_end.tolist(),
            strict=True,
        ):
            self._windows[machine].append((low, high))
        self._uses: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for k, pool, amount in zip(
            modes.use_mode.tolist(),
            modes.use_pool.tolist(),
            modes.use_amount.tolist(),
            strict=True,
        ):
            self._uses[k].append((pool, amount))
        self._held: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        pools = problem.pools
        for pool, low, high, amount in zip(
            pools.away_pool.tolist(),
            pools.away_start.tolist(),
            pools.away_end.tolist(),
            pools.away_amount.tolist(),
            strict=True,
        ):
            self._held[pool].append((low, high, amount))
        self._lock = dict(
            zip(
                problem.locks.operation.tolist(),
                problem.locks.start.tolist(),
                strict=True,
            )
        )
        self.last_on: dict[int, int] = {}

    def ready(self, i: int) -> list[tuple[str, int, int]]:
        """Return what an operation waits for but machine and pools.

        Parameters
        ----------
        i
            The operation.

        Returns
        -------
        list of tuple
            What it is, until when, and the operation behind it or -1. `operation` is
            what must be over or handed over, `end` what this one must not end before.
        """
        problem = self._problem
        found = [
            ("release", int(problem.jobs.release[problem.operations.job[i]]), NONE),
            ("material", int(problem.operations.release[i]), NONE),
        ]
        for a, lag in self._before[i]:
            if self.end[a] != NONE:
                until = self.handed(a) + lag + self.way(a, i)
                found.append(("operation", until, a))
                if problem.modes.early[self._mode[a]] and not self._batched(i):
                    found.append(("end", self._begin_to_end(i, int(self.end[a])), a))
        if i in self._lock:
            found.append(("lock", self._lock[i], NONE))
        return found

    def handed(self, a: int) -> int:
        """Return when an operation lets those start that wait for it.

        Parameters
        ----------
        a
            The operation, placed.
        """
        modes, k = self._problem.modes, self._mode[a]
        early = int(modes.early[k])
        if not early:
            return int(self.end[a])
        asked = int(modes.duration[k]) - early
        return self.after(int(modes.machine[k]), int(self.start[a]), asked)

    def _batched(self, i: int) -> bool:
        machine = int(self._problem.modes.machine[self._mode[i]])
        return machine != NONE and bool(self._problem.machines.batch[machine])

    def _begin_to_end(self, i: int, end: int) -> int:
        """Return from when on an operation must work to end no earlier."""
        modes, k = self._problem.modes, self._mode[i]
        left = int(modes.duration[k])
        for low, high in reversed(self._windows.get(int(modes.machine[k]), [])):
            if low >= end:
                continue
            free = max(end - high, 0)
            if free >= left:
                break
            left -= free
            end = low
        return end - left

    def way(self, a: int, b: int) -> int:
        """Return the transport between the machines of two operations, in ticks.

        Parameters
        ----------
        a, b
            The operations.
        """
        time, machine = self._problem.transport.time, self._problem.modes.machine
        first, then = machine[self._mode[a]], machine[self._mode[b]]
        return int(time[first, then]) if time.size and min(first, then) >= 0 else 0

    def setup(self, machine: int, before: int, i: int) -> int:
        """Return the setup on a machine after an operation, in ticks of open time.

        Parameters
        ----------
        machine, before, i
            Where, after whom (-1 for the beginning), and for whom.
        """
        problem = self._problem
        matrix = int(problem.machines.matrix[machine])
        if matrix == NONE:
            return 0
        family = problem.operations.family
        first = (
            family[before] if before != NONE else problem.machines.first_family[machine]
        )
        return (
            0 if first == NONE else int(problem.setups.time[matrix, first, family[i]])
        )

    def after(self, machine: int, at: int, duration: int) -> int:
        """Return when a machine has worked some open time from a time on.

        Parameters
        ----------
        machine
            Row, or -1 for none.
        at, duration
            Ticks, >= 0.
        """
        if duration == 0:
            return at
        for low, high in self._windows.get(machine, ()):
            if high <= at:
                continue
            free = max(low - at, 0)
            if free >= duration:
                break
            duration -= free
            at = high
        return at + duration

    def opening(self, machine: int, at: int, i: int) -> int:
        """Return the first time from some time on at which an operation can start.

        Parameters
        ----------
        machine, at
            Where, and the time.
        i
            The operation.
        """
        duration = int(self._problem.modes.duration[self._mode[i]])
        if duration == 0:
            return at
        need = 1 if self._problem.operations.resumable[i] else duration
        for low, high in self._windows.get(machine, ()):
            if high <= at:
                continue
            if low >= at + need:
                break
            at = high
        return at

    def opened(self, members: list[int], at: int, change: int) -> int:
        """Return the first time from some time on at which a machine is open for all.

        Parameters
        ----------
        members
            Operations that start together.
        at
            The time.
        change
            Setup before them, in ticks: it must be in open time where it is whole.
        """
        machine = int(self._problem.modes.machine[self._mode[members[0]]])
        whole = machine != NONE and self._problem.machines.whole_setup[machine]
        while True:
            then = at
            for low, high in self._windows.get(machine, ()) if whole and change else ():
                if high > then - change and low < then:
                    then = high + change
            then = max(self.opening(machine, then, i) for i in members)
            if then == at:
                return at
            at = then

    def free(self, k: int, at: int, end: int) -> int:
        """Return a later time to try if pools lack units meanwhile, else the same.

        Parameters
        ----------
        k
            The mode that asks for them.
        at, end
            From when to when.
        """
        if at == end:
            return at
        for pool, amount in self._uses.get(k, ()):
            spans = [
                span for span in self._held[pool] if span[1] > at and span[0] < end
            ]
            room = int(self._problem.pools.capacity[pool]) - amount
            for moment in [at, *(low for low, _, _ in spans if low > at)]:
                over = [one for one in spans if one[0] <= moment < one[1]]
                if sum(units for _, _, units in over) > room:
                    return min(high for _, high, _ in over)
        return at

    def _overlapped(self, i: int) -> int:
        """Return the last end of what an operation overlaps with."""
        early = self._problem.modes.early
        ends = [int(self.end[a]) for a, _ in self._before[i] if early[self._mode[a]]]
        return max(ends, default=0)

    def place(self, members: list[int]) -> None:
        """Place an operation, or a batch, as early as it can be.

        Parameters
        ----------
        members
            The operations: one, or those that start together in a batch.
        """
        modes = self._problem.modes
        lead = members[0]
        machine = int(modes.machine[self._mode[lead]])
        duration = max(int(modes.duration[self._mode[i]]) for i in members)
        at = max(until for i in members for _, until, _ in self.ready(i))
        no_earlier = max(self._overlapped(i) for i in members)
        change = 0
        if machine != NONE:
            before = self.last_on.get(machine, NONE)
            since = int(self.end[before]) if before != NONE else 0
            change = self.setup(machine, before, lead)
            at = max(at, self.after(machine, since, change))
        while True:
            at = self.opened(members, at, change)
            end = self.after(machine, at, duration)
            later = max(self.free(self._mode[i], at, end) for i in members)
            if end < no_earlier:
                # Closed time may lie before the end of what it overlaps with.
                later = max(later, at + 1)
            if later == at:
                break
            at = later
        for i in members:
            self.start[i], self.end[i] = at, end
            for pool, amount in self._uses.get(self._mode[i], ()):
                self._held[pool].append((at, end, amount))
        if machine != NONE:
            self.last_on[machine] = lead


def relaid(problem: SchedulingProblem, schedule: Schedule) -> Schedule:
    """Return a schedule with the same order and modes, as early as rules allow.

    Nothing starts later than before, if the rules are those it was made for or less.

    Parameters
    ----------
    problem
        Under whose rules.
    schedule
        A schedule of the same operations and modes.
    """
    layer = Layer(problem, schedule.mode)
    for members in in_order(problem, schedule):
        layer.place(members)
    found = Schedule(
        status="feasible", objective=0.0, bound=0.0, gap=1.0,
        mode=schedule.mode, start=layer.start, end=layer.end,
    )  # fmt: skip
    cost = float(schedule_cost(problem, found))
    return Schedule(
        status="feasible", objective=cost, bound=cost, gap=0.0,
        mode=schedule.mode, start=layer.start, end=layer.end,
    )  # fmt: skip


def in_order(problem: SchedulingProblem, schedule: Schedule) -> list[list[int]]:
    """Return the operations that are done in order of start, batches together.

    Parameters
    ----------
    problem, schedule
        What was scheduled.
    """
    rank = np.empty(problem.n_operations, dtype=np.int64)
    rank[problem.order] = np.arange(problem.n_operations)
    order = np.lexsort((rank, schedule.end, schedule.start))
    machine = problem.modes.machine[schedule.mode]
    groups: dict[tuple[int, int], list[int]] = {}
    found: list[list[int]] = []
    for i in order.tolist():
        if schedule.mode[i] == NONE:
            continue
        on = int(machine[i])
        if on != NONE and problem.machines.batch[on]:
            key = (on, int(schedule.start[i]))
            if key in groups:
                groups[key].append(i)
                continue
            groups[key] = [i]
            found.append(groups[key])
        else:
            found.append([i])
    return found
