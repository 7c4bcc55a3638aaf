"""A problem under a setting of its rules, in arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    import numpy.typing as npt

    Int64Array = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]

__all__ = ["FOREVER", "Plant", "needed_operations"]

FOREVER = 1 << 60
"""A time after all others."""


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
