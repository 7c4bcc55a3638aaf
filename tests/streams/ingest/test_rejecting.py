"""A dead letter names its event, also where a record holds several."""

import numpy as np
import pytest

from streams.batch import EventBatch, empty_columns
from streams.codec import DecodedBatch, Rejected
from streams.ingest.rejecting import FUTURE_REASON, LATE_REASON, Rejecting
from streams.names import Names
from streams.records import RecordBatch


@pytest.fixture
def decoded():
    """Records of 1, 5 and 1 events, of which two of the second were not decoded."""
    records = RecordBatch.of("log/0", [b"a", b"many", b"c"], first_offset=7)
    columns = empty_columns(5)
    columns["time_us"][:] = [0, 1, 2, 3, 4]
    rejected = tuple(Rejected(8, "bad data", "?", b"many", row) for row in (3, 1))
    return DecodedBatch(
        records=records,
        events=EventBatch(names=Names(), detail=b"", **columns),
        rows=np.array([0, 1, 1, 1, 2]),
        rejected=rejected,
        partition_index=0,
    )


def test_row_counts_the_events_that_were_not_decoded(decoded):
    letters = [Rejecting(decoded).late(event, 9) for event in range(5)]
    assert [letter.row for letter in letters] == [None, 0, 2, 4, None]
    assert [letter.offset for letter in letters] == [7, 8, 8, 8, 9]
    assert {letter.reason for letter in letters} == {LATE_REASON}


def test_record_of_many_events_is_copied_once(decoded):
    rejecting = Rejecting(decoded)
    one, other = rejecting.future(1, 60), rejecting.late(2, 9)
    assert one.value is other.value
    assert one.value == b"many"
    assert one.reason == FUTURE_REASON
    assert "must be at most 60 s after the record was appended" in one.detail
