"""Brings operations back to the machines that they had, as far as a makespan allows.

A tabu search that may move everything also moves what gains nothing, since most short
plans have many neighbours that are as short. Here half of what moved is put back at
once, which makes the plan longer, and a search that may only choose the machines of
the rest makes it short again. If it does, they stay at home, and the next half is
tried; if not, a smaller part is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling._kernels.flexible_graph import empty_graph, load
from optimizer.production.scheduling.problem import NONE
from optimizer.production.scheduling.repair.shops import ShopRepair, left_over

if TYPE_CHECKING:
    from optimizer.production.scheduling.repair.first import Plan, Room
    from optimizer.production.scheduling.repair.running import Run
    from optimizer.production.scheduling.repair.shops import BoolArray

__all__ = ["bring_home"]

TRIES = 24
"""Parts of what moved that are tried, each with as much of the time that is left."""

SLICES = 20
"""Looks at the clock within a try."""

FIRST_WORK = 2_000

MOST, LESS, MORE = 0.5, 0.6, 1.2
"""Share that is put back at first, and what it is changed by where that fails, or
succeeds."""


def bring_home(
    room: Room, plan: Plan, fixed: BoolArray, *, limit: int, run: Run
) -> Plan:
    """Return a plan that is no longer than allowed, with fewer changes of machine.

    Parameters
    ----------
    room
        Problem and plan before.
    plan
        A repair of a shop without faults, see `left_over`.
    fixed
        ndarray of shape (n_operations,), bool: what stays where it is.
    limit
        Makespan allowed.
    run
        Its time, or its work, is used up.
    """
    rng = np.random.Generator(np.random.Philox(run.options.seed))
    share = MOST
    for number in range(TRIES):
        moved = _moved(room, plan, fixed)
        if not moved.any() or run.out_of_time:
            break
        back = moved & (rng.random(moved.size) < share)
        if not back.any():
            back[rng.choice(np.flatnonzero(moved))] = True
        shorter = _tried(room, plan, fixed, back=back, limit=limit, run=run, n=number)
        share = min(share * (LESS if shorter is None else MORE), MOST)
        if shorter is not None:
            plan = shorter
    return plan


def _moved(room: Room, plan: Plan, fixed: BoolArray) -> BoolArray:
    """Return what is on another machine than before without need."""
    home = room.upset.mode
    moved: BoolArray = (home != NONE) & (plan.mode != home) & ~plan.displaced & ~fixed
    return moved


def _tried(
    room: Room,
    plan: Plan,
    fixed: BoolArray,
    *,
    back: BoolArray,
    limit: int,
    run: Run,
    n: int,
) -> Plan | None:
    """Put some back, and return what a search makes of it; None if it is too long."""
    left = left_over(room, plan, fixed)
    if left is None:
        return None
    weight = room.upset.problem.objective.makespan
    mode = plan.mode.copy()
    mode[back] = room.upset.mode[back]
    order = np.argsort(plan.start[left.rows], kind="stable").astype(np.int32)
    graph = empty_graph(left.shop)
    local = left.local(mode)
    load(left.shop, graph, order, local)
    forced = left.whole(graph.head.copy(), local, weight)
    choosy = plan.displaced | (room.upset.mode == NONE)
    choosy |= _moved(room, plan, fixed) & ~back
    rest = left_over(room, forced, fixed, choosy=choosy)
    if rest is None:
        return None
    wanted = (room.upset.mode, room.upset.start)
    search = ShopRepair(rest, wanted, weight=weight, seed=n, bound=limit)
    run.spend(search, share=1.0 / (TRIES - n), slices=SLICES, first_work=FIRST_WORK)
    return search.plan(limit) if search.cost <= weight * limit else None
