"""What waits comes out in canonical order, and its side table does not pile up."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.batch import HAS_DETAIL, EventBatch, empty_columns
from streams.ingest.buffer import ReorderBuffer
from streams.names import Names


def batch(names: Names, times: list[int]) -> EventBatch:
    """Events whose detail is their time, as text."""
    columns = empty_columns(len(times))
    columns["time_us"][:] = times
    columns["id_hash"][:] = times
    columns["source"][:] = names.index("s")
    columns["flags"][:] = HAS_DETAIL
    parts = [str(time).encode() for time in times]
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    columns["detail_end"][:] = ends
    columns["detail_start"][:] = ends - [len(part) for part in parts]
    return EventBatch(names=names, detail=b"".join(parts), **columns)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.integers(0, 99), max_size=6), max_size=12), st.data())
def test_events_come_out_sorted_with_their_detail(batches, data):
    names = Names()
    buffer = ReorderBuffer(names)
    out: list[int] = []
    added: list[int] = []
    mark = 0
    for drawn in batches:
        times = [time for time in drawn if time >= mark]
        buffer.add(batch(names, times))
        added += times
        mark = max(mark, data.draw(st.integers(0, 99)))
        released = buffer.release(mark)
        assert [int(released.detail_of(k)) for k in range(len(released))] == (
            released.time_us.tolist()
        )
        assert len(released.detail) == sum(len(str(t)) for t in released.time_us)
        out += released.time_us.tolist()
        assert buffer.all().time_us.tolist() == sorted(t for t in added if t >= mark)
    assert out == sorted(time for time in added if time < mark)


def test_runs_stay_few():
    names = Names()
    buffer = ReorderBuffer(names)
    for time in range(1000):
        buffer.add(batch(names, [time]))
    assert len(buffer) == 1000
    assert len(buffer._runs) <= 11


def test_time_leaving_keeps_at_most_so_many():
    names = Names()
    buffer = ReorderBuffer(names)
    buffer.add(batch(names, [5, 1, 3]))
    buffer.add(batch(names, [3, 9]))
    assert [buffer.time_leaving(n) for n in (4, 3, 2, 1, 0)] == [2, 4, 4, 6, 10]
