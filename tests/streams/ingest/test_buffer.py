"""What waits comes out in canonical order, whatever the order it came in."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.batch import (
    HAS_DETAIL,
    EventBatch,
    concatenate,
    empty_columns,
    order_to_restore,
)
from streams.ingest import run
from streams.ingest.buffer import RUNS_FREE, ReorderBuffer
from streams.names import Names


def batch(names: Names, times, *, detail: bool = True) -> EventBatch:
    """Events whose id is their time, and their detail too, as text."""
    columns = empty_columns(len(times))
    columns["time_us"][:] = times
    columns["id_hash"][:] = times
    columns["value0"][:] = times
    columns["subject"][:] = names.index("x")
    columns["source"][:] = names.index("s")
    if detail:
        columns["flags"][:] = HAS_DETAIL
        parts = [str(time).encode() for time in times]
        ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        columns["detail_end"][:] = ends
        columns["detail_start"][:] = ends - [len(part) for part in parts]
        return EventBatch(
            names=names, detail=b"?" + b"".join(parts), **shifted(columns)
        )
    return EventBatch(names=names, detail=b"", **columns)


def shifted(columns):
    return columns | {
        name: columns[name] + 1 for name in ("detail_start", "detail_end")
    }


def times_of(parts) -> list[int]:
    return [time for part in parts for time in part.time_us.tolist()]


@pytest.fixture
def small(monkeypatch):
    """Limits so low that every way of keeping events is taken."""
    monkeypatch.setattr(run, "BLOCK_ROWS_MIN", 4)
    monkeypatch.setattr(run, "BLOCK_ROWS_MAX", 16)
    monkeypatch.setattr(run, "VIEW_ROWS_MIN", 3)
    monkeypatch.setattr("streams.ingest.buffer.OVERLAP_FREE", 2)


def check(parts, expected: list[int]) -> None:
    joined = concatenate(parts, parts[0].names) if parts else None
    assert times_of(parts) == expected
    if joined is not None:
        assert joined.value0.tolist() == expected
        details = [joined.detail_of(row) for row in range(len(joined))]
        assert details == [str(time).encode() for time in expected]


ANY_ORDER = st.lists(st.lists(st.integers(0, 99), max_size=9), max_size=14)
NEARLY = st.lists(
    st.tuples(st.integers(0, 7), st.lists(st.integers(0, 9), max_size=9)), max_size=14
).map(lambda drawn: [[8 * at + shift + t for t in times]
                     for at, (shift, times) in enumerate(drawn)])  # fmt: skip


@pytest.mark.parametrize("arrivals", [ANY_ORDER, NEARLY])
def test_events_come_out_sorted_with_their_detail(small, arrivals):
    @settings(deadline=None, max_examples=150)
    @given(arrivals, st.data())
    def check_all(batches, data):
        names = Names()
        buffer = ReorderBuffer(names)
        out: list[int] = []
        waiting: list[int] = []
        mark = 0
        for drawn in batches:
            times = [time for time in drawn if time >= mark]
            if data.draw(st.booleans()):
                times.sort()
            buffer.add(batch(names, times))
            waiting = sorted(waiting + times)
            mark = max(mark, data.draw(st.integers(0, 120)))
            looked = buffer.all()
            check(looked, waiting)
            released = buffer.release(mark)
            check(released, [time for time in waiting if time < mark])
            out += times_of(released)
            waiting = [time for time in waiting if time >= mark]
            assert len(buffer) == len(waiting)
            check(buffer.all(), waiting)
            if waiting:
                n_left = data.draw(st.integers(0, len(waiting) - 1))
                cut = buffer.time_leaving(n_left)
                assert cut == waiting[len(waiting) - n_left - 1] + 1
        check(buffer.clear(), waiting)
        assert len(buffer) == 0

    check_all()


def test_what_is_handed_out_or_looked_at_does_not_change_later():
    names = Names()
    buffer = ReorderBuffer(names)
    buffer.add(batch(names, [3, 1, 2, 9, 8]))
    looked, released = buffer.all(), buffer.release(3)
    buffer.add(batch(names, [7, 3, 8, 5]))
    assert times_of(looked) == [1, 2, 3, 8, 9]
    assert times_of(released) == [1, 2]
    assert times_of(buffer.clear()) == [3, 3, 5, 7, 8, 8, 9]


def test_large_sorted_batches_are_not_copied():
    names = Names()
    buffer = ReorderBuffer(names)
    one = batch(names, np.arange(10_000), detail=False)
    two = batch(names, np.arange(10_000, 20_000), detail=False)
    buffer.add(one)
    buffer.add(two)
    released = buffer.release(15_000)
    assert np.shares_memory(released[0].value0, one.value0)
    assert np.shares_memory(released[1].value0, two.value0)
    assert [len(part) for part in released] == [10_000, 5_000]


def test_side_table_that_is_mostly_of_other_events_is_let_go():
    names = Names()
    buffer = ReorderBuffer(names)
    whole = batch(names, range(50_000))
    buffer.add(whole.take(slice(0, 5000)))
    assert sum(len(part.detail) for part in buffer.all()) < len(whole.detail) / 5


@pytest.mark.parametrize("size", [500, 20_000])
def test_nearly_sorted_batches_make_one_run(size):
    rng = np.random.default_rng(7)
    times = np.arange(60_000) * 10
    times = times[np.argsort(np.arange(60_000) + rng.uniform(0, 40, 60_000))]
    names = Names()
    buffer = ReorderBuffer(names)
    for start in range(0, len(times), size):
        buffer.add(batch(names, times[start : start + size], detail=False))
    assert len(buffer._runs) == 1
    assert times_of(buffer.clear()) == sorted(times.tolist())


def test_two_interleaved_imports_make_two_runs():
    names = Names()
    buffer = ReorderBuffer(names)
    for start in range(0, 20_000, 500):
        times = np.arange(start, start + 500)
        buffer.add(batch(names, times, detail=False))
        buffer.add(batch(names, times + 1_000_000 - 100 * start, detail=False))
        assert len(buffer._runs) <= RUNS_FREE + 8
    assert len(buffer) == 40_000
    assert times_of(buffer.clear()) == sorted(
        time for start in range(0, 20_000, 500)
        for first in (start, start + 1_000_000 - 100 * start)
        for time in range(first, first + 500)
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["random", "falling", "two imports"])
def test_no_disorder_moves_an_event_more_often_than_the_buffer_halves(
    monkeypatch, kind
):
    """Counts rows moved by merging runs, and overlaps: n log n, not n times n."""
    n_events, size = 40_000, 50
    times = {
        "random": np.random.default_rng(3).permutation(n_events),
        "falling": np.arange(n_events)[::-1],
        "two imports": np.arange(n_events).reshape(2, -1).T.reshape(-1, 25, 2)
        .transpose(0, 2, 1).ravel(),
    }[kind]  # fmt: skip
    moved = 0
    merged, reopened = ReorderBuffer._merged, run.Run._reopened

    def counting(self, runs, before_us):
        nonlocal moved
        parts = merged(self, runs, before_us)
        moved += sum(map(len, parts))
        return parts

    def counting_overlap(self, first_us, n_more):
        nonlocal moved
        block = reopened(self, first_us, n_more)
        moved += len(block)
        return block

    monkeypatch.setattr(ReorderBuffer, "_merged", counting)
    monkeypatch.setattr(run.Run, "_reopened", counting_overlap)
    names = Names()
    buffer = ReorderBuffer(names)
    for start in range(0, n_events, size):
        buffer.add(batch(names, times[start : start + size], detail=False))
        assert len(buffer._runs) <= RUNS_FREE + 16
    assert moved <= n_events * np.log2(n_events)
    assert times_of(buffer.clear()) == list(range(n_events))


def test_names_are_marked_and_renumbered_in_every_part():
    names = Names()
    names.index("dropped")
    buffer = ReorderBuffer(names)
    large = batch(names, np.arange(5000), detail=False)
    buffer.add(large)
    buffer.add(batch(names, [4990, 6000, 5500]))
    used = np.zeros(len(names) + 1, np.bool_)
    buffer.mark_names(used)
    assert np.flatnonzero(used[:-1]).tolist() == [names.index("x"), names.index("s")]
    buffer.rename(np.array([-1, 1, 0, -1], np.int32))
    everything = concatenate(buffer.all(), names)
    assert set(everything.subject.tolist()) == {1}
    assert set(everything.source.tolist()) == {0}
    assert set(everything.item.tolist()) == {-1}
    assert set(large.subject.tolist()) == {1}  # another one's arrays stay as they are
    assert large.source[0] == 2


def test_sorted_batches_that_share_an_instant_are_held_as_they_are():
    names = Names()
    first = batch(names, np.repeat(np.arange(4096), 2), detail=False)
    later = first.id_hash + np.uint64(1 << 40)
    last = replace(first, time_us=first.time_us + 4095, id_hash=later)
    buffer = ReorderBuffer(names)
    buffer.add(first, ordered=True)
    buffer.add(last, ordered=True)
    parts = buffer.clear()
    assert [len(part) for part in parts] == [len(first), len(last)]
    assert np.shares_memory(parts[1].time_us, last.time_us)
    assert order_to_restore(concatenate(parts, names)) is None
