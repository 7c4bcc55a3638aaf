"""Proof without search that rules contradict each other: times and energy.

Earliest starts and latest ends are pushed along precedence, through calendars, and past
each other on machines; then the work that must lie in a window of time is compared with
what the machines, or pools, can give in it.

References
----------
Carlier, Pinson (1989), "An algorithm for solving the job-shop problem", Management
Science 35: disjunctive pairs. Baptiste, Le Pape, Nuijten (2001), "Constraint-based
scheduling", chapters 2 and 3: energy of windows of time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from optimizer._kernels.compiling import kernel
from optimizer.production.scheduling.explain._kernels.calendars import (
    after,
    before,
    last_start,
    open_until,
    opening,
)
from optimizer.production.scheduling.explain._kernels.plant import FOREVER

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling.explain._kernels.plant import Plant

    Int64Array = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]

__all__ = ["refuted"]

ROUNDS = 30
"""Rounds of propagation at most; a fixed point is there after a few."""


@kernel
def _usable(p: Plant, i: int, k: int) -> bool:
    if not p.mode_possible[k]:
        return False
    return p.lock[i] < 0 or p.lock_machine[i] == p.mode_machine[k]


@kernel
def _setup_at_first(p: Plant, m: int, i: int) -> int:
    """Return when a machine's first setup for an operation is over."""
    if m < 0 or p.matrix[m] < 0 or p.first_family[m] < 0 or p.units[m] == 0:
        return 0
    setup = p.setup[p.matrix[m], p.first_family[m], p.family[i]]
    return after(p, m, 0, setup)


@kernel
def _forward(
    p: Plant, need: BoolArray, est: Int64Array, ect: Int64Array, lct: Int64Array
) -> bool:
    """Push earliest times along precedence; return whether none is possible."""
    for x in range(p.order.size):
        i = p.order[x]
        if not need[i]:
            continue
        ready = max(est[i], p.release[i])
        for y in range(p.arc_start[i], p.arc_start[i + 1]):
            if need[p.arc_before[y]]:
                ready = max(ready, ect[p.arc_before[y]] + p.arc_lag[y])
        if p.lock[i] >= 0:
            if ready > p.lock[i]:
                return True
            ready = p.lock[i]
        start, end = FOREVER, FOREVER
        for k in range(p.mode_start[i], p.mode_start[i + 1]):
            if not _usable(p, i, k):
                continue
            m, d = p.mode_machine[k], p.mode_duration[k]
            first = max(ready, _setup_at_first(p, m, i))
            s = opening(p, m, first, d, p.resumable[i])
            if p.lock[i] >= 0 and s > p.lock[i]:
                continue
            e = after(p, m, s, d)
            if e > lct[i]:
                continue
            start, end = min(start, s), min(end, e)
        if start == FOREVER:
            return True
        est[i], ect[i] = start, max(end, ect[i])
    return False


@kernel
def _backward(p: Plant, need: BoolArray, lst: Int64Array, lct: Int64Array) -> bool:
    """Push latest times against precedence; return whether none is possible."""
    for x in range(p.order.size - 1, -1, -1):
        i = p.order[x]
        if not need[i]:
            continue
        start = -FOREVER
        for k in range(p.mode_start[i], p.mode_start[i + 1]):
            if _usable(p, i, k):
                m, d = p.mode_machine[k], p.mode_duration[k]
                s = last_start(p, m, lct[i], d, p.resumable[i])
                start = max(start, s)
        if p.lock[i] >= 0:
            if start < p.lock[i]:
                return True
            start = p.lock[i]
        lst[i] = min(lst[i], start)
        for y in range(p.arc_start[i], p.arc_start[i + 1]):
            a = p.arc_before[y]
            if need[a]:
                lct[a] = min(lct[a], lst[i] - p.arc_lag[y])
    return False


@kernel
def _only_machine(p: Plant, i: int) -> int:
    """Return the machine of an operation that has no choice, -1 for none."""
    found = -1
    for k in range(p.mode_start[i], p.mode_start[i + 1]):
        if _usable(p, i, k):
            m = p.mode_machine[k]
            if m < 0 or (found >= 0 and found != m):
                return -1
            found = m
    return found


