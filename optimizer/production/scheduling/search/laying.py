"""From a problem's tables to the arrays that searches read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling._kernels.rules import Rules
from optimizer.production.scheduling._kernels.shop import Shop
from optimizer.production.scheduling.problem import NONE, PARTS
from optimizer.production.scheduling.search.costing import prices_of, units_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling.problem import IntArray, SchedulingProblem

    Int32Array = npt.NDArray[np.int32]

__all__ = ["rules_of", "shop_of"]


def shop_of(problem: SchedulingProblem) -> Shop | None:
    """Return a problem as a disjunctive graph, None if it is more than that.

    Parameters
    ----------
    problem
        Any.

    Returns
    -------
    Shop or None
        A shop if each mode is on a machine, and there are no pools, closed windows,
        batches, locks, deadlines or optional jobs, and the makespan is all that
        counts.
    """
    if not _is_shop(problem):
        return None
    arcs, machines = problem.arcs, problem.machines
    n = problem.n_operations
    before_start, by_after = _grouped(arcs.after, n)
    after_start, by_before = _grouped(arcs.before, n)
    time = problem.setups.time
    first = np.zeros((machines.matrix.size, max(time.shape[1], 1)), dtype=np.int64)
    matrix, setup = machines.matrix, time
    if np.any(machines.first_family != NONE):
        # Machines that begin in different families need rows of their own.
        matrix, setup, first = _own_matrices(problem)
    else:
        first = np.zeros(time.shape[:2], dtype=np.int64)
    return Shop(
        head=_release(problem),
        tail=np.zeros(n, dtype=np.int64),
        before_start=before_start,
        before=_narrow(arcs.before[by_after]),
        before_lag=arcs.lag[by_after],
        after_start=after_start,
        after=_narrow(arcs.after[by_before]),
        after_lag=arcs.lag[by_before],
        mode_start=_narrow(problem.mode_start),
        mode_machine=_narrow(problem.modes.machine),
        mode_duration=problem.modes.duration.copy(),
        family=_narrow(problem.operations.family),
        setup=np.ascontiguousarray(setup),
        first_setup=first,
        matrix=_narrow(matrix),
    )


def rules_of(problem: SchedulingProblem) -> Rules:
    """Return a problem as arrays, with all its rules.

    Parameters
    ----------
    problem
        Any.
    """
    arcs, jobs, machines, modes = (
        problem.arcs,
        problem.jobs,
        problem.machines,
        problem.modes,
    )
    n, pools = problem.n_operations, problem.pools
    before_start, by_after = _grouped(arcs.after, n)
    after_start, by_before = _grouped(arcs.before, n)
    use_start, by_mode = _grouped(modes.use_mode, len(modes))
    closed_start, _ = _grouped(machines.closed_machine, len(machines))
    lock, lock_mode = _locked(problem)
    objective = problem.weights
    return Rules(
        release=_release(problem),
        latest=jobs.deadline[problem.operations.job],
        before_start=before_start,
        before=_narrow(arcs.before[by_after]),
        before_lag=arcs.lag[by_after],
        after_start=after_start,
        after=_narrow(arcs.after[by_before]),
        after_lag=arcs.lag[by_before],
        job=_narrow(problem.operations.job),
        due=jobs.due.copy(),
        weight=jobs.weight.copy(),
        skip_cost=np.where(
            jobs.skip_cost == NONE, NONE, objective.skipping * jobs.skip_cost
        ),
        mode_start=_narrow(problem.mode_start),
        mode_machine=_narrow(modes.machine),
        mode_duration=modes.duration.copy(),
        mode_handover=modes.duration - modes.early,
        use_start=use_start,
        use_pool=_narrow(modes.use_pool[by_mode]),
        use_amount=modes.use_amount[by_mode],
        family=_narrow(problem.operations.family),
        resumable=problem.operations.resumable.astype(np.uint8),
        size=problem.operations.size.copy(),
        matrix=_narrow(machines.matrix),
        first_family=_narrow(machines.first_family),
        batch=machines.batch.copy(),
        whole_setup=machines.whole_setup.astype(np.uint8),
        setup=problem.setups.time.copy(),
        setup_cost=problem.setups.cost.copy(),
        closed_start=closed_start,
        closed_from=machines.closed_start.copy(),
        closed_to=machines.closed_end.copy(),
        capacity=np.concatenate((pools.capacity, problem.buffers.capacity)),
        away_pool=_narrow(pools.away_pool),
        away_from=pools.away_start.copy(),
        away_to=pools.away_end.copy(),
        away_amount=pools.away_amount.copy(),
        lock=lock,
        lock_mode=lock_mode,
        weights=_weights(problem),
        **prices_of(problem),
        **units_of(problem),
    )


def _weights(problem: SchedulingProblem) -> IntArray:
    """Return the weights of what counts, and of faults, in the order of `Rules`."""
    objective = problem.weights
    return np.array(
        [
            objective.makespan,
            objective.tardiness,
            objective.setup,
            _fault_weight(problem),
            objective.energy if len(problem.tariff) else 0,
            objective.maintenance if len(problem.start_costs) else 0,
            objective.stability if len(problem.baseline) else 0,
        ],
        dtype=np.int64,
    )


def _fault_weight(problem: SchedulingProblem) -> int:
    """Return a power of two above the cost of any schedule."""
    weights, most = problem.weights, problem.most
    worst: int = sum(getattr(weights, name) * most[name] for name in PARTS)
    # Most of it is for the horizon; some schedules end a tick later.
    worst += weights.makespan + weights.tardiness * int(problem.jobs.weight.sum())
    return 1 << min(worst.bit_length() + 1, 52)


def _is_shop(problem: SchedulingProblem) -> bool:
    machines, jobs, objective = problem.machines, problem.jobs, problem.objective
    rich = (
        len(problem.pools)
        or len(problem.locks)
        or machines.closed_machine.size
        or np.any(machines.batch)
        or np.any(jobs.deadline != NONE)
        or np.any(jobs.skip_cost != NONE)
        or np.any(problem.modes.machine == NONE)
        or np.any(machines.holding)
        or problem.transport.time.size
        or len(problem.start_costs)
        or np.any(problem.modes.early)
    )
    alone = objective.only_makespan
    return bool(alone and not rich and problem.n_operations)


def _own_matrices(
    problem: SchedulingProblem,
) -> tuple[IntArray, IntArray, IntArray]:
    """Return a setup matrix for each machine that has one, and its first setups."""
    time, machines = problem.setups.time, problem.machines
    rows = np.flatnonzero(machines.matrix != NONE)
    matrix = np.full(len(machines), NONE, dtype=np.int64)
    matrix[rows] = np.arange(rows.size)
    setup = time[machines.matrix[rows]]
    family = machines.first_family[rows]
    first = setup[np.arange(rows.size), np.maximum(family, 0)]
    return matrix, setup, np.where(family[:, None] == NONE, 0, first)


def _locked(problem: SchedulingProblem) -> tuple[IntArray, Int32Array]:
    """Return the start and the mode of each locked operation, -1 for the others."""
    n = problem.n_operations
    lock, mode = np.full(n, NONE, dtype=np.int64), np.full(n, NONE, dtype=np.int32)
    lock[problem.locks.operation] = problem.locks.start
    for operation, machine in zip(
        problem.locks.operation.tolist(), problem.locks.machine.tolist(), strict=True
    ):
        first, end = problem.mode_start[operation : operation + 2]
        here = first + np.flatnonzero(problem.modes.machine[first:end] == machine)
        mode[operation] = here[np.argmin(problem.modes.duration[here])]
    return lock, mode


def _release(problem: SchedulingProblem) -> IntArray:
    operations = problem.operations
    release: IntArray = np.maximum(
        problem.jobs.release[operations.job], operations.release
    )
    return release


def _grouped(column: IntArray, rows: int) -> tuple[Int32Array, npt.NDArray[np.intp]]:
    """Return where each group begins, and the order that groups a column."""
    order = np.argsort(column, kind="stable")
    starts = np.searchsorted(column[order], np.arange(rows + 1))
    return starts.astype(np.int32), order


def _narrow(column: IntArray) -> Int32Array:
    return column.astype(np.int32)
