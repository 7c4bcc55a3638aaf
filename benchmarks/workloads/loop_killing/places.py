"""Where a loop reads and writes: logs in folders or topics, with a fate in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks.workloads.killing.dying import die
from benchmarks.workloads.killing.places import Folders
from benchmarks.workloads.loop_killing.chain import N_PARTITIONS
from streams.kafka import KafkaConfiguration, KafkaSink, KafkaSource
from streams.kafka.topics import make_topic
from streams.log import LogReader, LogWriter
from streams.records import Position, RecordBatch, Sink, Source

PLANT = "plant"


class Fate:
    """Counts what a loop asks of its transports, and kills it at one of them.

    Parameters
    ----------
    kill_at
        Which, from 1; None: none.
    """

    def __init__(self, kill_at: int | None) -> None:
        self.n_steps = 0
        self._kill_at = kill_at

    def step(self) -> None:
        """Count, and perhaps die."""
        self.n_steps += 1
        if self.n_steps == self._kill_at:
            die()


class FatedSource:
    """A source before and after each poll of which it may be over."""

    def __init__(self, source: Source, fate: Fate) -> None:
        self._source, self._fate = source, fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Poll."""
        self._fate.step()
        batch = self._source.poll(timeout_s, max_records)
        self._fate.step()
        return batch

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._source.close()


class FatedSink:
    """A sink before and after each call of which it may be over."""

    def __init__(self, sink: Sink, fate: Fate) -> None:
        self._sink, self._fate = sink, fate

    def append(self, values: Sequence[bytes], **named: Any) -> int:
        """Append."""
        self._fate.step()
        offset = self._sink.append(values, **named)
        self._fate.step()
        return offset

    def flush(self) -> Position:
        """Flush."""
        self._fate.step()
        position = self._sink.flush()
        self._fate.step()
        return position

    def close(self) -> None:
        """Close."""
        self._sink.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Place:
    """Logs in a folder, or with an address topics of Kafka that begin with its name."""

    folder: Path
    address: str | None = None

    @property
    def _configuration(self) -> KafkaConfiguration:
        assert self.address is not None, "asked for only with an address"
        return KafkaConfiguration((self.address,))

    def topic(self, name: str) -> str:
        """Return the topic that stands for a log of this name."""
        return f"{self.folder.name}-{name}"

    def fill(self, parts: Sequence[Sequence[bytes]]) -> None:
        """Write what is followed, and make room for what is decided."""
        if self.address is None:
            for number, values in enumerate(parts):
                with LogWriter(self.folder / f"{PLANT}-{number}") as log:
                    log.append(values)
            for name in ("decisions", "orders"):
                LogWriter(self.folder / name).close()
            return
        make_topic(self._configuration, self.topic(PLANT), n_partitions=N_PARTITIONS)
        for number, values in enumerate(parts):
            with KafkaSink(
                self._configuration, self.topic(PLANT), partition=number
            ) as sink:
                sink.append(values)
        for name in ("decisions", "orders"):
            make_topic(self._configuration, self.topic(name), n_partitions=1)

    def plant(self) -> Source:
        """Open what is followed."""
        if self.address is None:
            return Folders(self.folder, PLANT)
        return KafkaSource(self._configuration, [self.topic(PLANT)])

    def sink(self, name: str) -> Sink:
        """Open what is written."""
        if self.address is None:
            return LogWriter(self.folder / name)
        return KafkaSink(self._configuration, self.topic(name))

    def kept(self, name: str) -> Source:
        """Open what was written."""
        if self.address is None:
            return LogReader(self.folder / name)
        return KafkaSource(self._configuration, [self.topic(name)])
