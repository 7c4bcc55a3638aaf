"""Copies are found within a horizon that is bounded from both sides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams._kernels.order import COPY, FUTURE, TAKEN
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


class Sets:
    """What `RecentKeys` must do, in plain sets."""

    def __init__(self, keys_max):
        self.keys_max, self.newer, self.older = keys_max, set(), set()

    def add(self, values):
        new = []
        for value in values:
            new.append(value not in self.newer and value not in self.older)
            self.newer |= {value} - self.older
            if len(self.newer) >= self.keys_max:
                self.older, self.newer = self.newer, set()
        return new


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(st.integers(0, 60), max_size=40), max_size=8),
    st.integers(1, 30),
    st.integers(0, 8),
)
def test_keys_are_judged_as_by_sets_whatever_the_batches(batches, keys_max, place):
    recent, sets = RecentKeys(keys_max), Sets(keys_max)
    for at, values in enumerate(batches):
        if at == place:
            restored = RecentKeys(keys_max)
            restored.restore(recent.snapshot())
            recent = restored
        assert recent.add(keys(*values)).tolist() == sets.add(values)
        snapshot = recent.snapshot()
        assert set(snapshot["newer"].tolist()) == sets.newer
        assert set(snapshot["older"].tolist()) == sets.older


def test_many_keys_that_collide_in_their_low_bits_are_told_apart():
    recent = RecentKeys(5000)
    many = np.arange(20_000, dtype=np.uint64) << np.uint64(40)
    assert recent.add(many).all()
    assert not recent.add(many[-5000:]).any()
    assert recent.add(many[:5000]).all()


def test_memory_follows_the_keys_and_is_bounded():
    recent = RecentKeys(100_000)
    first = recent.n_bytes
    assert first < 64_000
    for start in range(0, 1_000_000, 50_000):
        recent.add(np.arange(start, start + 50_000, dtype=np.uint64))
    # Two generations of a log and of places twice as many as the next power of two.
    assert recent.n_bytes <= 2 * (100_000 * 8 + 2 * 131_072 * 4)


def test_snapshot_is_a_view_that_later_ones_begin_with():
    recent = RecentKeys(10_000)
    recent.add(np.arange(3000, dtype=np.uint64))
    before = recent.snapshot()["newer"]
    assert not before.flags.owndata
    recent.add(np.arange(2000, 9000, dtype=np.uint64))
    after = recent.snapshot()["newer"]
    assert before.tolist() == list(range(3000)) == after[:3000].tolist()
    assert after[3000:].tolist() == list(range(3000, 9000))


@pytest.mark.parametrize("keys_max", [3, 40])
def test_snapshot_of_another_size_is_taken(keys_max):
    recent = RecentKeys(10)
    recent.add(np.arange(16, dtype=np.uint64))
    other = RecentKeys(keys_max)
    other.restore(recent.snapshot())
    assert not other.add(np.arange(10, 16, dtype=np.uint64)).any()
    assert other.add(keys(99)).all()
    assert not other.add(keys(99)).any()


def test_only_what_is_taken_is_remembered():
    recent = RecentKeys(10)
    verdict = np.array([TAKEN, FUTURE, TAKEN, TAKEN], np.uint8)
    recent.judge(keys(1, 2, 1, 3), verdict)
    assert verdict.tolist() == [TAKEN, FUTURE, COPY, TAKEN]
    assert recent.add(keys(2)).all()


def test_snapshot_goes_on_where_it_was():
    recent = RecentKeys(2)
    recent.add(keys(5, 1, 9))
    other = RecentKeys(2)
    other.restore(recent.snapshot())
    assert other.snapshot()["older"].tolist() == [5, 1]
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
