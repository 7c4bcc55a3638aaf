"""Corrections take their place among what was released."""

import numpy as np

from streams.batch import EventBatch, empty_columns
from streams.ingest.released import Released, merge_late
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


def released(names, chunks, late, due_us):
    return Released(
        names=names,
        chunks=tuple(chunks),
        late=late,
        late_due_us=np.array(due_us, np.int64),
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
    given = released(names, chunks, batch(names, 5), [25])
    times = [time for part in given.parts for time in part.time_us.tolist()]
    assert times == [10, 20, 5, 30] == given.in_order().time_us.tolist()
    assert given.due_us.tolist() == [10, 20, 25, 30]
    assert given.n_applied == 4


def test_corrections_stand_before_the_instant_of_their_mark():
    names = Names()
    late = batch(names, 7, 6, 5)
    given = released(names, (batch(names, 1, 5), batch(names, 8)), late, [5, 8, 9])
    assert given.in_order().time_us.tolist() == [1, 7, 5, 6, 8, 5]
    assert given.due_us.tolist() == [1, 5, 5, 8, 8, 9]
    alone = released(names, (), late, [5, 8, 9])
    assert alone.late_after.tolist() == [0, 0, 0]
    assert alone.due_us.tolist() == [5, 8, 9]


def test_two_releases_are_one_behind_the_other():
    names = Names()
    first = released(names, (batch(names, 1, 5),), batch(names, 2), [4])
    then = released(names, (batch(names, 6),), batch(names, 3), [6])
    both = first.followed_by(then)
    assert both.in_order().time_us.tolist() == [1, 2, 5, 3, 6]
    assert both.late_due_us.tolist() == [4, 6]
