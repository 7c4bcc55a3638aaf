"""Search of a repair that leaves all operations but a few where they were.

Operations are free, fixed for good, or at home: locked where they were before, until
the search frees them. Of those, only so many may be free at a time, which keeps a
budget of changes by construction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from optimizer._kernels.compiling import kernel, part
from optimizer.production.scheduling._kernels.dispatch import draw
from optimizer.production.scheduling._kernels.generation import generate
from optimizer.production.scheduling._kernels.timeline import NEVER

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.rules import Rules
    from optimizer.production.scheduling._kernels.timeline import Genes, Timeline

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]
    ByteArray = npt.NDArray[np.uint8]
    State = npt.NDArray[np.uint64]

__all__ = [
    "AT_HOME",
    "BEST",
    "BUDGET",
    "CURRENT",
    "FIXED",
    "FREE",
    "FREED",
    "N_COUNTERS",
    "N_FREED",
    "STEPS",
    "TOLERANCE",
    "WEIGHT",
    "Home",
    "free_search",
    "judge",
]

# What an operation is: it stays for good, stays until it is freed, is freed within the
# budget, or was free from the beginning.
FIXED, AT_HOME, FREED, FREE = 0, 1, 2, 3
# Words of `Home.counters`: worth of the current and the best list, steps done, how many
# are freed, how many may be; cost of a moved operation; ticks that are no move.
CURRENT, BEST, STEPS, N_FREED, BUDGET, WEIGHT, TOLERANCE = 0, 1, 2, 3, 4, 5, 6
N_COUNTERS = 7
# Of 64 steps, how many change who is free; of 64 changes, a mode, a wish to join.
FREEING, MODES, JOINS = 24, 24, 2
# Draws for an operation that goes home.
TRIES = 64
# Steps back along a chain of operations that hold each other up.
CHAIN_MAX = 12


class Home(NamedTuple):
    """Where a search stands, and where the operations come from.

    Parameters
    ----------
    start, mode
        ndarrays of shape (n,), int64 and int32: the plan before, -1 for none.
    status
        ndarray of shape (n,), uint8: `FIXED`, `AT_HOME`, `FREED` or `FREE`.
    best_status
        ndarray of shape (n,), uint8: the same of the best list.
    free
        ndarray of shape (n,), int32: room for the rows that are free.
    position
        ndarray of shape (n,), int32: place of each operation in the list.
    recent
        ndarray of shape (l,), int64: worth of the lists accepted l steps ago.
    counters
        ndarray of shape (7,), int64.
    state
        ndarray of shape (1,), uint64: the generator.
    """

    start: Int64Array
    mode: Int32Array
    status: ByteArray
    best_status: ByteArray
    free: Int32Array
    position: Int32Array
    recent: Int64Array
    counters: Int64Array
    state: State


@part
def _lock(rules: Rules, home: Home, i: int) -> None:
    """Lock an operation at home, or free it, after its status."""
    if home.status[i] <= AT_HOME and home.mode[i] >= 0:
        rules.lock[i], rules.lock_mode[i] = home.start[i], home.mode[i]
    else:
        rules.lock[i] = -1


@kernel
def judge(rules: Rules, line: Timeline, genes: Genes, home: Home) -> int:
    """Return what a list is worth: its cost, its moves and its faults as one number.

    Parameters
    ----------
    rules
        The problem; locks are at home.
    line
        Room; holds the schedule afterwards.
    genes, home
        List, and what is free.
    """
    cost, faults = generate(rules, line, genes)
    unit = rules.weights[3]
    weight = home.counters[WEIGHT]
    if weight:
        for i in range(home.start.size):
            if home.status[i] == FREED:
                away = abs(line.start[i] - home.start[i]) > home.counters[TOLERANCE]
                if away or line.mode[i] != home.mode[i]:
                    cost += weight
    return min(cost, unit - 1) + min(faults, NEVER // unit - 1) * unit


@part
def _shift(genes: Genes, home: Home, a: int, b: int) -> None:
    """Move what stands at place a of the list to place b."""
    moved = genes.order[a]
    step = 1 if b > a else -1
    for x in range(a, b, step):
        genes.order[x] = genes.order[x + step]
        home.position[genes.order[x]] = x
    genes.order[b] = moved
    home.position[moved] = b


@part
def _behind_all(rules: Rules, home: Home, i: int, wanted: int) -> int:
    """Return the place nearest to a wanted one that precedence allows."""
    low, high = 0, home.position.size - 1
    for x in range(rules.before_start[i], rules.before_start[i + 1]):
        low = max(low, home.position[rules.before[x]] + 1)
    for x in range(rules.after_start[i], rules.after_start[i + 1]):
        high = min(high, home.position[rules.after[x]] - 1)
    return min(max(wanted, low), high)


@part
def _last(rules: Rules, line: Timeline, state: State) -> int:
    """Return an operation that costs: of a late job or, without any, the last one."""
    found, latest, n_ties = -1, -1, 0
    late = rules.weights[1] > 0 and draw(state, 4) > 0
    for i in range(line.start.size):
        if line.mode[i] < 0:
            continue
        end = line.end[i]
        if late:
            due = rules.due[rules.job[i]]
            if due < 0 or end <= due:
                continue
            n_ties += 1
            if draw(state, n_ties) == 0:
                found = i
        elif end > latest:
            found, latest = i, end
    return found


@part
def _held_up(rules: Rules, line: Timeline, state: State) -> int:
    """Return an operation of a chain that holds up one that costs, -1 for none."""
    v = _last(rules, line, state)
    for _ in range(draw(state, CHAIN_MAX)):
        if v < 0:
            break
        u, latest = -1, -1
        for x in range(rules.before_start[v], rules.before_start[v + 1]):
            a = rules.before[x]
            if line.mode[a] >= 0 and line.end[a] + rules.before_lag[x] > latest:
                u, latest = a, line.end[a] + rules.before_lag[x]
        if rules.mode_machine[line.mode[v]] >= 0:
            a = line.before_on[v]
            if a >= 0 and line.end[a] > latest:
                u = a
        if u < 0:
            break
        v = u
    return v


@part
def _candidate(rules: Rules, line: Timeline, home: Home, n_free: int) -> int:
    """Return an operation at home that may be worth freeing, -1 for none."""
    state, n = home.state, home.start.size
    v = -1
    kind = draw(state, 4)
    if kind >= 2:
        v = _held_up(rules, line, state)
    elif kind == 1 and n_free:
        # Beside a free one on its machine, or behind it in its job.
        f = home.free[draw(state, n_free)]
        first, last = rules.after_start[f], rules.after_start[f + 1]
        if first < last and draw(state, 2):
            v = rules.after[first + draw(state, last - first)]
        elif line.mode[f] >= 0 and rules.mode_machine[line.mode[f]] >= 0:
            v = line.before_on[f] if draw(state, 2) else line.after_on[f]
    if v < 0 or home.status[v] != AT_HOME:
        v = draw(state, n)
    return v if home.status[v] == AT_HOME else -1


@part
def _gather(home: Home) -> int:
    """Write the free operations, and return how many there are."""
    n_free = 0
    for i in range(home.start.size):
        if home.status[i] >= FREED:
            home.free[n_free] = i
            n_free += 1
    return n_free


@part
def _free(rules: Rules, home: Home, i: int, status: int) -> None:
    """Free an operation that was at home, or send a freed one home."""
    home.status[i] = status
    home.counters[N_FREED] += 1 if status == FREED else -1
    _lock(rules, home, i)


@part
def _exchange(rules: Rules, line: Timeline, home: Home, n_free: int) -> tuple[int, int]:
    """Free an operation, and send another home if the budget asks for it.

    Returns both; -1 for none.
    """
    counters, state = home.counters, home.state
    entered, left = _candidate(rules, line, home, n_free), -1
    if entered < 0:
        return -1, -1
    if counters[N_FREED] >= counters[BUDGET]:
        for _ in range(TRIES):
            v = home.free[draw(state, n_free)]
            if home.status[v] == FREED:
                left = v
                break
        if left < 0:
            return -1, -1
        _free(rules, home, left, AT_HOME)
    _free(rules, home, entered, FREED)
    return entered, left


@part
def _change(
    rules: Rules, genes: Genes, home: Home, i: int, kind: int, n_free: int
) -> None:
    """Change the mode of an operation, its wish to join, or its place in the list."""
    state = home.state
    first, last = rules.mode_start[i], rules.mode_start[i + 1]
    if kind >= 64 - JOINS:
        genes.join[i] = 1 - genes.join[i]
        return
    if kind < MODES and last > first + 1:
        genes.choice[i] = first + draw(state, last - first)
        return
    # Most often beside another free one: only among those does the place matter.
    wanted = draw(state, home.position.size)
    if n_free and draw(state, 4):
        wanted = home.position[home.free[draw(state, n_free)]]
    _shift(genes, home, home.position[i], _behind_all(rules, home, i, wanted))


@kernel
def free_search(
    rules: Rules,
    line: Timeline,
    genes: Genes,
    best: Genes,
    home: Home,
    steps: int,
    bound: int,
) -> int:
    """Change lists and who is free by late acceptance; return the steps done.

    Parameters
    ----------
    rules
        The problem; its locks are changed.
    line
        Room.
    genes, best
        The list that is changed, and the best one.
    home
        What is free, and where the rest is.
    steps
        Lists to try.
    bound
        Worth at which the search ends.

    References
    ----------
    Burke, Bykov (2017), "The late acceptance hill-climbing heuristic", European Journal
    of Operational Research 258(1), 70-78.
    """
    counters, state = home.counters, home.state
    judge(rules, line, genes, home)
    n_free = _gather(home)
    for done in range(steps):
        if counters[BEST] <= bound:
            return done
        entered, left, i = -1, -1, -1
        if counters[BUDGET] > 0 and draw(state, 64) < FREEING:
            entered, left = _exchange(rules, line, home, n_free)
            i = entered
        elif n_free:
            i = home.free[draw(state, n_free)]
        if i < 0:
            continue
        place, choice, join = home.position[i], genes.choice[i], genes.join[i]
        _change(rules, genes, home, i, draw(state, 64), n_free)
        found = judge(rules, line, genes, home)
        slot = counters[STEPS] % home.recent.size
        counters[STEPS] += 1
        if found <= counters[CURRENT] or found <= home.recent[slot]:
            counters[CURRENT] = found
            if entered >= 0:
                n_free = _gather(home)
            if found < counters[BEST]:
                counters[BEST] = found
                _keep(genes, best, home)
        else:
            _shift(genes, home, home.position[i], place)
            genes.choice[i], genes.join[i] = choice, join
            if entered >= 0:
                _free(rules, home, entered, AT_HOME)
            if left >= 0:
                _free(rules, home, left, FREED)
        home.recent[slot] = counters[CURRENT]
    return steps


@part
def _keep(genes: Genes, best: Genes, home: Home) -> None:
    """Copy the list and who is free."""
    for x in range(genes.order.size):
        best.order[x] = genes.order[x]
        best.choice[x] = genes.choice[x]
        best.join[x] = genes.join[x]
        home.best_status[x] = home.status[x]
