"""Corrections are held until the mark they came behind, in whatever turn they come."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.batch import EventBatch, concatenate, empty_columns
from streams.codec import decode, encode
from streams.events import OrderReceived, StockCounted
from streams.ingest import Ingest, IngestOptions
from streams.ingest.waiting import Waiting
from streams.names import Names
from streams.records import RecordBatch


def batch(names, *times, partition=0):
    columns = empty_columns(len(times))
    columns["time_us"][:] = times
    columns["partition"][:] = partition
    columns["subject"][:] = names.index(f"of {partition}")
    return EventBatch(names=names, detail=b"", **columns)


def filled(names):
    waiting = Waiting(names)
    waiting.add(batch(names, 10, 20, 30))
    waiting.add_late(batch(names, 2, 1, partition=1), np.array([20, 25]))
    waiting.add_late(batch(names, 4, 3, partition=0), np.array([20, 20]))
    return waiting


def test_corrections_are_due_by_mark_then_partition_then_as_they_came():
    waiting = filled(Names())
    assert len(waiting) == 7
    assert waiting.look().in_order().time_us.tolist() == [10, 4, 3, 2, 20, 1, 30]
    released = waiting.release(20)
    assert released.in_order().time_us.tolist() == [10]
    released = waiting.release(21)
    assert released.in_order().time_us.tolist() == [4, 3, 2, 20]
    assert released.due_us.tolist() == [20, 20, 20, 20]
    assert waiting.clear().in_order().time_us.tolist() == [1, 30]
    assert len(waiting) == 0


def test_oldest_go_first_when_there_is_no_room():
    waiting = filled(Names())
    before_us = waiting.time_leaving(3)
    assert before_us == 21
    assert waiting.release(before_us).n_applied == 5
    assert len(waiting) == 2


def test_names_of_what_is_held_are_used_and_renumbered():
    names = Names()
    waiting = filled(names)
    names.index("nobody's")
    used = waiting.used_names([])
    assert {"of 0", "of 1"} <= {names[number] for number in used.tolist()}
    assert "nobody's" not in {names[number] for number in used.tolist()}
    mapping = np.append(names.keep(used), np.int32(-1))
    waiting.rename(mapping)
    held = waiting.look().late
    assert [names[k] for k in held.subject.tolist()] == ["of 0"] * 2 + ["of 1"] * 2


def test_snapshot_keeps_apart_what_is_held():
    names, other = Names(), Names()
    waiting, again = filled(names), Waiting(other)
    used = waiting.used_names([])
    other.index("somebody else")
    kept = [names[number] for number in used.tolist()]
    again.restore(waiting.snapshot(used), kept, [1, 0])
    look = again.look()
    # Partitions have other numbers now, and corrections due at once their order.
    assert look.late.partition.tolist() == [0, 1, 1, 0]
    assert look.due_us.tolist() == waiting.look().due_us.tolist()
    assert [other[k] for k in look.late.subject.tolist()] == [
        "of 1", "of 0", "of 0", "of 1"
    ]  # fmt: skip


def made(number, time_us):
    event = StockCounted(item="A", site="S", quantity=number)
    if number % 3:
        event = OrderReceived(
            order=f"O{number}", customer="C", item="A", site="S", quantity=number
        )
    return encode(event, event_id=str(number), source="erp", time_us=time_us)


def read(parts, turns):
    """Read so many records of each partition in turn; return what comes out."""
    names = Names()
    ingest = Ingest(names, ["a", "b"], IngestOptions(lateness_us=5))
    out, rejected, next_offset = [], [], [0, 0]
    for number, n_records in [*turns, (0, 99), (1, 99)]:
        first = next_offset[number]
        values = parts[number][first : first + n_records]
        if values:
            records = RecordBatch.of("ab"[number], values, first_offset=first)
            released = ingest.push(decode(records, names, partition_index=number))
            out.append(released.in_order())
            rejected += [(number, one.offset) for one in released.rejected]
        next_offset[number] += len(values)
    assert ingest.counters.late >= len(rejected)
    out.append(ingest.flush())
    events = concatenate(out, names)
    return events.time_us.tolist(), events.id_hash.tolist(), sorted(rejected)


TIMES = st.lists(st.integers(0, 60), max_size=12)
TURNS = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 4)), max_size=16)


@settings(deadline=None, max_examples=40)
@given(TIMES, TIMES, TURNS)
def test_partitions_read_in_any_turns_come_out_the_same(first, second, turns):
    parts = [
        [made(n + 100 * k, time_us) for n, time_us in enumerate(times)]
        for k, times in enumerate((first, second))
    ]
    assert read(parts, turns) == read(parts, [])
