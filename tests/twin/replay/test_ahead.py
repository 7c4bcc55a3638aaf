"""Reading and decoding ahead changes nothing but the time it takes."""

import sys
import threading

import pytest

from streams.codec import encode
from streams.errors import PositionError
from streams.events import OrderReceived, StockCounted
from streams.ingest import IngestOptions
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.records import Position
from twin.model import build
from twin.replay import ReplayOptions, Twin, read, replay_ahead
from twin.replay import twin as twin_module

NETWORK = build(
    {
        "sites": [{"site": "dc", "kind": "store"}],
        "items": [{"item": "pump", "unit_cost": 1.0}],
        "suppliers": [{"supplier": "acme"}],
        "customers": [{"customer": "shop"}],
        "lanes": [{"lane": "in", "from_place": "acme", "to_place": "dc",
                   "lead_time_s": 0}],
    },
    {"name": "plant", "as_of": "1970-01-01T00:00:00Z"},
)  # fmt: skip
OPTIONS = ReplayOptions(ingest=IngestOptions(lateness_us=5_000_000))


def ordered(number):
    event = OrderReceived(
        order=f"O{number}", customer="shop", item="pump", site="dc", quantity=1.0
    )
    ids = {"event_id": f"o{number}", "source": "erp"}
    return encode(event, time_us=number * 1_000_000, **ids)


def source_of(values):
    log = MemoryLog()
    MemorySink(log).append(values)
    return MemorySource(log)


def test_replay_ahead_ends_in_the_state_of_a_plain_replay():
    values = [*map(ordered, range(300)), b"?"]
    source = source_of(values)
    plain = Twin(NETWORK, source.partitions(), OPTIONS)
    for batch in read(source, source.end_position(), batch_records=7):
        plain.push(batch)
    source = source_of(values)
    twin = Twin(NETWORK, source.partitions(), OPTIONS)
    steps = list(replay_ahead(twin, source, source.end_position(), batch_records=7))
    assert twin.finish().digest() == plain.finish().digest()
    assert sum(len(step.records) for step in steps) == 301
    assert [one.offset for step in steps for one in step.rejected] == [300]
    assert steps[-1].position == source.end_position()


def test_replay_ahead_without_an_end_reads_until_nothing_comes():
    source = source_of([*map(ordered, range(20))])
    twin = Twin(NETWORK, source.partitions(), OPTIONS)
    assert len(list(replay_ahead(twin, source, None, batch_records=6))) == 4


def test_names_that_fill_up_are_forgotten_between_batches(monkeypatch):
    monkeypatch.setattr(twin_module, "NAMES_MIN", 50)
    values = [*map(ordered, range(400))]
    source = source_of(values)
    twin = Twin(NETWORK, source.partitions(), OPTIONS)
    for _ in replay_ahead(twin, source, None, batch_records=10):
        pass
    whole = twin.finish()
    source = source_of(values)
    monkeypatch.setattr(twin_module, "NAMES_MIN", 1 << 20)
    kept = Twin(NETWORK, source.partitions(), OPTIONS)
    for batch in read(source, None):
        kept.push(batch)
    assert whole.digest() == kept.finish().digest()


def test_error_of_the_source_is_raised_and_the_threads_end():
    class Broken(MemorySource):
        def poll(self, timeout_s, max_records):
            if self.position().of("log/0") >= 20:
                raise PositionError("deleted")
            return super().poll(timeout_s, max_records)

    log = MemoryLog()
    MemorySink(log).append([*map(ordered, range(100))])
    source = Broken(log)
    twin = Twin(NETWORK, source.partitions(), OPTIONS)
    before = sys.getswitchinterval()
    with pytest.raises(PositionError, match="deleted"):
        list(replay_ahead(twin, source, Position({"log/0": 100}), batch_records=10))
    assert twin.position.of("log/0") == 20
    assert sys.getswitchinterval() == before
    assert not [t for t in threading.enumerate() if t.name.startswith("replay-")]


def test_caller_that_stops_early_leaves_no_thread_behind():
    source = source_of([COUNTED] * 50)
    twin = Twin(NETWORK, source.partitions(), OPTIONS)
    steps = replay_ahead(twin, source, None, batch_records=1)
    next(steps)
    steps.close()
    assert twin.position.of("log/0") == 1
    assert not [t for t in threading.enumerate() if t.name.startswith("replay-")]


COUNTED = encode(
    StockCounted(item="pump", site="dc", quantity=1.0),
    event_id="c", source="wms", time_us=0,
)  # fmt: skip


def test_source_that_gives_nothing_for_a_while_holds_nothing_back():
    class Halting(MemorySource):
        n_polls = 0

        def poll(self, timeout_s, max_records):
            self.n_polls += 1
            return None if self.n_polls in {2, 3} else super().poll(0, max_records)

    log = MemoryLog()
    MemorySink(log).append([*map(ordered, range(20))])
    source = Halting(log)
    twin = Twin(NETWORK, source.partitions(), OPTIONS)
    steps = replay_ahead(twin, source, source.end_position(), batch_records=10)
    next(steps)
    assert source.n_polls == 2  # folded before the source was asked once more
    assert len(list(steps)) == 1
