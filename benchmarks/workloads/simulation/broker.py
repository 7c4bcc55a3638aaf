"""A broker that loses, delays, repeats and cuts, and a source that reads from it.

Fetched bytes are record batches as Kafka's are, read by the reader of
`streams.kafka.batches`: only sockets and requests are left out.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from struct import pack_into
from typing import Self

import numpy as np

from benchmarks.workloads.canned import record_batches
from streams.errors import BrokerUnreachableError, PositionError
from streams.kafka.batches import BatchReader
from streams.records import Position, RecordBatch

CODECS = ("none", "none", "gzip", "lz4", "zstd")
_EPOCH_AT = 12  # of a batch's header, as its offset is outside the check sum
_CHECKED_AT = 21
NO_EPOCH = -1


@dataclass(slots=True)
class Batch:
    """Records that were appended together.

    Attributes
    ----------
    first, end
        Offset of the first record, and after the last one.
    epoch
        Of the leader that took them.
    data
        As on the wire.
    values
        The records.
    times_us
        Their time stamps.
    """

    first: int
    end: int
    epoch: int
    data: bytes
    values: list[bytes]
    times_us: list[int]


@dataclass(slots=True)
class PartitionLog:
    """The log of one partition.

    Attributes
    ----------
    batches
        Those that are there.
    start, end
        Offset of the first record that is there, and after the last one.
    acknowledged
        Offset after the last record that readers may see.
    epoch
        Of the leader.
    """

    batches: list[Batch] = field(default_factory=list)
    start: int = 0
    end: int = 0
    acknowledged: int = 0
    epoch: int = 0

    def append(self, values: list[bytes], times_us: list[int], codec: str) -> None:
        """Append records as one batch, under the epoch of the leader."""
        (data,) = record_batches(
            values,
            codec=codec,
            timestamps_ms=[time_us // 1000 for time_us in times_us],
        )
        stamped = bytearray(data)
        pack_into(">q", stamped, 0, self.end)
        pack_into(">i", stamped, _EPOCH_AT, self.epoch)
        end = self.end + len(values)
        self.batches.append(
            Batch(self.end, end, self.epoch, bytes(stamped), values, times_us)
        )
        self.end = end

    def cut(self, end: int) -> list[Batch]:
        """Remove the batches from an offset on; return them."""
        gone = [batch for batch in self.batches if batch.end > end]
        self.batches = [batch for batch in self.batches if batch.end <= end]
        self.end = self.batches[-1].end if self.batches else self.start
        self.acknowledged = min(self.acknowledged, self.end)
        return gone

    def forget(self, start: int) -> None:
        """Move the start of the log to the batch that holds an offset."""
        self.batches = [batch for batch in self.batches if batch.end > start]
        self.start = self.batches[0].first if self.batches else self.end

    def epoch_before(self, offset: int) -> int:
        """Return the epoch of the record before an offset, as far as it is known."""
        place = bisect_left([batch.end for batch in self.batches], offset)
        if offset <= self.start or not self.batches:
            return NO_EPOCH
        return self.batches[min(place, len(self.batches) - 1)].epoch

    def fetch(self, offset: int) -> bytes:
        """Return the batches from the one that holds an offset on."""
        return b"".join(
            batch.data
            for batch in self.batches
            if offset < batch.end <= self.acknowledged
        )


class Broker:
    """Logs by the name of their partition; they outlive whoever reads them."""

    def __init__(self, n_partitions: int) -> None:
        self.logs = {f"plant-{index}": PartitionLog() for index in range(n_partitions)}


class SimulatedSource:
    """Reads a `Broker`; a `Source`, whose every poll may go wrong.

    Parameters
    ----------
    broker
        Where from.
    random
        Decides what goes wrong.
    faults
        How likely what is, by name: ``disconnect``, ``empty``, ``corrupt``,
        ``partial``, ``repeat``.
    """

    def __init__(
        self, broker: Broker, random: np.random.Generator, faults: Mapping[str, float]
    ) -> None:
        self._logs = broker.logs
        self._random = random
        self._faults = faults
        self._next = {name: log.start for name, log in self._logs.items()}
        self.epochs = dict.fromkeys(self._logs, NO_EPOCH)
        self.last_fault = ""

    def partitions(self) -> tuple[str, ...]:
        """Return the names of the partitions, sorted."""
        return tuple(sorted(self._logs))

    def position(self) -> Position:
        """Return the next offset of each partition."""
        return Position(self._next)

    def end_position(self) -> Position:
        """Return the position after the last record that may be seen."""
        return Position({name: log.acknowledged for name, log in self._logs.items()})

    def seek(self, position: Position, epochs: Mapping[str, int] | None = None) -> None:
        """Continue at a position, if what was read before it is still there.

        Parameters
        ----------
        position
            Next offset of each partition.
        epochs
            Of the record before it, for each partition.
        """
        epochs = epochs or dict.fromkeys(position, NO_EPOCH)
        for name in position:
            self._check(name, position.of(name), epochs[name])
        self._next = {name: position.of(name) for name in self._logs}
        self.epochs = {name: epochs.get(name, NO_EPOCH) for name in self._logs}

    def seek_time(self, time_us: int) -> None:
        """Refuse: a twin never asks for it."""
        raise NotImplementedError(time_us)

    def _check(self, name: str, offset: int, epoch: int) -> None:
        log = self._logs[name]
        if not log.start <= offset <= log.end:
            msg = (
                f"partition {name!r}: offset must be in {log.start}..{log.end}, "
                f"was {offset}"
            )
            raise PositionError(msg)
        there = log.epoch_before(offset)
        if NO_EPOCH not in (epoch, there) and there != epoch:
            msg = (
                f"partition {name!r}: records before offset {offset} were of leader "
                f"epoch {epoch}, are of {there}: the log was cut"
            )
            raise PositionError(msg)

    def _happens(self, fault: str) -> bool:
        if self._random.random() >= self._faults.get(fault, 0.0):
            return False
        self.last_fault = fault
        return True

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next records of a partition that is drawn; see `Source.poll`."""
        del timeout_s  # nobody waits here
        self.last_fault = ""
        if self._happens("disconnect"):
            raise BrokerUnreachableError("the simulated broker hung up")
        for name, offset in self._next.items():
            self._check(name, offset, self.epochs[name])
        behind = [
            n for n, log in self._logs.items() if self._next[n] < log.acknowledged
        ]
        if not behind or self._happens("empty"):
            return None
        name = behind[int(self._random.integers(len(behind)))]
        return self._fetched(name, max_records)

    def _fetched(self, name: str, max_records: int) -> RecordBatch | None:
        log, offset = self._logs[name], self._next[name]
        if self._happens("repeat"):
            offset = int(self._random.integers(log.start, offset + 1))
        data = log.fetch(offset)
        if self._happens("partial"):
            data = data[: int(self._random.integers(len(data)))]
        elif self._happens("corrupt"):
            data = self._flipped(data)
        reader = BatchReader(name, data, fetch_offset=offset)
        batch = reader.read(max_records)  # raises RecordsCorruptError: asked for again
        if batch is not None and reader.next_offset >= self._next[name]:
            self._next[name] = reader.next_offset
            self.epochs[name] = reader.leader_epoch
        return batch

    def _flipped(self, data: bytes) -> bytes:
        """Flip a bit of what the check sum of the first batch is made of."""
        broken = bytearray(data)
        length = int.from_bytes(data[8:12], "big") + 12
        place = int(self._random.integers(_CHECKED_AT, length))
        broken[place] ^= 1 << int(self._random.integers(8))
        return bytes(broken)

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
