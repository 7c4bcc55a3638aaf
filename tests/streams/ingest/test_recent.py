"""Copies are found within a horizon that is bounded from both sides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.batch import EventBatch, empty_columns
from streams.ingest.recent import RecentKeys, event_keys
from streams.names import Names


def keys(*values: int) -> np.ndarray:
    return np.array(values, np.uint64)


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 5))
def test_horizon_is_between_one_and_two_generations(values, keys_max):
    recent = RecentKeys(keys_max)
    new = recent.add(keys(*values)).tolist()
    admitted: list[int] = []
    for value, is_new in zip(values, new, strict=True):
        if value in admitted[-keys_max:]:
            assert not is_new
        if value not in admitted[-2 * keys_max :]:
            assert is_new
        if is_new:
            admitted.append(value)


def test_snapshot_goes_on_where_it_was():
    recent = RecentKeys(2)
    recent.add(keys(5, 1, 9))
    other = RecentKeys(2)
    other.restore(recent.snapshot())
    assert other.snapshot()["older"].tolist() == [1, 5]
    assert other.add(keys(1, 9, 5, 2)).tolist() == [False, False, False, True]


@pytest.mark.parametrize("source", ["erp", "shop"])
def test_key_depends_on_source_and_id_but_not_on_numbers_of_names(source):
    def key(before: str, source: str, id_hash: int) -> int:
        names = Names()
        names.index(before)
        columns = empty_columns(1)
        columns["source"][:] = names.index(source)
        columns["id_hash"][:] = id_hash
        return int(event_keys(EventBatch(names=names, detail=b"", **columns))[0])

    assert key("x", source, 7) == key(source, source, 7)
    assert key("x", source, 7) != key("x", source, 8)
    assert key("x", source, 7) != key("x", "other", 7)
