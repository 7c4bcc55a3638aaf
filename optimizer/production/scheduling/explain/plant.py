"""From a problem and a setting of its rules to the arrays that proofs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.production.scheduling.explain._kernels.plant import Plant
from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from optimizer.production.scheduling.explain.rules import (
        BoolArray,
        RuleBook,
        Setting,
    )
    from optimizer.production.scheduling.problem import IntArray, SchedulingProblem

__all__ = ["PlantBuilder", "early_arcs", "shortest_setups"]

NOWHERE = -2
"""Machine of a lock that there is not; -1 is one without a machine."""


class PlantBuilder:
    """Builds `Plant`s of one problem; what no rule changes is made once.

    Parameters
    ----------
    book
        The rules of the problem.
    """

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        problem = book.problem
        n = problem.n_operations
        by_after = np.argsort(problem.arcs.after, kind="stable")
        self._by_after = by_after
        self._early = early_arcs(problem)
        self._arc_start = _offsets(problem.arcs.after[by_after], n)
        self._arc_before = problem.arcs.before[by_after]
        self._window_start = _offsets(
            problem.machines.closed_machine, problem.n_machines
        )
        self._setup = shortest_setups(problem)
        self._groups = _machine_groups(problem)
        self._pools = _pool_members(problem)

    def plant(self, setting: Setting) -> Plant:
        """Return the problem under a setting.

        Parameters
        ----------
        setting
            Which rules hold, and how far each is relaxed.
        """
        problem, book = self._book.problem, self._book
        job = problem.operations.job
        release, latest = self._dates(setting)
        lock, lock_machine, locked_job = self._locks(setting)
        active, amount = setting
        lag = problem.arcs.lag.copy()
        rows, span = book.rows["lag"], book.span["lag"]
        lag[rows] = np.where(
            active[span], np.maximum(lag[rows] - amount[span, 0], 0), 0
        )
        # What may start before another one's end is bound by cuts and parts alone.
        lag[self._early] -= book.horizon
        low, high = self.windows(setting)
        units = np.zeros(problem.n_machines, dtype=np.int64)
        span = book.span["machine"]
        units[book.rows["machine"]] = np.where(active[span], 1 + amount[span, 0], 0)
        span = book.span["absence"]
        away = active[span] & (amount[span, 0] == 0)
        pools = problem.pools
        of_groups: dict[str, Any] = {**self._groups, **self._pools}
        return Plant(
            order=problem.order,
            release=release,
            latest=latest,
            lock=lock,
            lock_machine=lock_machine,
            forced=((problem.jobs.skip_cost == NONE) | locked_job)[job],
            arc_start=self._arc_start,
            arc_before=self._arc_before,
            arc_lag=lag[self._by_after],
            mode_start=problem.mode_start,
            mode_machine=problem.modes.machine,
            mode_duration=problem.modes.duration,
            mode_possible=self.possible(setting),
            resumable=problem.operations.resumable,
            family=problem.operations.family,
            units=units,
            single=problem.machines.batch == 0,
            window_start=self._window_start,
            window_from=low,
            window_to=high,
            matrix=problem.machines.matrix,
            first_family=problem.machines.first_family,
            setup=self._setup,
            capacity=self.capacity(setting),
            away_pool=pools.away_pool[away],
            away_from=pools.away_start[away],
            away_to=pools.away_end[away],
            away_amount=pools.away_amount[away],
            **of_groups,
        )

    def windows(self, setting: Setting) -> tuple[IntArray, IntArray]:
        """Return start and end of the closed windows; those not closed are empty.

        Parameters
        ----------
        setting
            Which rules hold, and how far each is relaxed.
        """
        book, machines = self._book, self._book.problem.machines
        low, high = machines.closed_start.copy(), machines.closed_end.copy()
        rows, span = book.rows["closed"], book.span["closed"]
        low[rows] += setting.amount[span, 0]
        high[rows] = np.where(
            setting.active[span], high[rows] - setting.amount[span, 1], low[rows]
        )
        return low, np.maximum(high, low)

    def capacity(self, setting: Setting) -> IntArray:
        """Return the units of each pool, -1 for no limit.

        Parameters
        ----------
        setting
            Which rules hold, and how far each is relaxed.
        """
        book = self._book
        found = np.full(len(book.problem.pools), NONE, dtype=np.int64)
        rows, span = book.rows["pool"], book.span["pool"]
        given = book.problem.pools.capacity[rows] + setting.amount[span, 0]
        found[rows] = np.where(setting.active[span], given, NONE)
        return found

    def batch(self, setting: Setting) -> IntArray:
        """Return what fits into a batch of each machine, -1 for no limit.

        Parameters
        ----------
        setting
            Which rules hold, and how far each is relaxed.
        """
        book = self._book
        found = np.full(book.problem.n_machines, NONE, dtype=np.int64)
        rows, span = book.rows["batch"], book.span["batch"]
        given = book.problem.machines.batch[rows] + setting.amount[span, 0]
        found[rows] = np.where(setting.active[span], given, NONE)
        return found

    def possible(self, setting: Setting) -> BoolArray:
        """Return which modes ask for no more than batches and pools can take.

        Parameters
        ----------
        setting
            Which rules hold, and how far each is relaxed.
        """
        problem = self._book.problem
        modes = problem.modes
        batch = np.append(self.batch(setting), NONE)[modes.machine]
        fits: BoolArray = (batch == NONE) | (
            problem.operations.size[modes.operation] <= batch
        )
        given = self.capacity(setting)[modes.use_pool]
        short = (given != NONE) & (modes.use_amount > given)
        fits[modes.use_mode[short]] = False
        return fits

    def _dates(self, setting: Setting) -> tuple[IntArray, IntArray]:
        """Return the release and the latest end of each operation."""
        book, problem = self._book, self._book.problem
        active, amount = setting
        by_job = np.zeros(len(problem.jobs), dtype=np.int64)
        rows, span = book.rows["release"], book.span["release"]
        given = np.maximum(problem.jobs.release[rows] - amount[span, 0], 0)
        by_job[rows] = np.where(active[span], given, 0)
        release = by_job[problem.operations.job]
        rows, span = book.rows["material"], book.span["material"]
        given = np.where(
            active[span], problem.operations.release[rows] - amount[span, 0], 0
        )
        release[rows] = np.maximum(release[rows], given)
        deadline = np.full(len(problem.jobs), NONE, dtype=np.int64)
        rows, span = book.rows["deadline"], book.span["deadline"]
        given = problem.jobs.deadline[rows] + amount[span, 0]
        deadline[rows] = np.where(active[span], given, NONE)
        return release, deadline[problem.operations.job]

    def _locks(self, setting: Setting) -> tuple[IntArray, IntArray, BoolArray]:
        """Return start and machine of locks, and which jobs they force to be done."""
        book, problem = self._book, self._book.problem
        span = book.span["lock"]
        held = setting.active[span] & (setting.amount[span, 0] == 0)
        n, locks = problem.n_operations, problem.locks
        rows = locks.operation[held]
        start = np.full(n, NONE, dtype=np.int64)
        machine = np.full(n, NOWHERE, dtype=np.int64)
        start[rows], machine[rows] = locks.start[held], locks.machine[held]
        forced = np.zeros(len(problem.jobs), dtype=bool)
        forced[problem.operations.job[rows]] = True
        return start, machine, forced


def _offsets(column: IntArray, rows: int) -> IntArray:
    found: IntArray = np.searchsorted(column, np.arange(rows + 1)).astype(np.int64)
    return found


def early_arcs(problem: SchedulingProblem) -> BoolArray:
    """Return which arcs let an operation start before the end of the one before it.

    Parameters
    ----------
    problem
        Any.

    Returns
    -------
    ndarray of shape (n_arcs,), bool
    """
    early = np.zeros(problem.n_operations, dtype=bool)
    early[problem.modes.operation[problem.modes.early > 0]] = True
    found: BoolArray = early[problem.arcs.before]
    return found


def shortest_setups(problem: SchedulingProblem) -> IntArray:
    """Return setups that hold whatever is done in between: the shortest ways.

    Parameters
    ----------
    problem
        Any.

    Returns
    -------
    ndarray of shape (n_matrices, n_families, n_families), int64
    """
    time = problem.setups.time
    found = time.astype(np.int64)
    for middle in range(time.shape[1]):
        around = found[:, :, middle, None] + found[:, None, middle, :]
        np.minimum(found, around, out=found)
    return found


def _machine_groups(problem: SchedulingProblem) -> dict[str, IntArray]:
    """Return the operations that can only be done on each group of machines."""
    batched = np.append(problem.machines.batch > 0, True)
    bounds, machine = problem.mode_start.tolist(), problem.modes.machine
    sets: dict[tuple[int, ...], list[int]] = {}
    for i in range(problem.n_operations):
        on = machine[bounds[i] : bounds[i + 1]]
        if not batched[on].any():
            sets.setdefault(tuple(sorted(set(on.tolist()))), []).append(i)
    shortest = np.minimum.reduceat(problem.modes.duration, problem.mode_start[:-1])
    members, machines = [], []
    for group in sets:
        inner = set(group)
        rows = [
            i for other, found in sets.items() if inner >= set(other) for i in found
        ]
        members.append(np.array(sorted(rows), dtype=np.int64))
        machines.append(np.array(group, dtype=np.int64))
    member = _joined(members)
    return {
        "group_start": _sizes(members),
        "group_member": member,
        "group_duration": shortest[member],
        "group_machine_start": _sizes(machines),
        "group_machine": _joined(machines),
    }


def _pool_members(problem: SchedulingProblem) -> dict[str, IntArray]:
    """Return the operations that need a pool in each of their modes, and how much."""
    n, modes = problem.n_operations, problem.modes
    members, energies = [], []
    for pool in range(len(problem.pools)):
        amount = np.zeros(len(modes), dtype=np.int64)
        rows = modes.use_pool == pool
        amount[modes.use_mode[rows]] = modes.use_amount[rows]
        energy = np.zeros(n, dtype=np.int64)
        if n:
            taken = amount * modes.duration
            energy = np.minimum.reduceat(taken, problem.mode_start[:-1])
        member = np.flatnonzero(energy)
        members.append(member.astype(np.int64))
        energies.append(energy[member])
    return {
        "pool_start": _sizes(members),
        "pool_member": _joined(members),
        "pool_energy": _joined(energies),
    }


def _sizes(parts: list[IntArray]) -> IntArray:
    return np.cumsum([0] + [part.size for part in parts]).astype(np.int64)


def _joined(parts: list[IntArray]) -> IntArray:
    return np.concatenate([*parts, np.empty(0, dtype=np.int64)]).astype(np.int64)
