"""A log of several partitions: recorded from another source, or of several imports.

Each record keeps where it came from as two headers, so that a replay from the log waits
for the same partitions, and ends at the same position and in the same state, as one
from the source. Every import is a partition of its own, and imports are read side by
side in the order of time: it does not matter which of them came first.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np

from streams.errors import PositionError
from streams.log import PARTITION, LogReader, LogWriter
from streams.records import (
    Headers,
    Position,
    RecordBatch,
    Sink,
    Timestamps,
    check_poll,
)
from twin.errors import OptionError

PARTITION_HEADER = "recorded-partition"
OFFSET_HEADER = "recorded-offset"
IMPORT = "import/"
"""How the name of a partition begins whose records are in the order of time."""

# Records of a log looked at in one go: half as many read slower, twice as many take
# twice the memory.
_AT_ONCE = 8192


def recorded_headers(partition: str, offsets: Iterable[int]) -> list[Headers]:
    """Return the headers of records that say where each came from.

    Parameters
    ----------
    partition : str
        Name of the partition.
    offsets : iterable of int
        Offset of each record in it.

    Returns
    -------
    list of Headers
        One for each offset.

    Examples
    --------
    >>> recorded_headers("orders-0", [7])
    [{'recorded-partition': b'orders-0', 'recorded-offset': b'7'}]
    """
    name = partition.encode()
    return [{PARTITION_HEADER: name, OFFSET_HEADER: b"%d" % one} for one in offsets]


def append_recorded(writer: LogWriter, batch: RecordBatch) -> None:
    """Append a batch of a source, each record with the place it came from.

    Parameters
    ----------
    writer : LogWriter
        The log.
    batch : RecordBatch
        Records of one partition, at least one.

    Raises
    ------
    LogWriteError
        If the disk is full or fails; the log is as before.
    """
    given = batch.headers or ({},) * len(batch)
    places = recorded_headers(batch.partition, batch.offsets.tolist())
    headers = [{**one, **place} for one, place in zip(given, places, strict=True)]
    writer.append(
        list(batch.values()),
        keys=batch.keys,
        timestamps_us=batch.timestamps_us,
        headers=headers,
    )


class PartitionSink:
    """Append to a log what is a partition of its own there.

    Parameters
    ----------
    sink : Sink
        Usually a `LogWriter`; it is not closed.
    partition : str
        Name of the partition.
    next_offset : int
        Of the next record in it, >= 0.
    """

    def __init__(self, sink: Sink, partition: str, *, next_offset: int) -> None:
        self._sink = sink
        self._partition = partition
        self._next = next_offset

    def append(
        self,
        values: Sequence[bytes],
        *,
        keys: Sequence[bytes | None] | None = None,
        timestamps_us: Timestamps | None = None,
        headers: Sequence[Headers] | None = None,
    ) -> int:
        """Append records as one batch; see `Sink.append`."""
        given = headers or ({},) * len(values)
        offsets = range(self._next, self._next + len(values))
        places = recorded_headers(self._partition, offsets)
        self._sink.append(
            values,
            keys=keys,
            timestamps_us=timestamps_us,
            headers=[
                {**one, **place} for one, place in zip(given, places, strict=True)
            ],
        )
        self._next = offsets.stop
        return offsets.start

    def flush(self) -> Position:
        """Wait until everything is durable; return the position in the partition."""
        self._sink.flush()
        return Position({self._partition: self._next})

    def close(self) -> None:
        """Flush."""
        self._sink.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def is_recorded(folder: Path) -> bool:
    """Tell whether the first record of a log says that it was recorded."""
    with LogReader(folder) as reader:
        return begins_recorded(reader)


def begins_recorded(reader: LogReader) -> bool:
    """Do as `is_recorded` does, of a log that is open; it stands at its start after."""
    reader.seek(Position())
    first = reader.poll(0, 1)
    reader.seek(Position())
    return first is not None and PARTITION_HEADER in (first.headers or ({},))[0]


@dataclass(frozen=True, slots=True)
class _Run:
    """Records of one partition that lie side by side in one frame of a log."""

    partition: str
    place: Position  # of the first record, in the log
    n_records: int
    first_offset: int
    next_offset: int
    first_us: int
    latest_us: int

    @property
    def group(self) -> str:
        """What keeps its order in the log: an import, or all of a recording."""
        return self.partition if self.partition.startswith(IMPORT) else ""


class RecordedLog:
    """The partitions that a log was recorded from or imported into, with their offsets.

    The log is looked through once when it is opened; records appended later are not
    seen. Recorded partitions are read in the order of the log, imports beside them by
    the time of their frames: whatever the size of the polls, in the same order.

    Parameters
    ----------
    folder : Path
        A log whose records have `recorded_headers`; it may be empty.

    Raises
    ------
    OptionError
        If it holds a record without these.
    LogCorruptError
        If bytes inside the log are not what was written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reader = LogReader(folder)
        self._first: dict[str, int] = {}
        self._end: dict[str, int] = {}
        groups: dict[str, list[_Run]] = {}
        for run in self._look_through():
            self._first.setdefault(run.partition, run.first_offset)
            self._end[run.partition] = run.next_offset
            groups.setdefault(run.group, []).append(run)
        ordered = [groups[name] for name in sorted(groups)]
        self._runs = list(heapq.merge(*ordered, key=lambda run: run.first_us))
        self.seek(Position())

    def _look_through(self) -> Iterator[_Run]:
        place = self._reader.position()
        while (batch := self._reader.poll(0, _AT_ONCE)) is not None:
            for part in self._parts(batch):
                yield _Run(
                    partition=part.partition,
                    place=place,
                    n_records=len(part),
                    first_offset=int(part.offsets[0]),
                    next_offset=part.next_offset,
                    first_us=int(part.timestamps_us[0]),
                    latest_us=int(part.timestamps_us.max()),
                )
                place = place.advance(PARTITION, place.of(PARTITION) + len(part))

    def _parts(self, batch: RecordBatch) -> Iterator[RecordBatch]:
        """Split a batch of the log where the partition changes."""
        headers = batch.headers or ({},) * len(batch)
        for index, one in enumerate(headers):
            if PARTITION_HEADER not in one:
                msg = (
                    f"log {str(self._folder)!r}: offset {int(batch.offsets[index])} "
                    f"was not recorded from a source or imported; what is has a log "
                    f"of its own"
                )
                raise OptionError(msg)
        names = [one[PARTITION_HEADER].decode() for one in headers]
        offsets = np.array([int(one[OFFSET_HEADER]) for one in headers], np.int64)
        changes = [i for i in range(1, len(names)) if names[i] != names[i - 1]]
        edges = [0, *changes, len(names)]
        for first, last in pairwise(edges):
            part = batch.slice(first, last)
            yield RecordBatch(
                partition=names[first],
                offsets=offsets[first:last],
                timestamps_us=part.timestamps_us,
                data=part.data,
                starts=part.starts,
                ends=part.ends,
                headers=part.headers,
                keys=part.keys,
            )

    def _load(self, run: _Run) -> RecordBatch:
        self._reader.seek(run.place)
        batch = self._reader.poll(0, run.n_records)
        assert batch is not None, "what was looked through is there"
        return next(self._parts(batch))

    def partitions(self) -> tuple[str, ...]:
        """Return the names of the partitions, sorted."""
        return tuple(sorted(self._end))

    def position(self) -> Position:
        """Return the next offset of each partition."""
        return Position(self._next)

    def end_position(self) -> Position:
        """Return the position after the last record of each partition."""
        return Position(self._end)

    def seek(self, position: Position) -> None:
        """Continue at `position`; see `Source.seek`."""
        for name in position:
            if name not in self._end:
                allowed = ", ".join(self.partitions())
                msg = f"partition {name!r}: must be one of {allowed}"
                raise PositionError(msg)
            if not self._first[name] <= position.of(name) <= self._end[name]:
                msg = (
                    f"partition {name!r}: offset must be in "
                    f"{self._first[name]}..{self._end[name]}, was {position.of(name)}"
                )
                raise PositionError(msg)
        self._next = {**self._first, **position.to_json()}
        self._n_begun = 0
        self._head: RecordBatch | None = None

    def seek_time(self, time_us: int) -> None:
        """Continue in each partition at its first record stamped `time_us` or later."""
        found: dict[str, int] = {}
        for run in self._runs:
            if run.latest_us >= time_us and run.partition not in found:
                part = self._load(run)
                first = int(np.argmax(part.timestamps_us >= time_us))
                found[run.partition] = int(part.offsets[first])
        self.seek(Position({**self._end, **found}))

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next records of one partition; see `Source.poll`. Never waits."""
        check_poll(timeout_s, max_records)
        while self._head is None:
            if self._n_begun == len(self._runs):
                return None
            run = self._runs[self._n_begun]
            self._n_begun += 1
            next_offset = self._next[run.partition]
            # Else read before, or before the place that was sought.
            if run.next_offset > next_offset:
                part = self._load(run)
                first = int(np.searchsorted(part.offsets, next_offset))
                self._head = part.slice(first, len(part))
        part = self._head
        self._head = None
        if len(part) > max_records:
            self._head = part.slice(max_records, len(part))
            part = part.slice(0, max_records)
        self._next[part.partition] = part.next_offset
        return part

    def close(self) -> None:
        """Let go of the log."""
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def held_already(log: Path, partition: str, *, beside: str) -> int:
    """Return how many events of an import a log holds, before it is opened to write.

    Parameters
    ----------
    log : Path
        Folder of the log; it need not be there.
    partition : str
        Name of its partition, that begins with `IMPORT`.
    beside : str
        Name of what may lie in the folder before the log does.

    Returns
    -------
    int
        All, if it was imported before; some, if that was interrupted.

    Raises
    ------
    OptionError
        If `log` is a file, a folder of something else, or a log of records that were
        not imported.
    """
    if log.exists() and not log.is_dir():
        msg = f"log {str(log)!r}: is a file; a log is a folder"
        raise OptionError(msg)
    if not log.is_dir():
        return 0
    if not any(log.glob("*.seg")):
        strangers = sorted({path.name for path in log.iterdir()} - {beside})
        if strangers:
            msg = (
                f"log {str(log)!r}: must be a log, a folder that is empty, or a new "
                f"one; has no segment of a log in it, but {strangers[0]!r}"
            )
            raise OptionError(msg)
        return 0
    with RecordedLog(log) as recorded:
        return recorded.end_position().of(partition)
