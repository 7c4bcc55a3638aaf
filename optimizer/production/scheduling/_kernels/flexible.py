"""Tabu search over schedules of a flexible job shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer._kernels.compiling import kernel
from optimizer.production.scheduling._kernels.dispatch import draw
from optimizer.production.scheduling._kernels.flexible_graph import (
    Graph,
    heads,
    insert,
    remove,
    reorder,
    sort_by_head,
    tails,
)
from optimizer.production.scheduling._kernels.flexible_moves import (
    FAR,
    Trial,
    critical_path,
    insertions,
    length_without,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.shop import Shop

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]
    State = npt.NDArray[np.uint64]

__all__ = [
    "BEGUN",
    "BEST",
    "ITERATION",
    "N_COUNTERS",
    "PATIENCE",
    "STALL",
    "STALL_MAX",
    "STOP",
    "tabu_search",
]

# Places of the counters: iterations done; iterations done when this run began; those
# since the best of this run; how many of them end the run, at least and by now;
# makespan of the best of this run; makespan that ends it.
ITERATION, BEGUN, STALL, PATIENCE, STALL_MAX, BEST, STOP = 0, 1, 2, 3, 4, 5, 6
N_COUNTERS = 7
# Operations of a critical path that are looked at in one iteration, drawn at random.
# With 40 a run gets half as far in the same time; with 4 it chooses too blindly.
PATH_MAX = 12
# Moves of an iteration whose makespan is computed in full, the most promising first.
EXACT_MAX = 2
TENURE_NOISE = 8


@kernel
def _choose(shop: Shop, graph: Graph, trial: Trial, n_path: int, state: State) -> int:
    """Return the place in the path of the operation with the best free move, or -1.

    The path through a moved operation bounds its makespan below; the longest path
    around it is computed for the few that promise most.
    """
    value = trial.value
    chosen, least, least_through = -1, FAR, FAR
    for _ in range(EXACT_MAX):
        at, through, n_ties = -1, FAR, 0
        for i in range(n_path):
            if value[i, 0] <= through and value[i, 0] < FAR:
                n_ties = n_ties + 1 if value[i, 0] == through else 1
                if n_ties == 1 or draw(state, n_ties) == 0:
                    at, through = i, value[i, 0]
        if at < 0 or through >= least:
            break
        full = max(through, length_without(shop, graph, trial, trial.path[at]))
        if full < least or (full == least and through < least_through):
            chosen, least, least_through = at, full, through
        value[at, 0] = FAR
    return chosen


@kernel
def _move(shop: Shop, graph: Graph, trial: Trial, v: int, mode: int, x: int) -> bool:
    """Move `v` behind `x` in a mode, bring all paths up to date; False if a cycle."""
    n = graph.order.size
    mode_old, x_old, y_old = graph.mode[v], graph.previous[v], graph.following[v]
    remove(graph, v)
    insert(shop, graph, v, mode, x)
    if not reorder(shop, graph, v):
        remove(graph, v)
        insert(shop, graph, v, mode_old, x_old)
        return False
    first = graph.rank[v]
    if y_old >= 0:
        first = min(first, graph.rank[y_old])
    heads(shop, graph, graph.head, first, n - 1)
    sort_by_head(graph, first)
    last = graph.rank[v]
    if x_old >= 0:
        last = max(last, graph.rank[x_old])
    tails(shop, graph, graph.tail, last, 0)
    for o in range(n):
        trial.head[o], trial.tail[o] = graph.head[o], graph.tail[o]
    return True


@kernel
def tabu_search(
    shop: Shop,
    graph: Graph,
    trial: Trial,
    until: Int64Array,
    state: State,
    counters: Int64Array,
    best_start: Int64Array,
    best_mode: Int32Array,
    work: int,
) -> int:
    """Move critical operations until about `work` were looked at; return how many.

    Ends early at the makespan ``counters[STOP]`` and after ``counters[STALL_MAX]``
    iterations without a new best one: ``counters[PATIENCE]`` and as many again as it
    took to find.

    Parameters
    ----------
    shop, graph, trial
        The problem, the schedule that is changed, and room for moves.
    until
        ndarray of shape (k,), int64: iteration until which each mode is tabu.
    state
        Of the generator of random numbers.
    counters
        ndarray of shape (N_COUNTERS,), int64.
    best_start, best_mode
        ndarrays of shape (n,): the best schedule of this run, if it is better than
        ``counters[BEST]``.
    work
        Operations to look at.

    References
    ----------
    Mastrolilli, Gambardella (2000), Effective neighbourhood functions for the flexible
    job shop problem, Journal of Scheduling 3(1), 3-20.
    """
    n = graph.order.size
    used = 0
    for o in range(n):
        trial.head[o], trial.tail[o] = graph.head[o], graph.tail[o]
    while used < work:
        length = np.int64(0)
        for o in range(n):
            length = max(length, graph.head[o] + graph.duration[o] + shop.tail[o])
        used += n
        if length < counters[BEST]:
            counters[BEST], counters[STALL] = length, 0
            # What took long to find may be improved for as long again.
            run = counters[ITERATION] - counters[BEGUN]
            counters[STALL_MAX] = counters[PATIENCE] + run
            for o in range(n):
                best_start[o], best_mode[o] = graph.head[o], graph.mode[o]
        if length <= counters[STOP] or counters[STALL] >= counters[STALL_MAX]:
            break
        counters[ITERATION] += 1
        counters[STALL] += 1
        iteration = counters[ITERATION]
        n_path = critical_path(shop, graph, trial.path, length, state)
        n_all = n_path
        if n_path > PATH_MAX:
            for i in range(PATH_MAX):
                j = i + draw(state, n_path - i)
                trial.path[i], trial.path[j] = trial.path[j], trial.path[i]
            n_path = PATH_MAX
        cutoff = FAR
        for i in range(n_path):
            used += insertions(
                shop, graph, trial, i, (until, iteration, counters[BEST], cutoff), state
            )
            cutoff = min(cutoff, trial.value[i, 0] + 1)
        at = _choose(shop, graph, trial, n_path, state)
        column = 0
        if at < 0:
            column = 1
            for i in range(n_path):
                if trial.value[i, 1] < FAR and (
                    at < 0 or trial.value[i, 1] < trial.value[at, 1]
                ):
                    at = i
        if at < 0:
            counters[STALL] = counters[STALL_MAX]
            break
        v = trial.path[at]
        mode_old = graph.mode[v]
        n_modes = shop.mode_start[v + 1] - shop.mode_start[v]
        tenure = n_all + n_modes + draw(state, TENURE_NOISE)
        used += 2 * n
        if _move(
            shop, graph, trial, v, trial.mode[at, column], trial.behind[at, column]
        ):
            until[mode_old] = iteration + tenure
        else:
            until[trial.mode[at, column]] = iteration + tenure
    return used
