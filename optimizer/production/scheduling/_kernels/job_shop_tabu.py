"""Tabu search for job shops: operations of a critical block jump to its ends.

A move is judged by new longest paths through the operations it touches, and made if
it is the best that is not tabu. What it turned around stays so for a while.

References
----------
Balas, Vazacopoulos (1998), Guided local search with shifting bottleneck for job shop
scheduling, Management Science 44(2), 262-275: moves, their feasibility (propositions
2.2 and 2.3) and their estimate.
Zhang, Li, Guan, Rao (2007), A tabu search algorithm with a new neighborhood structure
for the job shop scheduling problem, Computers & Operations Research 34, 3229-3242: the
moves of the ends of a block to its inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer._kernels.compiling import kernel, part
from optimizer.production.scheduling._kernels.dispatch import draw
from optimizer.production.scheduling._kernels.job_shop_graph import (
    AFTER,
    BEFORE,
    DURATION,
    HEAD,
    JOB_AFTER,
    JOB_BEFORE,
    NEW,
    PLACE,
    POSITION,
    REST,
    ROW,
    START,
    TAIL,
    gap,
    makespan_of,
    move_back,
    move_on,
    update,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.job_shop_graph import Graph

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]
    State = npt.NDArray[np.uint64]

__all__ = ["Memory", "new_memory", "tabu"]

# Counters of a search.
CURRENT = 0  # makespan of the schedule at hand
BEST = 1  # makespan of the best one since the last start
BOUND = 2  # makespan to stop at
STEP = 3  # moves made, ever
SINCE = 4  # moves since the best one
STUCK = 5  # 1 once no move was left
TENURE = 6  # steps that a turned arc stays so, at least
SPREAD = 7  # how many more at most
N_COUNTERS = 8
# A pick: estimate, kind, operations u and v, and how many moves were as good.
ESTIMATE, KIND, FIRST, SECOND, TIES = range(5)
N_PICK = 5
NONE, ON, BACK = 0, 1, 2
# Operations of a block that may jump, from either end: more costs time in the square.
JUMP_MAX = 40
# With setups operations jump to any place this near, in either direction.
NEAR = 10
NEVER = 1 << 62
# Bytes of memory for tabu arcs are 4 times this at most.
ARCS_MAX = 1 << 22


class Memory(NamedTuple):
    """What a tabu search remembers.

    Parameters
    ----------
    until
        ndarray, int32, a power of 2 long: the step until which an arc is tabu. Arcs
        share an entry where the table is smaller than their number.
    counters
        ndarray of shape (N_COUNTERS,), int64.
    best
        ndarray of shape (n,), int32: order of the best schedule since the last start.
    state
        ndarray of shape (1,), uint64: of the generator.
    path
        ndarray of shape (n,), int32: room for a critical path.
    pick
        ndarray of shape (2, N_PICK), int64: best move of those free and those tabu.
    """

    until: Int32Array
    counters: Int64Array
    best: Int32Array
    state: State
    path: Int32Array
    pick: Int64Array


def new_memory(n: int, n_arcs: int, state: State) -> Memory:
    """Return the empty memory for n operations and all arcs between them."""
    size = 1 << min(n_arcs, ARCS_MAX).bit_length()
    return Memory(
        until=np.zeros(min(size, ARCS_MAX), np.int32),
        counters=np.zeros(N_COUNTERS, np.int64),
        best=np.zeros(n, np.int32),
        state=state,
        path=np.zeros(n, np.int32),
        pick=np.zeros((2, N_PICK), np.int64),
    )


@kernel
def critical_path(graph: Graph, path: Int32Array, state: State, makespan: int) -> int:
    """Write a random critical path to the end of `path` and return where it begins."""
    nodes, setup = graph.nodes, graph.setup
    n = path.size
    i, ties = n, 0
    for j in graph.ends:
        if nodes[j, START] + nodes[j, DURATION] + nodes[j, TAIL] == makespan:
            ties += 1
            if ties == 1 or draw(state, ties) == 0:
                i = j
    x = n
    while i < n:
        x -= 1
        path[x] = i
        j, k, start = nodes[i, JOB_BEFORE], nodes[i, BEFORE], nodes[i, START]
        between = gap(nodes, setup, k, i)
        by_job = j < n and nodes[j, START] + nodes[j, DURATION] == start
        by_machine = k < n and nodes[k, START] + nodes[k, DURATION] + between == start
        if by_machine and (not by_job or draw(state, 2) == 0):
            i = k
        elif by_job:
            i = j
        else:
            i = n
    return x


@part
def _may_move_on(nodes: Int64Array, u: int, v: int) -> bool:
    """Return whether surely no path leads from `u` to `v` through the job of `u`."""
    j = nodes[u, JOB_AFTER]
    if j == v:
        return False
    if nodes[j, POSITION] > nodes[v, POSITION]:
        return True
    # Of two operations on one path the first has the longer rest.
    reach = nodes[v, REST] + nodes[v, DURATION] >= nodes[j, REST] + nodes[j, DURATION]
    return reach and nodes[j, DURATION] > 0


@part
def _may_move_back(nodes: Int64Array, u: int, v: int) -> bool:
    """Return whether surely no path leads from `u` to `v` through the job of `v`."""
    j = nodes[v, JOB_BEFORE]
    if j == u:
        return False
    if j == nodes.shape[0] - 1 or nodes[j, POSITION] < nodes[u, POSITION]:
        return True
    reach = nodes[u, START] + nodes[u, DURATION] >= nodes[j, START] + nodes[j, DURATION]
    return reach and nodes[j, DURATION] > 0


@part
def _offer(
    pick: Int64Array,
    state: State,
    choice: int,
    estimate: int,
    kind: int,
    u: int,
    v: int,
) -> None:
    """Take a move as the pick if it is the best so far, or as good with luck."""
    if estimate > pick[choice, ESTIMATE]:
        return
    if estimate == pick[choice, ESTIMATE]:
        pick[choice, TIES] += 1
        if draw(state, pick[choice, TIES]) > 0:
            return
    else:
        pick[choice, TIES] = 1
    pick[choice, ESTIMATE], pick[choice, KIND] = estimate, kind
    pick[choice, FIRST], pick[choice, SECOND] = u, v


@part
def _by_job_before(nodes: Int64Array, i: int) -> int:
    """Return the start of operation `i` as its job and head allow."""
    j = nodes[i, JOB_BEFORE]
    return max(nodes[i, HEAD], nodes[j, START] + nodes[j, DURATION])


@part
def _by_job_after(nodes: Int64Array, i: int) -> int:
    """Return the rest of operation `i` as its job and tail demand."""
    j = nodes[i, JOB_AFTER]
    return max(nodes[i, TAIL], nodes[j, REST] + nodes[j, DURATION])


@kernel
def _judge_on(nodes: Int64Array, setup: Int64Array, u: int, v: int) -> int:
    """Return the longest new path if operation `u` moves behind `v`, by estimate."""
    last, w = nodes[u, BEFORE], nodes[u, AFTER]
    end = nodes[last, START] + nodes[last, DURATION]
    while last != v:
        start = max(_by_job_before(nodes, w), end + gap(nodes, setup, last, w))
        nodes[w, NEW] = start
        end = start + nodes[w, DURATION]
        last, w = w, nodes[w, AFTER]
    start = max(_by_job_before(nodes, u), end + gap(nodes, setup, v, u))
    by_machine = nodes[w, REST] + nodes[w, DURATION] + gap(nodes, setup, u, w)
    rest = max(by_machine, _by_job_after(nodes, u))
    estimate = start + nodes[u, DURATION] + rest
    last, w = u, v
    while w != u:
        by_machine = rest + nodes[last, DURATION] + gap(nodes, setup, w, last)
        rest = max(by_machine, _by_job_after(nodes, w))
        estimate = max(estimate, nodes[w, NEW] + nodes[w, DURATION] + rest)
        last, w = w, nodes[w, BEFORE]
    return estimate


@kernel
def _judge_back(nodes: Int64Array, setup: Int64Array, u: int, v: int) -> int:
    """Return the longest new path if operation `v` moves before `u`, by estimate."""
    last = nodes[u, BEFORE]
    end = nodes[last, START] + nodes[last, DURATION] + gap(nodes, setup, last, v)
    first = max(end, _by_job_before(nodes, v))
    end, last, w = first + nodes[v, DURATION], v, u
    while w != v:
        start = max(_by_job_before(nodes, w), end + gap(nodes, setup, last, w))
        nodes[w, NEW] = start
        end = start + nodes[w, DURATION]
        last, w = w, nodes[w, AFTER]
    last, w, estimate = nodes[v, AFTER], nodes[v, BEFORE], np.int64(0)
    rest = nodes[last, REST]
    while last != u:
        by_machine = rest + nodes[last, DURATION] + gap(nodes, setup, w, last)
        rest = max(by_machine, _by_job_after(nodes, w))
        estimate = max(estimate, nodes[w, NEW] + nodes[w, DURATION] + rest)
        last, w = w, nodes[w, BEFORE]
    by_machine = rest + nodes[u, DURATION] + gap(nodes, setup, v, u)
    rest = max(by_machine, _by_job_after(nodes, v))
    return max(estimate, first + nodes[v, DURATION] + rest)


@part
def _is_tabu(
    nodes: Int64Array, until: Int32Array, step: int, kind: int, u: int, v: int
) -> bool:
    """Return whether a move would turn an arc that was turned too lately."""
    mask = until.size - 1
    w = u
    while w != v:
        if kind == ON:
            w = nodes[w, AFTER]
            arc = nodes[w, ROW] + nodes[u, PLACE]
        else:
            arc = nodes[v, ROW] + nodes[w, PLACE]
            w = nodes[w, AFTER]
        if until[arc & mask] > step:
            return True
    return False


@kernel
def _forbid(
    nodes: Int64Array, until: Int32Array, free: int, kind: int, u: int, v: int
) -> None:
    """Keep the arcs that a move turns from being turned back until step `free`."""
    mask = until.size - 1
    w = u
    while w != v:
        if kind == ON:
            w = nodes[w, AFTER]
            until[(nodes[u, ROW] + nodes[w, PLACE]) & mask] = free
        else:
            until[(nodes[w, ROW] + nodes[v, PLACE]) & mask] = free
            w = nodes[w, AFTER]


@part
def _judge_pair(graph: Graph, memory: Memory, u: int, v: int) -> None:
    """Offer the jumps of operation `u` behind `v` and of `v` before `u`."""
    nodes, setup, until = graph.nodes, graph.setup, memory.until
    pick, state, counters = memory.pick, memory.state, memory.counters
    step, best = counters[STEP], counters[BEST]
    if _may_move_on(nodes, u, v):
        estimate = _judge_on(nodes, setup, u, v)
        choice = estimate >= best and _is_tabu(nodes, until, step, ON, u, v)
        _offer(pick, state, np.int64(choice), estimate, ON, u, v)
    if nodes[u, AFTER] != v and _may_move_back(nodes, u, v):
        estimate = _judge_back(nodes, setup, u, v)
        choice = estimate >= best and _is_tabu(nodes, until, step, BACK, u, v)
        _offer(pick, state, np.int64(choice), estimate, BACK, u, v)


@kernel
def _judge_block(graph: Graph, memory: Memory, x: int, y: int) -> int:
    """Offer the moves of the block at places `x` to `y`; return the work."""
    path, nodes = memory.path, graph.nodes
    looked = 1
    if graph.setup.size > 0:
        for a in range(x, y):
            for b in range(a + 1, min(y, a + NEAR) + 1):
                _judge_pair(graph, memory, path[a], path[b])
                looked += 2 * (b - a + 1)
        return looked
    # Of the first and the last block only the inner ends can shorten the path.
    opens = nodes[path[x], START] > 0
    closes = nodes[path[y], REST] > 0
    for a in range(max(x, y - JUMP_MAX), y if closes else x):
        _judge_pair(graph, memory, path[a], path[y])
        looked += 2 * (y - a + 1)
    for b in range(x + 1, (min(y - closes, x + JUMP_MAX) if opens else x) + 1):
        _judge_pair(graph, memory, path[x], path[b])
        looked += 2 * (b - x + 1)
    return looked


@kernel
def _judge_path(graph: Graph, memory: Memory) -> int:
    """Offer the moves of one critical path; return the operations looked at."""
    nodes, path, pick = graph.nodes, memory.path, memory.pick
    for choice in range(2):
        pick[choice, ESTIMATE], pick[choice, KIND] = NEVER, NONE
    x, n = critical_path(graph, path, memory.state, memory.counters[CURRENT]), path.size
    looked = n - x
    while x < n:
        y = x
        while y + 1 < n and nodes[path[y], AFTER] == path[y + 1]:
            y += 1
        if y > x:
            looked += _judge_block(graph, memory, x, y)
        x = y + 1
    return looked


@kernel
def _make(graph: Graph, memory: Memory, choice: int) -> int:
    """Make a picked move, forbid to undo it, return the operations looked at."""
    nodes, order, moved = graph.nodes, graph.order, graph.moved
    kind = memory.pick[choice, KIND]
    u, v = memory.pick[choice, FIRST], memory.pick[choice, SECOND]
    counters = memory.counters
    tenure = counters[TENURE] + draw(memory.state, counters[SPREAD] + 1)
    _forbid(nodes, memory.until, counters[STEP] + tenure, kind, u, v)
    if kind == ON:
        first, last, mover = nodes[u, AFTER], u, u
        looked = move_on(nodes, order, moved, u, v)
    else:
        first, last, mover = v, nodes[v, BEFORE], v
        looked = move_back(nodes, order, moved, u, v)
    return looked + update(graph, first, last, mover) if looked > 0 else 1


@kernel
def tabu(graph: Graph, memory: Memory, work: int, patience: int) -> int:
    """Search on from the schedule in `graph`; return the operations looked at.

    Ends after about `work` operations, or `patience` steps without a better schedule,
    or at the bound, or where no move is left.
    """
    nodes, ends, counters = graph.nodes, graph.ends, memory.counters
    spent = 0
    while spent < work and counters[SINCE] < patience:
        if counters[BEST] <= counters[BOUND]:
            break
        spent += _judge_path(graph, memory)
        choice = 0 if memory.pick[0, KIND] != NONE else 1
        if memory.pick[choice, KIND] == NONE:
            counters[STUCK] = 1
            break
        spent += _make(graph, memory, choice) + ends.size
        counters[CURRENT] = makespan_of(nodes, ends)
        counters[STEP] += 1
        counters[SINCE] += 1
        if counters[CURRENT] < counters[BEST]:
            counters[BEST] = counters[CURRENT]
            counters[SINCE] = 0
            for x in range(memory.best.size):
                memory.best[x] = graph.order[x]
    return spent
