"""The calendar of a simulation: a binary heap ordered by time, then by content."""

import numpy as np

from streams._kernels.compiling import inlined
from twin.simulate import tables as t
from twin.simulate.tables import Records, Simulated

_ENTITY_SHIFT = 32
_RANK_SHIFT = 60


@inlined
def tie_key(rank: int, entity: int, n: int) -> int:
    """What orders appointments of one instant: rank, then entity, then number.

    `rank` is below 8, `entity` below 2**28, `n` below 2**32. The order is that of
    `twin.simulate.reference.schedule.tie_key`.
    """
    high = np.int64(rank) << _RANK_SHIFT | np.int64(entity) << _ENTITY_SHIFT
    return high | np.int64(n)


@inlined
def move(row: Records, source: Records, time_us: int, key: int) -> None:
    """Copy an appointment, whose time and key are at hand, to another row.

    Field by field: LLVM copies a record whose fields it knows in part by the byte.
    """
    row.time_us = time_us
    row.key = key
    row.what = source.what
    row.ref = source.ref
    row.epoch = source.epoch


@inlined
def push(
    sim: Simulated, time_us: int, key: int, what: int, ref: int, epoch: int
) -> None:
    """Add an appointment; there must be room.

    References
    ----------
    Williams (1964), Algorithm 232, Heapsort.
    """
    heap = sim.calendar
    i = sim.clock[t.N_CALENDAR]
    sim.clock[t.N_CALENDAR] = i + 1
    while i > 0:
        parent = (i - 1) >> 1
        above = heap[parent]
        above_us, above_key = above.time_us, above.key
        if above_us < time_us or (above_us == time_us and above_key < key):
            break
        move(heap[i], above, above_us, above_key)
        i = parent
    row = heap[i]
    row.time_us = time_us
    row.key = key
    row.what = what
    row.ref = ref
    row.epoch = epoch


@inlined
def drop_first(sim: Simulated) -> None:
    """Take the first appointment out; its row is to be read before."""
    heap = sim.calendar
    n = sim.clock[t.N_CALENDAR] - 1
    sim.clock[t.N_CALENDAR] = n
    last = heap[n]
    time_us, key = last.time_us, last.key
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        if child + 1 < n:
            left, right = heap[child], heap[child + 1]
            if right.time_us < left.time_us or (
                right.time_us == left.time_us and right.key < left.key
            ):
                child += 1
        below = heap[child]
        below_us, below_key = below.time_us, below.key
        if time_us < below_us or (time_us == below_us and key < below_key):
            break
        move(heap[i], below, below_us, below_key)
        i = child
    if i != n:
        move(heap[i], last, time_us, key)
