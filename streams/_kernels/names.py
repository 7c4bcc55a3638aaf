"""The table of names in arrays: bytes to dense number without a Python object.

Open addressing with linear probing; a slot holds a number and a part of the hash, the
bytes themselves are always compared, so that no collision can merge two names.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.compiling import inlined
from streams._kernels.hashing import PRIME_1, PRIME_2, xxh64_at
from streams._kernels.memory import (
    load_i64,
    load_u8,
    load_u64,
    prefetch,
    same_bytes,
    store_i64,
    store_u8,
    store_u64,
)

FULL = -2  # `intern`: a new name for which no room was reserved
GONE = -1  # `compact`: a name that is not kept
EMPTY = 0
TAG = np.int64(-(2**32))  # upper half of a slot
NUMBER = np.int64(2**32 - 1)
# Names seen lately, see `recall`: 256 KB. Of three names an event of a factory 0.12 are
# not found, of which 0.09 are new; with half as many places 0.15, with twice 0.11.
RECENT_BITS = 13
RECENT_WIDTH = 4  # words an entry
RECENT_SHIFT = np.uint64(64 - RECENT_BITS)
WORD_BITS = np.uint64(64)
ALL = np.uint64(2**64 - 1)
UNKNOWN: int = np.int64(-1)  # type: ignore[assignment]


TOGETHER = 32
"""So many names are looked up at a time: what one needs of a large table, in three
places one after the other, is fetched for all. Half as many are a tenth slower."""


class NamesTable(NamedTuple):
    """Arrays of a table of names; kernels fill them, only `Names` makes them longer.

    Attributes
    ----------
    n_names : ndarray of shape (1,), int64
        Number of names.
    arena : ndarray, uint8
        Bytes of all names, one behind the other.
    ends : ndarray, int64
        Where each name ends in the arena; it starts where the one before ends.
    hashes : ndarray, uint64
        XXH64 of each name.
    slots : ndarray of shape (2**k,), int64
        By hash: number of the name plus one, and above it the upper half of its hash,
        so that other names need not be looked at; 0 for none. At least twice as long as
        `ends`.
    """

    n_names: NDArray[np.int64]
    arena: NDArray[np.uint8]
    ends: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    slots: NDArray[np.int64]


class NamesPlaces(NamedTuple):
    """Addresses of the arrays of a `NamesTable`, and their lengths.

    Numbers are passed on for nothing, arrays for the counting of their owners: in a
    loop over rows that is thirty times the cost of all the rest.
    """

    n_names: int
    arena: int
    ends: int
    hashes: int
    slots: int
    mask: int
    names_max: int
    bytes_max: int


@inlined
def places_of(table: NamesTable) -> NamesPlaces:
    """Return where the arrays of a table stand; valid as long as they are."""
    return NamesPlaces(
        np.int64(table.n_names.ctypes.data),
        np.int64(table.arena.ctypes.data),
        np.int64(table.ends.ctypes.data),
        np.int64(table.hashes.ctypes.data),
        np.int64(table.slots.ctypes.data),
        np.int64(len(table.slots) - 1),
        np.int64(len(table.ends)),
        np.int64(len(table.arena)),
    )


@inlined
def entry_of(hashed: np.uint64, number: int) -> int:
    """Return what a slot holds of a name."""
    return (np.int64(hashed) & TAG) | (np.int64(number) + 1)


@inlined
def start_of(names: NamesPlaces, number: int) -> int:
    """Return where a name starts in the arena; for `n_names` the end of the last."""
    return load_i64(names.ends + 8 * number - 8) if number else np.int64(0)


@njit(cache=True, nogil=True)
def intern_at(names: NamesPlaces, address: int, n_bytes: int) -> int:
    """Return the number of the name at an address, giving it the next one if new.

    Returns
    -------
    int
        >= 0, or `FULL` if the name is new and there is no room.
    """
    return _intern_hashed(names, address, n_bytes, xxh64_at(address, n_bytes))


@njit(cache=True, nogil=True)
def _intern_hashed(
    names: NamesPlaces, address: int, n_bytes: int, hashed: np.uint64
) -> int:
    slot = np.int64(hashed) & names.mask
    entry = load_i64(names.slots + 8 * slot)
    while entry != EMPTY:
        if (entry ^ np.int64(hashed)) & TAG == 0:
            number = (entry & NUMBER) - 1
            start = start_of(names, number)
            same_length = load_i64(names.ends + 8 * number) - start == n_bytes
            if same_length and same_bytes(names.arena + start, address, n_bytes):
                return number
        slot = (slot + 1) & names.mask
        entry = load_i64(names.slots + 8 * slot)
    return _append(names, slot, address, (n_bytes, hashed))


@njit(cache=True, nogil=True)
def _append(
    names: NamesPlaces, slot: int, address: int, name: tuple[int, np.uint64]
) -> int:
    n_bytes, hashed = name
    number = np.int64(load_i64(names.n_names))
    start = start_of(names, number)
    if number >= names.names_max or start + n_bytes > names.bytes_max:
        return np.int64(FULL)
    for at in range(n_bytes):
        store_u8(names.arena + start + at, load_u8(address + at))
    store_i64(names.ends + 8 * number, start + n_bytes)
    store_u64(names.hashes + 8 * number, hashed)
    store_i64(names.slots + 8 * slot, entry_of(hashed, number))
    store_i64(names.n_names, number + 1)
    return number


@inlined
def _ends_of(address: int, n_bytes: int) -> tuple[np.uint64, np.uint64]:
    """Read the first and the last eight bytes of a name, those beyond it zero.

    With its length they are all there is of a name of up to 16 bytes.
    """
    mask = ALL >> (WORD_BITS - np.uint64(8 * min(n_bytes, 8)))
    last = address + max(n_bytes, 8) - 8
    return load_u64(address) & mask, load_u64(last) & mask


@inlined
def _place_of(recent: int, first: np.uint64, last: np.uint64) -> int:
    mixed = (first + last * PRIME_1) * PRIME_2
    return recent + 8 * RECENT_WIDTH * np.int64(mixed >> RECENT_SHIFT)


@inlined
def recall(names: NamesPlaces, recent: int, address: int, n_bytes: int) -> int:
    """Return the number of a name if it was seen lately.

    Parameters
    ----------
    names : NamesPlaces
        The table.
    recent : int
        Address of the entries: two words, the length, the number.
    address, n_bytes : int
        The name, 1 to 2**31 bytes; at least 8 must be readable.

    Returns
    -------
    int
        `UNKNOWN` if the name is not there, whether or not it has a number.
    """
    first, last = _ends_of(address, n_bytes)
    place = _place_of(recent, first, last)
    other = (load_u64(place) ^ first) | (load_u64(place + 8) ^ last)
    if (other | np.uint64(load_i64(place + 16) ^ n_bytes)) != np.uint64(0):
        return UNKNOWN
    number = np.int64(load_i64(place + 24))
    if n_bytes > 16:
        start = start_of(names, number)
        if not same_bytes(names.arena + start + 8, address + 8, n_bytes - 16):
            return UNKNOWN
    return number


@inlined
def remember(recent: int, address: int, n_bytes: int, number: int) -> None:
    """Put a name where `recall` finds it, in the place of another one."""
    first, last = _ends_of(address, n_bytes)
    place = _place_of(recent, first, last)
    store_u64(place, first)
    store_u64(place + 8, last)
    store_i64(place + 16, n_bytes)
    store_i64(place + 24, number)


@njit(cache=True, nogil=True)
def intern(table: NamesTable, data: NDArray[np.uint8], start: int, end: int) -> int:
    """Return the number of the name ``data[start:end]``; see `intern_at`."""
    address = np.int64(data.ctypes.data) + start
    return intern_at(places_of(table), address, end - start)


@njit(cache=True, nogil=True)
def intern_spans(
    table: NamesTable,
    address: int,
    spans: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]],
    first: int,
) -> int:
    """Number the names in spans from the `first` on; a start below 0 is no name (-1).

    Returns
    -------
    int
        How many spans are done: less than all if room for names ran out.
    """
    starts, ends, numbers = spans
    names = places_of(table)
    hashes = np.empty(TOGETHER, np.uint64)
    for begin in range(first, len(starts), TOGETHER):
        end = min(begin + TOGETHER, len(starts))
        for row in range(begin, end):
            if starts[row] >= 0:
                hashed = xxh64_at(address + starts[row], ends[row] - starts[row])
                hashes[row - begin] = hashed
                prefetch(names.slots + 8 * (np.int64(hashed) & names.mask))
        _fetch_names(names, (starts, hashes), (begin, end))
        for row in range(begin, end):
            if starts[row] < 0:
                numbers[row] = -1
                continue
            place, n_bytes = address + starts[row], ends[row] - starts[row]
            number = _intern_hashed(names, place, n_bytes, hashes[row - begin])
            if number == FULL:
                return row
            numbers[row] = number
    return len(starts)


@njit(cache=True, nogil=True)
def _fetch_names(
    names: NamesPlaces,
    of: tuple[NDArray[np.int64], NDArray[np.uint64]],
    rows: tuple[int, int],
) -> None:
    """Have at hand what the first slots of some hashes point to: ends, then bytes."""
    starts, hashes = of
    begin, end = rows
    for step in range(2):
        for row in range(begin, end):
            if starts[row] < 0:
                continue
            slot = np.int64(hashes[row - begin]) & names.mask
            entry = load_i64(names.slots + 8 * slot)
            if entry == EMPTY:
                continue
            number = (entry & NUMBER) - 1
            if step == 0:
                prefetch(names.ends + 8 * number)
            else:
                prefetch(names.arena + start_of(names, number))


@njit(cache=True, nogil=True)
def index_all(table: NamesTable) -> None:
    """Fill empty slots with all names, without comparing: they differ."""
    names = places_of(table)
    for number in range(table.n_names[0]):
        hashed = table.hashes[number]
        slot = np.int64(hashed) & names.mask
        while table.slots[slot] != EMPTY:
            slot = (slot + 1) & names.mask
        table.slots[slot] = entry_of(hashed, number)


@njit(cache=True, nogil=True)
def compact(
    table: NamesTable, numbers: NDArray[np.int64], mapping: NDArray[np.int32]
) -> None:
    """Keep the names of ascending numbers, in place; `mapping` is old to new.

    `numbers` is overwritten.
    """
    mapping[:] = GONE
    at = 0
    for new in range(len(numbers)):
        old = numbers[new]
        start = table.ends[old - 1] if old else 0
        n_bytes = table.ends[old] - start
        for byte in range(n_bytes):  # forwards: a name only ever moves down
            table.arena[at + byte] = table.arena[start + byte]
        at += n_bytes
        mapping[old] = new
        table.hashes[new] = table.hashes[old]
        numbers[new] = at  # an end; `ends` itself is still read for later names
    for new in range(len(numbers)):
        table.ends[new] = numbers[new]
    table.n_names[0] = len(numbers)
    table.slots[:] = EMPTY
    index_all(table)
