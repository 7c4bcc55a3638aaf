import numpy as np
import pytest

from streams.batch import EventBatch, empty_columns
from streams.codec import DecodedBatch
from streams.ingest.screening import all_taken, counted
from streams.names import Names
from streams.records import RecordBatch


def decoded(times, *, offset=5, appended_us=0, **said) -> DecodedBatch:
    columns = empty_columns(len(times))
    columns["time_us"][:] = times
    records = RecordBatch.of(
        "log/0", [b"?"], first_offset=offset, timestamps_us=appended_us
    )
    return DecodedBatch(
        records=records,
        events=EventBatch(names=Names(), detail=b"", **columns),
        rows=np.zeros(len(times), np.intp),
        rejected=(),
        partition_index=0,
        **({"ordered": True, "deduplicated": True} | said),
    )


def taken(batch: DecodedBatch) -> bool:
    return all_taken(batch, next_offset=5, ahead_us=10, mark_us=100)


def test_a_batch_in_order_behind_the_watermark_is_taken():
    assert taken(decoded([100, 105, 105]))
    assert taken(decoded([100, 105], appended_us=95))


@pytest.mark.parametrize(
    "batch",
    [
        decoded([]),
        decoded([99, 105]),  # late
        decoded([100, 105], offset=4),  # read before
        decoded([100, 106], appended_us=95),  # too far ahead
        decoded([100, 105], ordered=False),
        decoded([100, 105], deduplicated=False),
    ],
)
def test_others_are_looked_at_one_by_one(batch):
    assert not taken(batch)


def test_verdicts_are_counted_by_number():
    assert counted(np.zeros(3, np.uint8)) == [3, 0, 0, 0, 0]
    assert counted(np.array([4, 1, 4], np.uint8)) == [0, 1, 0, 0, 2]
