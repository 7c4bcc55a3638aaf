"""The graph of one schedule: who follows whom on each machine, and the longest paths.

Operations are kept in a topological order that is also sorted by head, so what a move
can change lies in a short range of ranks.

Symbols: r head of an operation, the longest path to its start; q tail, the longest path
from its end; p its duration. The longest path through it is r + p + q.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from optimizer._kernels.compiling import kernel

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.shop import Shop

    Int8Array = npt.NDArray[np.int8]
    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]

__all__ = [
    "Graph",
    "empty_graph",
    "heads",
    "insert",
    "load",
    "remove",
    "reorder",
    "sort_by_head",
    "tails",
    "topological",
]


class Graph(NamedTuple):
    """A schedule as a graph, for n operations, m machines and k modes.

    Parameters
    ----------
    mode, machine, duration
        ndarrays of shape (n,), int32, int32 and int64: what each operation takes.
    previous, following
        ndarrays of shape (n,), int32: neighbours on the machine, -1 for none.
    slot
        ndarray of shape (n,), int32: place of each operation on its machine.
    sequence, begin, n_on
        ndarrays of shape (k,), (m + 1,) and (m,), int32: the operations of machine j in
        order are ``sequence[begin[j] : begin[j] + n_on[j]]``.
    order, rank
        ndarrays of shape (n,), int32: operations in topological order, and its inverse.
    head, tail
        ndarrays of shape (n,), int64: longest path to the start and from the end.
    mark
        ndarray of shape (n,), int8: zero between calls.
    buffer
        ndarray of shape (n,), int32: free between calls.
    """

    mode: Int32Array
    machine: Int32Array
    duration: Int64Array
    previous: Int32Array
    following: Int32Array
    slot: Int32Array
    sequence: Int32Array
    begin: Int32Array
    n_on: Int32Array
    order: Int32Array
    rank: Int32Array
    head: Int64Array
    tail: Int64Array
    mark: Int8Array
    buffer: Int32Array


def empty_graph(shop: Shop) -> Graph:
    """Return a graph with room for any schedule of a shop; `load` fills it."""
    n, m = shop.head.size, shop.matrix.size
    begin = np.zeros(m + 1, np.int32)
    np.cumsum(np.bincount(shop.mode_machine, minlength=m), out=begin[1:])
    return Graph(
        mode=np.zeros(n, np.int32),
        machine=np.zeros(n, np.int32),
        duration=np.zeros(n, np.int64),
        previous=np.full(n, -1, np.int32),
        following=np.full(n, -1, np.int32),
        slot=np.zeros(n, np.int32),
        sequence=np.zeros(shop.mode_machine.size, np.int32),
        begin=begin,
        n_on=np.zeros(m, np.int32),
        order=np.zeros(n, np.int32),
        rank=np.zeros(n, np.int32),
        head=np.zeros(n, np.int64),
        tail=np.zeros(n, np.int64),
        mark=np.zeros(n, np.int8),
        buffer=np.zeros(n, np.int32),
    )


@kernel
def heads(shop: Shop, graph: Graph, r: Int64Array, first: int, last: int) -> None:
    """Compute the heads of the operations of ranks `first`..`last` into `r`."""
    p, machine, previous, order = (
        graph.duration,
        graph.machine,
        graph.previous,
        graph.order,
    )
    release, start, before, lag = (
        shop.head,
        shop.before_start,
        shop.before,
        shop.before_lag,
    )
    matrix, family, setup = shop.matrix, shop.family, shop.setup
    for i in range(first, last + 1):
        o = order[i]
        h = release[o]
        for a in range(start[o], start[o + 1]):
            x = before[a]
            h = max(h, r[x] + p[x] + lag[a])
        x, s = previous[o], matrix[machine[o]]
        if x >= 0:
            e = r[x] + p[x]
            if s >= 0:
                e += setup[s, family[x], family[o]]
            h = max(h, e)
        elif s >= 0:
            h = max(h, shop.first_setup[s, family[o]])
        r[o] = h


@kernel
def tails(shop: Shop, graph: Graph, q: Int64Array, last: int, first: int) -> None:
    """Compute the tails of the operations of ranks `last` down to `first` into `q`."""
    p, machine, following, order = (
        graph.duration,
        graph.machine,
        graph.following,
        graph.order,
    )
    stay, start, after, lag = shop.tail, shop.after_start, shop.after, shop.after_lag
    matrix, family, setup = shop.matrix, shop.family, shop.setup
    for i in range(last, first - 1, -1):
        o = order[i]
        t = stay[o]
        for a in range(start[o], start[o + 1]):
            y = after[a]
            t = max(t, q[y] + p[y] + lag[a])
        y = following[o]
        if y >= 0:
            e = q[y] + p[y]
            s = matrix[machine[o]]
            if s >= 0:
                e += setup[s, family[o], family[y]]
            t = max(t, e)
        q[o] = t


@kernel
def remove(graph: Graph, v: int) -> None:
    """Take operation `v` off its machine."""
    k = graph.machine[v]
    x, y = graph.previous[v], graph.following[v]
    if x >= 0:
        graph.following[x] = y
    if y >= 0:
        graph.previous[y] = x
    base, n = graph.begin[k], graph.n_on[k]
    for i in range(graph.slot[v], n - 1):
        o = graph.sequence[base + i + 1]
        graph.sequence[base + i] = o
        graph.slot[o] = i
    graph.n_on[k] = n - 1


@kernel
def insert(shop: Shop, graph: Graph, v: int, mode: int, x: int) -> None:
    """Put operation `v` on the machine of `mode` behind operation `x`, -1 for first."""
    k = shop.mode_machine[mode]
    base, n = graph.begin[k], graph.n_on[k]
    place = graph.slot[x] + 1 if x >= 0 else 0
    for i in range(n, place, -1):
        o = graph.sequence[base + i - 1]
        graph.sequence[base + i] = o
        graph.slot[o] = i
    graph.sequence[base + place] = v
    graph.slot[v] = place
    graph.n_on[k] = n + 1
    y = graph.sequence[base + place + 1] if place < n else -1
    graph.previous[v], graph.following[v] = x, y
    if x >= 0:
        graph.following[x] = v
    if y >= 0:
        graph.previous[y] = v
    graph.mode[v] = mode
    graph.machine[v] = k
    graph.duration[v] = shop.mode_duration[mode]


@kernel
def sort_by_head(graph: Graph, first: int) -> None:
    """Sort the order by head from rank `first` on; equal heads keep their order.

    An arc never leads to a lesser head, so the order stays topological.
    """
    r, order, rank = graph.head, graph.order, graph.rank
    for i in range(max(first, 1), order.size):
        o = order[i]
        j = i
        while j > 0 and r[order[j - 1]] > r[o]:
            order[j] = order[j - 1]
            rank[order[j]] = j
            j -= 1
        order[j] = o
        rank[o] = j


@kernel
def load(shop: Shop, graph: Graph, order: Int32Array, mode: Int32Array) -> None:
    """Make the graph that runs operations in a topological `order` in given modes."""
    n = order.size
    graph.n_on[:] = 0
    for i in range(n):
        o = order[i]
        graph.order[i], graph.rank[o] = o, i
        k = shop.mode_machine[mode[o]]
        last = graph.begin[k] + graph.n_on[k] - 1
        x = graph.sequence[last] if graph.n_on[k] > 0 else -1
        insert(shop, graph, o, mode[o], x)
    heads(shop, graph, graph.head, 0, n - 1)
    sort_by_head(graph, 0)
    tails(shop, graph, graph.tail, n - 1, 0)


@kernel
def reorder(shop: Shop, graph: Graph, v: int) -> bool:
    """Restore the topological order after `v` has moved; False if there is a cycle.

    Between the first successor and the last predecessor of `v`, its descendants go
    behind it and all else before it. With a cycle the order is left as it was.

    References
    ----------
    Pearce, Kelly (2007), A dynamic topological sort algorithm for directed acyclic
    graphs, ACM Journal of Experimental Algorithmics 11: the affected region.
    """
    order, rank, mark, buffer = graph.order, graph.rank, graph.mark, graph.buffer
    low = high = rank[v]
    if graph.following[v] >= 0:
        low = min(low, rank[graph.following[v]])
    if graph.previous[v] >= 0:
        high = max(high, rank[graph.previous[v]])
    for a in range(shop.after_start[v], shop.after_start[v + 1]):
        low = min(low, rank[shop.after[a]])
    for a in range(shop.before_start[v], shop.before_start[v + 1]):
        high = max(high, rank[shop.before[a]])
    if low == high:
        return True
    mark[v] = 1
    n_behind = 0
    for i in range(low, high + 1):
        o = order[i]
        x = graph.previous[o]
        behind = x >= 0 and mark[x] == 1
        for a in range(shop.before_start[o], shop.before_start[o + 1]):
            behind = behind or mark[shop.before[a]] == 1
        if behind:
            if o == v:
                n_behind = -1
                break
            mark[o] = 1
            buffer[n_behind] = o
            n_behind += 1
    x = graph.previous[v]
    cycle = n_behind < 0 or (x >= 0 and mark[x] == 1)
    for a in range(shop.before_start[v], shop.before_start[v + 1]):
        cycle = cycle or mark[shop.before[a]] == 1
    if not cycle:
        j = low
        for i in range(low, high + 1):
            o = order[i]
            if mark[o] == 0:
                order[j], rank[o] = o, j
                j += 1
        order[j], rank[v] = v, j
        for i in range(n_behind):
            order[j + 1 + i], rank[buffer[i]] = buffer[i], j + 1 + i
    for i in range(low, high + 1):
        mark[order[i]] = 0
    mark[v] = 0
    return not cycle


@njit(cache=True)
def topological(shop: Shop) -> Int32Array:
    """Return the place of each operation in a topological order, shape (n,)."""
    n = shop.head.size
    place = np.zeros(n, np.int32)
    left = np.empty(n, np.int32)
    queue = np.empty(n, np.int32)
    size = 0
    for i in range(n):
        left[i] = shop.before_start[i + 1] - shop.before_start[i]
        if left[i] == 0:
            queue[size] = i
            size += 1
    taken = 0
    while taken < size:
        i = queue[taken]
        place[i] = taken
        taken += 1
        for a in range(shop.after_start[i], shop.after_start[i + 1]):
            j = shop.after[a]
            left[j] -= 1
            if left[j] == 0:
                queue[size] = j
                size += 1
    return place