@kernel
def _shortest(p: Plant, i: int) -> int:
    least = FOREVER
    for k in range(p.mode_start[i], p.mode_start[i + 1]):
        if _usable(p, i, k):
            least = min(least, p.mode_duration[k])
    return least


@kernel
def _pairs(
    p: Plant,
    on: Int64Array,
    m: int,
    est: Int64Array,
    ect: Int64Array,
    lst: Int64Array,
    lct: Int64Array,
) -> int:
    """Order pairs of a machine that fit in one order only; 2 if one fits in none."""
    changed = 0
    for x in range(on.size):
        i = on[x]
        for y in range(x):
            j = on[y]
            ij, ji = 0, 0
            if p.matrix[m] >= 0:
                ij = p.setup[p.matrix[m], p.family[i], p.family[j]]
                ji = p.setup[p.matrix[m], p.family[j], p.family[i]]
            i_first = after(p, m, ect[i], ij) <= lst[j]
            j_first = after(p, m, ect[j], ji) <= lst[i]
            if _shortest(p, i) == 0 or _shortest(p, j) == 0:
                continue
            if not i_first and not j_first:
                return 2
            if i_first and j_first:
                continue
            a, b, gap = (i, j, ij) if i_first else (j, i, ji)
            first = after(p, m, ect[a], gap)
            last = before(p, m, lst[b], gap)
            if first > est[b]:
                est[b], changed = first, 1
            if last < lct[a]:
                lct[a], changed = last, 1
    return changed


@kernel
def _least_change(p: Plant, g: int) -> int:
    """Return the shortest setup between families of a machine, 0 for a group."""
    if p.group_machine_start[g + 1] - p.group_machine_start[g] != 1:
        return 0
    m = p.group_machine[p.group_machine_start[g]]
    if p.matrix[m] < 0 or p.units[m] != 1:
        return 0
    least = FOREVER
    for a in range(p.setup.shape[1]):
        for b in range(p.setup.shape[1]):
            if a != b:
                least = min(least, p.setup[p.matrix[m], a, b])
    return least if least < FOREVER else 0


@njit(cache=True, nogil=True)
def _overloaded(
    p: Plant, need: BoolArray, g: int, est: Int64Array, lct: Int64Array
) -> bool:
    """Whether a group of machines has more work in a window of time than it has."""
    first, last = p.group_start[g], p.group_start[g + 1]
    size = 0
    for x in range(first, last):
        size += need[p.group_member[x]]
    if size < 2:
        return False
    rows = np.empty(size, np.int64)
    key = np.empty(size, np.int64)
    at = 0
    for x in range(first, last):
        if need[p.group_member[x]]:
            rows[at], key[at] = x, lct[p.group_member[x]]
            at += 1
    by_end = np.argsort(key)
    opened = np.zeros(size, np.int64)
    closed = np.zeros(size, np.int64)
    for y in range(p.group_machine_start[g], p.group_machine_start[g + 1]):
        m = p.group_machine[y]
        if p.units[m] == 0:
            return False
        for x in range(size):
            i = p.group_member[rows[x]]
            opened[x] += p.units[m] * open_until(p, m, est[i])
            closed[x] += p.units[m] * open_until(p, m, lct[i])
    change = _least_change(p, g)
    seen = np.full(p.setup.shape[1], -1)
    for x in range(size):
        begin, work = est[p.group_member[rows[x]]], 0
        first = True
        for z in range(size):
            y = by_end[z]
            i = p.group_member[rows[y]]
            if est[i] < begin:
                continue
            work += p.group_duration[rows[y]]
            if change and seen[p.family[i]] != x:
                # Each family but the first comes after a change.
                seen[p.family[i]] = x
                work += 0 if first else change
                first = False
            if work > closed[y] - opened[x]:
                return True
    return False


