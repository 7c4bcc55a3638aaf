"""Corrections take their place among what was released."""

import numpy as np

from streams.batch import EventBatch, empty_columns
from streams.ingest.released import merge_late
from streams.names import Names


def batch(names: Names, *times: int) -> EventBatch:
    columns = empty_columns(len(times))
    columns["time_us"][:] = times
    return EventBatch(names=names, detail=b"", **columns)


def test_late_events_stand_where_they_came():
    names = Names()
    late_after = np.array([0, 2, 2, 3])
    merged = merge_late(batch(names, 10, 20, 30), batch(names, 1, 2, 3, 4), late_after)
    assert merged.time_us.tolist() == [1, 10, 20, 2, 3, 30, 4]


def test_without_late_events_nothing_moves():
    names = Names()
    none = np.zeros(0, np.intp)
    assert merge_late(batch(names, 7), batch(names), none).time_us.tolist() == [7]
    assert len(merge_late(batch(names), batch(names), none)) == 0
