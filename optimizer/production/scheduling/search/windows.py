"""Part of a job shop's schedule as a job shop of its own, for searches of large ones.

Operations next to each other in a topological order are cut out. What comes before and
after them stays as it is, and becomes their heads and tails: so the longest path of
the part is the longest path of the whole that passes through it, and a better order of
the part, put back, is one of the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling._kernels.job_shop_graph import (
    AFTER,
    BEFORE,
    DURATION,
    HEAD,
    JOB_AFTER,
    JOB_BEFORE,
    N_COLUMNS,
    PLACE,
    POSITION,
    REST,
    ROW,
    START,
    TAIL,
    Graph,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]

__all__ = ["empty_graph", "number_arcs", "window_of"]


def number_arcs(nodes: Int64Array, machine: Int32Array) -> int:
    """Give each operation its row in a table of arcs, and return how many there are.

    Parameters
    ----------
    nodes
        ndarray of shape (n + 1, N_COLUMNS), int64, of which two columns are written.
    machine
        ndarray of shape (n,), int32, >= 0.
    """
    n = machine.size
    by_machine = np.argsort(machine, kind="stable")
    size = np.bincount(machine)
    place = np.empty(n, np.int64)
    place[by_machine] = np.arange(n) - np.repeat(np.cumsum(size) - size, size)
    arcs = size.astype(np.int64) ** 2
    nodes[:n, PLACE] = place
    nodes[:n, ROW] = (np.cumsum(arcs) - arcs)[machine] + place * size[machine]
    return int(arcs.sum())


def empty_graph(nodes: Int64Array, setup: Int64Array, machine: Int32Array) -> Graph:
    """Return a graph without sequences, of nodes whose jobs and times are known.

    Parameters
    ----------
    nodes
        ndarray of shape (n + 1, N_COLUMNS), int64.
    setup
        As in `Graph`.
    machine
        ndarray of shape (n,), int32, >= 0.
    """
    n = machine.size
    nodes[n, [JOB_BEFORE, JOB_AFTER, BEFORE, AFTER, POSITION]] = n
    words = np.zeros(n // 8 + 1, np.uint64)
    dirty = words.view(np.uint8)
    dirty[n] = 1
    ends = np.flatnonzero((nodes[:n, JOB_AFTER] == n) | (nodes[:n, TAIL] > 0))
    return Graph(
        nodes=nodes,
        setup=setup,
        ends=ends.astype(np.int32),
        machine=machine,
        order=np.zeros(n, np.int32),
        dirty=dirty,
        words=words,
        moved=np.zeros(max(n, int(machine.max(initial=0)) + 1), np.int32),
    )


def window_of(graph: Graph, first: int, size: int) -> tuple[Graph, int]:
    """Return the graph of a window of the order, and the number of arcs in it.

    Operation i of the window is the one at place ``first + i`` of the order. Setups are
    left out.

    Parameters
    ----------
    graph
        A graph with its sequences and paths.
    first, size
        Where the window begins, >= 0, and how many operations it has, >= 1.
    """
    whole = graph.nodes
    n = graph.order.size
    chosen = graph.order[first : first + size]
    w = chosen.size
    inside = np.full(n + 1, w, np.int64)
    inside[chosen] = np.arange(w)
    old, machine = whole[chosen], graph.machine[chosen]
    nodes = np.zeros((w + 1, N_COLUMNS), np.int64)
    nodes[:w, DURATION] = old[:, DURATION]
    nodes[:w, JOB_BEFORE] = inside[old[:, JOB_BEFORE]]
    nodes[:w, JOB_AFTER] = inside[old[:, JOB_AFTER]]
    for to, path, by_job, by_machine in (
        (HEAD, START, JOB_BEFORE, BEFORE),
        (TAIL, REST, JOB_AFTER, AFTER),
    ):
        reach = whole[:, path] + whole[:, DURATION]
        neighbours = (old[:, by_job], old[:, by_machine])
        limit = _outer(reach, inside, neighbours, machine)
        nodes[:w, to] = np.maximum(limit, old[:, to])
    n_arcs = number_arcs(nodes, machine)
    return empty_graph(nodes, np.zeros((0, 1, 1), np.int64), machine), n_arcs


def _outer(
    reach: Int64Array,
    inside: Int64Array,
    neighbours: tuple[Int64Array, Int64Array],
    machine: Int32Array,
) -> Int64Array:
    """Return heads or tails of a window: the longest `reach` of neighbours outside.

    Whichever operation of the window is the first on a machine, it comes after the last
    one before the window there.
    """
    by_job, by_machine = neighbours
    w = machine.size
    limit = np.where(inside[by_job] == w, reach[by_job], 0)
    at_machine = np.zeros(int(machine.max()) + 1, np.int64)
    leads = inside[by_machine] == w
    at_machine[machine[leads]] = reach[by_machine[leads]]
    return np.maximum(limit, at_machine[machine])
