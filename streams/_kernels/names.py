"""The table of names in arrays: bytes to dense number without a Python object.

Open addressing with linear probing; a slot holds a number and a part of the hash, the
bytes themselves are always compared, so that no collision can merge two names.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.hashing import xxh64_at
from streams._kernels.memory import load_u8, same_bytes

FULL = -2  # `intern`: a new name for which no room was reserved
EMPTY = -1


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
    slots : ndarray of shape (2**k,), int32
        Number of the name by hash, -1 for none; more than twice as long as `ends`.
    """

    n_names: NDArray[np.int64]
    arena: NDArray[np.uint8]
    ends: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    slots: NDArray[np.int32]


@njit(cache=True, nogil=True)
def intern_at(table: NamesTable, address: int, n_bytes: int) -> int:
    """Return the number of the name at an address, giving it the next one if new.

    Returns
    -------
    int
        >= 0, or `FULL` if the name is new and there is no room.
    """
    hashed = xxh64_at(address, n_bytes)
    mask = np.uint64(len(table.slots) - 1)
    slot = np.int64(hashed & mask)
    arena = table.arena.ctypes.data
    while table.slots[slot] != EMPTY:
        number = table.slots[slot]
        if table.hashes[number] == hashed:
            start = table.ends[number - 1] if number else 0
            same_length = table.ends[number] - start == n_bytes
            if same_length and same_bytes(arena + start, address, n_bytes):
                return np.int64(number)
        slot = np.int64(np.uint64(slot + 1) & mask)
    return _append(table, slot, address, (n_bytes, hashed))


@njit(cache=True, nogil=True)
def _append(
    table: NamesTable, slot: int, address: int, name: tuple[int, np.uint64]
) -> int:
    n_bytes, hashed = name
    number = table.n_names[0]
    start = table.ends[number - 1] if number else 0
    if number >= len(table.ends) or start + n_bytes > len(table.arena):
        return FULL
    for at in range(n_bytes):
        table.arena[start + at] = load_u8(address + at)
    table.ends[number] = start + n_bytes
    table.hashes[number] = hashed
    table.slots[slot] = number
    table.n_names[0] = number + 1
    return np.int64(number)


@njit(cache=True, nogil=True)
def intern(table: NamesTable, data: NDArray[np.uint8], start: int, end: int) -> int:
    """Return the number of the name ``data[start:end]``; see `intern_at`."""
    return intern_at(table, data.ctypes.data + start, end - start)


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
    for row in range(first, len(starts)):
        if starts[row] < 0:
            numbers[row] = -1
            continue
        number = intern_at(table, address + starts[row], ends[row] - starts[row])
        if number == FULL:
            return row
        numbers[row] = number
    return len(starts)


@njit(cache=True, nogil=True)
def index_all(table: NamesTable) -> None:
    """Fill empty slots with all names, without comparing: they differ."""
    mask = np.uint64(len(table.slots) - 1)
    for number in range(table.n_names[0]):
        slot = np.int64(table.hashes[number] & mask)
        while table.slots[slot] != EMPTY:
            slot = np.int64(np.uint64(slot + 1) & mask)
        table.slots[slot] = number


@njit(cache=True, nogil=True)
def compact(
    table: NamesTable, numbers: NDArray[np.int64], mapping: NDArray[np.int32]
) -> None:
    """Keep the names of ascending numbers, in place; `mapping` is old to new.

    `numbers` is overwritten.
    """
    mapping[:] = EMPTY
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
