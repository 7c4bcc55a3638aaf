"""A group in memory, and workers over it."""

import pytest

from streams.codec import encode
from streams.events import StockMoved
from streams.ingest import IngestOptions
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.records import Position
from twin.clock import ManualClock
from twin.live import LiveStore, Observations, Worker, WorkerOptions
from twin.live.writer import OutputWriter
from twin.replay import ReplayOptions

DAY_US = 86_400_000_000
TOPICS = ("orders", "stock")


class MemoryGroup:
    """One member, over a log in memory; what it owns is set by the test."""

    def __init__(self, log, on_revoked, on_lost):
        self.log, self._revoked, self._lost = log, on_revoked, on_lost
        self.n_partitions, self.generation, self.rebalances = 2, 1, 0
        self.paused, self.new, self.reading, self.committed = set(), set(), {}, {}
        self.is_member, self.closed, self.sought = True, False, []
        self.hidden = set()  # partitions that deliver nothing

    def give(self, *numbers):
        self.generation += 1
        self.new |= set(numbers)

    def revoke(self, *numbers):
        self._revoked(numbers)
        self._drop(numbers)

    def lose(self, *numbers):
        self._lost(numbers)
        self._drop(numbers)

    def _drop(self, numbers):
        gone = {name for number in numbers for name in self.names(number)}
        self.reading = {k: v for k, v in self.reading.items() if k not in gone}

    def names(self, number):
        return tuple(f"{topic}-{number}" for topic in TOPICS)

    def assigned(self):
        return tuple(sorted(self.new))

    def begin(self, number, position):
        self.new.discard(number)
        self.reading |= {name: position.of(name) for name in self.names(number)}

    def poll(self, timeout_s, max_records):
        for name in self.reading:
            if name in self.paused | self.hidden:
                continue
            source = MemorySource(self.log)
            ends = source.end_position().to_json()
            source.seek(Position({**ends, name: self.reading[name]}))
            batch = source.poll(0, max_records)
            if batch is not None:
                self.reading[name] = batch.next_offset
                return batch
        return None

    def position(self):
        return Position(self.reading)

    def end_offsets(self):
        ends = MemorySource(self.log).end_position()
        return {name: ends.of(name) for name in self.reading}

    def client_position(self, name):
        return self.reading[name]

    def pause(self, names):
        self.paused |= set(names)

    def resume(self, names):
        self.paused -= set(names)

    def seek_again(self, name):
        self.sought.append(name)

    def commit(self, position):
        self.committed |= position.to_json() if self.is_member else {}
        return self.is_member

    def close(self):
        if not self.closed:
            self.revoke(*{int(name[-1]) for name in self.reading})
        self.closed = True


class PartitionedMemory:
    """A sink over partitions of a log in memory, that can be slow."""

    def __init__(self, log, gate=None):
        self.log, self.gate = log, gate

    def append(self, values, *, keys=None, partition=None):
        if self.gate is not None:
            self.gate.wait()
        return MemorySink(self.log, f"out-{partition}").append(values, keys=keys)

    def flush(self):
        return MemorySource(self.log).end_position()

    def close(self):
        pass


@pytest.fixture(scope="session")
def moves(works):
    """Records of stock that leaves a site: many take more than there is."""
    as_of_us = works().settings.as_of_us

    def make(n_events, *, first=0, site="P"):
        return [
            encode(
                StockMoved(item="tea", quantity=3.0, from_site=site),
                event_id=f"{site}{n}",
                source="t",
                time_us=as_of_us + n * 1_000_000,
                sequence=n,
            )
            for n in range(first, first + n_events)
        ]

    return make


class Plant:
    """A log, a store and a topic of outputs; workers are made over them."""

    def __init__(self, network, folder):
        self.network, self.store = network, LiveStore(folder / "store")
        self.log = MemoryLog([f"{topic}-{n}" for topic in TOPICS for n in range(2)])
        self.out = MemoryLog(["out-0", "out-1"])
        self.clock = ManualClock()
        self.group = None

    def append(self, name, values):
        MemorySink(self.log, name).append(values)

    def worker(self, *, gate=None, waiting_max=1000, outputs=True, **options):
        def join(on_revoked, on_lost):
            self.group = MemoryGroup(self.log, on_revoked, on_lost)
            return self.group

        told = None
        if outputs:
            sink = PartitionedMemory(self.out, gate)
            writer = OutputWriter(sink, waiting_max=waiting_max)
            told = Observations("out", "twin", writer, MemorySource(self.out))
        replay = ReplayOptions(ingest=IngestOptions(lateness_us=0, idle_s=0))
        return Worker(
            self.network,
            self.store,
            join,
            topics=TOPICS,
            clock=self.clock,
            options=WorkerOptions(poll_s=0.05, replay=replay, **options),
            outputs=told,
        )

    def told(self, number):
        return [value for value, *_ in self.out.records(f"out-{number}")]


@pytest.fixture
def plant(works, tmp_path):
    return Plant(works(), tmp_path)
