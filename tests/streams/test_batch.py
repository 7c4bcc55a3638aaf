"""Columns of events: joining, selecting and the canonical order."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.batch import (
    DTYPES,
    EventBatch,
    canonical_order,
    concatenate,
    empty_batch,
    empty_columns,
    in_canonical_order,
    packed_details,
)
from streams.names import Names, hash64


def batch_of(names: Names, times: list[int], *, detail: bytes = b"") -> EventBatch:
    columns = empty_columns(len(times))
    columns["time_us"][:] = times
    columns["source"][:] = names.index("plant")
    columns["id_hash"][:] = [hash64(f"e{t}") for t in times]
    columns["detail_end"][:] = len(detail)
    return EventBatch(names=names, detail=detail, **columns)


def test_columns_match_the_declared_dtypes() -> None:
    batch = empty_batch(Names())
    columns = {field.name for field in fields(EventBatch)} - {"names", "detail"}
    assert columns == set(DTYPES)
    assert all(getattr(batch, name).dtype == DTYPES[name] for name in DTYPES)


def test_concatenate_shifts_detail_spans_into_the_joined_table() -> None:
    names = Names()
    joined = concatenate(
        [batch_of(names, [1], detail=b"ab"), batch_of(names, [2], detail=b"cde")],
        names,
    )
    assert [joined.detail_of(i) for i in range(2)] == [b"ab", b"cde"]


def test_concatenate_of_nothing_is_empty() -> None:
    assert len(concatenate([], Names())) == 0


def test_canonical_order_is_time_rank_source_sequence_id() -> None:
    names = Names()
    columns = empty_columns(5)
    columns["time_us"][:] = [2, 1, 1, 1, 1]
    columns["rank"][:] = [0, 7, 3, 3, 3]
    columns["source"][:] = names.index("plant")
    columns["sequence"][:] = [0, 0, 5, 4, 4]
    columns["id_hash"][:] = [1, 1, 1, 9, 8]
    batch = EventBatch(names=names, detail=b"", **columns)
    assert canonical_order(batch).tolist() == [4, 3, 2, 1, 0]


def test_canonical_order_does_not_depend_on_arrival() -> None:
    names = Names()
    batch = batch_of(names, [5, 3, 3, 1, 4, 3])
    shuffled = batch.take(np.array([3, 5, 0, 2, 4, 1]))
    first, second = in_canonical_order(batch), in_canonical_order(shuffled)
    assert first.time_us.tolist() == [1, 3, 3, 3, 4, 5]
    assert first.id_hash.tolist() == second.id_hash.tolist()


def test_take_of_everything_is_the_batch_itself() -> None:
    batch = batch_of(Names(), [5, 3, 4])
    assert batch.take(slice(None)) is batch
    assert batch.take(np.ones(3, np.bool_)) is batch
    assert batch.take(np.arange(3)) is batch
    assert batch.take(slice(0, 2)).time_us.tolist() == [5, 3]
    assert np.shares_memory(batch.take(slice(0, 2)).time_us, batch.time_us)


def test_take_selects_rows_as_arrays_do() -> None:
    batch = batch_of(Names(), [5, 3, 4, 9])
    for rows in ([2, 0, 2], [-1, 1], [], [0, 2, 1, 3]):
        chosen = np.array(rows, np.intp)
        taken = batch.take(chosen)
        for name, dtype in DTYPES.items():
            column = getattr(taken, name)
            assert column.dtype == dtype
            np.testing.assert_array_equal(column, getattr(batch, name)[chosen])
    mask = np.array([True, False, True, False])
    assert batch.take(mask).time_us.tolist() == [5, 4]


def test_take_of_rows_that_are_not_there_is_refused() -> None:
    batch = batch_of(Names(), [5, 3])
    for rows in ([2], [-3]):
        with pytest.raises(IndexError, match=r"must be in 0\.\.1"):
            batch.take(np.array(rows))
    with pytest.raises(IndexError, match="mask: must be of 2 rows, was of 3"):
        batch.take(np.ones(3, np.bool_))


def test_read_only_columns_and_columns_with_gaps_are_sorted_alike() -> None:
    names = Names()
    batch = batch_of(names, [5, 3, 4, 9])
    columns = {name: np.repeat(getattr(batch, name), 2)[::2] for name in DTYPES}
    columns["time_us"] = np.frombuffer(batch.time_us.tobytes(), np.int64)
    odd = EventBatch(names=names, detail=memoryview(b""), **columns)
    assert in_canonical_order(odd).time_us.tolist() == [3, 4, 5, 9]
    assert in_canonical_order(odd).offset.tolist() == [0, 0, 0, 0]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 3), max_size=200), st.booleans())
def test_canonical_order_equals_lexsort(times, is_nearly_sorted) -> None:
    names = Names()
    rng = np.random.default_rng(len(times))
    columns = empty_columns(len(times))
    columns["time_us"][:] = sorted(times) if is_nearly_sorted else times
    columns["rank"][:] = rng.integers(0, 2, len(times))
    columns["sequence"][:] = rng.integers(0, 3, len(times))
    columns["source"][:] = names.indices(["a", "b", "c"])[
        rng.integers(0, 3, len(times))
    ]
    columns["id_hash"][:] = rng.integers(0, 4, len(times))
    batch = EventBatch(names=names, detail=b"", **columns)
    expected = np.lexsort(
        (batch.id_hash, batch.sequence, names.hashes[batch.source], batch.rank,
         batch.time_us)
    )  # fmt: skip
    assert canonical_order(batch).tolist() == expected.tolist()
    assert in_canonical_order(in_canonical_order(batch)).time_us.tolist() == sorted(
        times
    )


def test_concatenate_leaves_behind_what_no_row_points_to() -> None:
    names = Names()
    one = batch_of(names, [1], detail=b"ab")
    table = b"x" * 1000 + b"cde"
    other = batch_of(names, [2], detail=table)
    other.detail_start[:], other.detail_end[:] = 1000, 1003
    joined = concatenate([one, other, batch_of(names, [3])], names)
    assert joined.detail == b"abcde"
    assert [joined.detail_of(row) for row in range(3)] == [b"ab", b"cde", b""]
    packed, starts, ends = packed_details(other, 7)
    assert (packed, starts.tolist(), ends.tolist()) == (b"cde", [7], [10])


@pytest.mark.parametrize("time_bits", [1, 30, 40, 50, 56])
def test_canonical_order_of_keys_that_fill_a_word_equals_lexsort(time_bits) -> None:
    names, rng = Names(), np.random.default_rng(time_bits)
    columns = empty_columns(500)
    columns["time_us"][:] = rng.choice([0, 5, 2**time_bits - 1], 500)
    columns["rank"][:] = rng.integers(0, 7, 500)
    columns["sequence"][:] = rng.choice([3, 4, 2**20, 2**20 + 1], 500)
    columns["source"][:] = names.indices(["a", "b", "c"])[rng.integers(0, 3, 500)]
    columns["id_hash"][:] = rng.integers(0, 4, 500)
    batch = EventBatch(names=names, detail=b"", **columns)
    expected = np.lexsort(
        (batch.id_hash, batch.sequence, names.hashes[batch.source], batch.rank,
         batch.time_us)
    )  # fmt: skip
    assert canonical_order(batch).tolist() == expected.tolist()
