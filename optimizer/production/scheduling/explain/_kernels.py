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

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    import numpy.typing as npt

    Int64Array = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]

__all__ = ["FOREVER", "Plant", "needed_operations", "refuted"]

FOREVER = 1 << 60
"""A time after all others."""

ROUNDS = 30
"""Rounds of propagation at most; a fixed point is there after a few."""


class Plant(NamedTuple):
    """A problem under a setting of its rules, in arrays.

    With n operations, k modes, m machines, w windows, a arcs, g groups of machines.

    Parameters
    ----------
    order
        ndarray of shape (n,): each operation after those before it.
    release, latest, lock, lock_machine
        ndarrays of shape (n,): earliest start, latest end (-1 for none), fixed start
        (-1 for none) and its machine (-2 for none).
    forced
        ndarray of shape (n,), bool: of a job that must be done.
    arc_start, arc_before, arc_lag
        Arcs grouped by the operation after: (n + 1,), (a,), (a,).
    mode_start, mode_machine, mode_duration, mode_possible
        Modes by operation; whether batches and pools are large enough.
    resumable, family
        ndarrays of shape (n,).
    units
        ndarray of shape (m,): machines of the kind, 0 for no limit.
    single
        ndarray of shape (m,), bool: operations follow each other, one by one.
    window_start, window_from, window_to
        Closed windows by machine: (m + 1,), (w,), (w,); empty ones count as none.
    matrix, first_family, setup
        Setups that hold whatever comes between: (m,), (m,), (s, f, f).
    group_start, group_member, group_duration, group_machine_start, group_machine
        Operations that need one of a group of machines, and those machines.
    pool_start, pool_member, pool_energy, capacity
        Operations that need units of each pool, units times ticks; units, -1 for no
        limit.
    away_pool, away_from, away_to, away_amount
        Absences that hold.
    """

    order: Int64Array
    release: Int64Array
    latest: Int64Array
    lock: Int64Array
    lock_machine: Int64Array
    forced: BoolArray
    arc_start: Int64Array
    arc_before: Int64Array
    arc_lag: Int64Array
    mode_start: Int64Array
    mode_machine: Int64Array
    mode_duration: Int64Array
    mode_possible: BoolArray
    resumable: Int64Array
    family: Int64Array
    units: Int64Array
    single: BoolArray
    window_start: Int64Array
    window_from: Int64Array
    window_to: Int64Array
    matrix: Int64Array
    first_family: Int64Array
    setup: Int64Array
    group_start: Int64Array
    group_member: Int64Array
    group_duration: Int64Array
    group_machine_start: Int64Array
    group_machine: Int64Array
    pool_start: Int64Array
    pool_member: Int64Array
    pool_energy: Int64Array
    capacity: Int64Array
    away_pool: Int64Array
    away_from: Int64Array
    away_to: Int64Array
    away_amount: Int64Array


@njit(cache=True, nogil=True)
def needed_operations(p: Plant) -> BoolArray:
    """Return the operations that a date binds: locked, due, or before such a one."""
    n = p.release.size
    need = np.zeros(n, np.bool_)
    for x in range(n - 1, -1, -1):
        i = p.order[x]
        if p.forced[i] and (p.latest[i] >= 0 or p.lock[i] >= 0):
            need[i] = True
        if need[i]:
            for y in range(p.arc_start[i], p.arc_start[i + 1]):
                if p.forced[p.arc_before[y]]:
                    need[p.arc_before[y]] = True
    return need


@njit(cache=True, nogil=True)
def _opening(p: Plant, m: int, at: int, duration: int, resumable: int) -> int:
    """Return the first time from `at` on at which a machine can start."""
    if duration == 0 or m < 0:
        return at
    need = 1 if resumable else duration
    for w in range(p.window_start[m], p.window_start[m + 1]):
        if p.window_to[w] <= at or p.window_from[w] >= p.window_to[w]:
            continue
        if p.window_from[w] >= at + need:
            break
        at = p.window_to[w]
    return at


@njit(cache=True, nogil=True)
def _after(p: Plant, m: int, at: int, duration: int) -> int:
    """Return when a machine has worked some open time from `at` on."""
    if duration == 0 or m < 0:
        return at + duration
    for w in range(p.window_start[m], p.window_start[m + 1]):
        if p.window_to[w] <= at or p.window_from[w] >= p.window_to[w]:
            continue
        free = max(p.window_from[w] - at, 0)
        if free >= duration:
            break
        duration -= free
        at = p.window_to[w]
    return at + duration


