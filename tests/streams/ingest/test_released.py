"""Corrections take their place among what was released."""

import numpy as np

from streams.batch import EventBatch, empty_columns
from streams.ingest.released import Released, freed_before, merge_late
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


def released(names, chunks, late, late_after):
    return Released(
        names=names,
        chunks=tuple(chunks),
        late=late,
        late_after=np.array(late_after, np.intp),
        duplicates=0,
        rejected=(),
    )


def test_parts_without_corrections_are_the_chunks_themselves():
    names = Names()
    chunks = (batch(names, 1, 2), batch(names, 3))
    given = released(names, chunks, batch(names), [])
    assert given.parts is given.chunks
    assert given.in_order().time_us.tolist() == [1, 2, 3]
    assert given.n_applied == 3
    single = released(names, chunks[:1], batch(names), [])
    assert single.in_order() is chunks[0]


def test_parts_with_corrections_are_in_their_order():
    names = Names()
    chunks = (batch(names, 10, 20), batch(names, 30))
    given = released(names, chunks, batch(names, 5), [2])
    times = [time for part in given.parts for time in part.time_us.tolist()]
    assert times == [10, 20, 5, 30] == given.in_order().time_us.tolist()
    assert given.n_applied == 4


def test_corrections_come_behind_what_earlier_records_set_free():
    names = Names()
    chunks = (batch(names, 1, 5), batch(names, 8))
    marks = np.array([2, 2, 6, 9])  # after each of four events
    assert freed_before(chunks, marks, np.array([1, 3])).tolist() == [1, 2]
    assert freed_before((), marks, np.array([1, 3])).tolist() == [0, 0]
