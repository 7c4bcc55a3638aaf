"""Problems with some rules relaxed or lifted, as problems of their own."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.production.scheduling.problem import (
    NONE,
    Arcs,
    Jobs,
    Locks,
    Machines,
    Modes,
    Objective,
    Operations,
    Pools,
    SchedulingProblem,
    Transport,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling.explain.plant import PlantBuilder
    from optimizer.production.scheduling.explain.rules import RuleBook, Setting
    from optimizer.production.scheduling.problem import IntArray

    BoolArray = npt.NDArray[np.bool_]

__all__ = ["Part", "bound_part", "mended"]

OF_MACHINES = tuple(
    column.name for column in fields(Machines) if not column.name.startswith("closed_")
)
"""Columns with an entry for each machine."""


def mended(
    book: RuleBook, builder: PlantBuilder, setting: Setting
) -> SchedulingProblem:
    """Return the whole problem with its rules relaxed, not lifted.

    Parameters
    ----------
    book, builder
        The problem and its rules.
    setting
        How far each rule is relaxed; that all of them hold is not looked at.
    """
    problem = book.problem
    if not setting.amount.any():
        return problem
    full = setting._replace(active=np.ones(len(book), dtype=bool))
    relaxed = _with_dates(book, full)
    relaxed = _with_capacity(relaxed, builder, full)
    held = full.amount[book.span["lock"], 0] == 0
    locks = replace(
        problem.locks,
        operation=problem.locks.operation[held],
        machine=problem.locks.machine[held],
        start=problem.locks.start[held],
    )
    relaxed = replace(relaxed, locks=locks)
    extra = full.amount[book.span["machine"], 0].tolist()
    for machine, count in zip(book.rows["machine"].tolist(), extra, strict=True):
        for number in range(count):
            relaxed = _with_twin(relaxed, machine, number + 2)
    return relaxed


def _with_dates(book: RuleBook, full: Setting) -> SchedulingProblem:
    """Return the problem with releases, deadlines, material and lags relaxed."""
    problem = book.problem
    columns = {
        "release": problem.jobs.release.copy(),
        "deadline": problem.jobs.deadline.copy(),
        "material": problem.operations.release.copy(),
        "lag": problem.arcs.lag.copy(),
    }
    for kind, column in columns.items():
        given = full.amount[book.span[kind], 0]  # type: ignore[index]
        column[book.rows[kind]] += given if kind == "deadline" else -given  # type: ignore[index]
    sooner = {name: np.maximum(column, 0) for name, column in columns.items()}
    return replace(
        problem,
        jobs=replace(
            problem.jobs, release=sooner["release"], deadline=columns["deadline"]
        ),
        operations=replace(problem.operations, release=sooner["material"]),
        arcs=replace(problem.arcs, lag=sooner["lag"]),
    )


def _with_capacity(
    problem: SchedulingProblem, builder: PlantBuilder, full: Setting
) -> SchedulingProblem:
    """Return a problem with windows, batches and pools relaxed."""
    plant, machines, pools = builder.plant(full), problem.machines, problem.pools
    open_ = plant.window_from < plant.window_to
    batch, capacity = builder.batch(full), builder.capacity(full)
    return replace(
        problem,
        machines=replace(
            machines,
            batch=np.where(batch == NONE, machines.batch, batch),
            closed_machine=machines.closed_machine[open_],
            closed_start=plant.window_from[open_],
            closed_end=plant.window_to[open_],
        ),
        pools=replace(
            pools,
            capacity=np.where(capacity == NONE, pools.capacity, capacity),
            away_pool=plant.away_pool,
            away_start=plant.away_from,
            away_end=plant.away_to,
            away_amount=plant.away_amount,
        ),
    )


def _with_twin(
    problem: SchedulingProblem, machine: int, number: int
) -> SchedulingProblem:
    """Return a problem with one more machine that is just like another one."""
    modes, machines, names = problem.modes, problem.machines, problem.names
    twin = len(machines)
    rows = np.flatnonzero(modes.machine == machine)
    operation = np.concatenate([modes.operation, modes.operation[rows]])
    order = np.argsort(operation, kind="stable")
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    copied = np.flatnonzero(np.isin(modes.use_mode, rows))
    copy_of = np.full(len(modes), NONE, dtype=np.int64)
    copy_of[rows] = len(modes) + np.arange(rows.size)
    where = np.concatenate([modes.machine, np.full(rows.size, twin)])
    duration = np.concatenate([modes.duration, modes.duration[rows]])
    use_mode = np.concatenate([modes.use_mode, copy_of[modes.use_mode[copied]]])
    windows = machines.closed_machine == machine
    named = names.machines
    return replace(
        problem,
        modes=replace(
            modes,
            operation=operation[order],
            machine=where[order],
            duration=duration[order],
            early=np.concatenate([modes.early, modes.early[rows]])[order],
            use_mode=place[use_mode],
            use_pool=np.concatenate([modes.use_pool, modes.use_pool[copied]]),
            use_amount=np.concatenate([modes.use_amount, modes.use_amount[copied]]),
        ),
        machines=replace(
            machines,
            **{
                name: np.append(
                    getattr(machines, name), getattr(machines, name)[machine]
                )
                for name in OF_MACHINES
            },
            closed_machine=np.append(
                machines.closed_machine, np.full(int(windows.sum()), twin)
            ),
            closed_start=np.append(
                machines.closed_start, machines.closed_start[windows]
            ),
            closed_end=np.append(machines.closed_end, machines.closed_end[windows]),
        ),
        transport=_with_row(problem.transport, machine),
        names=replace(
            names,
            machines=(*named, f"{named[machine]} #{number}") if named else (),
        ),
    )


def _with_row(transport: Transport, machine: int) -> Transport:
    """Return ways with one more machine that is where another one is."""
    time = transport.time
    if not time.size:
        return transport
    rows = np.append(np.arange(len(time)), machine)
    return replace(transport, time=time[np.ix_(rows, rows)])


class Part(NamedTuple):
    """The operations that dates bind, as a problem of their own.

    Parameters
    ----------
    problem
        The part.
    rows
        ndarray of shape (n_part,): its operations in the whole.
    modes
        ndarray of shape (n_part_modes,): its modes in the whole; empty where it has
        machines that the whole has not.
    """

    problem: SchedulingProblem
    rows: npt.NDArray[np.intp]
    modes: npt.NDArray[np.intp]


class _Places(NamedTuple):
    """Where modes of a part are done, and the closed windows of those machines."""

    machine: IntArray
    like: IntArray
    at: IntArray
    windows: list[tuple[int, int, int]]


def bound_part(
    book: RuleBook, builder: PlantBuilder, setting: Setting, need: BoolArray
) -> Part:
    """Return the operations that dates bind, under the rules of a setting alone.

    All else can be done after them, so the part can be done just if the whole can.
    A machine that works on any number of operations at once is one machine for each.

    Parameters
    ----------
    book, builder
        The problem and its rules.
    setting
        Which rules hold, and how far each is relaxed.
    need
        ndarray of shape (n_operations,), bool: as `needed_operations`; not empty.
    """
    cutter = _Part(book, builder, setting, need)
    part = SchedulingProblem(
        jobs=cutter.jobs(),
        operations=cutter.operations(),
        modes=cutter.modes(),
        machines=cutter.machines(),
        arcs=cutter.arcs(),
        setups=book.problem.setups,
        pools=cutter.pools(),
        locks=cutter.locks(),
        transport=cutter.transport(),
        buffers=book.problem.buffers,
        objective=Objective(makespan=0),
    )
    kept = cutter.kept
    units = cutter.plant.units
    for row, machine in enumerate(cutter.places.like.tolist()):
        copies = int(units[machine]) if machine != NONE else 1
        for number in range(2, copies + 1):
            part, kept = _with_twin(part, row, number), kept[:0]
    return Part(part, cutter.rows, kept)


class _Part:
    """Cuts the tables of a part out of those of a problem."""

    def __init__(
        self,
        book: RuleBook,
        builder: PlantBuilder,
        setting: Setting,
        need: BoolArray,
    ) -> None:
        self.problem = problem = book.problem
        self.setting, self.book = setting, book
        self.plant = plant = builder.plant(setting)
        self.need = need
        self.rows = np.flatnonzero(need)
        self.place = np.full(problem.n_operations, NONE, dtype=np.int64)
        self.place[self.rows] = np.arange(self.rows.size)
        self.kept = np.flatnonzero(need[problem.modes.operation] & plant.mode_possible)
        windows = (plant.window_from, plant.window_to)
        self.places = _places(problem, plant.units, self.kept, windows)
        self._batch = builder.batch(setting)

    def jobs(self) -> Jobs:
        """Return all jobs, with the deadlines that hold."""
        n = len(self.problem.jobs)
        deadline = np.full(n, NONE, dtype=np.int64)
        job = self.problem.operations.job[self.rows]
        deadline[job] = self.plant.latest[self.rows]
        return Jobs(release=np.zeros(n, dtype=np.int64), deadline=deadline)

    def operations(self) -> Operations:
        """Return the operations, released when job and material are."""
        given, rows = self.problem.operations, self.rows
        return Operations(
            job=given.job[rows],
            release=self.plant.release[rows],
            family=given.family[rows],
            resumable=given.resumable[rows],
            size=given.size[rows],
        )

    def modes(self) -> Modes:
        """Return the modes that are possible, with the pools that have limits."""
        modes, kept = self.problem.modes, self.kept
        place = np.full(len(modes), NONE, dtype=np.int64)
        place[kept] = np.arange(kept.size)
        limited = self.plant.capacity[modes.use_pool] != NONE
        uses = np.flatnonzero((place[modes.use_mode] != NONE) & limited)
        return Modes(
            operation=self.place[modes.operation[kept]],
            machine=self.places.machine,
            duration=modes.duration[kept],
            early=np.where(self.places.machine == NONE, 0, modes.early[kept]),
            use_mode=place[modes.use_mode[uses]],
            use_pool=modes.use_pool[uses],
            use_amount=modes.use_amount[uses],
        )

    def machines(self) -> Machines:
        """Return a machine for each that works one by one, and for each mode else."""
        machines, like = self.problem.machines, self.places.like
        windows = np.array(self.places.windows, dtype=np.int64).reshape(-1, 3)
        # Without a limit, a batch takes all.
        everything = int(self.problem.operations.size.sum())
        unlimited = (self._batch == NONE) & (machines.batch > 0)
        batch = np.where(unlimited, everything, np.maximum(self._batch, 0))
        if not like.size:
            like = np.array([NONE])
        return Machines(
            matrix=np.append(machines.matrix, NONE)[like],
            first_family=np.append(machines.first_family, NONE)[like],
            batch=np.append(batch, 0)[like],
            blocking=np.append(machines.blocking, 0)[like],
            buffer=np.append(machines.buffer, NONE)[like],
            whole_setup=np.append(machines.whole_setup, 0)[like],
            closed_machine=windows[:, 0],
            closed_start=windows[:, 1],
            closed_end=windows[:, 2],
        )

    def transport(self) -> Transport:
        """Return the ways between the machines."""
        time, at = self.problem.transport.time, self.places.at
        if not time.size or not at.size:
            return Transport()
        return Transport(time=time[np.ix_(at, at)])

    def arcs(self) -> Arcs:
        """Return the arcs between the operations, with the lags that hold."""
        arcs, need = self.problem.arcs, self.need
        bound = np.flatnonzero(need[arcs.before] & need[arcs.after])
        return Arcs(
            before=self.place[arcs.before[bound]],
            after=self.place[arcs.after[bound]],
            lag=_lags(self.book, self.setting)[bound],
        )

    def pools(self) -> Pools:
        """Return the pools with the absences that hold."""
        plant = self.plant
        return Pools(
            capacity=np.maximum(plant.capacity, 0),
            away_pool=plant.away_pool,
            away_start=plant.away_from,
            away_end=plant.away_to,
            away_amount=plant.away_amount,
        )

    def locks(self) -> Locks:
        """Return the locks that hold, on the machines that stand for theirs."""
        plant, owner = self.plant, self.problem.modes.operation[self.kept]
        on_it = plant.lock_machine[owner] == self.problem.modes.machine[self.kept]
        where = {
            int(owner[at]): int(self.places.machine[at])
            for at in np.flatnonzero((plant.lock[owner] >= 0) & on_it)[::-1].tolist()
        }
        held = np.array(sorted(where), dtype=np.int64)
        return Locks(
            operation=self.place[held],
            machine=np.array([where[i] for i in held.tolist()], dtype=np.int64),
            start=plant.lock[held],
        )


def _lags(book: RuleBook, setting: Setting) -> IntArray:
    lag = book.problem.arcs.lag.copy()
    rows, span = book.rows["lag"], book.span["lag"]
    left = np.maximum(lag[rows] - setting.amount[span, 0], 0)
    lag[rows] = np.where(setting.active[span], left, 0)
    return lag


def _places(
    problem: SchedulingProblem,
    units: IntArray,
    kept: IntArray | npt.NDArray[np.intp],
    windows: tuple[IntArray, IntArray],
) -> _Places:
    """Return a machine for each mode: its own one where any number works at once."""
    low, high = windows
    closed: dict[int, list[tuple[int, int]]] = {}
    for machine, begin, end in zip(
        problem.machines.closed_machine.tolist(),
        low.tolist(),
        high.tolist(),
        strict=True,
    ):
        if begin < end:
            closed.setdefault(machine, []).append((begin, end))
    row_of: dict[tuple[int, int], int] = {}
    like: list[int] = []
    at: list[int] = []
    places: list[int] = []
    found: list[tuple[int, int, int]] = []
    for mode in kept.tolist():
        machine = int(problem.modes.machine[mode])
        one_by_one = machine != NONE and units[machine] > 0
        early = problem.modes.early[mode] > 0
        anywhere = not (early or machine in closed or problem.transport.time.size)
        if machine == NONE or (not one_by_one and anywhere):
            places.append(NONE)
            continue
        key = (machine, NONE if one_by_one else mode)
        if key not in row_of:
            row_of[key] = len(like)
            found += [(len(like), begin, end) for begin, end in closed.get(machine, [])]
            like.append(machine if one_by_one else NONE)
            at.append(machine)
        places.append(row_of[key])
    return _Places(_column(places), _column(like), _column(at), found)


def _column(values: list[int]) -> IntArray:
    return np.array(values, dtype=np.int64)
