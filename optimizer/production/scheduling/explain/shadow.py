"""What one more hour on each machine is worth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.production.scheduling.check import check_schedule, schedule_cost
from optimizer.production.scheduling.explain.lateness import binding_links
from optimizer.production.scheduling.explain.laying import relaid
from optimizer.production.scheduling.explain.parts import mended
from optimizer.production.scheduling.explain.plant import PlantBuilder
from optimizer.production.scheduling.explain.rules import Rule, RuleBook
from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from optimizer.production.scheduling.problem import Schedule, SchedulingProblem

__all__ = ["ShadowPrice", "shadow_prices"]

HOUR_US = 3_600_000_000


class ShadowPrice(NamedTuple):
    """The value of more time on a machine.

    Parameters
    ----------
    machine
        Its row.
    ticks
        How much more time: an hour, or less where there is no more closed time.
    value
        By how much the schedule costs less, >= 0.
    window
        The closed window that is opened, -1 if none is.
    at_end
        Whether it is opened at its end.
    operation
        The operation whose work is done elsewhere instead, -1 if none is.
    """

    machine: int
    ticks: int
    value: float
    window: int
    at_end: bool
    operation: int


def shadow_prices(
    problem: SchedulingProblem, schedule: Schedule, *, ticks: int | None = None
) -> tuple[ShadowPrice, ...]:
    """Return what an hour more on each machine is worth, the dearest first.

    The order of operations and their modes stay; everything is laid again as early as
    it can be, before and after, and the two costs are compared. An hour more is an hour
    of closed time opened, at the beginning or the end of a window, wherever it saves
    most; on a machine without closed time in the schedule, an hour of work of one of
    its operations that is done elsewhere. Each is a lower bound of what a new schedule
    could make of the hour. Where nothing binds, an hour is worth 0.

    Parameters
    ----------
    problem, schedule
        What was scheduled; the schedule keeps every rule.
    ticks
        Another length of time than an hour, >= 1.
    """
    return _Hours(problem, schedule, ticks or _hour(problem)).prices()


def _hour(problem: SchedulingProblem) -> int:
    return max(HOUR_US // problem.tick_us, 1)


class _Hours:
    """Tries an hour more wherever it may save something."""

    def __init__(
        self, problem: SchedulingProblem, schedule: Schedule, ticks: int
    ) -> None:
        self._problem, self._ticks = problem, ticks
        self._book = RuleBook(problem)
        self._builder = PlantBuilder(self._book)
        self._base, self._cost = schedule, float(schedule_cost(problem, schedule))
        laid = relaid(problem, schedule)
        if not check_schedule(problem, laid):
            self._base = laid
            # What waits for cheap hours costs less than what is laid early.
            self._cost = min(self._cost, laid.objective)

    def prices(self) -> tuple[ShadowPrice, ...]:
        """Return a price for each machine."""
        windows, operations = self._binding()
        best = {
            machine: ShadowPrice(machine, self._ticks, 0.0, NONE, False, NONE)  # noqa: FBT003
            for machine in range(self._problem.n_machines)
        }
        for machine, window in windows:
            for at_end in (False, True):
                found = self._opened(machine, window, at_end=at_end)
                best[machine] = max(best[machine], found, key=lambda one: one.value)
        calendared = set(self._problem.machines.closed_machine.tolist())
        for machine, operation in operations:
            if machine not in calendared:
                found = self._unburdened(machine, operation)
                best[machine] = max(best[machine], found, key=lambda one: one.value)
        return tuple(sorted(best.values(), key=lambda one: (-one.value, one.machine)))

    def _binding(self) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
        """Return windows and operations on the way to any end that costs something."""
        problem, base = self._problem, self._base
        machine = problem.modes.machine[base.mode]
        closed = problem.machines
        windows, operations = set(), set()
        for last in self._dear_ends():
            for link in binding_links(problem, base, last):
                on = int(machine[link.operation])
                if on == NONE:
                    continue
                inside = np.flatnonzero(
                    (closed.closed_machine == on)
                    & (closed.closed_start <= link.end)
                    & (closed.closed_end >= link.start)
                )
                windows |= {(on, int(row)) for row in inside}
                if link.kind == "work":
                    operations.add((on, link.operation))
        return windows, operations

    def _dear_ends(self) -> list[int]:
        """Return the last operations of the jobs whose end costs something."""
        problem, base = self._problem, self._base
        found = []
        if problem.objective.makespan:
            found.append(int(np.argmax(base.end)))
        job = problem.operations.job
        for row in np.flatnonzero(problem.jobs.due != NONE).tolist():
            rows = np.flatnonzero((job == row) & (base.mode != NONE))
            if not rows.size or not problem.objective.tardiness:
                continue
            last = int(rows[np.argmax(base.end[rows])])
            if base.end[last] > problem.jobs.due[row]:
                found.append(last)
        return found

    def _opened(self, machine: int, window: int, *, at_end: bool) -> ShadowPrice:
        """Return the value of an hour of a closed window."""
        rule = Rule("closed", window)
        ticks = min(self._ticks, self._book.most_relief(rule))
        setting = self._book.all_kept()
        setting.amount[self._book.number[rule], int(at_end)] = ticks
        value = self._saved(mended(self._book, self._builder, setting))
        return ShadowPrice(machine, ticks, value, window, at_end, NONE)

    def _unburdened(self, machine: int, operation: int) -> ShadowPrice:
        """Return the value of an hour of work of an operation done elsewhere."""
        mode = int(self._base.mode[operation])
        modes, least = self._problem.modes, 0
        machines = self._problem.machines
        if machines.matrix[machine] != NONE or machines.batch[machine]:
            least = 1
        least = max(least, int(modes.early[mode]))
        duration = modes.duration.copy()
        ticks = min(self._ticks, max(int(duration[mode]) - least, 0))
        duration[mode] -= ticks
        problem = replace(self._problem, modes=replace(modes, duration=duration))
        value = self._saved(problem)
        return ShadowPrice(machine, ticks, value, NONE, False, operation)  # noqa: FBT003

    def _saved(self, problem: SchedulingProblem) -> float:
        laid = relaid(problem, self._base)
        if check_schedule(problem, laid):
            return 0.0
        return max(self._cost - laid.objective, 0.0)
