"""Once and in canonical order, whatever the batches, the permutation or a restart."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.batch import DTYPES, EventBatch, concatenate, empty_columns
from streams.codec import DecodedBatch, decode, encode
from streams.codec.arrow_encoding import encode_arrow
from streams.errors import CheckpointMismatchError, PositionError
from streams.events import TYPE_CODES, OrderCancelled, OrderReceived, StockCounted
from streams.ingest import Ingest, IngestOptions
from streams.ingest.rejecting import FUTURE_REASON as FUTURE
from streams.ingest.rejecting import LATE_REASON as LATE
from streams.names import Names, hash64
from streams.records import RecordBatch

SECOND = 1_000_000


def order(number: int, time_us: int, source: str = "erp") -> bytes:
    event = OrderReceived(
        order=f"O{number}", customer="C", item="A", site="S", quantity=number
    )
    return encode(event, event_id=str(number), source=source, time_us=time_us)


def cancelled(number: int, time_us: int) -> bytes:
    event = OrderCancelled(order=f"O{number}", reason=f"reason {number}")
    return encode(event, event_id=str(number), source="erp", time_us=time_us)


def counted(number: int, time_us: int) -> bytes:
    event = StockCounted(item="A", site="S", quantity=number)
    return encode(event, event_id=str(number), source="wms", time_us=time_us)


class Feed:
    """Push records of one partition in batches; keep all that comes out."""

    def __init__(self, lateness_us: int = 10, **options) -> None:
        self.names = Names()
        options = IngestOptions(lateness_us=lateness_us, **options)
        self.ingest = Ingest(self.names, ["log/0"], options)
        self.out: list[EventBatch] = []
        self.rejected: list[tuple[int, str]] = []

    def push(self, values, first_offset=0, timestamps_us=None):
        records = RecordBatch.of(
            "log/0", values, first_offset=first_offset, timestamps_us=timestamps_us
        )
        released = self.ingest.push(decode(records, self.names))
        self.out.append(released.in_order())
        self.rejected += [(r.offset, r.reason) for r in released.rejected]
        self.check_counters()
        return released

    def cut(self, values, cuts, first_offset=0):
        edges = [0, *sorted(cuts), len(values)]
        for first, last in pairwise(edges):
            if first < last:
                self.push(values[first:last], first_offset + first)
        return self

    def end(self) -> EventBatch:
        self.out.append(self.ingest.flush())
        self.check_counters()
        return concatenate(self.out, self.names)

    def check_counters(self):
        c = self.ingest.counters
        assert c.read == c.applied + c.duplicates + c.rejected + self.ingest.waiting
        assert c.rejected == sum(c.reasons.values())


def described(batch: EventBatch) -> list[tuple]:
    """Events by content: numbers of names and offsets differ between arrivals."""
    names = ("time_us", "rank", "type_code", "id_hash")
    columns = zip(*(getattr(batch, name).tolist() for name in names), strict=True)
    subjects = ["" if k < 0 else batch.names[k] for k in batch.subject.tolist()]
    return [(*row, subjects[k], batch.detail_of(k)) for k, row in enumerate(columns)]


CUTS = st.lists(st.integers(0, 30), max_size=5)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_any_permutation_within_lateness_comes_out_the_same(data):
    times = data.draw(st.lists(st.integers(0, 40), min_size=1, max_size=25))
    values = [
        (order if n % 2 else cancelled)(n, time) for n, time in enumerate(sorted(times))
    ]
    delays = data.draw(st.lists(st.integers(0, 10), min_size=25, max_size=25))
    keys = [(time + delays[n], n) for n, time in enumerate(sorted(times))]
    arrival = [values[n] for _, n in sorted(keys)]
    cuts = data.draw(CUTS)
    expected = described(Feed().cut(values, []).end())
    got = described(Feed().cut(arrival, cuts).end())
    assert got == expected
    assert [row[0] for row in got] == sorted(times)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=25), CUTS)
def test_any_cut_comes_out_the_same_with_late_events_and_copies(drawn, cuts):
    makers = (order, cancelled, counted)
    values = [makers[number % 3](number, time) for time, number in drawn]
    whole = Feed().cut(values, [])
    parts = Feed().cut(values, cuts)
    single = Feed().cut(values, range(len(values)))
    expected = described(whole.end())
    assert described(parts.end()) == described(single.end()) == expected
    assert parts.rejected == single.rejected == whole.rejected
    assert parts.ingest.counters == single.ingest.counters == whole.ingest.counters


def test_event_behind_the_watermark_is_corrected_or_set_aside_by_its_type():
    feed = Feed(lateness_us=10)
    released = feed.push([order(1, 100), order(2, 50), counted(3, 50), order(4, 95)])
    assert len(released.late) == 0  # held until the mark it came behind is passed
    assert feed.rejected == [(2, LATE)]
    assert "StockCounted of 1970-01-01T00:00:00.000050Z" in released.rejected[0].detail
    assert feed.ingest.counters.late == 2
    released = feed.push([order(5, 101)], first_offset=4)
    assert released.late.value0.tolist() == [2.0]
    assert released.due_us.tolist() == [90]
    assert feed.end().time_us.tolist() == [50, 95, 100, 101]


def test_correction_stands_between_what_was_released_before_and_after_it():
    feed = Feed(lateness_us=0)
    times = [10, 20, 5, 30]  # the third comes when all before 20 is released
    released = feed.push([order(n, time) for n, time in enumerate(times)])
    assert released.in_order().time_us.tolist() == [10, 5, 20]
    assert released.due_us.tolist() == [10, 20, 20]
    assert feed.end().time_us.tolist() == [10, 5, 20, 30]


def test_instant_is_never_split():
    feed = Feed(lateness_us=0)
    assert len(feed.push([order(1, 10), order(2, 10)]).events) == 0
    assert len(feed.push([order(3, 10)], first_offset=2).events) == 0
    assert len(feed.push([order(4, 11)], first_offset=3).events) == 3


def test_copy_is_dropped_in_its_batch_and_later_but_not_of_another_source():
    feed = Feed()
    assert feed.push([order(1, 10), order(1, 10)]).duplicates == 1
    released = feed.push([order(1, 10), order(1, 10, "shop")], first_offset=2)
    assert released.duplicates == 1
    assert len(feed.end()) == 2


def test_offset_read_before_is_dropped_for_ever():
    feed = Feed(dedupe_keys_max=1)
    values = [order(n, n) for n in range(6)] + [b"bad"]
    feed.push(values)
    assert feed.push(values).duplicates == 7
    assert feed.ingest.counters.rejected == 1
    assert feed.ingest.position.of("log/0") == 7
    assert feed.push([order(9, 9)], first_offset=7).duplicates == 0


def test_time_far_ahead_of_its_append_never_moves_the_watermark():
    feed = Feed(future_s_max=60)
    values = [order(1, SECOND), order(2, 500 * SECOND), order(3, 61 * SECOND)]
    released = feed.push(values, timestamps_us=SECOND)
    assert feed.rejected == [(1, FUTURE)]
    assert "1970-01-01T00:08:20" in released.rejected[0].detail
    assert feed.ingest.watermark_us == 61 * SECOND - 10
    # Without a time of the append nothing can be said.
    assert not feed.push([order(4, 500 * SECOND)], first_offset=3).rejected


def test_bad_records_are_counted_by_reason():
    feed = Feed()
    feed.push([b"?", b"{}", order(1, 1)])
    assert feed.ingest.counters.reasons == {"not JSON": 1, "bad envelope": 1}


def test_lateness_of_a_source_holds_for_its_partition():
    feed = Feed(lateness_us=5, lateness_us_by_source={"bank": 50})
    feed.push([order(1, 100)])
    assert feed.ingest.watermark_us == 95
    feed.push([order(2, 110, "bank"), order(3, 140)], first_offset=1)
    assert feed.ingest.watermark_us == 95
    feed.push([order(4, 200)], first_offset=3)
    assert feed.ingest.watermark_us == 150


def test_buffered_is_a_look_and_flush_the_end():
    feed = Feed()
    feed.push([order(1, 9), order(2, 5)])
    assert feed.ingest.buffered().time_us.tolist() == [5, 9]
    assert feed.ingest.waiting == 2
    assert feed.ingest.flush().time_us.tolist() == [5, 9]
    assert feed.ingest.waiting == 0
    late = feed.push([order(3, 9)], first_offset=2)
    assert len(late.late) == 0
    assert feed.ingest.flush().time_us.tolist() == [9]


def test_full_buffer_releases_the_oldest_early_and_counts():
    feed = Feed(lateness_us=10**6, buffer_events_max=8)
    feed.push([order(n, n) for n in range(8)])
    released = feed.push([order(8, 8), order(9, 9)], first_offset=8)
    assert released.events.time_us.tolist() == [0, 1, 2]
    assert (feed.ingest.counters.forced, feed.ingest.waiting) == (3, 7)
    assert feed.ingest.watermark_us == 3


def two_partitions(**options) -> tuple[Names, Ingest]:
    names = Names()
    return names, Ingest(names, ["a", "b"], IngestOptions(lateness_us=0, **options))


def push(ingest, names, partition, values, *, offset=0, **more):
    records = RecordBatch.of("ab"[partition], values, first_offset=offset)
    return ingest.push(decode(records, names, partition_index=partition), **more)


def test_watermark_waits_for_every_partition():
    names, ingest = two_partitions()
    assert len(push(ingest, names, 0, [order(1, 10), order(2, 30)]).events) == 0
    released = push(ingest, names, 1, [order(3, 5), order(4, 20)])
    assert released.events.time_us.tolist() == [5, 10]


def test_idle_or_ended_partition_stops_holding():
    names, ingest = two_partitions(idle_s=5)
    push(ingest, names, 0, [order(1, 10), order(2, 30)], now_s=0.0)
    assert len(ingest.tick(5.0)) == 0
    push(ingest, names, 0, [order(3, 30)], offset=2, now_s=5.0)
    assert ingest.tick(5.5).time_us.tolist() == [10]
    names, ingest = two_partitions()
    push(ingest, names, 0, [order(1, 10), order(2, 30)])
    assert ingest.end("b").time_us.tolist() == [10]
    with pytest.raises(PositionError, match="'c'"):
        ingest.end("c")


def test_partition_under_a_wrong_index_is_refused():
    names, ingest = two_partitions()
    records = RecordBatch.of("b", [order(1, 1)])
    with pytest.raises(PositionError, match="'b' with index 0"):
        ingest.push(decode(records, names, partition_index=0))


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=25),
    st.integers(0, 25),
)
def test_snapshot_restored_in_another_process_goes_on_the_same(drawn, place):
    makers = (order, cancelled, counted)
    values = [makers[number % 3](number, time) for time, number in drawn]
    whole = Feed(dedupe_keys_max=5).cut(values, [place])
    first = Feed(dedupe_keys_max=5).cut(values[:place], [])
    second = Feed(dedupe_keys_max=5)
    second.names.index("somebody else")  # so that the numbers of names differ
    second.ingest.restore(first.ingest.snapshot())
    second.cut(values[place:], [], first_offset=min(place, len(values)))
    before = described(concatenate(first.out, first.names))
    assert before + described(second.end()) == described(whole.end())
    assert second.ingest.counters == whole.ingest.counters
    assert second.ingest.position == whole.ingest.position


def test_snapshot_is_of_plain_arrays():
    feed = Feed()
    feed.push([cancelled(1, 5)])
    snapshot = feed.ingest.snapshot()
    assert all(isinstance(array, np.ndarray) for array in snapshot.values())
    assert {f"column.{name}" for name in DTYPES} <= set(snapshot)


def test_snapshot_of_more_partitions_is_refused_and_of_fewer_taken():
    names, ingest = two_partitions()
    push(ingest, names, 1, [order(1, 10)], offset=4)
    other = Ingest(Names(), ["b"])
    with pytest.raises(CheckpointMismatchError, match="'a'"):
        other.restore(ingest.snapshot())
    more = Ingest(Names(), ["z", "b", "a"])
    more.restore(ingest.snapshot())
    assert more.position.to_json() == {"a": 0, "b": 5, "z": 0}
    assert more.buffered().partition.tolist() == [1]


def test_record_of_several_events_counts_each_of_them():
    feed = Feed()
    values = [order(n, 50 + n) for n in range(6)] + [b"bad"]
    decoded = decode(RecordBatch.of("log/0", values), feed.names)
    # The same events as if two records had brought them.
    records = RecordBatch.of("log/0", [b"first", b"second"])
    events = replace(decoded.events, offset=np.array([0, 0, 0, 1, 1, 1]))
    bad = replace(decoded.rejected[0], offset=1, row=3)
    rows = np.array([0, 0, 0, 1, 1, 1])
    made = DecodedBatch(
        records=records, events=events, rows=rows, rejected=(bad,), partition_index=0
    )
    feed.ingest.push(made)
    feed.check_counters()
    assert feed.ingest.counters.read == 7
    assert feed.ingest.counters.rejected == 1
    assert feed.ingest.push(made).duplicates == 7
    feed.check_counters()
    assert (feed.ingest.counters.read, feed.ingest.position.of("log/0")) == (14, 2)


def test_late_event_of_a_record_of_several_says_which_it_is():
    feed = Feed(lateness_us=0)
    values = [order(1, 90), counted(2, 10), counted(3, 20), order(4, 95)]
    decoded = decode(RecordBatch.of("log/0", values), feed.names)
    made = replace(
        decoded,
        records=RecordBatch.of("log/0", [b"all"]),
        events=replace(decoded.events, offset=np.zeros(4, np.int64)),
        rows=np.zeros(4, np.intp),
    )
    rejected = feed.ingest.push(made).rejected
    told = [(one.offset, one.row, one.value) for one in rejected]
    assert told == [(0, 1, b"all"), (0, 2, b"all")]
    feed.check_counters()


def test_what_was_deduplicated_when_written_is_not_asked_again():
    values = [order(1, 10), order(1, 10)]
    feed = Feed()
    decoded = decode(RecordBatch.of("log/0", values), feed.names)
    feed.ingest.push(replace(decoded, deduplicated=True))
    assert feed.ingest.waiting == 2
    assert len(feed.ingest.snapshot()["recent.newer"]) == 0
    names, ingest = two_partitions()  # another partition may hold the copy
    decoded = decode(RecordBatch.of("a", values), names)
    ingest.push(replace(decoded, deduplicated=True))
    assert ingest.waiting == 1


def test_buffer_at_its_bound_says_so_before_it_forces():
    feed = Feed(lateness_us=10**6, buffer_events_max=16)
    feed.push([order(n, n) for n in range(13)])
    assert not feed.ingest.is_full
    feed.push([order(13, 13)], first_offset=13)
    assert feed.ingest.is_full
    assert feed.ingest.counters.forced == 0


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=25),
    st.integers(0, 25),
)
def test_names_renumbered_at_any_place_change_nothing(drawn, place):
    makers = (order, cancelled, counted)
    values = [makers[number % 3](number, time) for time, number in drawn]
    lateness = {"erp": 7}
    whole = Feed(lateness_us_by_source=lateness).cut(values, [place])
    other = Feed(lateness_us_by_source=lateness)
    other.names.index("never used")
    other.cut(values[:place], [])
    before = described(concatenate(other.out, other.names))
    other.out.clear()
    other.ingest.rename(other.names.keep(other.ingest.used_names()))
    other.cut(values[place:], [], first_offset=min(place, len(values)))
    assert before + described(other.end()) == described(whole.end())
    assert other.ingest.counters == whole.ingest.counters


def test_parts_are_what_the_joined_methods_return():
    one, other = Feed(lateness_us=0), Feed(lateness_us=0)
    values = [order(n, time) for n, time in enumerate((3, 1, 2, 5, 4, 9))]
    for feed in (one, other):
        decoded = decode(RecordBatch.of("log/0", values), feed.names)
        feed.out.append(feed.ingest.push(decoded).in_order())
    parts = other.ingest.buffered_parts()
    assert sum(map(len, parts)) == other.ingest.waiting
    joined = concatenate(parts, other.names)
    assert described(joined) == described(one.ingest.buffered())
    rest = concatenate(other.ingest.flush_parts(), other.names)
    assert described(rest) == described(one.ingest.flush()) == described(joined)
    assert other.ingest.counters == one.ingest.counters


class OldIngest:
    """The intake as it is defined: event by event, in sets, lists and a full sort."""

    def __init__(self, lateness, future_us, keys_max):
        self.lateness, self.future_us, self.keys_max = lateness, future_us, keys_max
        self.newer, self.older, self.waiting = set(), set(), []
        self.latest, self.largest, self.mark = -(2**62), 0, -(2**62)
        self.out, self.counts = [], dict.fromkeys(("duplicates", "late", "rejected"), 0)

    def push(self, event, appended_us):
        key, time, source = event[:2], event[2], event[0]
        if appended_us and time > appended_us + self.future_us:
            self.counts["rejected"] += 1
            return
        if key in self.newer or key in self.older:
            self.counts["duplicates"] += 1
            return
        self.newer.add(key)
        if len(self.newer) >= self.keys_max:
            self.older, self.newer = self.newer, set()
        is_late = time < self.mark
        self.latest = max(self.latest, time)
        self.largest = max(self.largest, self.lateness[source])
        self.mark = max(self.mark, self.latest - self.largest)
        if is_late:
            self.counts["late"] += 1
            if source == "wms":
                self.counts["rejected"] += 1
            else:
                self.out.append(event)
        else:
            self.waiting.append(event)
        self.waiting.sort(key=self.order)
        self.out += [one for one in self.waiting if one[2] < self.mark]
        self.waiting = [one for one in self.waiting if one[2] >= self.mark]

    @staticmethod
    def order(event):
        source, number, time, rank = event
        return time, rank, hash64(source), 0, hash64(number)


EVENTS = st.lists(
    st.tuples(st.sampled_from(["erp", "wms"]), st.integers(0, 30), st.integers(0, 80)),
    max_size=60,
)


@settings(deadline=None, max_examples=60)
@given(EVENTS, st.lists(st.integers(0, 60), max_size=6), st.integers(1, 12), st.data())
def test_intake_equals_its_definition_event_by_event(drawn, cuts, keys_max, data):
    lateness = {"erp": 9, "wms": 3}
    feed = Feed(
        lateness_us_by_source=lateness, future_s_max=40e-6, dedupe_keys_max=keys_max
    )
    old = OldIngest(lateness, 40, keys_max)
    times = data.draw(st.lists(st.integers(0, 60), min_size=60, max_size=60))
    values = [
        (order if source == "erp" else counted)(number, time)
        for source, number, time in drawn
    ]
    edges = [0, *sorted(cut for cut in cuts if cut < len(values)), len(values)]
    for first, last in pairwise(edges):
        if first < last:
            feed.push(values[first:last], first, times[first:last])
    ranks = {"erp": OrderReceived.RANK, "wms": StockCounted.RANK}
    for (source, number, time), appended_us in zip(drawn, times, strict=False):
        old.push((source, str(number), time, ranks[source]), appended_us)
    got = feed.end()
    expected = old.out + old.waiting
    assert got.time_us.tolist() == [event[2] for event in expected]
    assert got.id_hash.tolist() == [hash64(event[1]) for event in expected]
    counters = feed.ingest.counters
    assert {name: getattr(counters, name) for name in old.counts} == old.counts


def written(times, names: Names, *, first_offset: int, says: bytes = b"1"):
    """Decode a message as a replay writes it to a log."""
    columns = empty_columns(len(times))
    columns["time_us"][:] = times
    columns["id_hash"][:] = np.arange(len(times)) + 1000 * first_offset
    columns["type_code"][:] = TYPE_CODES["MachineReading"]
    columns["value0"][:] = 1.0
    for name in ("source", "place", "party"):
        columns[name][:] = names.index(name)
    message = encode_arrow(
        EventBatch(names, b"", **columns), deduplicated=True, ordered=says == b"1"
    )
    records = RecordBatch.of("log/0", [message], first_offset=first_offset)
    return decode(records, names)


@pytest.mark.parametrize("says", [b"1", b"0"])
def test_a_written_log_gives_the_same_whether_it_says_its_order(says):
    names = Names()
    ingest = Ingest(names, ["log/0"], IngestOptions(lateness_us=3))
    batches = [np.arange(9) // 2, [4, 5, 20], [1, 30], [40, 35], [30, 50]]
    out, sizes = [], []
    for offset, times in enumerate([*batches, batches[0]]):
        first_offset = offset if offset < len(batches) else 0
        one = written(times, names, first_offset=first_offset, says=says)
        released = ingest.push(one)
        out.append(released.in_order())
        sizes.append((len(out[-1]), len(released.rejected), ingest.watermark_us))
    out.append(ingest.flush())
    times = concatenate(out, names).time_us.tolist()
    assert times == [*batches[0].tolist(), 4, 5, 20, 30, 40, 50]
    assert sizes[2:5] == [(1, 1, 27), (1, 1, 37), (1, 1, 47)]
    assert ingest.counters.duplicates == len(batches[0])
    assert ingest.position.of("log/0") == len(batches)
