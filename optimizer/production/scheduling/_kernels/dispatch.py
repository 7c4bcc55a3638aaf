"""List schedules: whenever a machine is free, it takes the most urgent operation.

Time runs over two kinds of events, an operation that may start and a machine that is
done, both in one heap; each machine keeps what waits for it in a heap of its own. So
a schedule of n operations on m machines costs about n log(n / m), a million operations
a second or so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from optimizer._kernels.compiling import part

if TYPE_CHECKING:
    import numpy.typing as npt

    from optimizer.production.scheduling._kernels.shop import Shop

    Int32Array = npt.NDArray[np.int32]
    Int64Array = npt.NDArray[np.int64]
    State = npt.NDArray[np.uint64]

__all__ = [
    "FIRST_COME",
    "LONGEST",
    "MOST_WORK",
    "N_RULES",
    "SHORTEST",
    "dispatch",
    "draw",
    "generator",
    "work_remaining",
]

# Rules of priority: what a free machine takes first.
MOST_WORK, FIRST_COME, SHORTEST, LONGEST = 0, 1, 2, 3
N_RULES = 4
# Steps of a tick in a priority, so that noise also orders equal ones.
SCALE = 64
# Work remaining that one tick of setup outweighs. Half as much sets up too often.
SETUP_WEIGHT = 4
# Waiting operations that a machine with setups looks at: more cost time in long queues.
SCAN_MAX = 256


@njit(cache=True)
def generator(seed: int) -> State:
    """Return the state of a generator of random numbers, shape (1,), never zero.

    References
    ----------
    Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators, OOPSLA,
    figure 14: the scrambling of seeds.
    """
    z = np.uint64(seed) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state = np.empty(1, np.uint64)
    state[0] = (z ^ (z >> np.uint64(31))) | np.uint64(1)
    return state


@part
def draw(state: State, n: int) -> int:
    """Return a number in 0..n-1, n at most 2^31, and step the generator.

    References
    ----------
    Marsaglia (2003), Xorshift RNGs, Journal of Statistical Software 8(14), the triple
    13, 7, 17.
    """
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.int64(((x >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))


@njit(cache=True)
def _rise(keys: Int64Array, items: Int32Array, base: int, i: int) -> None:
    """Restore a heap that begins at `base` after entry `i` has got a lower key."""
    key, item = keys[base + i], items[base + i]
    while i > 0:
        parent = (i - 1) >> 1
        if keys[base + parent] <= key:
            break
        keys[base + i], items[base + i] = keys[base + parent], items[base + parent]
        i = parent
    keys[base + i], items[base + i] = key, item


@njit(cache=True)
def _remove(keys: Int64Array, items: Int32Array, base: int, size: int, i: int) -> None:
    """Take entry `i` out of the heap of `size` entries that begins at `base`."""
    last = size - 1
    key, item = keys[base + last], items[base + last]
    hole = i
    while True:
        child = 2 * hole + 1
        if child >= last:
            break
        if child + 1 < last and keys[base + child + 1] < keys[base + child]:
            child += 1
        if keys[base + child] >= key:
            break
        keys[base + hole], items[base + hole] = keys[base + child], items[base + child]
        hole = child
    keys[base + hole], items[base + hole] = key, item
    if hole == i and i < last:
        _rise(keys, items, base, i)


@njit(cache=True)
def work_remaining(shop: Shop) -> Int64Array:
    """Return the longest path from the start of each operation to the end, shape (n,).

    Machines are left out, and each operation takes its shortest mode. Precedence with
    a cycle leaves -1 on the operations of the cycle and those before it.
    """
    n = shop.head.size
    work = np.full(n, -1, np.int64)
    left = np.empty(n, np.int32)
    stack = np.empty(n, np.int32)
    size = 0
    for i in range(n):
        left[i] = shop.after_start[i + 1] - shop.after_start[i]
        if left[i] == 0:
            stack[size] = i
            size += 1
    while size > 0:
        size -= 1
        i = stack[size]
        longest = shop.tail[i]
        for a in range(shop.after_start[i], shop.after_start[i + 1]):
            longest = max(longest, shop.after_lag[a] + work[shop.after[a]])
        first, end = shop.mode_start[i], shop.mode_start[i + 1]
        work[i] = longest + shop.mode_duration[first:end].min()
        for a in range(shop.before_start[i], shop.before_start[i + 1]):
            j = shop.before[a]
            left[j] -= 1
            if left[j] == 0:
                stack[size] = j
                size += 1
    return work


@njit(cache=True)
def _static_keys(shop: Shop, state: State, noise: float, rule: int) -> Int64Array:
    """Return the key of each operation, least first; zeros for `FIRST_COME`."""
    keys = work_remaining(shop)
    for i in range(keys.size):
        first, end = shop.mode_start[i], shop.mode_start[i + 1]
        if rule == FIRST_COME:
            value = 0
        elif rule == SHORTEST:
            value = shop.mode_duration[first:end].min()
        elif rule == LONGEST:
            value = -shop.mode_duration[first:end].min()
        else:
            value = -keys[i]
        factor = 1.0
        if noise > 0.0:
            factor += noise * (draw(state, 1 << 20) / (1 << 20) - 0.5)
        keys[i] = np.int64(SCALE * factor * value)
    return keys


@njit(cache=True)
def _queues(shop: Shop) -> Int32Array:
    """Return where the queue of each machine begins, shape (m + 1,)."""
    begin = np.zeros(shop.matrix.size + 1, np.int32)
    for k in shop.mode_machine:
        begin[k + 1] += 1
    for k in range(shop.matrix.size):
        begin[k + 1] += begin[k]
    return begin


@njit(cache=True)
def _earliest_mode(
    shop: Shop, i: int, now: int, free: Int64Array, load: Int64Array
) -> int:
    """Return the mode in which operation `i` is done first, behind what waits."""
    best, least = shop.mode_start[i], np.int64(1 << 62)
    if shop.mode_start[i + 1] == best + 1:
        return best
    for mode in range(shop.mode_start[i], shop.mode_start[i + 1]):
        k = shop.mode_machine[mode]
        end = max(now, free[k]) + load[k] + shop.mode_duration[mode]
        if end < least:
            best, least = mode, end
    return best


@njit(cache=True)
def _setup(shop: Shop, k: int, last: int, i: int) -> int:
    """Return the setup of machine `k` before operation `i`; `last` is -1 for none."""
    x = shop.matrix[k]
    if x < 0:
        return 0
    if last < 0:
        return shop.first_setup[x, shop.family[i]]
    return shop.setup[x, shop.family[last], shop.family[i]]


@njit(cache=True)
def _most_urgent(
    shop: Shop,
    keys: Int64Array,
    items: Int32Array,
    k: int,
    last: int,
    base: int,
    size: int,
) -> int:
    """Return the entry of machine `k`'s queue with the best key after its setup."""
    best, least = 0, np.int64(1 << 62)
    for entry in range(min(size, SCAN_MAX)):
        setup = _setup(shop, k, last, items[base + entry])
        key = keys[base + entry] + SCALE * SETUP_WEIGHT * setup
        if key < least:
            best, least = entry, key
    return best


