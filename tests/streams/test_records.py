import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import PositionError, RecordError
from streams.records import (
    Position,
    RecordBatch,
    check_poll,
    timestamps_array,
)

VALUES = st.lists(st.binary(max_size=20), max_size=12)


@given(values=VALUES, first=st.integers(0, 12), last=st.integers(0, 12))
def test_slice_of_any_batch_gives_the_same_values_as_a_list(values, first, last):
    batch = RecordBatch.of("log/0", values, first_offset=40)
    part = batch.slice(first, last)
    assert list(part.values()) == values[first:last]
    assert part.offsets.tolist() == list(range(40, 40 + len(values)))[first:last]


def test_batch_keeps_times_keys_and_headers_through_a_slice():
    batch = RecordBatch.of(
        "orders-3",
        [b"a", b"", b"ccc"],
        first_offset=7,
        timestamps_us=[1, 2, 3],
        headers=[{}, {"ce_id": b"x"}, {}],
        keys=[b"k", None, b""],
    )
    part = batch.slice(1, 3)
    assert part.timestamps_us.tolist() == [2, 3]
    assert part.headers == ({"ce_id": b"x"}, {})
    assert part.keys == (None, b"")
    assert part.next_offset == 10
    assert batch.value(2) == b"ccc"


def test_batch_over_a_memoryview_gives_bytes():
    data = memoryview(b"xxhello")
    one = np.array([2], np.int64)
    batch = RecordBatch(
        partition="p",
        offsets=one,
        timestamps_us=one,
        data=data,
        starts=one,
        ends=one + 5,
    )
    assert batch.value(0) == b"hello"


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (0, 9), (2, 1)])
def test_batch_whose_span_leaves_the_buffer_is_refused(start, end):
    with pytest.raises(RecordError, match="spans must lie in the 3 bytes"):
        RecordBatch(
            partition="p",
            offsets=np.array([0]),
            timestamps_us=np.array([0]),
            data=b"abc",
            starts=np.array([start]),
            ends=np.array([end]),
        )


def test_batch_with_too_few_keys_is_refused():
    with pytest.raises(RecordError, match=r"keys: must be one for each of 2 records"):
        RecordBatch.of("p", [b"a", b"b"], keys=[b"k"])


def test_timestamps_of_the_wrong_number_are_refused():
    with pytest.raises(RecordError, match=r"must be one time or 3"):
        timestamps_array([1, 2], 3)


def test_poll_arguments_are_checked():
    with pytest.raises(RecordError, match="timeout_s: must be >= 0, was -1"):
        check_poll(-1, 1)
    with pytest.raises(RecordError, match="max_records: must be >= 1, was 0"):
        check_poll(0, 0)


def test_position_is_a_value():
    position = Position({"b": 2, "a": np.int64(1)})
    assert position == Position({"a": 1, "b": 2})
    assert hash(position) == hash(Position({"a": 1, "b": 2}))
    assert position.advance("c", 5).to_json() == {"a": 1, "b": 2, "c": 5}
    assert position.to_json() == {"a": 1, "b": 2}
    assert list(position) == ["a", "b"]


def test_position_never_goes_backwards():
    with pytest.raises(PositionError, match=r"'a': next offset must be >= 3, was 2"):
        Position({"a": 3}).advance("a", 2)


@pytest.mark.parametrize("offset", [-1, 1.5, "3", None])
def test_position_refuses_what_is_no_offset(offset):
    with pytest.raises(PositionError, match="whole number >= 0"):
        Position.from_json({"log/0": offset})


def test_position_reaches_another_when_every_partition_does():
    end = Position({"a": 2, "b": 3})
    assert Position({"a": 2, "b": 4}).reaches(end)
    assert not Position({"a": 9}).reaches(end)
