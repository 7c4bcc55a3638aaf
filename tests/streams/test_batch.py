"""Columns of events: joining, selecting and the canonical order."""

from dataclasses import fields

import numpy as np

from streams.batch import (
    DTYPES,
    EventBatch,
    canonical_order,
    concatenate,
    empty_batch,
    empty_columns,
    in_canonical_order,
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
