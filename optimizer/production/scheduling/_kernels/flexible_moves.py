"""Where an operation could go: every place worth taking on every machine it can use.

Symbols: r, q and p as in the graph; G- is the graph without the machine arcs of v.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer._kernels.compiling import kernel
from optimizer.production.scheduling._kernels.dispatch import draw
from optimizer.production.scheduling._kernels.flexible_graph import Graph, heads, tails

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.shop import Shop

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]
    State = npt.NDArray[np.uint64]

__all__ = [
    "FAR",
    "Trial",
    "critical_path",
    "empty_trial",
    "insertions",
    "length_without",
]

# Longer than any path.
FAR = np.int64(1 << 60)


class Trial(NamedTuple):
    """What is looked at before a move, for n operations, at most w modes each.

    Parameters
    ----------
    head, tail
        ndarrays of shape (n,), int64: those of the graph, between calls.
    low, high
        ndarrays of shape (w,), int32: range of places for each mode of one operation.
    path
        ndarray of shape (n,), int32: operations of a critical path.
    value, mode, behind
        ndarrays of shape (n, 2), int64, int32 and int32: for each operation of the path
        the best move that is free, and the best that is tabu: length of the longest
        path through the operation, its mode, and the operation it follows.
    """

    head: Int64Array
    tail: Int64Array
    low: Int32Array
    high: Int32Array
    path: Int32Array
    value: Int64Array
    mode: Int32Array
    behind: Int32Array


def empty_trial(shop: Shop) -> Trial:
    """Return room for the moves of any schedule of a shop."""
    n = shop.head.size
    widest = int(np.diff(shop.mode_start).max(initial=1))
    return Trial(
        head=np.zeros(n, np.int64),
        tail=np.zeros(n, np.int64),
        low=np.zeros(widest, np.int32),
        high=np.zeros(widest, np.int32),
        path=np.zeros(n, np.int32),
        value=np.zeros((n, 2), np.int64),
        mode=np.zeros((n, 2), np.int32),
        behind=np.zeros((n, 2), np.int32),
    )


@kernel
def _setup(shop: Shop, k: int, x: int, y: int) -> int:
    """Return the setup between operations on machine `k`; -1 is the machine's end."""
    s = shop.matrix[k]
    if s < 0 or y < 0:
        return 0
    if x < 0:
        return shop.first_setup[s, shop.family[y]]
    return shop.setup[s, shop.family[x], shop.family[y]]


@kernel
def critical_path(
    shop: Shop, graph: Graph, path: Int32Array, length: int, state: State
) -> int:
    """Write the operations of a random longest path into `path`; return how many."""
    r, p = graph.head, graph.duration
    v, n_ties = -1, 0
    for o in range(r.size):
        if r[o] + p[o] + shop.tail[o] == length:
            n_ties += 1
            if draw(state, n_ties) == 0:
                v = o
    n_path = 0
    while v >= 0:
        path[n_path] = v
        n_path += 1
        x, n_ties = -1, 0
        for a in range(shop.before_start[v], shop.before_start[v + 1]):
            z = shop.before[a]
            if r[z] + p[z] + shop.before_lag[a] == r[v]:
                n_ties += 1
                if n_ties == 1 or draw(state, n_ties) == 0:
                    x = z
        z = graph.previous[v]
        if z >= 0 and r[z] + p[z] + _setup(shop, graph.machine[v], z, v) == r[v]:
            n_ties += 1
            if n_ties == 1 or draw(state, n_ties) == 0:
                x = z
        v = x
    return n_path


@kernel
def _places(
    shop: Shop, graph: Graph, trial: Trial, v: int, least: tuple[int, int, int]
) -> tuple[int, int]:
    """Bound the places of `v` in each mode; return the ranks to look at, last first."""
    r, p, q, sequence = graph.head, graph.duration, graph.tail, graph.sequence
    head_v, tail_v, cutoff = least
    last, first = -1, r.size
    for mode in range(shop.mode_start[v], shop.mode_start[v + 1]):
        j = mode - shop.mode_start[v]
        if head_v + shop.mode_duration[mode] + tail_v >= cutoff:
            trial.low[j], trial.high[j] = 0, -1
            continue
        k = shop.mode_machine[mode]
        base = graph.begin[k]
        low, end = base, base + graph.n_on[k]
        high, stop = low, end
        while low < end:
            middle = (low + end) >> 1
            o = sequence[middle]
            if r[o] + p[o] <= head_v:
                low = middle + 1
            else:
                end = middle
        while high < stop:
            middle = (high + stop) >> 1
            o = sequence[middle]
            if q[o] + p[o] > tail_v:
                high = middle + 1
            else:
                stop = middle
        if low < high:
            last = max(last, graph.rank[sequence[high - 1]])
            first = min(first, graph.rank[sequence[low]])
        trial.low[j], trial.high[j] = low - base, high - base
        if low > high:
            trial.low[j], trial.high[j] = high - base, low - base
    return last, first


