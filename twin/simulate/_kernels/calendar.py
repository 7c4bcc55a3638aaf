"""The calendar of a simulation: a binary heap ordered by time, then by content."""

import numpy as np

from streams._kernels.compiling import inlined
from twin.simulate import tables as t
from twin.simulate.tables import Records, Simulated

_ENTITY_SHIFT = 32
_RANK_SHIFT = 60
_NONE, _ONE = np.uint64(0), np.uint64(1)  # places are unsigned


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
    i = np.uint64(sim.clock[t.N_CALENDAR])
    sim.clock[t.N_CALENDAR] += 1
    while i > _NONE:
        parent = (i - _ONE) >> _ONE
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
    """Take the first appointment out; its row is to be read before.

    The hole goes down to where nothing comes after it, and the last appointment up from
    there: it comes late, so that it seldom goes far.

    References
    ----------
    Wegener (1993), BOTTOM-UP HEAPSORT, Theoretical Computer Science 118, section 2.
    """
    heap = sim.calendar
    sim.clock[t.N_CALENDAR] -= 1
    n = np.uint64(sim.clock[t.N_CALENDAR])
    i, child = _NONE, _ONE
    while child < n:
        left, right = heap[child], heap[child + _ONE]  # the last is there still
        first_us, first_key = left.time_us, left.key
        right_us, right_key = right.time_us, right.key
        # Without a branch: which of two comes first is not to be foretold.
        is_right = (right_us < first_us) | (
            (right_us == first_us) & (right_key < first_key)
        )
        first_us = right_us if is_right else first_us
        first_key = right_key if is_right else first_key
        child += np.uint64(is_right)
        move(heap[i], heap[child], first_us, first_key)
        i, child = child, child + child + _ONE
    last = heap[n]
    time_us, key = last.time_us, last.key
    while i > _NONE:
        parent = (i - _ONE) >> _ONE
        above = heap[parent]
        above_us, above_key = above.time_us, above.key
        if above_us < time_us or (above_us == time_us and above_key < key):
            break
        move(heap[i], above, above_us, above_key)
        i = parent
    if i != n:
        move(heap[i], last, time_us, key)
