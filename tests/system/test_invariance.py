"""One hash for the same events: in any form, any order, any pieces, at any speed."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.codec import decode
from streams.codec.arrow_encoding import encode_arrow, encode_rows
from streams.ingest import IngestOptions
from streams.log import LogWriter
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.names import Names
from streams.records import Position, RecordBatch
from twin.cli.app import run
from twin.live.outputs import n_contradictions
from twin.model import load
from twin.replay import ReplayOptions, Twin, read, state_at

HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
N_EVENTS = 300


@pytest.fixture(scope="module")
def known(network):
    return load(network)


@pytest.fixture(scope="module")
def in_order(make_records):
    """Records of every kind in the order of their times, and their times."""
    values = make_records(N_EVENTS, seed=8, rubbish=False).values
    events = decode(RecordBatch.of("all/0", values), Names()).events
    return values, events.time_us


@pytest.fixture(scope="module")
def expected(in_order, known):
    twin = Twin(known, ["log/0"])
    twin.push(RecordBatch.of("log/0", in_order[0]))
    assert n_contradictions(twin.finish()) > 20
    return twin.state.digest()


def delivered(rng, logs, *, batch_max, back_max):
    """Yield the logs in turns as they come, cut anywhere, with what was there again."""
    done = [0] * len(logs)
    while any(n < len(log) for n, log in zip(done, logs, strict=True)):
        index = int(rng.integers(len(logs)))
        first = max(0, done[index] - int(rng.integers(back_max + 1)))
        last = min(len(logs[index]), done[index] + int(rng.integers(batch_max + 1)))
        done[index] = last
        if first < last:
            yield RecordBatch.of(
                f"plant-{index}", logs[index][first:last], first_offset=first
            )


def shuffled(rng, values, times_us, *, n_partitions, disorder_us):
    """Spread records over logs, each sent up to so much after its time, some twice."""
    sent = [
        (time_us + int(rng.integers(disorder_us + 1)), row)
        for row, time_us in enumerate(times_us.tolist())
        for _ in range(1 + (rng.random() < 0.1))
    ]
    logs = [[] for _ in range(n_partitions)]
    for _, row in sorted(sent):
        logs[int(rng.integers(n_partitions))].append(values[row])
    return logs


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    n_partitions=st.sampled_from([1, 4]),
    disorder_us=st.sampled_from([0, HOUR_US, DAY_US]),
    batch_max=st.sampled_from([1, 7, 100]),
    back_max=st.sampled_from([0, 30]),
)
def test_any_order_within_the_lateness_gives_one_hash(
    *, in_order, known, expected, seed, n_partitions, disorder_us, batch_max, back_max
):
    rng = np.random.default_rng(seed)
    logs = shuffled(rng, *in_order, n_partitions=n_partitions, disorder_us=disorder_us)
    for _ in range(3):
        log = logs[int(rng.integers(n_partitions))]
        log.insert(int(rng.integers(len(log) + 1)), b"rubbish")
    twin = Twin(known, [f"plant-{n}" for n in range(n_partitions)])
    for batch in delivered(rng, logs, batch_max=batch_max, back_max=back_max):
        twin.push(batch)
    assert twin.provisional_state().digest() == expected
    assert twin.finish().digest() == expected
    counters = twin.counters
    assert (counters.applied, counters.late) == (N_EVENTS, 0)
    assert counters.rejected == 3
    assert counters.read == N_EVENTS + 3 + counters.duplicates


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), batch_max=st.sampled_from([1, 5, 60]))
def test_late_events_and_letters_are_the_same_in_any_pieces(
    in_order, known, seed, batch_max
):
    """And with the process begun anew between any two of them."""
    rng = np.random.default_rng(seed)
    options = ReplayOptions(ingest=IngestOptions(lateness_us=HOUR_US))
    logs = shuffled(rng, *in_order, n_partitions=1, disorder_us=6 * HOUR_US)
    whole, twin = (Twin(known, ["plant-0"], options) for _ in range(2))
    whole.decoded.switched_off = twin.decoded.switched_off = True
    letters = whole.push(RecordBatch.of("plant-0", logs[0]))
    again = []
    for batch in delivered(rng, logs, batch_max=batch_max, back_max=9):
        again += twin.push(batch)
        if rng.random() < 0.1:
            sections, before = twin.sections(), twin
            twin = Twin(known, ["plant-0"], options)
            twin.decoded.switched_off = True  # learning is slow, and not looked at here
            for name, one in twin.projections.items():
                one.restore(dict(sections[name]))
            twin._ingest.restore(sections["ingest"])
            assert twin.position == before.position
    assert twin.finish().digest() == whole.finish().digest()
    assert whole.counters.late > whole.counters.rejected > 0
    told = (twin.counters.late, twin.counters.rejected, twin.counters.applied)
    counters = whole.counters
    assert told == (counters.late, counters.rejected, counters.applied)
    assert [(one.offset, one.reason, one.detail) for one in again] == [
        (one.offset, one.reason, one.detail) for one in letters
    ]


def test_state_at_a_time_is_that_at_the_offset_after_it(in_order, known):
    values, times_us = in_order
    log = MemoryLog()
    MemorySink(log).append(values)
    found = set()
    for time_us in times_us[::37].tolist():
        end = Position({"log/0": int((times_us <= time_us).sum())})
        by_offset = state_at(MemorySource(log), known, position=end)
        by_time = state_at(MemorySource(log), known, time_us=time_us)
        assert by_time.digest() == by_offset.digest()
        found.add(by_time.digest())
    assert len(found) > 5


@pytest.mark.slow
def test_from_any_checkpoint_it_ends_as_from_zero(in_order, known, expected, tmp_path):
    rng = np.random.default_rng(3)
    logs = shuffled(rng, *in_order, n_partitions=3, disorder_us=DAY_US)
    log = MemoryLog([f"plant-{n}" for n in range(3)])
    for number, values in enumerate(logs):
        MemorySink(log, f"plant-{number}").append(values)
    source = MemorySource(log)
    twin, n_saved = Twin(known, source.partitions()), 0
    for batch in read(source, source.end_position(), batch_records=12):
        twin.push(batch)
        twin.checkpoint(tmp_path / str(n_saved))
        n_saved += 1
    assert twin.finish().digest() == expected
    assert n_saved > 20
    for number in range(n_saved):
        again = Twin(known, source.partitions())
        assert again.restore(tmp_path / str(number))
        source.seek(again.position)
        for batch in read(source, source.end_position()):
            again.push(batch)
        assert again.finish().digest() == expected


def twin_of(values, known, *, by_layouts=True):
    twin = Twin(known, ["log/0"])
    twin.decoded.switched_off = not by_layouts
    rejected = twin.push(RecordBatch.of("log/0", values))
    assert not rejected
    twin.finish()
    return twin


def test_every_form_of_the_same_events_gives_one_hash(in_order, known, expected):
    values, _ = in_order
    events = decode(RecordBatch.of("all/0", values), Names()).events
    ids = [json.loads(value)["id"] for value in values]
    pieces = [slice(first, first + 90) for first in range(0, len(ids), 90)]
    natural = [encode_rows(events.take(piece), ids[piece]) for piece in pieces]
    columnar = [encode_arrow(events.take(piece), ids[piece]) for piece in pieces]
    by_layouts = twin_of(values, known)
    assert by_layouts.decoded.by_layout > N_EVENTS / 3
    exactly = twin_of(values, known, by_layouts=False)
    assert exactly.decoded.by_layout == 0
    others = [twin_of(form, known) for form in (natural, columnar)]
    # A message says once more what was said before, in another form.
    mixed = twin_of([*natural[:1], *columnar[:2], *values], known)
    for twin in (by_layouts, exactly, *others, mixed):
        assert twin.state.digest() == expected
        assert twin.counters.applied == N_EVENTS
    assert mixed.counters.duplicates == 90 * 3


def hash_of(folder, *arguments):
    answer = folder / "answer.json"
    assert run([*map(str, arguments), "--quiet", "--json", str(answer)]) == 0
    return json.loads(answer.read_text())["state_hash"]


@pytest.mark.slow
def test_any_speed_and_a_compiled_log_give_one_hash(
    in_order, network, expected, tmp_path
):
    log = tmp_path / "log"
    with LogWriter(log, fsync="close") as writer:
        writer.append(in_order[0])
    told = ["replay", log, "--network", network]
    assert hash_of(tmp_path, *told) == expected
    assert hash_of(tmp_path, *told, "--speed", 200_000) == expected
    assert hash_of(tmp_path, *told, "--into", tmp_path / "compiled") == expected
    compiled = ["replay", tmp_path / "compiled", "--network", network]
    assert hash_of(tmp_path, *compiled) == expected
