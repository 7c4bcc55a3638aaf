"""Longest paths and the bounds they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.rules import Rules

    Int64Array = npt.NDArray[np.int64]

__all__ = ["longest_paths", "one_machine_bound"]


@njit(cache=True)
def longest_paths(
    rules: Rules, order: Int64Array
) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Return heads, shortest durations and tails of the operations by precedence alone.

    Parameters
    ----------
    rules
        The problem.
    order
        ndarray of shape (n,), int64: an order that precedence allows.
    """
    n = order.size
    heads, tails = rules.release.copy(), np.zeros(n, np.int64)
    shortest, handover = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        least = rules.mode_duration[rules.mode_start[i]]
        first = rules.mode_handover[rules.mode_start[i]]
        for k in range(rules.mode_start[i], rules.mode_start[i + 1]):
            least = min(least, rules.mode_duration[k])
            first = min(first, rules.mode_handover[k])
        shortest[i], handover[i] = least, first
    for i in order:
        if rules.lock[i] >= 0:
            heads[i] = rules.lock[i]
        for x in range(rules.before_start[i], rules.before_start[i + 1]):
            a = rules.before[x]
            heads[i] = max(heads[i], heads[a] + handover[a] + rules.before_lag[x])
    for i in order[::-1]:
        for x in range(rules.before_start[i], rules.before_start[i + 1]):
            a = rules.before[x]
            behind = shortest[i] + rules.before_lag[x]
            # What overlaps ends no earlier; how much of it is left then is not known.
            behind = behind if handover[a] == shortest[a] else 0
            tails[a] = max(tails[a], tails[i] + behind)
    return heads, shortest, tails


@njit(cache=True)
def one_machine_bound(heads: Int64Array, work: Int64Array, tails: Int64Array) -> int:
    """Return the makespan of some operations on one machine that may be interrupted.

    Parameters
    ----------
    heads, work, tails
        ndarrays of shape (n,), int64: of each operation.

    References
    ----------
    Carlier (1982), "The one-machine sequencing problem", European Journal of
    Operational Research 11: Jackson's preemptive schedule.
    """
    n = heads.size
    by_head = np.argsort(heads, kind="mergesort")
    left, waiting = work.copy(), np.zeros(n, np.bool_)
    now, bound, come = np.int64(0), np.int64(0), 0
    while True:
        best = -1
        for x in range(come):
            i = by_head[x]
            if waiting[i] and (best < 0 or tails[i] > tails[best]):
                best = i
        if best < 0:
            if come == n:
                return bound
            now = max(now, heads[by_head[come]])
        else:
            until = now + left[best]
            if come < n:
                until = min(until, heads[by_head[come]])
            left[best] -= until - now
            now = until
            if left[best] == 0:
                waiting[best] = False
                bound = max(bound, now + tails[best])
        while come < n and heads[by_head[come]] <= now:
            i = by_head[come]
            waiting[i] = left[i] > 0
            bound = max(bound, heads[i] + left[i] + tails[i])
            come += 1
