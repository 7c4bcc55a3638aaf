"""Interning in kernels: exact, bounded by the room reserved."""

import numpy as np

from streams._kernels.names import FULL, NamesTable, intern


def table(n_names: int, n_bytes: int) -> NamesTable:
    return NamesTable(
        n_names=np.zeros(1, np.int64),
        arena=np.zeros(n_bytes, np.uint8),
        ends=np.zeros(n_names, np.int64),
        hashes=np.zeros(n_names, np.uint64),
        slots=np.full(16, -1, np.int32),
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
    """Hashes of all names are made equal: only the bytes can tell them apart."""
    small = table(4, 16)
    assert intern(small, DATA, 0, 2) == 0
    number = intern(small, DATA, 1, 3)
    small.hashes[:2] = small.hashes[1]
    small.slots[:] = 0  # every probe meets "ab", now under the hash of "bc", first
    small.slots[7] = number
    small.slots[int(small.hashes[1]) % 16] = 0
    assert intern(small, DATA, 1, 3) == 1
