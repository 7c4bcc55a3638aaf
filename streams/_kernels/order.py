"""Canonical order in compiled code: judging, sorting, merging and gathering of columns.

Columns of one dtype travel as a tuple (of a batch) or as the rows of one matrix (of a
block of memory), so that one loop serves them all. `streams.batch` says which column
stands where; the few that order depends on have fixed places, named here.

References
----------
Insertion sort does as many moves as the input has inversions, and stops being the right
choice where these are many (Estivill-Castro and Wood 1992, "A survey of adaptive
sorting algorithms"). Heap sort: Williams 1964.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.compiling import entry, inlined

# Verdicts on events.
TAKEN, READ_BEFORE, FUTURE, COPY, LATE = range(5)

# Places of the columns that order depends on, among those of their dtype.
TIME, SEQUENCE = 0, 1  # int64
SOURCE = 0  # int32
RANK = 0  # uint8

MOVES_MAX = 32
"""Moves an event, on average, after which sorting by insertion gives up: about what a
full sort costs. Twice as many would make the worst case a fourth slower."""

SHORT = 32  # a tie of more events than this is sorted by heap

Order = NDArray[np.int64]
Group = tuple[NDArray[Any], ...]  # columns of one dtype


class Keys(NamedTuple):
    """What the canonical order depends on; `hashes` is by number of the source."""

    time_us: NDArray[np.int64]
    rank: NDArray[np.uint8]
    source: NDArray[np.int32]
    sequence: NDArray[np.int64]
    id_hash: NDArray[np.uint64]
    hashes: NDArray[np.uint64]


class Columns(NamedTuple):
    """All columns by dtype: tuples of arrays, or matrices of a column a row."""

    int64: Any
    uint64: Any
    float64: Any
    int32: Any
    int16: Any
    uint8: Any


@inlined
def precedes(one: Keys, i: int, other: Keys, j: int) -> bool:
    """Tell whether event i of one batch comes before event j of another, or of it."""
    if one.time_us[i] != other.time_us[j]:
        return one.time_us[i] < other.time_us[j]
    if one.rank[i] != other.rank[j]:
        return one.rank[i] < other.rank[j]
    if one.source[i] != other.source[j]:
        source, its = one.hashes[one.source[i]], other.hashes[other.source[j]]
        if source != its:
            return source < its
    if one.sequence[i] != other.sequence[j]:
        return one.sequence[i] < other.sequence[j]
    return one.id_hash[i] < other.id_hash[j]


@entry
def n_ordered(keys: Keys) -> int:
    """Count the rows from the first on that are in canonical order."""
    time_us = keys.time_us
    for row in range(1, len(time_us)):
        if time_us[row] > time_us[row - 1]:
            continue
        if time_us[row] < time_us[row - 1] or precedes(keys, row, keys, row - 1):
            return row
    return len(time_us)


@njit(cache=True, nogil=True)
def insertion_order(keys: Keys, n_sorted: int) -> tuple[bool, Order]:
    """Sort rows, the first `n_sorted` of which are in order, if little is to move.

    Returns
    -------
    tuple
        Whether it is done, and the rows in order.
    """
    n_rows = len(keys.time_us)
    order = np.arange(n_rows)
    times = keys.time_us.copy()
    budget = MOVES_MAX * n_rows
    for row in range(max(n_sorted, 1), n_rows):
        time_us, place = times[row], row
        while place > 0 and times[place - 1] >= time_us:
            before = order[place - 1]
            if times[place - 1] == time_us and not precedes(keys, row, keys, before):
                break
            times[place], order[place] = times[place - 1], before
            place -= 1
        times[place], order[place] = time_us, row
        budget -= row - place
        if budget < 0:
            return False, order
    return True, order


@inlined
def _after(keys: Keys, i: int, j: int) -> bool:
    """Tell whether row i comes behind row j; of equals the one that came later does."""
    if precedes(keys, j, keys, i):
        return True
    return i > j and not precedes(keys, i, keys, j)


@inlined
def _sift(keys: Keys, order: Order, root: int, span: tuple[int, int]) -> None:
    start, n_rows = span
    while True:
        child = 2 * root + 1
        if child >= n_rows:
            return
        right = child + 1
        if right < n_rows and _after(keys, order[start + right], order[start + child]):
            child = right
        if not _after(keys, order[start + child], order[start + root]):
            return
        swapped = order[start + root]
        order[start + root] = order[start + child]
        order[start + child] = swapped
        root = child


@inlined
def _settle(keys: Keys, order: Order, start: int, stop: int) -> None:
    """Sort the rows of one instant."""
    n_rows = stop - start
    if n_rows <= SHORT:
        for at in range(start + 1, stop):
            row, place = order[at], at
            while place > start and _after(keys, order[place - 1], row):
                order[place] = order[place - 1]
                place -= 1
            order[place] = row
        return
    at = start + 1
    while at < stop and not _after(keys, order[at - 1], order[at]):
        at += 1
    if at == stop:  # as a producer numbers them
        return
    for root in range(n_rows // 2 - 1, -1, -1):
        _sift(keys, order, root, (start, n_rows))
    for last in range(n_rows - 1, 0, -1):
        greatest = order[start]
        order[start] = order[start + last]
        order[start + last] = greatest
        _sift(keys, order, 0, (start, last))


class Ranges(NamedTuple):
    """Least and greatest of what canonical order depends on; ranks begin at 0."""

    time_low: int
    time_high: int
    sequence_low: int
    sequence_high: int
    rank_high: int
    n_sources: int


@entry
def ranges(keys: Keys, sources: Order) -> Ranges:
    """Measure what canonical order depends on.

    Parameters
    ----------
    keys : Keys
        Of at least one event.
    sources : ndarray of shape (k,), int64
        Filled with the numbers of the sources, in the order they come.

    Returns
    -------
    Ranges
        More than k sources are counted as k + 1, and the rest is not measured then.
    """
    time_low = time_high = keys.time_us[0]
    sequence_low = sequence_high = keys.sequence[0]
    rank_high = n_sources = 0
    for row in range(len(keys.time_us)):
        time_low = min(time_low, keys.time_us[row])
        time_high = max(time_high, keys.time_us[row])
        sequence_low = min(sequence_low, keys.sequence[row])
        sequence_high = max(sequence_high, keys.sequence[row])
        rank_high = max(rank_high, np.int64(keys.rank[row]))  # type: ignore[assignment]
        known = 0
        while known < n_sources and sources[known] != keys.source[row]:
            known += 1
        if known == n_sources:
            n_sources += 1
            if n_sources > len(sources):
                break
            sources[known] = keys.source[row]
    return Ranges(
        time_low, time_high, sequence_low, sequence_high, rank_high, n_sources
    )


class Bits(NamedTuple):
    """Where the bits of time, rank, source and sequence begin, those of the row at 0.

    So many of the lowest bits of the sequence are `dropped` before.
    """

    time: int
    rank: int
    source: int
    sequence: int
    dropped: int


@entry
def pack(
    keys: Keys, lows: tuple[int, int], bits: Bits, sources: Order, packed: Order
) -> None:
    """Write time, rank, source, sequence and row of each event into one number.

    Parameters
    ----------
    keys : Keys
    lows : (int, int)
        Least time and sequence.
    bits : Bits
        Where each has its place.
    sources : ndarray of shape (k,), int64
        Numbers of the sources, in the order of their hashes.
    packed : ndarray of shape (n,), int64
        Filled; of two numbers the less comes first, but for events that do not differ
        above the bits of the row.
    """
    time_low, sequence_low = lows
    for row in range(len(packed)):
        place = 0
        while sources[place] != keys.source[row]:
            place += 1
        packed[row] = (
            ((keys.time_us[row] - time_low) << bits.time)
            | (np.int64(keys.rank[row]) << bits.rank)
            | (place << bits.source)
            | (((keys.sequence[row] - sequence_low) >> bits.dropped) << bits.sequence)
            | row
        )


@entry
def unpack(keys: Keys, row_bits: int, packed: Order) -> None:
    """Turn sorted numbers into rows in canonical order, in place.

    Events that do not differ above the bits of the row are put in order by their keys.

    Parameters
    ----------
    keys : Keys
    row_bits : int
        How many bits the row has.
    packed : ndarray of shape (n,), int64
        As `pack` filled it, ascending.
    """
    mask = (np.int64(1) << row_bits) - 1
    start, upper = 0, np.int64(-1)
    for at in range(len(packed)):
        here = packed[at] >> row_bits
        packed[at] &= mask
        if here != upper:
            if at - start > 1:
                _settle(keys, packed, start, at)
            start, upper = at, here
    if len(packed) - start > 1:
        _settle(keys, packed, start, len(packed))


@entry
def settle_ties(keys: Keys, order: Order) -> None:
    """Finish an order by time alone: sort the rows of each instant."""
    start = 0
    for at in range(1, len(order) + 1):
        if at < len(order) and keys.time_us[order[at]] == keys.time_us[order[start]]:
            continue
        if at - start > 1:
            _settle(keys, order, start, at)
        start = at


@inlined
def _place(
    matrix: NDArray[Any], columns: Group, plan: Order, first: int, n_mixed: int
) -> None:
    """Write rows of columns, or of the matrix itself, behind its first rows.

    Only the first `n_mixed` may be of the matrix. They go backwards: what moves within
    the matrix moves away from its start.
    """
    for index in range(len(columns)):
        into, column = matrix[index][first:], columns[index]
        for place in range(n_mixed, len(plan)):
            # Unsigned: compiled code need not ask whether it counts from the end.
            into[np.uint64(place)] = column[np.uint64(plan[place])]
        for place in range(n_mixed - 1, -1, -1):
            row = plan[place]
            into[place] = column[row] if row >= 0 else into[-1 - row - first]


@entry
def place_rows(
    block: Columns, batch: Columns, plan: Order, first: int, n_mixed: int
) -> None:
    """Fill a block of memory from row `first` on.

    Parameters
    ----------
    block : Columns
        Of matrices.
    batch : Columns
        Of tuples.
    plan : ndarray of shape (n,), int64
        Row of the batch, or -1 - row of the block; a row of the block may only move
        towards its end, and no row before one that moved may move further.
    first : int
        Where to begin; no row of the block in the plan is before it.
    n_mixed : int
        The plan has no row of the block from there on.
    """
    _place(block.int64, batch.int64, plan, first, n_mixed)
    _place(block.uint64, batch.uint64, plan, first, n_mixed)
    _place(block.float64, batch.float64, plan, first, n_mixed)
    _place(block.int32, batch.int32, plan, first, n_mixed)
    _place(block.int16, batch.int16, plan, first, n_mixed)
    _place(block.uint8, batch.uint8, plan, first, n_mixed)


@njit(cache=True, nogil=True)
def _keys(columns: Columns, hashes: NDArray[np.uint64]) -> Keys:
    return Keys(
        columns.int64[TIME],
        columns.uint8[RANK],
        columns.int32[SOURCE],
        columns.int64[SEQUENCE],
        columns.uint64[0],
        hashes,
    )


@njit(cache=True, nogil=True)
def merge_rows(
    block: Columns,
    batch: Columns,
    order: Order,
    hashes: NDArray[np.uint64],
    n_used: int,
) -> None:
    """Merge a batch into the rows of a block that are in canonical order.

    Parameters
    ----------
    block : Columns
        Of matrices, with room for the batch behind the first `n_used` rows.
    batch : Columns
        Of tuples.
    order : ndarray of shape (n,), int64
        Rows of the batch in canonical order, n >= 1.
    hashes : ndarray, uint64
        By number of the source.
    n_used : int
        Rows in use; rows that no event of the batch precedes stay where they are.
    """
    held, new = _keys(block, hashes), _keys(batch, hashes)
    first = n_used
    while first > 0 and precedes(new, order[0], held, first - 1):
        first -= 1
    plan = np.empty(n_used - first + len(order), np.int64)
    row, at, n_mixed = n_used - 1, len(order) - 1, 0
    for place in range(len(plan) - 1, -1, -1):
        if at < 0 or (row >= first and precedes(new, order[at], held, row)):
            plan[place] = -1 - row
            row -= 1
            n_mixed = max(n_mixed, place + 1)
        else:
            plan[place] = order[at]
            at -= 1
    place_rows(block, batch, plan, first, n_mixed)


@entry
def detail_bytes(starts: Order, ends: Order) -> int:
    """Count the bytes of the side table that rows point to."""
    n_bytes = 0
    for row in range(len(starts)):
        n_bytes += ends[row] - starts[row]
    return n_bytes


@njit(cache=True, nogil=True)
def pack_details(
    table: NDArray[np.uint8],
    starts: Order,
    ends: Order,
    packed: NDArray[np.uint8],
    base: int,
) -> None:
    """Copy the details of rows one behind the other, and point the spans there.

    `base` is where `packed` will stand in the side table that the spans then address.
    """
    at = 0
    for row in range(len(starts)):
        start, n_bytes = starts[row], ends[row] - starts[row]
        starts[row], ends[row] = 0, 0
        if n_bytes > 0:
            packed[at : at + n_bytes] = table[start : start + n_bytes]
            starts[row], ends[row] = base + at, base + at + n_bytes
            at += n_bytes
