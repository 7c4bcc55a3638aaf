"""Which events were seen before: open addressing over logs of 64-bit keys.

A generation is a log of its keys in the order they came and a table of places in that
log. The log only grows at its end, so that a view of it is a snapshot, and what was
added since another one is its end. The table of 32-bit places is half as large as one
of keys, and a free place of it answers without a look at the log.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from streams._kernels.order import COPY, TAKEN

FREE = -1

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
    slots : ndarray of shape (2**k,), int32
        Place in the log by hash of the key, `FREE` for none; at least twice as many.
    """

    n_keys: NDArray[np.int64]
    log: NDArray[np.uint64]
    slots: NDArray[np.int32]


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


@njit(cache=True, nogil=True, inline="always")
def slot_of(table: KeyTable, key: np.uint64) -> int:
    """Return the slot that holds a key, or the free one where it belongs."""
    mask = np.uint64(len(table.slots) - 1)
    slot = ((key * SPREAD) >> np.uint64(20)) & mask
    while table.slots[slot] != FREE and table.log[table.slots[slot]] != key:
        slot = (slot + np.uint64(1)) & mask
    return np.int64(slot)


@njit(cache=True, nogil=True)
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
    n_keys, capacity = newer.n_keys[0], len(newer.log)
    for row in range(first, len(keys)):
        if verdict[row] != TAKEN:
            continue
        key = keys[row]
        if older.n_keys[0] > 0 and older.slots[slot_of(older, key)] != FREE:
            verdict[row] = COPY
            continue
        slot = slot_of(newer, key)
        if newer.slots[slot] != FREE:
            verdict[row] = COPY
            continue
        newer.slots[slot] = n_keys
        newer.log[n_keys] = key
        n_keys += 1
        if n_keys == capacity:
            newer.n_keys[0] = n_keys
            return row + 1
    newer.n_keys[0] = n_keys
    return len(keys)


@njit(cache=True, nogil=True)
def index_keys(table: KeyTable) -> None:
    """Fill free slots with all keys of the log, which differ."""
    mask = np.uint64(len(table.slots) - 1)
    for place in range(table.n_keys[0]):
        slot = ((table.log[place] * SPREAD) >> np.uint64(20)) & mask
        while table.slots[slot] != FREE:
            slot = (slot + np.uint64(1)) & mask
        table.slots[slot] = place
