import numpy as np

from streams.batch import DTYPES, EventBatch, empty_columns
from streams.names import Names
from streams.picked import Picked, column_of, joined, whole


def batch_of(times: list[int]) -> EventBatch:
    columns = empty_columns(len(times))
    columns["time_us"][:] = times
    columns["id_hash"][:] = np.arange(len(times))
    return EventBatch(Names(), b"", **columns)  # type: ignore[arg-type]


def test_picked_rows_are_those_of_take() -> None:
    batch = batch_of([5, 1, 9, 3])
    rows = np.array([1, 3, 0, 2])
    picked = Picked.of(batch, rows)
    assert len(picked) == 4
    assert picked.time_us.tolist() == [1, 3, 5, 9]
    expected = batch.take(rows)
    for name in DTYPES:
        for got in (getattr(whole(picked), name), column_of(picked, name)):
            np.testing.assert_array_equal(got, getattr(expected, name), err_msg=name)


def test_a_slice_of_picked_rows_is_a_view() -> None:
    picked = Picked.of(batch_of([5, 1, 9, 3]), np.array([1, 3, 0, 2]))
    part = picked.take(slice(1, 3))
    assert part.time_us.tolist() == whole(part).time_us.tolist() == [3, 5]
    assert np.shares_memory(part.rows, picked.rows)


def test_a_batch_is_whole_already_and_parts_are_joined() -> None:
    batch = batch_of([5, 1])
    assert whole(batch) is batch
    assert column_of(batch, "time_us") is batch.time_us
    picked = Picked.of(batch, np.array([1]))
    assert joined([batch, picked], batch.names).time_us.tolist() == [5, 1, 1]
