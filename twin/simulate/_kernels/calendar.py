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
    """Add an appointment, which `settle` brings to its place; there must be room."""
    row = sim.calendar[np.uint64(sim.clock[t.N_CALENDAR])]
    sim.clock[t.N_CALENDAR] += 1
    row.time_us = time_us
    row.key = key
    row.what = what
    row.ref = ref
    row.epoch = epoch


@inlined
def take_first(sim: Simulated) -> None:
    """Have the first appointment taken out when the calendar settles."""
    sim.clock[t.IS_HELD] = 1


@inlined
def rise(heap: Records, hole: np.uint64, time_us: int, key: int) -> np.uint64:
    """Bring a hole up to where an appointment belongs; return the place.

    References
    ----------
    Williams (1964), Algorithm 232, Heapsort.
    """
    i = hole
    while i > _NONE:
        parent = (i - _ONE) >> _ONE
        above = heap[parent]
        above_us, above_key = above.time_us, above.key
        if above_us < time_us or (above_us == time_us and above_key < key):
            break
        move(heap[i], above, above_us, above_key)
        i = parent
    return i


@inlined
def sink(heap: Records, n: np.uint64) -> np.uint64:
    """Bring the hole at the first of `n` places down; return where it ends.

    References
    ----------
    Wegener (1993), BOTTOM-UP HEAPSORT, Theoretical Computer Science 118, section 2.
    """
    i, child = _NONE, _ONE
    while child < n:
        # The last of an even number has no right one beside it.
        beside = child + np.uint64(child + _ONE < n)
        left, right = heap[child], heap[beside]
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
    return i


@inlined
def settle(sim: Simulated) -> None:
    """Take the first appointment out if it happened, and bring new ones to places.

    One that was added goes where the first was, so that the heap is gone through once
    for both: the hole goes down to where nothing comes after it, and the appointment up
    from there; it comes late, so that it seldom goes far.
    """
    heap, clock = sim.calendar, sim.clock
    n, settled = np.uint64(clock[t.N_CALENDAR]), np.uint64(clock[t.N_SETTLED])
    if clock[t.IS_HELD] != 0:
        clock[t.IS_HELD] = 0
        n -= _ONE
        settled = min(settled, n)
        last = heap[n]
        time_us, key = last.time_us, last.key
        place = rise(heap, sink(heap, settled), time_us, key)
        if place != n:
            move(heap[place], last, time_us, key)
    while settled < n:
        row = heap[settled]
        time_us, key = row.time_us, row.key
        what, ref, epoch = row.what, row.ref, row.epoch
        place = rise(heap, settled, time_us, key)
        row = heap[place]
        row.time_us = time_us
        row.key = key
        row.what = what
        row.ref = ref
        row.epoch = epoch
        settled += _ONE
    clock[t.N_CALENDAR] = clock[t.N_SETTLED] = np.int64(n)
