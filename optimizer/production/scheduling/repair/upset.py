"""The problem after a disruption, and where its rows come from."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem import (
    NONE,
    Arcs,
    Baseline,
    Jobs,
    Locks,
    Modes,
    Names,
    Operations,
    Schedule,
    SchedulingProblem,
    StartCosts,
)
from optimizer.production.scheduling.repair.disruptions import (
    Absence,
    Breakdown,
    Cancellation,
    LateMaterial,
    RushJob,
    RushMode,
    RushOperation,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from optimizer.production.scheduling.problem import IntArray, Machines, Pools
    from optimizer.production.scheduling.repair.disruptions import Disruption

    BoolArray = npt.NDArray[np.bool_]

__all__ = ["Upset", "upset"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Upset:
    """A problem after disruptions, and the plan before them in its rows.

    Parameters
    ----------
    problem
        Without what is cancelled, with what is new; nothing that has not started may
        start before now. What has started is not locked yet.
    origin
        ndarray of shape (n_operations,), int64: row of each operation in the problem
        before, -1 for what is new. Jobs keep their rows; new ones come behind.
    mode, start, end
        ndarrays of shape (n_operations,), int64: the plan before; -1 for what is new
        and for what was skipped.
    begun
        ndarray of shape (n_operations,), bool: what starts before now.
    """

    problem: SchedulingProblem
    origin: IntArray
    mode: IntArray
    start: IntArray
    end: IntArray
    begun: BoolArray


def upset(
    problem: SchedulingProblem,
    schedule: Schedule,
    disruptions: Sequence[Disruption],
    *,
    now: int,
) -> Upset:
    """Return the problem that is left after disruptions.

    Parameters
    ----------
    problem, schedule
        The plan so far; whole.
    disruptions
        What happens.
    now
        Tick, >= 0: what starts before it has started.

    Raises
    ------
    ProblemError
        If a disruption names what is not there, or is over before now, or a rush job
        is too large for all machines or pools that it may use.
    """
    if now < 0:
        message = f"now must be >= 0, was {now}"
        raise ProblemError(message)
    _judge(problem, disruptions, now)
    begun = (schedule.mode != NONE) & (schedule.start < now)
    cancelled = [one.job for one in disruptions if isinstance(one, Cancellation)]
    kept = begun | ~np.isin(problem.operations.job, cancelled)
    rush = [one for one in disruptions if isinstance(one, RushJob)]
    _judge_rush(problem, rush)
    rows = np.flatnonzero(kept)
    operations = _operations(problem, (rows, begun), disruptions, (rush, now))
    n_new = len(operations) - rows.size
    modes, mode_rows = _modes(problem, kept, rush)
    new_mode = np.full(len(problem.modes) + 1, NONE, dtype=np.int64)
    new_mode[mode_rows] = np.arange(mode_rows.size)
    spare = np.full(n_new, NONE, dtype=np.int64)
    place = np.full(problem.n_operations, NONE, dtype=np.int64)
    place[rows] = np.arange(rows.size)
    after = replace(
        problem,
        jobs=_jobs(problem.jobs, rush),
        operations=operations,
        modes=modes,
        arcs=_arcs(problem.arcs, place, rush, rows.size),
        machines=_machines(problem.machines, disruptions, now),
        pools=_pools(problem.pools, disruptions, now),
        locks=_rows_left(problem.locks, place),
        start_costs=_rows_left(problem.start_costs, place),
        baseline=_rows_left(problem.baseline, place),
        names=_names(problem.names, rows, rush),
    )
    return Upset(
        problem=after,
        origin=np.concatenate((rows, spare)),
        mode=np.concatenate((new_mode[schedule.mode[rows]], spare)),
        start=np.concatenate((schedule.start[rows], spare)),
        end=np.concatenate((schedule.end[rows], spare)),
        begun=np.concatenate((begun[rows], np.zeros(n_new, dtype=np.bool_))),
    )


def _judge(
    problem: SchedulingProblem, disruptions: Sequence[Disruption], now: int
) -> None:
    """Refuse rows that are not there, and what is over."""
    for one in disruptions:
        asked: list[tuple[str, int, int]] = []
        if isinstance(one, Breakdown):
            asked.append(("machine", one.machine, problem.n_machines))
        elif isinstance(one, Absence):
            asked.append(("pool", one.pool, len(problem.pools)))
        elif isinstance(one, LateMaterial | Cancellation):
            asked.append(("job", one.job, len(problem.jobs)))
        for what, row, rows in asked:
            if not 0 <= row < rows:
                message = f"{what} of a disruption must be in 0..{rows - 1}, was {row}"
                raise ProblemError(message)
        if isinstance(one, Breakdown | Absence) and one.end <= now:
            message = f"a disruption must end after now ({now}), ended at {one.end}"
            raise ProblemError(message)
        if isinstance(one, LateMaterial):
            _judge_operation(problem, one)


def _judge_operation(problem: SchedulingProblem, one: LateMaterial) -> None:
    row = one.operation
    if row is None:
        return
    if not 0 <= row < problem.n_operations or problem.operations.job[row] != one.job:
        name = problem.names.job(one.job)
        message = f"operation of late material must be of {name}, was {row}"
        raise ProblemError(message)


def _judge_rush(problem: SchedulingProblem, rush: list[RushJob]) -> None:
    """Refuse operations that no machine and no pool is large enough for."""
    for job in rush:
        for at, one in enumerate(job.operations):
            small = [_too_small(problem, one, mode) for mode in one.modes]
            if all(small):
                message = (
                    f"operation {one.name or at!r} of rush job {job.name!r} cannot be "
                    f"done: {'; '.join(dict.fromkeys(small))}"
                )
                raise ProblemError(message)


def _too_small(problem: SchedulingProblem, one: RushOperation, mode: RushMode) -> str:
    """Return what a mode asks for that is never there, empty if all is."""
    machines, pools, names = problem.machines, problem.pools, problem.names
    if 0 <= mode.machine < len(machines):
        batch = int(machines.batch[mode.machine])
        if 0 < batch < one.size:
            where = names.machine(mode.machine)
            return f"its size is {one.size}, a batch of {where} takes {batch}"
    for pool, amount in mode.uses:
        if 0 <= pool < len(pools) and amount > pools.capacity[pool]:
            there = int(pools.capacity[pool])
            return f"it takes {amount} of {names.pool(pool)}, which has {there}"
    return ""


def _grown(column: IntArray, values: list[int]) -> IntArray:
    return np.concatenate((column, np.array(values, dtype=np.int64)))


def _jobs(jobs: Jobs, rush: list[RushJob]) -> Jobs:
    return Jobs(
        release=_grown(jobs.release, [one.release for one in rush]),
        due=_grown(jobs.due, [one.due for one in rush]),
        deadline=_grown(jobs.deadline, [one.deadline for one in rush]),
        weight=_grown(jobs.weight, [one.weight for one in rush]),
        skip_cost=_grown(jobs.skip_cost, [NONE for _ in rush]),
    )


def _operations(
    problem: SchedulingProblem,
    kept: tuple[IntArray | npt.NDArray[np.intp], BoolArray],
    disruptions: Sequence[Disruption],
    new: tuple[list[RushJob], int],
) -> Operations:
    rows, begun = kept
    rush, now = new
    given = problem.operations
    release = given.release.copy()
    release[~begun] = np.maximum(release[~begun], now)
    for one in disruptions:
        if isinstance(one, LateMaterial):
            late = ~begun & (given.job == one.job)
            if one.operation is not None:
                late &= np.arange(late.size) == one.operation
            release[late] = np.maximum(release[late], one.release)
    fresh = [operation for job in rush for operation in job.operations]
    n_jobs = len(problem.jobs)
    owner = [n_jobs + at for at, job in enumerate(rush) for _ in job.operations]
    return Operations(
        job=_grown(given.job[rows], owner),
        release=_grown(release[rows], [max(one.release, now) for one in fresh]),
        family=_grown(given.family[rows], [one.family for one in fresh]),
        resumable=_grown(given.resumable[rows], [one.resumable for one in fresh]),
        size=_grown(given.size[rows], [one.size for one in fresh]),
    )


def _modes(
    problem: SchedulingProblem, kept: BoolArray, rush: list[RushJob]
) -> tuple[Modes, npt.NDArray[np.intp]]:
    """Return the modes that are left and new, and the rows of those left."""
    modes = problem.modes
    rows = np.flatnonzero(kept[modes.operation])
    place = np.cumsum(kept) - 1
    uses = np.flatnonzero(kept[modes.operation[modes.use_mode]])
    mode_place = np.cumsum(kept[modes.operation]) - 1
    n = int(kept.sum())
    fresh = [operation for job in rush for operation in job.operations]
    ways = [(n + at, mode) for at, one in enumerate(fresh) for mode in one.modes]
    held = [
        (rows.size + at, pool, amount)
        for at, (_, mode) in enumerate(ways)
        for pool, amount in mode.uses
    ]
    grown = Modes(
        operation=_grown(place[modes.operation[rows]], [owner for owner, _ in ways]),
        machine=_grown(modes.machine[rows], [mode.machine for _, mode in ways]),
        duration=_grown(modes.duration[rows], [mode.duration for _, mode in ways]),
        use_mode=_grown(mode_place[modes.use_mode[uses]], [row for row, _, _ in held]),
        use_pool=_grown(modes.use_pool[uses], [pool for _, pool, _ in held]),
        use_amount=_grown(modes.use_amount[uses], [amount for _, _, amount in held]),
        early=_grown(modes.early[rows], [mode.early for _, mode in ways]),
    )
    return grown, rows


def _arcs(arcs: Arcs, place: IntArray, rush: list[RushJob], n: int) -> Arcs:
    """Return the arcs between what is left; what waits for a cancelled one is free."""
    left = (place[arcs.before] != NONE) & (place[arcs.after] != NONE)
    fresh: list[tuple[int, int, int]] = []
    for job in rush:
        fresh += [(n + a, n + b, lag) for a, b, lag in job.arcs()]
        n += len(job.operations)
    return Arcs(
        before=_grown(place[arcs.before[left]], [a for a, _, _ in fresh]),
        after=_grown(place[arcs.after[left]], [b for _, b, _ in fresh]),
        lag=_grown(arcs.lag[left], [lag for _, _, lag in fresh]),
    )


def _machines(
    machines: Machines, disruptions: Sequence[Disruption], now: int
) -> Machines:
    """Return the machines, closed while they are down; windows that touch are one."""
    down = [one for one in disruptions if isinstance(one, Breakdown)]
    if not down:
        return machines
    windows = sorted(
        [
            *zip(
                machines.closed_machine.tolist(),
                machines.closed_start.tolist(),
                machines.closed_end.tolist(),
                strict=True,
            ),
            *((one.machine, max(one.start, now), one.end) for one in down),
        ]
    )
    joined: list[tuple[int, int, int]] = []
    for machine, own in groupby(windows, key=lambda window: window[0]):
        begin, until = NONE, NONE
        for _, start, end in own:
            if begin != NONE and start <= until:
                until = max(until, end)
                continue
            if begin != NONE:
                joined.append((machine, begin, until))
            begin, until = start, end
        joined.append((machine, begin, until))
    columns = np.array(joined, dtype=np.int64).reshape(-1, 3)
    return replace(
        machines,
        closed_machine=columns[:, 0],
        closed_start=columns[:, 1],
        closed_end=columns[:, 2],
    )


def _pools(pools: Pools, disruptions: Sequence[Disruption], now: int) -> Pools:
    away = [one for one in disruptions if isinstance(one, Absence)]
    if not away:
        return pools
    return replace(
        pools,
        away_pool=_grown(pools.away_pool, [one.pool for one in away]),
        away_start=_grown(pools.away_start, [max(one.start, now) for one in away]),
        away_end=_grown(pools.away_end, [one.end for one in away]),
        away_amount=_grown(pools.away_amount, [one.amount for one in away]),
    )


_Table = TypeVar("_Table", Locks, StartCosts, Baseline)


def _rows_left(table: _Table, place: IntArray) -> _Table:
    """Return what a table says about operations that are left."""
    left = place[table.operation] != NONE
    columns = {one.name: getattr(table, one.name)[left] for one in fields(table)}
    return type(table)(**{**columns, "operation": place[columns["operation"]]})


def _names(
    names: Names, rows: IntArray | npt.NDArray[np.intp], rush: list[RushJob]
) -> Names:
    """Return the names with those of new rows; what has no name gets none."""
    jobs, operations = names.jobs, names.operations
    if jobs:
        taken = set(jobs)
        for one in rush:
            if not one.name or one.name in taken:
                message = f"a rush job needs a name of its own, had {one.name!r}"
                raise ProblemError(message)
            taken.add(one.name)
        jobs += tuple(one.name for one in rush)
    if operations:
        fresh = [
            one.name or f"{job.name} {at}"
            for job in rush
            for at, one in enumerate(job.operations)
        ]
        kept = tuple(operations[row] for row in rows.tolist())
        operations = kept + tuple(fresh)
        # Jobs of a shop may have operations of one name; new ones must be told apart.
        if len(set(fresh)) < len(fresh) or set(fresh) & set(kept):
            message = (
                "operations of rush jobs need names of their own, had "
                + ", ".join(fresh)
            )
            raise ProblemError(message)
    return replace(names, jobs=jobs, operations=operations)
