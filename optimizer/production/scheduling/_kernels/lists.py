"""Search over lists: late acceptance, and forward-backward improvement."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from optimizer._kernels.compiling import kernel, part
from optimizer.production.scheduling._kernels.dispatch import draw
from optimizer.production.scheduling._kernels.generation import (
    NEVER,
    Genes,
    generate,
)
from optimizer.production.scheduling._kernels.pricing import FROM, START, price_row

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.generation import Timeline
    from optimizer.production.scheduling._kernels.rules import Prices, Rules

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]
    State = npt.NDArray[np.uint64]

__all__ = [
    "BEST",
    "CURRENT",
    "N_COUNTERS",
    "STALLED",
    "STEPS",
    "Memory",
    "evolve",
    "improve_list",
    "justify",
    "keep",
    "worth",
]

# Words of `Memory.counters`.
CURRENT, BEST, STEPS, STALLED = 0, 1, 2, 3
N_COUNTERS = 4

# Of 64 moves, how many change a mode, a wish to join, or whether a job is skipped; and
# where starting later may pay, from when on an operation may start.
MODE_MOVES, JOIN_MOVES, SKIP_MOVES, WAIT_MOVES = 16, 8, 2, 16


class Memory(NamedTuple):
    """Where a search stands between two calls.

    Parameters
    ----------
    genes
        The list it is at.
    best
        The best list so far.
    recent
        ndarray of shape (l,), int64: worth of the lists accepted l moves ago.
    position
        ndarray of shape (n,), int32: place of each operation in the list.
    counters
        ndarray of shape (4,), int64: worth of the list it is at and of the best,
        moves made, moves since the best.
    state
        ndarray of shape (1,), uint64: the generator.
    batched
        ndarray of shape (1,), bool: whether a machine works in batches.
    """

    genes: Genes
    best: Genes
    recent: Int64Array
    position: Int32Array
    counters: Int64Array
    state: State
    batched: BoolArray


@part
def worth(rules: Rules, cost: int, faults: int) -> int:
    """Return a schedule's cost and faults as one number, faults before cost."""
    unit = rules.weights[3]
    return cost + min(faults, NEVER // unit) * unit


@part
def keep(source: Genes, target: Genes) -> None:
    """Copy a list and its choices."""
    for x in range(source.order.size):
        target.order[x] = source.order[x]
        target.choice[x] = source.choice[x]
        target.join[x] = source.join[x]
        target.wait[x] = source.wait[x]
    for x in range(source.skip.size):
        target.skip[x] = source.skip[x]


@part
def _shift(memory: Memory, a: int, b: int) -> None:
    """Move what stands at place a of the list to place b."""
    order, position = memory.genes.order, memory.position
    moved = order[a]
    step = 1 if b > a else -1
    for x in range(a, b, step):
        order[x] = order[x + step]
        position[order[x]] = x
    order[b] = moved
    position[moved] = b


@part
def _place_for(rules: Rules, memory: Memory, i: int) -> int:
    """Return another place in the list that precedence allows, or the same one."""
    n, at = memory.position.size, memory.position[i]
    low, high = 0, n - 1
    for x in range(rules.before_start[i], rules.before_start[i + 1]):
        low = max(low, memory.position[rules.before[x]] + 1)
    for x in range(rules.after_start[i], rules.after_start[i + 1]):
        high = min(high, memory.position[rules.after[x]] - 1)
    # Most useful moves are short; one in eight goes anywhere.
    if draw(memory.state, 8):
        reach = 2 + n // 16
        low, high = max(low, at - reach), min(high, at + reach)
    return low + draw(memory.state, high - low + 1) if low <= high else at


@part
def _wait_for(prices: Prices, state: State, line: Timeline, i: int) -> int:
    """Return from when on an operation may start: at once, or at a date that pays."""
    kind = draw(state, 4)
    start = max(line.start[i], 0)
    curve, last = prices.curve_start[i], prices.curve_start[i + 1]
    if kind == 0 and prices.base[i, START] >= 0:
        return prices.base[i, START]
    if kind == 0 and curve < last:
        return prices.curve[curve + draw(state, last - curve), 0]
    n_prices = prices.tariff.shape[0]
    if kind <= 1 and n_prices:
        # The price now, the one before, or one of the two after it.
        row = price_row(prices.tariff, start) - 1 + draw(state, 4)
        at = prices.tariff[min(max(row, 0), n_prices - 1), FROM]
        if draw(state, 2):
            at -= max(line.end[i] - start, 0)
        return max(at, 0)
    return 0


@part
def _changed(rules: Rules, memory: Memory, line: Timeline) -> tuple[int, int, int]:
    """Make a random move; return its kind, what it was made on, and what was there."""
    genes, state = memory.genes, memory.state
    n, jobs = genes.order.size, genes.skip.size
    kind = draw(state, 64)
    i = draw(state, n)
    first, last = rules.mode_start[i], rules.mode_start[i + 1]
    if kind < MODE_MOVES and last - first > 1:
        was = genes.choice[i]
        pick = draw(state, last - first + 1)
        genes.choice[i] = first + pick if pick < last - first else -1
        return 1, i, was
    if kind < MODE_MOVES + JOIN_MOVES and memory.batched[0]:
        genes.join[i] ^= 1
        return 2, i, 0
    waits = MODE_MOVES + JOIN_MOVES
    if rules.timed[0] and waits <= kind < waits + WAIT_MOVES:
        later = genes.wait[i]
        genes.wait[i] = _wait_for(rules.prices, state, line, i)
        return 4, i, later
    if kind >= 64 - SKIP_MOVES:
        j = draw(state, jobs)
        if rules.skip_cost[j] >= 0:
            genes.skip[j] ^= 1
            return 3, j, 0
    at = memory.position[i]
    _shift(memory, at, _place_for(rules, memory, i))
    return 0, i, at


@part
def _undo(memory: Memory, kind: int, what: int, was: int) -> None:
    genes = memory.genes
    if kind == 0:
        _shift(memory, memory.position[what], was)
    elif kind == 1:
        genes.choice[what] = was
    elif kind == 2:
        genes.join[what] ^= 1
    elif kind == 4:
        genes.wait[what] = was
    else:
        genes.skip[what] ^= 1


@kernel
def improve_list(
    rules: Rules, line: Timeline, memory: Memory, moves: int, bound: int
) -> None:
    """Try random moves; one that is no worse than what was accepted l moves ago stays.

    Parameters
    ----------
    rules, line
        The problem, and room for a schedule.
    memory
        Where the search stands; changed.
    moves
        Moves to try at most.
    bound
        Worth at which there is nothing left to do.

    References
    ----------
    Burke, Bykov (2017), "The late acceptance hill-climbing heuristic", European Journal
    of Operational Research 258, figure 1.
    """
    counters, recent = memory.counters, memory.recent
    for _ in range(moves):
        if counters[BEST] <= bound:
            return
        kind, what, was = _changed(rules, memory, line)
        cost, faults = generate(rules, line, memory.genes)
        found = worth(rules, cost, faults)
        slot = counters[STEPS] % recent.size
        counters[STEPS] += 1
        counters[STALLED] += 1
        if found <= counters[CURRENT] or found <= recent[slot]:
            counters[CURRENT] = found
            if found < counters[BEST]:
                counters[BEST] = found
                counters[STALLED] = 0
                keep(memory.genes, memory.best)
        else:
            _undo(memory, kind, what, was)
        recent[slot] = min(recent[slot], counters[CURRENT])


@njit(cache=True, nogil=True)
def justify(
    rules: Rules, mirror: Rules, line: Timeline, genes: Genes
) -> tuple[int, int]:
    """Push a schedule to the right and back to the left: it never gets longer.

    Parameters
    ----------
    rules, mirror
        The problem, and the problem with all arcs turned round.
    line
        The schedule of the list; holds the new one afterwards.
    genes
        The list; ordered by the new starts afterwards.

    Returns
    -------
    tuple of int
        As `generate`.

    References
    ----------
    Valls, Ballestin, Quintanilla (2005), "Justification and RCPSP: a technique that
    pays", European Journal of Operational Research 165, section 2.
    """
    _order_from_the_end(line, genes)
    generate(mirror, line, genes)
    _order_from_the_end(line, genes)
    return generate(rules, line, genes)


@njit(cache=True)
def _order_from_the_end(line: Timeline, genes: Genes) -> None:
    """Order a list by falling ends, operations that end at once the other way round."""
    n = genes.order.size
    key = np.empty(n, np.int64)
    for x in range(n):
        key[genes.order[x]] = -(line.end[genes.order[x]] * n + x)
    genes.order[:] = np.argsort(key, kind="mergesort")


@part
def _cross(
    mother: Int32Array,
    father: Int32Array,
    child: Int32Array,
    taken: BoolArray,
    cuts: tuple[int, int],
) -> None:
    """Take a part of the mother's list, and the rest in the order of the father's."""
    n, a, b = mother.size, min(cuts), max(cuts)
    taken[:] = False
    for x in range(a):
        child[x] = mother[x]
        taken[mother[x]] = True
    at = a
    for x in range(n):
        if at == b:
            break
        if not taken[father[x]]:
            child[at] = father[x]
            taken[father[x]] = True
            at += 1
    for x in range(n):
        if not taken[mother[x]]:
            child[at] = mother[x]
            at += 1


@njit(cache=True, nogil=True)
def evolve(
    rules: Rules,
    mirror: Rules,
    line: Timeline,
    memory: Memory,
    herd: Int32Array,
    worths: Int64Array,
    children: int,
    bound: int,
) -> None:
    """Cross lists of a population, justify the children, keep the better ones.

    Parameters
    ----------
    rules, mirror, line
        As `justify`.
    memory
        Its generator and best list; its list is room for a child.
    herd, worths
        ndarrays of shape (p, n), int32 and (p,), int64: the population; changed.
    children
        Children to make at most.
    bound
        Worth at which there is nothing left to do.

    References
    ----------
    Hartmann (1998), "A competitive genetic algorithm for resource-constrained project
    scheduling", Naval Research Logistics 45, section 3: the crossover with two points.
    """
    size, n = herd.shape
    taken = np.empty(n, np.bool_)
    genes, state, counters = memory.genes, memory.state, memory.counters
    for _ in range(children):
        if counters[BEST] <= bound:
            return
        a, b = draw(state, size), draw(state, size)
        mother = min(a, b) if draw(state, 4) else max(a, b)
        father = draw(state, size)
        cuts = (draw(state, n + 1), draw(state, n + 1))
        _cross(herd[mother], herd[father], genes.order, taken, cuts)
        for x in range(n):
            memory.position[genes.order[x]] = x
        for _ in range(1 + draw(state, 1 + n // 16)):
            i = draw(state, n)
            _shift(memory, memory.position[i], _place_for(rules, memory, i))
        generate(rules, line, genes)
        cost, faults = justify(rules, mirror, line, genes)
        found = worth(rules, cost, faults)
        counters[STEPS] += 1
        counters[STALLED] += 1
        if found < counters[BEST]:
            counters[BEST] = found
            counters[STALLED] = 0
            keep(genes, memory.best)
        _admit(herd, worths, genes.order, found)


@part
def _admit(herd: Int32Array, worths: Int64Array, order: Int32Array, found: int) -> None:
    """Put a list into the population, ordered by worth, for the worst one."""
    last = worths.size - 1
    if found > worths[last]:
        return
    x = last
    while x > 0 and worths[x - 1] > found:
        x -= 1
    # Of two lists of the same schedule one is enough.
    y = x - 1
    while y >= 0 and worths[y] == found:
        same = True
        for z in range(order.size):
            same &= herd[y, z] == order[z]
        if same:
            return
        y -= 1
    for y in range(last, x, -1):
        for z in range(order.size):
            herd[y, z] = herd[y - 1, z]
        worths[y] = worths[y - 1]
    for z in range(order.size):
        herd[x, z] = order[z]
    worths[x] = found
