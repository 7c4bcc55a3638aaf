"""The disjunctive graph of a job shop, its longest paths kept up to date move by move.

A topological order of the graph is kept as well. It says where a change can reach:
after a move only operations whose paths changed are visited, in that order. And it is
a schedule of its own: read machine by machine it gives every sequence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer._kernels.compiling import kernel, part

if TYPE_CHECKING:
    import numpy.typing as npt

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]
    ByteArray = npt.NDArray[np.uint8]

__all__ = [
    "Graph",
    "gap",
    "load",
    "makespan_of",
    "move_back",
    "move_on",
    "starts",
    "turned",
    "update",
]

# Columns of nodes. One table, since a visit to an operation reads most of its row, and
# since each array that is passed on costs more than a visit.
JOB_BEFORE = 0  # operation before it in the job, n for none
BEFORE = 1  # operation before it on the machine, n for none
JOB_AFTER = 2
AFTER = 3
START = 4  # longest path to its start
REST = 5  # longest path from its end
DURATION = 6
POSITION = 7  # in the topological order
HEAD = 8
TAIL = 9
FAMILY = 10
MATRIX = 11  # of setups
PLACE = 12  # number of the operation on its machine
ROW = 13  # where its row begins in a table of all arcs
MARK = 14  # room for a change of the order
NEW = 15  # room for an estimate
N_COLUMNS = 16


class Graph(NamedTuple):
    """A job shop of n operations, its sequences and the longest paths that follow.

    Parameters
    ----------
    nodes
        ndarray of shape (n + 1, N_COLUMNS), int64. Row n stands for no operation: it
        takes no time and starts at 0, so that paths need no special case at their
        ends. Its family is that of the first setups, its matrix the one of zeros.
    setup
        ndarray of shape (s + 1, f + 1, f + 1), int64, with first setups in the last
        row of a matrix and zeros in the last one; of shape (0, 1, 1) without setups.
    ends
        ndarray, int32: operations at which a longest path may end.
    machine
        ndarray of shape (n,), int32.
    order
        ndarray of shape (n,), int32: a topological order.
    dirty, words
        ndarrays of shape (8 w,), uint8, and (w,), uint64, of the same bytes:
        positions to be visited. Entry n is always set, which ends a scan.
    moved
        ndarray of shape (max(n, m),), int32: room for a change of the order.
    """

    nodes: Int64Array
    setup: Int64Array
    ends: Int32Array
    machine: Int32Array
    order: Int32Array
    dirty: ByteArray
    words: npt.NDArray[np.uint64]
    moved: Int32Array


@part
def gap(nodes: Int64Array, setup: Int64Array, i: int, j: int) -> int:
    """Return the setup between operations `i` and `j`; either may be none."""
    if setup.size == 0:
        return 0
    return setup[nodes[j, MATRIX], nodes[i, FAMILY], nodes[j, FAMILY]]


@part
def _start(nodes: Int64Array, setup: Int64Array, i: int) -> int:
    """Return the longest path to the start of operation `i`."""
    j, k = nodes[i, JOB_BEFORE], nodes[i, BEFORE]
    by_job = nodes[j, START] + nodes[j, DURATION]
    by_machine = nodes[k, START] + nodes[k, DURATION] + gap(nodes, setup, k, i)
    return max(nodes[i, HEAD], by_job, by_machine)


@part
def _rest(nodes: Int64Array, setup: Int64Array, i: int) -> int:
    """Return the longest path from the end of operation `i`."""
    j, k = nodes[i, JOB_AFTER], nodes[i, AFTER]
    by_job = nodes[j, REST] + nodes[j, DURATION]
    by_machine = nodes[k, REST] + nodes[k, DURATION] + gap(nodes, setup, i, k)
    return max(nodes[i, TAIL], by_job, by_machine)


@kernel
def makespan_of(nodes: Int64Array, ends: Int32Array) -> int:
    """Return the longest path of all."""
    longest = np.int64(0)
    for i in ends:
        longest = max(longest, nodes[i, START] + nodes[i, DURATION] + nodes[i, TAIL])
    return longest


@kernel
def load(graph: Graph, order: Int32Array) -> int:
    """Take the sequences from a topological order and return the makespan."""
    nodes, setup, machine = graph.nodes, graph.setup, graph.machine
    n = order.size
    last = graph.moved
    for k in range(last.size):
        last[k] = n
    for x in range(n):
        i = order[x]
        graph.order[x] = i
        k = last[machine[i]]
        nodes[i, POSITION] = x
        nodes[i, BEFORE], nodes[i, AFTER] = k, n
        if k < n:
            nodes[k, AFTER] = i
        last[machine[i]] = i
        nodes[i, START] = _start(nodes, setup, i)
    for x in range(n - 1, -1, -1):
        nodes[order[x], REST] = _rest(nodes, setup, order[x])
    return makespan_of(nodes, graph.ends)


@kernel
def starts(graph: Graph, order: Int32Array, start: Int64Array) -> int:
    """Write starts of the schedule of a topological order; return its makespan.

    `start` has shape (n + 1,) and a last entry of 0. The graph's own schedule stays.
    """
    nodes, setup, last = graph.nodes, graph.setup, graph.moved
    n = order.size
    for k in range(last.size):
        last[k] = n
    longest = np.int64(0)
    for i in order:
        j, k = nodes[i, JOB_BEFORE], last[graph.machine[i]]
        by_job = start[j] + nodes[j, DURATION]
        by_machine = start[k] + nodes[k, DURATION] + gap(nodes, setup, k, i)
        start[i] = max(nodes[i, HEAD], by_job, by_machine)
        longest = max(longest, start[i] + nodes[i, DURATION] + nodes[i, TAIL])
        last[graph.machine[i]] = i
    return longest


@kernel
def turned(graph: Graph, one: Int32Array, other: Int32Array) -> int:
    """Return how many neighbours on machines in one order are turned in the other."""
    nodes, last = graph.nodes, graph.moved
    n = one.size
    for k in range(last.size):
        last[k] = n
    for x in range(n):
        nodes[other[x], NEW] = x
    count = 0
    for i in one:
        k = last[graph.machine[i]]
        count += k < n and nodes[k, NEW] > nodes[i, NEW]
        last[graph.machine[i]] = i
    return count


@part
def _link(nodes: Int64Array, a: int, b: int) -> None:
    """Let operation `b` follow `a` on their machine; n for none on either side."""
    n = nodes.shape[0] - 1
    if a < n:
        nodes[a, AFTER] = b
    if b < n:
        nodes[b, BEFORE] = a


@part
def _unmark(nodes: Int64Array, moved: Int32Array, n_moved: int) -> None:
    for x in range(n_moved):
        nodes[moved[x], MARK] = 0


@kernel
def move_on(
    nodes: Int64Array, order: Int32Array, moved: Int32Array, u: int, v: int
) -> int:
    """Move operation `u` behind `v` on their machine; update sequence and order.

    Returns the number of operations looked at, or 0, with nothing changed, if that
    would close a cycle. Paths are not updated.
    """
    a, b, c = nodes[u, BEFORE], nodes[u, AFTER], nodes[v, AFTER]
    _link(nodes, a, b)
    _link(nodes, v, u)
    _link(nodes, u, c)
    # Those that follow from u in the window go behind v, in their old order.
    begin, end = nodes[u, POSITION], nodes[v, POSITION]
    nodes[u, MARK], moved[0], n_moved = 1, u, 1
    for x in range(begin + 1, end + 1):
        i = order[x]
        if nodes[nodes[i, JOB_BEFORE], MARK] | nodes[nodes[i, BEFORE], MARK]:
            nodes[i, MARK], moved[n_moved] = 1, i
            n_moved += 1
    if nodes[v, MARK] == 1:
        _link(nodes, v, c)
        _link(nodes, u, b)
        _link(nodes, a, u)
        _unmark(nodes, moved, n_moved)
        return 0
    hole = begin
    for x in range(begin, end + 1):
        i = order[x]
        if nodes[i, MARK] == 0:
            order[hole], nodes[i, POSITION] = i, hole
            hole += 1
    for x in range(n_moved):
        i = moved[x]
        order[hole + x], nodes[i, POSITION], nodes[i, MARK] = i, hole + x, 0
    return end - begin + 1


@kernel
def move_back(
    nodes: Int64Array, order: Int32Array, moved: Int32Array, u: int, v: int
) -> int:
    """Move operation `v` before `u` on their machine; update sequence and order.

    Returns the number of operations looked at, or 0, with nothing changed, if that
    would close a cycle. Paths are not updated.
    """
    a, b, c = nodes[u, BEFORE], nodes[v, BEFORE], nodes[v, AFTER]
    _link(nodes, b, c)
    _link(nodes, v, u)
    _link(nodes, a, v)
    # Those that v follows from in the window go before u, in their old order.
    begin, end = nodes[u, POSITION], nodes[v, POSITION]
    nodes[v, MARK], moved[0], n_moved = 1, v, 1
    for x in range(end - 1, begin - 1, -1):
        i = order[x]
        if nodes[nodes[i, JOB_AFTER], MARK] | nodes[nodes[i, AFTER], MARK]:
            nodes[i, MARK], moved[n_moved] = 1, i
            n_moved += 1
    if nodes[u, MARK] == 1:
        _link(nodes, a, u)
        _link(nodes, b, v)
        _link(nodes, v, c)
        _unmark(nodes, moved, n_moved)
        return 0
    hole = end
    for x in range(end, begin - 1, -1):
        i = order[x]
        if nodes[i, MARK] == 0:
            order[hole], nodes[i, POSITION] = i, hole
            hole -= 1
    for x in range(n_moved):
        i = moved[x]
        order[hole - x], nodes[i, POSITION], nodes[i, MARK] = i, hole - x, 0
    return end - begin + 1


@part
def _visit(nodes: Int64Array, dirty: ByteArray, i: int) -> int:
    """Note operation `i` for a visit; return 1 if it was not noted before."""
    x = nodes[i, POSITION]
    new = 1 - dirty[x]
    dirty[x] = 1
    return new


@kernel
def _update_starts(graph: Graph, waiting: int, x: int) -> int:
    """Recompute starts from position `x` on; return the operations visited."""
    nodes, setup, order = graph.nodes, graph.setup, graph.order
    dirty, words = graph.dirty, graph.words
    visited = 0
    while waiting > 0:
        if dirty[x] == 0:
            x += 1
            if x & 7 == 0:
                while words[x >> 3] == 0:
                    x += 8
            continue
        i = order[x]
        dirty[x] = 0
        waiting -= 1
        visited += 1
        start = _start(nodes, setup, i)
        if start != nodes[i, START]:
            nodes[i, START] = start
            waiting += _visit(nodes, dirty, nodes[i, JOB_AFTER])
            waiting += _visit(nodes, dirty, nodes[i, AFTER])
    return visited


@kernel
def _update_rests(graph: Graph, waiting: int, x: int) -> int:
    """Recompute rests from position `x` down; return the operations visited."""
    nodes, setup, order = graph.nodes, graph.setup, graph.order
    dirty, words = graph.dirty, graph.words
    visited = 0
    while waiting > 0:
        if dirty[x] == 0:
            x -= 1
            if x & 7 == 7:
                while words[x >> 3] == 0:
                    x -= 8
            continue
        i = order[x]
        dirty[x] = 0
        waiting -= 1
        visited += 1
        rest = _rest(nodes, setup, i)
        if rest != nodes[i, REST]:
            nodes[i, REST] = rest
            waiting += _visit(nodes, dirty, nodes[i, JOB_BEFORE])
            waiting += _visit(nodes, dirty, nodes[i, BEFORE])
    return visited


@kernel
def update(graph: Graph, first: int, last: int, mover: int) -> int:
    """Recompute all paths after a move; return the number of operations visited.

    `first` and `last` are the operations that now lead and end the part of the
    sequence that was changed; `mover`, one of them, is the one that was moved.
    """
    nodes, dirty = graph.nodes, graph.dirty
    waiting = _visit(nodes, dirty, first) + _visit(nodes, dirty, mover)
    waiting += _visit(nodes, dirty, nodes[mover, AFTER])
    waiting += _visit(nodes, dirty, nodes[last, AFTER])
    visited = _update_starts(graph, waiting, nodes[first, POSITION])
    waiting = _visit(nodes, dirty, last) + _visit(nodes, dirty, mover)
    waiting += _visit(nodes, dirty, nodes[mover, BEFORE])
    waiting += _visit(nodes, dirty, nodes[first, BEFORE])
    return visited + _update_rests(graph, waiting, nodes[last, POSITION])
