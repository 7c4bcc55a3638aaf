"""Costs that no schedule beats, in a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling._kernels.paths import (
    longest_paths,
    one_machine_bound,
)
from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from optimizer.production.scheduling._kernels.rules import Rules
    from optimizer.production.scheduling.problem import IntArray, SchedulingProblem

__all__ = ["cost_bound"]

MOST_PAIRS = 2e8
"""Pairs of operations on a machine, over all machines, up to which Jackson's schedules
are made: their time grows with it, and is a fifth of a second then."""


def cost_bound(problem: SchedulingProblem, rules: Rules) -> int:
    """Return a bound on the cost of every schedule.

    Jobs that may be skipped are left out of it, and so are setups and closed time.

    Parameters
    ----------
    problem
        Any.
    rules
        The same in arrays.
    """
    heads, shortest, tails = longest_paths(rules, problem.order)
    must = problem.jobs.skip_cost[problem.operations.job] == NONE
    if not must.all():
        # What waits for a job that is skipped need not wait.
        heads, tails = rules.release.copy(), np.zeros_like(tails)
    objective = problem.weights
    cost = 0
    if objective.makespan:
        paths = (heads + shortest + tails)[must]
        makespan = max(
            int(paths.max(initial=0)),
            _machines(problem, heads, tails),
            _pools(problem, must),
            _shared(problem, (heads, shortest, tails), must),
        )
        cost += objective.makespan * makespan
    if objective.tardiness:
        jobs = problem.jobs
        ends = np.zeros(len(jobs), dtype=np.int64)
        np.maximum.at(ends, problem.operations.job, heads + shortest)
        late = np.where(jobs.due == NONE, 0, np.maximum(ends - jobs.due, 0))
        late[jobs.skip_cost != NONE] = 0
        cost += objective.tardiness * int((jobs.weight * late).sum())
    return cost


def _machines(
    problem: SchedulingProblem,
    heads: np.ndarray[tuple[int], np.dtype[np.int64]],
    tails: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> int:
    """Return the largest bound of one machine with what only it can do."""
    modes = problem.modes
    single = np.diff(problem.mode_start) == 1
    single &= problem.jobs.skip_cost[problem.operations.job] == NONE
    rows = np.flatnonzero(single)
    first = problem.mode_start[rows]
    machine, work = modes.machine[first], modes.duration[first]
    best = 0
    order = np.argsort(machine, kind="stable")
    ends = np.searchsorted(machine[order], np.arange(problem.n_machines + 1)).tolist()
    exact = float((np.diff(ends).astype(np.float64) ** 2).sum()) <= MOST_PAIRS
    for number in np.flatnonzero(problem.machines.batch == 0).tolist():
        mine = order[ends[number] : ends[number + 1]]
        if not mine.size:
            continue
        own = rows[mine]
        if exact:
            bound = one_machine_bound(heads[own], work[mine], tails[own])
        else:
            bound = heads[own].min() + work[mine].sum() + tails[own].min()
        best = max(best, int(bound))
    return best


def _shared(
    problem: SchedulingProblem,
    paths: tuple[IntArray, IntArray, IntArray],
    must: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> int:
    """Return the time in which all machines together can do all work."""
    machines = problem.machines
    everywhere = np.minimum.reduceat(problem.modes.machine, problem.mode_start[:-1])
    rows = must & (everywhere != NONE)
    if not rows.any() or np.any(machines.batch):
        return 0
    heads, shortest, tails = (column[rows] for column in paths)
    work = -(-int(shortest.sum()) // len(machines))
    return int(heads.min()) + work + int(tails.min())


def _pools(
    problem: SchedulingProblem, must: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> int:
    """Return the time in which the pools can give all that is asked of them."""
    modes, best = problem.modes, 0
    for pool, capacity in enumerate(problem.pools.capacity.tolist()):
        if capacity == 0:
            continue
        use = np.zeros(len(modes), dtype=np.int64)
        rows = modes.use_pool == pool
        np.add.at(use, modes.use_mode[rows], modes.use_amount[rows])
        least = np.minimum.reduceat(use * modes.duration, problem.mode_start[:-1])
        best = max(best, -(-int(least[must].sum()) // capacity))
    return best
