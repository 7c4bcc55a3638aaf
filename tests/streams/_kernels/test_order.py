"""The compiled canonical order against NumPy's lexsort, which is the definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams._kernels.order import (
    Keys,
    detail_bytes,
    insertion_order,
    n_ordered,
    pack_details,
    precedes,
    settle_ties,
)

ROWS = st.lists(
    st.tuples(*(st.integers(0, high) for high in (4, 2, 2, 2, 3))), max_size=60
)


def keys_of(rows) -> Keys:
    """Few values, so that there are ties of every depth; hashes are not by number."""
    columns = np.array(rows, np.int64).reshape(-1, 5).T
    return Keys(
        columns[0].copy(),
        columns[1].astype(np.uint8),
        columns[2].astype(np.int32),
        columns[3].copy(),
        columns[4].astype(np.uint64),
        np.array([30, 10, 20], np.uint64),
    )


def by_lexsort(keys: Keys) -> list[int]:
    sources = keys.hashes[keys.source]
    return np.lexsort(
        (keys.id_hash, keys.sequence, sources, keys.rank, keys.time_us)
    ).tolist()


@settings(deadline=None, max_examples=200)
@given(ROWS)
def test_both_sorts_equal_lexsort(rows):
    keys = keys_of(rows)
    expected = by_lexsort(keys)
    is_done, order = insertion_order(keys, n_ordered(keys))
    if is_done:
        assert order.tolist() == expected
    # Ties in any order, as an unstable sort leaves them.
    order = np.lexsort((-np.arange(len(rows)), keys.time_us))
    settle_ties(keys, order)
    assert order.tolist() == expected
    is_sorted = expected == list(range(len(rows)))
    assert (n_ordered(keys) == len(rows)) == is_sorted


@pytest.mark.parametrize("n_times", [1, 3, 1000])
def test_long_ties_are_sorted_by_heap(n_times):
    rng = np.random.default_rng(n_times)
    highs = (n_times, 3, 3, 5, 50)
    keys = keys_of(np.stack([rng.integers(0, high, 5000) for high in highs], axis=1))
    order = np.argsort(keys.time_us)
    settle_ties(keys, order)
    assert order.tolist() == by_lexsort(keys)


def test_insertion_gives_up_on_what_is_far_from_sorted():
    rng = np.random.default_rng(0)
    times = rng.permutation(5000)
    far = keys_of(np.stack([times, *np.zeros((4, 5000), np.int64)], axis=1))
    assert not insertion_order(far, 1)[0]
    near = np.argsort(np.arange(5000) + rng.uniform(0, 40, 5000))
    near = keys_of(np.stack([near, *np.zeros((4, 5000), np.int64)], axis=1))
    is_done, order = insertion_order(near, 1)
    assert is_done
    assert order.tolist() == by_lexsort(near)


def test_precedes_compares_each_part_of_the_key_in_turn():
    rows = [(0, 2, 2, 2, 3), (1, 0, 2, 2, 3), (1, 1, 1, 2, 3), (1, 1, 2, 0, 3)]
    rows += [(1, 1, 2, 1, 2), (1, 1, 2, 1, 3), (1, 1, 0, 0, 0)]
    keys = keys_of(rows)
    for i in range(len(rows)):
        for j in range(len(rows)):
            assert precedes(keys, i, keys, j) == (i < j)


def test_details_are_packed_in_the_order_of_rows():
    table = np.frombuffer(b"--abc-de-", np.uint8)
    starts, ends = np.array([6, 0, 2]), np.array([8, 0, 5])
    packed = np.empty(detail_bytes(starts, ends), np.uint8)
    pack_details(table, starts, ends, packed, 10)
    assert packed.tobytes() == b"deabc"
    assert starts.tolist() == [10, 0, 12]
    assert ends.tolist() == [12, 0, 15]
