"""Interning in kernels: exact, bounded by the room reserved."""

import numpy as np
import pytest
from numba import njit

from streams._kernels.names import (
    FULL,
    RECENT_BITS,
    RECENT_WIDTH,
    UNKNOWN,
    NamesTable,
    entry_of,
    intern,
    places_of,
    recall,
    remember,
)


def table(n_names: int, n_bytes: int) -> NamesTable:
    return NamesTable(
        n_names=np.zeros(1, np.int64),
        arena=np.zeros(n_bytes, np.uint8),
        ends=np.zeros(n_names, np.int64),
        hashes=np.zeros(n_names, np.uint64),
        slots=np.zeros(16, np.int64),
    )


DATA = np.frombuffer(b"abcab", np.uint8)


def test_same_bytes_have_the_same_number():
    small = table(4, 16)
    spans = [(0, 2), (2, 3), (3, 5), (0, 0), (0, 1)]
    assert [intern(small, DATA, *span) for span in spans] == [0, 1, 0, 2, 3]
    assert small.arena[:4].tobytes() == b"abca"


def test_name_without_room_is_refused_and_changes_nothing():
    small = table(1, 2)
    assert intern(small, DATA, 0, 3) == FULL
    assert intern(small, DATA, 0, 2) == 0
    assert intern(small, DATA, 2, 3) == FULL
    assert intern(small, DATA, 3, 5) == 0
    assert small.n_names[0] == 1


def test_collision_of_hashes_never_merges_names():
    """The slot of "bc" is made to name "ab": only the bytes can tell them apart."""
    small = table(4, 16)
    assert intern(small, DATA, 0, 2) == 0
    number = intern(small, DATA, 1, 3)
    (slot,) = np.flatnonzero(small.slots == entry_of(small.hashes[1], number))
    small.slots[slot] = entry_of(small.hashes[1], 0)
    assert intern(small, DATA, 1, 3) == 2
    assert intern(small, DATA, 1, 3) == 2


@njit
def recalled(names, recent, text, n_bytes):
    address = text.ctypes.data
    return recall(places_of(names), recent.ctypes.data, address, n_bytes)


@njit
def learned(names, recent, text, n_bytes):
    number = intern(names, text, 0, n_bytes)
    remember(recent.ctypes.data, text.ctypes.data, n_bytes, number)
    return number


@pytest.mark.parametrize("length", [1, 2, 7, 8, 9, 15, 16, 17, 24, 40])
def test_name_seen_lately_is_recalled_and_no_other(length):
    small = table(8, 256)
    recent = np.zeros((1 << RECENT_BITS, RECENT_WIDTH), np.uint64)
    text = np.arange(1, 65, dtype=np.uint8)
    assert recalled(small, recent, text, length) == UNKNOWN
    learned(small, recent, text[::-1].copy(), 3)
    number = learned(small, recent, text, length)
    assert recalled(small, recent, text, length) == number == 1
    for place in range(length):
        other = text.copy()
        other[place] ^= 0x80
        assert recalled(small, recent, other, length) == UNKNOWN
    for shorter in range(1, length):
        assert recalled(small, recent, text, shorter) == UNKNOWN
    text[length:] = 0
    assert recalled(small, recent, text, length) == number
    assert recalled(small, recent, text, length + 1) == UNKNOWN
