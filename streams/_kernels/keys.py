"""Which events were seen before: open addressing over logs of 64-bit keys.

A generation is a log of its keys in the order they came and a table of places in that
log. The log only grows at its end, so that a view of it is a snapshot, and what was
added since another one is its end. A slot of the table has 32 bits, half as many as a
key: the place in the log, and of the rest a part of the hash, which nearly always tells
that a slot is another one's without a look at the log.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.compiling import entry, inlined
from streams._kernels.memory import prefetch
from streams._kernels.order import COPY, TAKEN

FREE = 0
AHEAD_ROWS = 24
"""Slots are fetched for so many rows ahead, as each stands somewhere else in memory: a
key took 21 ns without, and 13 with it."""

# 2**64 / golden ratio (Knuth 1998, section 6.4): spreads keys that differ in few bits.
SPREAD = np.uint64(0x9E3779B97F4A7C15)


class KeyTable(NamedTuple):
    """One generation of keys.

    Attributes
    ----------
    n_keys : ndarray of shape (1,), int64
        Number of keys.
    log : ndarray of shape (capacity,), uint64
        The keys, in the order they came.
    slots : ndarray of shape (2**k,), uint32
        At least twice as many. In the lower bits 1 + the place in the log, in the upper
        ones the upper bits of the hash; `FREE` for none.
    """

    n_keys: NDArray[np.int64]
    log: NDArray[np.uint64]
    slots: NDArray[np.uint32]


@njit(cache=True, nogil=True)
def event_keys_of(
    source: NDArray[np.int32], id_hash: NDArray[np.uint64], hashes: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Key of (source, id) for each event; `hashes` is by number of the source."""
    keys = np.empty(len(source), np.uint64)
    for row in range(len(source)):
        # The factor is odd, so that no bits of the source are lost.
        keys[row] = hashes[source[row]] * SPREAD + id_hash[row]
    return keys


@inlined
def place_bits(table: KeyTable) -> np.uint64:
    """Bits of a slot that hold a place in the log."""
    bits = 1
    while (1 << bits) <= len(table.log):
        bits += 1
    return np.uint64(bits)


@inlined
def slot_of(table: KeyTable, key: np.uint64, bits: np.uint64) -> int:
    """Return the slot that holds a key, or the free one where it belongs."""
    one = np.uint64(1)
    mask = np.uint64(len(table.slots) - 1)
    hashed = key * SPREAD
    upper = hashed >> (bits + np.uint64(32))
    slot = (hashed >> np.uint64(20)) & mask
    while table.slots[slot] != FREE:
        held = np.uint64(table.slots[slot])
        if held >> bits == upper:
            place = (held & ((one << bits) - one)) - one
            if table.log[place] == key:
                break
        slot = (slot + one) & mask
    return np.int64(slot)


@inlined
def _fetch(table: KeyTable, key: np.uint64) -> None:
    """Have the slot fetched where the search for a key begins."""
    slot = ((key * SPREAD) >> np.uint64(20)) & np.uint64(len(table.slots) - 1)
    prefetch(np.int64(table.slots.ctypes.data) + 4 * np.int64(slot))


@inlined
def _entry(key: np.uint64, place: int, bits: np.uint64) -> np.uint32:
    upper = (key * SPREAD) >> (bits + np.uint64(32))
    return np.uint32((upper << bits) | np.uint64(place + 1))


@entry
def remember(
    newer: KeyTable,
    older: KeyTable,
    keys: NDArray[np.uint64],
    verdict: NDArray[np.uint8],
    first: int,
) -> int:
    """Judge and remember the keys from row `first` on, where `verdict` is `TAKEN`.

    A key in one of the tables makes the verdict `COPY`; another one is added to the
    newer table, the log of which must not be full.

    Returns
    -------
    int
        How many rows are done: the log of the newer table is full after the last one,
        or all are.
    """
    n_keys, capacity, has_older = newer.n_keys[0], len(newer.log), older.n_keys[0] > 0
    newer_bits, older_bits = place_bits(newer), place_bits(older)
    for row in range(first, len(keys)):
        if row + AHEAD_ROWS < len(keys):
            _fetch(newer, keys[row + AHEAD_ROWS])
            if has_older:
                _fetch(older, keys[row + AHEAD_ROWS])
        if verdict[row] != TAKEN:
            continue
        key = keys[row]
        if has_older and older.slots[slot_of(older, key, older_bits)] != FREE:
            verdict[row] = COPY
            continue
        slot = slot_of(newer, key, newer_bits)
        if newer.slots[slot] != FREE:
            verdict[row] = COPY
            continue
        newer.slots[slot] = _entry(key, n_keys, newer_bits)
        newer.log[n_keys] = key
        n_keys += 1
        if n_keys == capacity:
            newer.n_keys[0] = n_keys
            return row + 1
    newer.n_keys[0] = n_keys
    return len(keys)


@entry
def index_keys(table: KeyTable) -> None:
    """Fill free slots with all keys of the log, which differ."""
    mask, bits = np.uint64(len(table.slots) - 1), place_bits(table)
    for place in range(table.n_keys[0]):
        key = table.log[place]
        slot = ((key * SPREAD) >> np.uint64(20)) & mask
        while table.slots[slot] != FREE:
            slot = (slot + np.uint64(1)) & mask
        table.slots[slot] = _entry(key, place, bits)