@njit(cache=True)
def _by_key(arrived: Int32Array, size: int, keys: Int64Array) -> None:
    """Sort the first `size` operations that arrived by key, in place by insertion.

    They are few but at the start, which is why the work is bounded: none moves forward
    by more than `SCAN_MAX` places.
    """
    for a in range(1, size):
        i, hole = arrived[a], a
        while hole > max(0, a - SCAN_MAX) and keys[arrived[hole - 1]] > keys[i]:
            arrived[hole] = arrived[hole - 1]
            hole -= 1
        arrived[hole] = i


@njit(cache=True, nogil=True)
def dispatch(
    shop: Shop, seed: int, noise: float, rule: int
) -> tuple[Int64Array, Int32Array]:
    """Return a feasible schedule in which no machine waits beside a waiting operation.

    An operation that may start joins the queue of the machine that would end it first,
    as far as the queues tell. A machine with setups weighs them against urgency.

    Parameters
    ----------
    shop
        Precedence without cycles.
    seed
        Of the noise, >= 0.
    noise
        Width of the random factor around 1 on each priority, 0..2; 0 for none.
    rule
        What a free machine takes first: `MOST_WORK` remaining on the longest path,
        `FIRST_COME`, `SHORTEST` or `LONGEST` duration.

    Returns
    -------
    start : ndarray of shape (n,), int64
    mode : ndarray of shape (n,), int32
        Positions in ``shop.mode_machine``.

    References
    ----------
    Panwalkar, Iskander (1977), A survey of scheduling rules, Operations Research 25(1),
    45-61: MWKR, FCFS, SPT and LPT.
    """
    n, m = shop.head.size, shop.matrix.size
    start, mode = np.zeros(n, np.int64), np.zeros(n, np.int32)
    key = _static_keys(shop, generator(seed), noise, rule)
    begin = _queues(shop)
    keys, items = np.empty(begin[m], np.int64), np.empty(begin[m], np.int32)
    size, last = np.zeros(m, np.int32), np.full(m, -1, np.int32)
    free, load = np.zeros(m, np.int64), np.zeros(m, np.int64)
    # Events: operations by index, machines after them.
    times, whos = np.empty(n + m, np.int64), np.empty(n + m, np.int32)
    n_events = 0
    left, ready = np.empty(n, np.int32), shop.head.copy()
    arrived, touched = np.empty(n, np.int32), np.empty(m, np.int32)
    is_touched = np.zeros(m, np.bool_)
    flexible = shop.mode_machine.size > n
    for i in range(n):
        left[i] = shop.before_start[i + 1] - shop.before_start[i]
        if left[i] == 0:
            times[n_events], whos[n_events] = ready[i], i
            _rise(times, whos, 0, n_events)
            n_events += 1
    while n_events > 0:
        now, n_arrived, n_touched = times[0], 0, 0
        while n_events > 0 and times[0] == now:
            who = whos[0]
            _remove(times, whos, 0, n_events, 0)
            n_events -= 1
            if who < n:
                arrived[n_arrived] = who
                n_arrived += 1
            elif not is_touched[who - n]:
                is_touched[who - n] = True
                touched[n_touched] = who - n
                n_touched += 1
        if flexible:
            _by_key(arrived, n_arrived, key)
        for a in range(n_arrived):
            i = arrived[a]
            mode[i] = _earliest_mode(shop, i, now, free, load)
            k = shop.mode_machine[mode[i]]
            end = begin[k] + size[k]
            keys[end], items[end] = (now if rule == FIRST_COME else key[i]), i
            _rise(keys, items, begin[k], size[k])
            size[k] += 1
            load[k] += shop.mode_duration[mode[i]]
            if free[k] <= now and not is_touched[k]:
                is_touched[k] = True
                touched[n_touched] = k
                n_touched += 1
        for t in range(n_touched):
            k = touched[t]
            is_touched[k] = False
            if size[k] == 0 or free[k] > now:
                continue
            entry = 0
            if shop.matrix[k] >= 0:
                entry = _most_urgent(shop, keys, items, k, last[k], begin[k], size[k])
            i = items[begin[k] + entry]
            _remove(keys, items, begin[k], size[k], entry)
            size[k] -= 1
            start[i] = max(now, free[k] + _setup(shop, k, last[k], i))
            free[k] = start[i] + shop.mode_duration[mode[i]]
            load[k] -= shop.mode_duration[mode[i]]
            last[k] = i
            times[n_events], whos[n_events] = free[k], n + k
            _rise(times, whos, 0, n_events)
            n_events += 1
            for a in range(shop.after_start[i], shop.after_start[i + 1]):
                j = shop.after[a]
                ready[j] = max(ready[j], free[k] + shop.after_lag[a])
                left[j] -= 1
                if left[j] == 0:
                    times[n_events], whos[n_events] = ready[j], j
                    _rise(times, whos, 0, n_events)
                    n_events += 1
    return start, mode