@njit(cache=True, nogil=True)
def _pool_overloaded(
    p: Plant, need: BoolArray, q: int, est: Int64Array, lct: Int64Array
) -> bool:
    """Whether a pool has more work in a window of time than it can give."""
    first, last = p.pool_start[q], p.pool_start[q + 1]
    if p.capacity[q] < 0:
        return False
    key = np.empty(last - first, np.int64)
    for x in range(first, last):
        key[x - first] = lct[p.pool_member[x]]
    by_end = np.argsort(key)
    for x in range(first, last):
        i = p.pool_member[x]
        if not need[i]:
            continue
        work = 0
        for z in range(by_end.size):
            y = first + by_end[z]
            j = p.pool_member[y]
            if not need[j] or est[j] < est[i]:
                continue
            work += p.pool_energy[y]
            given = p.capacity[q] * (lct[j] - est[i])
            if work > given:
                return True
            for a in range(p.away_pool.size):
                if p.away_pool[a] == q:
                    gap = min(p.away_to[a], lct[j]) - max(p.away_from[a], est[i])
                    given -= max(gap, 0) * min(p.away_amount[a], p.capacity[q])
            # Absences may overlap, and then count twice: only the sum within the
            # capacity is certain.
            if work > max(given, 0) and _away_apart(p, q):
                return True
    return False


@kernel
def _away_apart(p: Plant, q: int) -> bool:
    """Whether no two absences of a pool overlap."""
    for a in range(p.away_pool.size):
        for b in range(a):
            if p.away_pool[a] == q and p.away_pool[b] == q:
                low = max(p.away_from[a], p.away_from[b])
                if low < min(p.away_to[a], p.away_to[b]):
                    return False
    return True


@njit(cache=True, nogil=True)
def _start_times(
    p: Plant, need: BoolArray
) -> tuple[Int64Array, Int64Array, Int64Array, Int64Array]:
    n = p.release.size
    est, ect = p.release.copy(), np.zeros(n, np.int64)
    lst, lct = np.full(n, FOREVER), np.full(n, FOREVER)
    for i in range(n):
        if need[i] and p.latest[i] >= 0:
            lct[i] = p.latest[i]
        if need[i] and p.lock[i] >= 0:
            end = 0
            for k in range(p.mode_start[i], p.mode_start[i + 1]):
                if _usable(p, i, k):
                    m, d = p.mode_machine[k], p.mode_duration[k]
                    end = max(end, after(p, m, p.lock[i], d))
            # A batch may last longer than its member.
            batched = p.lock_machine[i] >= 0 and not p.single[p.lock_machine[i]]
            lct[i] = lct[i] if batched else min(lct[i], end)
    return est, ect, lst, lct


@kernel
def _alone(p: Plant) -> bool:
    """Whether an operation that must be done cannot be done at all."""
    for i in range(p.release.size):
        if not p.forced[i]:
            continue
        possible = False
        for k in range(p.mode_start[i], p.mode_start[i + 1]):
            possible |= _usable(p, i, k)
        if not possible:
            return True
    return False


@njit(cache=True, nogil=True)
def refuted(p: Plant, need: BoolArray) -> bool:
    """Return whether no schedule keeps the rules; False says nothing.

    Parameters
    ----------
    p
        The problem under a setting.
    need
        ndarray of shape (n,), bool: as `needed_operations`.
    """
    if _alone(p):
        return True
    est, ect, lst, lct = _start_times(p, need)
    machine = np.full(est.size, -1)
    for i in range(est.size):
        if need[i]:
            machine[i] = _only_machine(p, i)
    for _ in range(ROUNDS):
        if _forward(p, need, est, ect, lct) or _backward(p, need, lst, lct):
            return True
        for i in range(est.size):
            if need[i] and (est[i] > lst[i] or ect[i] > lct[i]):
                return True
        changed = 0
        for m in range(p.units.size):
            if p.units[m] != 1 or not p.single[m]:
                continue
            on = np.flatnonzero(machine == m)
            found = _pairs(p, on, m, est, ect, lst, lct)
            if found == 2:
                return True
            changed |= found
        if not changed:
            break
    for g in range(p.group_start.size - 1):
        if _overloaded(p, need, g, est, lct):
            return True
    over = False
    for q in range(p.capacity.size):
        over |= _pool_overloaded(p, need, q, est, lct)
    return over