@njit(cache=True, nogil=True)
def _before(p: Plant, m: int, at: int, duration: int) -> int:
    """Return from when on a machine has worked some open time until `at`."""
    if duration == 0 or m < 0:
        return at - duration
    for w in range(p.window_start[m + 1] - 1, p.window_start[m] - 1, -1):
        if p.window_from[w] >= at or p.window_from[w] >= p.window_to[w]:
            continue
        free = max(at - p.window_to[w], 0)
        if free >= duration:
            break
        duration -= free
        at = p.window_from[w]
    return at - duration


@njit(cache=True, nogil=True)
def _last_start(p: Plant, m: int, end: int, duration: int, resumable: int) -> int:
    """Return the latest start of work that ends by a time."""
    if duration == 0 or m < 0:
        return end - duration
    if resumable:
        return _before(p, m, end, duration)
    for w in range(p.window_start[m + 1] - 1, p.window_start[m] - 1, -1):
        if p.window_from[w] >= end or p.window_from[w] >= p.window_to[w]:
            continue
        if p.window_to[w] <= end - duration:
            break
        end = p.window_from[w]
    return end - duration


@njit(cache=True, nogil=True)
def _open_until(p: Plant, m: int, at: int) -> int:
    """Return how long a machine is open from 0 to a time."""
    total = at
    for w in range(p.window_start[m], p.window_start[m + 1]):
        if p.window_from[w] >= at:
            break
        total -= max(min(p.window_to[w], at) - p.window_from[w], 0)
    return total


@njit(cache=True, nogil=True)
def _usable(p: Plant, i: int, k: int) -> bool:
    if not p.mode_possible[k]:
        return False
    return p.lock[i] < 0 or p.lock_machine[i] == p.mode_machine[k]


@njit(cache=True, nogil=True)
def _setup_at_first(p: Plant, m: int, i: int) -> int:
    """Return when a machine's first setup for an operation is over."""
    if m < 0 or p.matrix[m] < 0 or p.first_family[m] < 0 or p.units[m] == 0:
        return 0
    setup = p.setup[p.matrix[m], p.first_family[m], p.family[i]]
    return _after(p, m, 0, setup)


@njit(cache=True, nogil=True)
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
            s = _opening(p, m, first, d, p.resumable[i])
            if p.lock[i] >= 0 and s > p.lock[i]:
                continue
            e = _after(p, m, s, d)
            if e > lct[i]:
                continue
            start, end = min(start, s), min(end, e)
        if start == FOREVER:
            return True
        est[i], ect[i] = start, max(end, ect[i])
    return False


@njit(cache=True, nogil=True)
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
                s = _last_start(p, m, lct[i], d, p.resumable[i])
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


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _shortest(p: Plant, i: int) -> int:
    least = FOREVER
    for k in range(p.mode_start[i], p.mode_start[i + 1]):
        if _usable(p, i, k):
            least = min(least, p.mode_duration[k])
    return least


@njit(cache=True, nogil=True)
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
            i_first = _after(p, m, ect[i], ij) <= lst[j]
            j_first = _after(p, m, ect[j], ji) <= lst[i]
            if _shortest(p, i) == 0 or _shortest(p, j) == 0:
                continue
            if not i_first and not j_first:
                return 2
            if i_first and j_first:
                continue
            a, b, gap = (i, j, ij) if i_first else (j, i, ji)
            first = _after(p, m, ect[a], gap)
            last = _before(p, m, lst[b], gap)
            if first > est[b]:
                est[b], changed = first, 1
            if last < lct[a]:
                lct[a], changed = last, 1
    return changed


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
            opened[x] += p.units[m] * _open_until(p, m, est[i])
            closed[x] += p.units[m] * _open_until(p, m, lct[i])
    for x in range(size):
        begin, work = est[p.group_member[rows[x]]], 0
        for z in range(size):
            y = by_end[z]
            if est[p.group_member[rows[y]]] >= begin:
                work += p.group_duration[rows[y]]
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


@njit(cache=True, nogil=True)
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
                    end = max(end, _after(p, m, p.lock[i], d))
            if p.single.size and end < lct[i]:
                # A batch may last longer than its member.
                batched = False
                for k in range(p.mode_start[i], p.mode_start[i + 1]):
                    m = p.mode_machine[k]
                    batched |= m >= 0 and not p.single[m]
                lct[i] = min(lct[i], FOREVER if batched else end)
            elif end < lct[i]:
                lct[i] = end
    return est, ect, lst, lct


@njit(cache=True, nogil=True)
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
