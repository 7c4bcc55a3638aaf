"""The compiled table of keys against plain sets."""

import numpy as np

from streams._kernels.keys import (
    FREE,
    KeyTable,
    event_keys_of,
    index_keys,
    place_bits,
    remember,
    slot_of,
)
from streams._kernels.order import COPY, LATE, TAKEN


def table(capacity: int, *keys: int) -> KeyTable:
    log = np.zeros(capacity, np.uint64)
    log[: len(keys)] = keys
    slots = np.zeros(2 * capacity, np.uint32)
    made = KeyTable(np.array([len(keys)]), log, slots)
    index_keys(made)
    return made


def test_every_key_of_a_log_is_found_and_no_other():
    keys = np.random.default_rng(1).integers(0, 2**63, 512, dtype=np.uint64)
    made = table(512, *keys.tolist())
    bits = place_bits(made)
    assert bits == 10  # 512 places and "none" take more than nine
    found = [int(made.slots[slot_of(made, key, bits)]) for key in keys]
    assert [slot & 1023 for slot in found] == list(range(1, 513))
    others = keys + np.uint64(1)
    assert all(made.slots[slot_of(made, key, bits)] == FREE for key in others)


def test_remember_stops_when_the_log_is_full_and_goes_on_from_there():
    newer, older = table(4, 7), table(4, 5)
    keys = np.array([5, 7, 1, 9, 1, 2, 3], np.uint64)
    verdict = np.array([TAKEN, TAKEN, TAKEN, LATE, TAKEN, TAKEN, TAKEN], np.uint8)
    assert remember(newer, older, keys, verdict, 0) == 7
    assert newer.log.tolist() == [7, 1, 2, 3]
    assert verdict.tolist() == [COPY, COPY, TAKEN, LATE, COPY, TAKEN, TAKEN]
    newer = table(2)
    verdict[:] = TAKEN
    assert remember(newer, older, keys, verdict, 0) == 3
    assert newer.log.tolist() == [7, 1]
    assert verdict.tolist()[:3] == [COPY, TAKEN, TAKEN]


def test_keys_are_by_hash_of_the_source():
    hashes = np.array([11, 12], np.uint64)
    source, ids = np.array([0, 1, 0], np.int32), np.array([3, 3, 4], np.uint64)
    keys = event_keys_of(source, ids, hashes)
    assert len(set(keys.tolist())) == 3
    swapped = event_keys_of(1 - source, ids, hashes[::-1].copy())
    assert swapped.tolist() == keys.tolist()
