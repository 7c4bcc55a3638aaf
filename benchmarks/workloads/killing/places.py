"""Where workers read and write: logs in folders, or topics of Kafka."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from benchmarks.workloads.simulation.records import LATENESS_US, produce
from streams.kafka import KafkaConfiguration, KafkaSink, KafkaSource
from streams.kafka.topics import make_topic
from streams.log import LogReader, LogWriter
from streams.records import Position, RecordBatch, Sink, Source
from twin.live import Observations
from twin.live.membership import Told
from twin.live.writer import OutputWriter

N_EVENTS, N_PARTITIONS = 3_000, 2
OUT = "told"


class Folders:
    """A source of several logs, each in a folder named like its partition."""

    def __init__(self, folder: Path, topic: str) -> None:
        names = [f"{topic}-{number}" for number in range(N_PARTITIONS)]
        self._logs = {name: LogReader(folder / name) for name in names}

    def partitions(self) -> tuple[str, ...]:
        """Return the names of the folders."""
        return tuple(self._logs)

    def position(self) -> Position:
        """Return the next offset of each."""
        return Position({n: _only(log.position()) for n, log in self._logs.items()})

    def end_position(self) -> Position:
        """Return the end of each."""
        return Position({n: _only(log.end_position()) for n, log in self._logs.items()})

    def seek(self, position: Position) -> None:
        """Continue at a position."""
        for name, log in self._logs.items():
            log.seek(Position(dict.fromkeys(log.partitions(), position.of(name))))

    def seek_time(self, time_us: int) -> None:
        """Continue at a time."""
        for log in self._logs.values():
            log.seek_time(time_us)

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next records of the one that was asked the longest ago."""
        for name in list(self._logs):
            log = self._logs[name] = self._logs.pop(name)
            batch = log.poll(0, max_records)
            if batch is not None:
                return _renamed(batch, name)
        time.sleep(timeout_s)
        return None

    def close(self) -> None:
        """Close all."""
        for log in self._logs.values():
            log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _only(position: Position) -> int:
    (offset,) = position.to_json().values() or (0,)
    return offset


def _renamed(batch: RecordBatch, name: str) -> RecordBatch:
    return RecordBatch(
        partition=name,
        offsets=batch.offsets,
        timestamps_us=batch.timestamps_us,
        data=batch.data,
        starts=batch.starts,
        ends=batch.ends,
    )


class FolderSink:
    """Writes to a log for each partition."""

    def __init__(self, folder: Path, topic: str) -> None:
        self._logs = {
            f"{topic}-{number}": LogWriter(folder / f"{topic}-{number}")
            for number in range(N_PARTITIONS)
        }

    def append(
        self,
        values: Sequence[bytes],
        *,
        keys: Sequence[bytes | None] | None = None,
        partition: int | None = None,
    ) -> int:
        """Append to the log of a partition."""
        return self._logs[f"{OUT}-{partition}"].append(values, keys=keys)

    def flush(self) -> Position:
        """Force all to the disk."""
        return Position({name: _only(log.flush()) for name, log in self._logs.items()})

    def close(self) -> None:
        """Close all."""
        for log in self._logs.values():
            log.close()


class OnlyMember:
    """A group of one, whom nobody takes anything from."""

    def __init__(self, source: Source, topic: str, on_revoked: Told) -> None:
        self.n_partitions, self.generation, self.rebalances = N_PARTITIONS, 1, 0
        self._source, self._topic, self._on_revoked = source, topic, on_revoked
        self._begun: dict[str, int] = {}
        self._paused: set[str] = set()

    def names(self, number: int) -> tuple[str, ...]:
        """Return the one partition of a number."""
        return (f"{self._topic}-{number}",)

    def assigned(self) -> tuple[int, ...]:
        """Return what was not begun yet."""
        numbers = range(self.n_partitions)
        return tuple(n for n in numbers if self.names(n)[0] not in self._begun)

    def begin(self, number: int, position: Position) -> None:
        """Note where to begin; reading starts when all are begun."""
        self._begun |= {name: position.of(name) for name in self.names(number)}
        if not self.assigned():
            self._source.seek(Position(self._begun))

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Read on, if nothing is paused."""
        if self.assigned() or self._paused:
            return None
        return self._source.poll(timeout_s, max_records)

    def position(self) -> Position:
        """Return where the source is."""
        return self._source.position() if not self.assigned() else Position()

    def end_offsets(self) -> dict[str, int]:
        """Return the ends."""
        return self._source.end_position().to_json()

    def client_position(self, name: str) -> int:
        """Return where the source is."""
        return self._source.position().of(name)

    def pause(self, names: Iterable[str]) -> None:
        """Stop reading."""
        self._paused |= set(names)

    def resume(self, names: Iterable[str]) -> None:
        """Go on."""
        self._paused -= set(names)

    def seek_again(self, name: str) -> None:
        """Do nothing: nothing stalls here."""

    def commit(self, position: Position) -> bool:
        """Forget the hint: where to go on stands in the checkpoint."""
        return self.assigned() != () or bool(position.to_json())

    def close(self) -> None:
        """Have everything saved."""
        self._on_revoked(tuple(range(self.n_partitions)))
        self._source.close()


@dataclass(frozen=True, slots=True)
class Place:
    """Where records are read, and where outputs go.

    Attributes
    ----------
    folder
        Of the logs.
    address
        Of Kafka; None: the logs.
    topic
        Of the records.
    """

    folder: Path
    address: str | None = None
    topic: str = "plant"

    def source(self, topic: str) -> Source:
        """Open what is read."""
        if self.address is None:
            return Folders(self.folder, topic)
        return KafkaSource(KafkaConfiguration((self.address,)), [topic])

    def fill(self) -> None:
        """Write the records."""
        made = produce(
            np.random.default_rng(0),
            n_events=N_EVENTS,
            n_partitions=N_PARTITIONS,
            disorder_us=LATENESS_US,
        )
        if self.address is not None:
            self._make_topic(self.topic)
        for number, values in enumerate(made.values):
            # Kafka stamps them itself: it deletes what is older than its retention.
            times_us = made.times_us[number] if self.address is None else None
            with self._sink(number) as sink:
                sink.append(values, timestamps_us=times_us)
                sink.flush()

    def _make_topic(self, topic: str) -> None:
        assert self.address is not None
        configuration = KafkaConfiguration((self.address,))
        make_topic(configuration, topic, n_partitions=N_PARTITIONS)

    def _sink(self, number: int) -> Sink:
        if self.address is None:
            return LogWriter(self.folder / f"{self.topic}-{number}", fsync="close")
        configuration = KafkaConfiguration((self.address,))
        return KafkaSink(configuration, self.topic, partition=number)

    def outputs(self, run: str, folder: Path) -> Observations:
        """Open where the outputs of a run go."""
        if self.address is None:
            sink: Any = FolderSink(folder, OUT)
            written: Source = Folders(folder, OUT)
            return Observations(OUT, "twin", OutputWriter(sink), written)
        topic = f"{self.topic}.{OUT}.{run}"
        self._make_topic(topic)
        sink = KafkaSink(KafkaConfiguration((self.address,)), topic)
        return Observations(topic, "twin", OutputWriter(sink), self.source(topic))