@kernel
def insertions(
    shop: Shop,
    graph: Graph,
    trial: Trial,
    at: int,
    tabu: tuple[Int64Array, int, int, int],
    state: State,
) -> int:
    """Find the best free and the best tabu move of the operation at `at` of the path.

    `tabu` holds the iteration until which each mode is tabu, the iteration, the least
    makespan so far and the value from which on a mode is not looked at. Returns the
    number of operations looked at.

    References
    ----------
    Mastrolilli, Gambardella (2000), Effective neighbourhood functions for the flexible
    job shop problem, Journal of Scheduling 3(1), 3-20, theorem 1: the places between
    the operations that end late enough (L) and those with tails long enough (R) are
    feasible, and one of them is best. With setups it may be just outside.
    """
    until, iteration, best, cutoff = tabu
    p, previous, following = graph.duration, graph.previous, graph.following
    v = trial.path[at]
    head_v, tail_v = shop.head[v], shop.tail[v]
    for a in range(shop.before_start[v], shop.before_start[v + 1]):
        x = shop.before[a]
        head_v = max(head_v, graph.head[x] + p[x] + shop.before_lag[a])
    for a in range(shop.after_start[v], shop.after_start[v + 1]):
        y = shop.after[a]
        tail_v = max(tail_v, graph.tail[y] + p[y] + shop.after_lag[a])
    trial.value[at, 0] = trial.value[at, 1] = FAR
    last, first = _places(shop, graph, trial, v, (head_v, tail_v, cutoff))
    rank_v, x_old, y_old, p_old = graph.rank[v], previous[v], following[v], p[v]
    if x_old >= 0:
        following[x_old] = y_old
    if y_old >= 0:
        previous[y_old] = x_old
    p[v] = 0
    r, q = trial.head, trial.tail
    r[v], q[v] = head_v, tail_v
    heads(shop, graph, r, rank_v + 1, last)
    tails(shop, graph, q, rank_v - 1, first)
    n_ties = 0
    for mode in range(shop.mode_start[v], shop.mode_start[v + 1]):
        j = mode - shop.mode_start[v]
        low, high = trial.low[j], trial.high[j]
        if high < low:
            continue
        k = shop.mode_machine[mode]
        p_v = shop.mode_duration[mode]
        free = until[mode] <= iteration
        base = graph.begin[k]
        x = graph.sequence[base + low - 1] if low > 0 else -1
        if x == v:
            x = x_old
        if x >= 0:
            y = following[x]
        else:
            y = graph.sequence[base] if graph.n_on[k] > 0 else -1
            if y == v:
                y = y_old
        while True:
            h, t = head_v, tail_v
            if x >= 0:
                h = max(h, r[x] + p[x] + _setup(shop, k, x, v))
            else:
                h = max(h, _setup(shop, k, x, v))
            if y >= 0:
                t = max(t, q[y] + p[y] + _setup(shop, k, v, y))
            value = h + p_v + t
            if x != x_old or k != graph.machine[v]:
                column = 0 if free or value < best else 1
                if value <= trial.value[at, column]:
                    n_ties = n_ties + 1 if value == trial.value[at, column] else 1
                    if n_ties == 1 or draw(state, n_ties) == 0:
                        trial.value[at, column] = value
                        trial.mode[at, column] = mode
                        trial.behind[at, column] = x
            if y < 0 or graph.slot[y] >= high:
                break
            x, y = y, following[y]
    if x_old >= 0:
        following[x_old] = v
    if y_old >= 0:
        previous[y_old] = v
    p[v] = p_old
    for i in range(rank_v, last + 1):
        r[graph.order[i]] = graph.head[graph.order[i]]
    for i in range(min(first, rank_v), rank_v + 1):
        q[graph.order[i]] = graph.tail[graph.order[i]]
    r[v] = graph.head[v]
    return max(0, last - rank_v) + max(0, rank_v - first) + 4


@kernel
def length_without(shop: Shop, graph: Graph, trial: Trial, v: int) -> int:
    """Return the longest path if `v` takes no time and no machine."""
    p, r = graph.duration, trial.head
    x, y, p_old = graph.previous[v], graph.following[v], p[v]
    if x >= 0:
        graph.following[x] = y
    if y >= 0:
        graph.previous[y] = x
    p[v] = 0
    h = shop.head[v]
    for a in range(shop.before_start[v], shop.before_start[v + 1]):
        z = shop.before[a]
        h = max(h, r[z] + p[z] + shop.before_lag[a])
    r[v] = h
    n = r.size
    heads(shop, graph, r, graph.rank[v] + 1, n - 1)
    length = np.int64(0)
    for o in range(n):
        length = max(length, r[o] + p[o] + shop.tail[o])
    if x >= 0:
        graph.following[x] = v
    if y >= 0:
        graph.previous[y] = v
    p[v] = p_old
    for i in range(graph.rank[v], n):
        r[graph.order[i]] = graph.head[graph.order[i]]
    return length
