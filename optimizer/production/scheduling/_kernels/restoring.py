"""Back to the plan before: undo what a better schedule of a shop does not need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer._kernels.compiling import kernel, part
from optimizer.production.scheduling._kernels.flexible_graph import (
    heads,
    insert,
    remove,
    reorder,
    sort_by_head,
    tails,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.flexible_graph import Graph
    from optimizer.production.scheduling._kernels.shop import Shop

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]

__all__ = ["restore_modes", "restore_starts"]

# Places around the one of the old start that are tried.
NEAR = 3


@part
def _length(shop: Shop, graph: Graph) -> int:
    """Return the longest path."""
    length = np.int64(0)
    for o in range(graph.head.size):
        length = max(length, graph.head[o] + graph.duration[o] + shop.tail[o])
    return length


@kernel
def _put(shop: Shop, graph: Graph, v: int, mode: int, x: int) -> bool:
    """Move `v` behind `x` in a mode, with its heads; False if that makes a cycle."""
    remove(graph, v)
    insert(shop, graph, v, mode, x)
    if not reorder(shop, graph, v):
        return False
    heads(shop, graph, graph.head, 0, graph.head.size - 1)
    sort_by_head(graph, 0)
    return True


@kernel
def _back(shop: Shop, graph: Graph, v: int, mode: int, limit: int, slack: int) -> bool:
    """Try to do `v` in a mode somewhere near its head, within a limit; else undo.

    `slack` places before and behind the first one that ends after the head are tried.
    """
    mode_old, x_old = graph.mode[v], graph.previous[v]
    k = shop.mode_machine[mode]
    base = graph.begin[k]
    at = graph.head[v]
    low, high = 0, graph.n_on[k]
    while low < high:
        middle = (low + high) >> 1
        o = graph.sequence[base + middle]
        if graph.head[o] + graph.duration[o] <= at:
            low = middle + 1
        else:
            high = middle
    first, last = max(low - slack, 0), min(low + slack, graph.n_on[k])
    for step in range(2 * slack + 1):
        # Outwards from the place itself: 0, 1, -1, 2, -2 and so on.
        place = low + ((step + 1) >> 1) * (1 if step & 1 else -1)
        if place < first or place > last or place > graph.n_on[k]:
            continue
        x = graph.sequence[base + place - 1] if place > 0 else -1
        if x == v:
            continue
        if _put(shop, graph, v, mode, x) and _length(shop, graph) <= limit:
            return True
        remove(graph, v)
        insert(shop, graph, v, mode_old, x_old)
        reorder(shop, graph, v)
        heads(shop, graph, graph.head, 0, graph.head.size - 1)
        sort_by_head(graph, 0)
    return False


@kernel
def restore_modes(
    shop: Shop, graph: Graph, wanted: Int32Array, limit: int, passes: int
) -> int:
    """Bring operations back to the modes they had, without a path above a limit.

    Parameters
    ----------
    shop, graph
        The problem, and the schedule that is changed; heads and tails are right
        afterwards.
    wanted
        ndarray of shape (n,), int32: mode before, -1 for any.
    limit
        Longest path allowed, at least that of the schedule.
    passes
        How often all operations are tried, >= 1, as one move may make room for another.

    Returns
    -------
    int
        Operations looked at.
    """
    n = graph.head.size
    used = 0
    for _ in range(passes):
        n_back = 0
        for i in range(n):
            # The order changes while it is walked: some are met twice, none is lost
            # for good, as there is a further pass while there is gain.
            v = graph.order[n - 1 - i]
            if wanted[v] < 0 or wanted[v] == graph.mode[v]:
                continue
            used += 4 * n
            if _back(shop, graph, v, wanted[v], limit, NEAR):
                n_back += 1
        if n_back == 0:
            break
    tails(shop, graph, graph.tail, n - 1, 0)
    return used


@kernel
def restore_starts(
    shop: Shop,
    graph: Graph,
    wanted: Int64Array,
    start: Int64Array,
    limit: int,
) -> None:
    """Write starts as near to those before as the order of a schedule allows.

    Parameters
    ----------
    shop, graph
        The problem, and a schedule with its heads.
    wanted
        ndarray of shape (n,), int64: start before, -1 for as early as possible.
    start
        ndarray of shape (n,), int64: is written; none is before its head.
    limit
        Longest path allowed.
    """
    p = graph.duration
    for i in range(graph.order.size - 1, -1, -1):
        o = graph.order[i]
        latest = limit - shop.tail[o] - p[o]
        for a in range(shop.after_start[o], shop.after_start[o + 1]):
            latest = min(latest, start[shop.after[a]] - shop.after_lag[a] - p[o])
        y = graph.following[o]
        if y >= 0:
            s = shop.matrix[graph.machine[o]]
            gap = shop.setup[s, shop.family[o], shop.family[y]] if s >= 0 else 0
            latest = min(latest, start[y] - gap - p[o])
        start[o] = max(graph.head[o], min(wanted[o], latest))
