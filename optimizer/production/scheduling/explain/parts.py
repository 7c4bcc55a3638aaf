"""Problems with some rules relaxed or lifted, as problems of their own."""

from __future__ import annotations

from dataclasses import replace
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
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling.explain.plant import PlantBuilder
    from optimizer.production.scheduling.explain.rules import RuleBook, Setting
    from optimizer.production.scheduling.problem import IntArray

    BoolArray = npt.NDArray[np.bool_]

__all__ = ["bound_part", "mended"]


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
    plant = builder.plant(full)
    span = book.span["release"]
    release, deadline = problem.jobs.release.copy(), problem.jobs.deadline.copy()
    release[book.rows["release"]] -= full.amount[span, 0]
    deadline[book.rows["deadline"]] += full.amount[book.span["deadline"], 0]
    material = problem.operations.release.copy()
    material[book.rows["material"]] -= full.amount[book.span["material"], 0]
    lag = problem.arcs.lag.copy()
    lag[book.rows["lag"]] -= full.amount[book.span["lag"], 0]
    held = full.amount[book.span["lock"], 0] == 0
    batch = np.maximum(builder.batch(full), 0)
    capacity = builder.capacity(full)
    open_ = plant.window_from < plant.window_to
    pools = problem.pools
    relaxed = replace(
        problem,
        jobs=replace(problem.jobs, release=np.maximum(release, 0), deadline=deadline),
        operations=replace(problem.operations, release=np.maximum(material, 0)),
        arcs=replace(problem.arcs, lag=np.maximum(lag, 0)),
        machines=replace(
            problem.machines,
            batch=batch,
            closed_machine=problem.machines.closed_machine[open_],
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
        locks=replace(
            problem.locks,
            operation=problem.locks.operation[held],
            machine=problem.locks.machine[held],
            start=problem.locks.start[held],
        ),
    )
    extra = full.amount[book.span["machine"], 0]
    for machine, count in zip(
        book.rows["machine"].tolist(), extra.tolist(), strict=True
    ):
        for number in range(count):
            relaxed = _with_twin(relaxed, machine, number + 2)
    return relaxed


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
                for name in ("matrix", "first_family", "batch")
            },
            closed_machine=np.append(
                machines.closed_machine, np.full(int(windows.sum()), twin)
            ),
            closed_start=np.append(
                machines.closed_start, machines.closed_start[windows]
            ),
            closed_end=np.append(machines.closed_end, machines.closed_end[windows]),
        ),
        names=replace(
            names,
            machines=(*named, f"{named[machine]} #{number}") if named else (),
        ),
    )


class _Places(NamedTuple):
    """Where modes of a part are done, and the closed windows of those machines."""

    machine: IntArray
    like: IntArray
    windows: list[tuple[int, int, int]]


def bound_part(
    book: RuleBook, builder: PlantBuilder, setting: Setting, need: BoolArray
) -> SchedulingProblem:
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
    problem, plant = book.problem, builder.plant(setting)
    rows = np.flatnonzero(need)
    place = np.full(problem.n_operations, NONE, dtype=np.int64)
    place[rows] = np.arange(rows.size)
    modes = problem.modes
    kept = np.flatnonzero(need[modes.operation] & plant.mode_possible)
    places = _places(problem, plant.units, kept, (plant.window_from, plant.window_to))
    job = problem.operations.job[rows]
    n_jobs = len(problem.jobs)
    deadline = np.full(n_jobs, NONE, dtype=np.int64)
    deadline[job] = plant.latest[rows]
    windows = np.array(places.windows, dtype=np.int64).reshape(-1, 3)
    single = places.like != NONE
    like = np.where(single, places.like, 0)
    machines = problem.machines
    batch = np.append(builder.batch(setting), 0)
    # Without a limit, a batch takes all.
    batch[:-1] = np.where(
        (batch[:-1] == NONE) & (machines.batch > 0),
        int(problem.operations.size.sum()),
        np.maximum(batch[:-1], 0),
    )
    held = plant.lock[rows] >= 0
    arcs, lag = problem.arcs, _lags(book, setting)
    bound = np.flatnonzero(need[arcs.before] & need[arcs.after])
    mode_place = np.full(len(modes), NONE, dtype=np.int64)
    mode_place[kept] = np.arange(kept.size)
    uses = np.flatnonzero(
        (mode_place[modes.use_mode] != NONE) & (plant.capacity[modes.use_pool] != NONE)
    )
    allowed = (plant.lock[modes.operation[kept]] < 0) | (
        plant.lock_machine[modes.operation[kept]] == modes.machine[kept]
    )
    lock_place = {
        int(modes.operation[kept[at]]): int(places.machine[at])
        for at in np.flatnonzero(allowed)[::-1].tolist()
    }
    part = SchedulingProblem(
        jobs=Jobs(release=np.zeros(n_jobs, dtype=np.int64), deadline=deadline),
        operations=Operations(
            job=job,
            release=plant.release[rows],
            family=problem.operations.family[rows],
            resumable=problem.operations.resumable[rows],
            size=problem.operations.size[rows],
        ),
        modes=Modes(
            operation=place[modes.operation[kept]],
            machine=places.machine,
            duration=modes.duration[kept],
            use_mode=mode_place[modes.use_mode[uses]],
            use_pool=modes.use_pool[uses],
            use_amount=modes.use_amount[uses],
        ),
        machines=Machines(
            matrix=np.where(single, machines.matrix[like], NONE)
            if len(machines)
            else places.like,
            first_family=np.where(single, machines.first_family[like], NONE)
            if len(machines)
            else places.like,
            batch=np.where(single, batch[like], 0),
            closed_machine=windows[:, 0],
            closed_start=windows[:, 1],
            closed_end=windows[:, 2],
        ),
        arcs=Arcs(
            before=place[arcs.before[bound]],
            after=place[arcs.after[bound]],
            lag=lag[bound],
        ),
        setups=problem.setups,
        pools=Pools(
            capacity=np.maximum(plant.capacity, 0),
            away_pool=plant.away_pool,
            away_start=plant.away_from,
            away_end=plant.away_to,
            away_amount=plant.away_amount,
        ),
        locks=Locks(
            operation=np.flatnonzero(held),
            machine=np.array([lock_place[i] for i in rows[held].tolist()]),
            start=plant.lock[rows][held],
        ),
        objective=Objective(makespan=0),
    )
    for row, machine in enumerate(places.like.tolist()):
        for number in range(2, int(plant.units[machine]) + 1 if machine >= 0 else 0):
            part = _with_twin(part, row, number)
    return part


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
    places: list[int] = []
    found: list[tuple[int, int, int]] = []
    for mode in kept.tolist():
        machine = int(problem.modes.machine[mode])
        one_by_one = machine != NONE and units[machine] > 0
        if machine == NONE or (not one_by_one and machine not in closed):
            places.append(NONE)
            continue
        key = (machine, NONE if one_by_one else mode)
        if key not in row_of:
            row_of[key] = len(like)
            found += [(len(like), begin, end) for begin, end in closed.get(machine, [])]
            like.append(machine if one_by_one else NONE)
        places.append(row_of[key])
    return _Places(
        np.array(places, dtype=np.int64), np.array(like, dtype=np.int64), found
    )
