"""A log that was recorded from another source, read as that source.

One log holds the records of several partitions. Each keeps where it came from as two
headers, so that a replay from the log waits for the same partitions, and ends at the
same position and in the same state, as one from the source.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np

from streams.errors import PositionError
from streams.log import LogReader, LogWriter
from streams.records import Headers, Position, RecordBatch, check_poll
from twin.errors import OptionError

PARTITION_HEADER = "recorded-partition"
OFFSET_HEADER = "recorded-offset"

# Records of a log looked at in one go: half as many read slower, twice as many take
# twice the memory.
_AT_ONCE = 8192


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
    partition = batch.partition.encode()
    given = batch.headers or ({},) * len(batch)
    headers: list[Headers] = [
        {**one, PARTITION_HEADER: partition, OFFSET_HEADER: b"%d" % offset}
        for one, offset in zip(given, batch.offsets.tolist(), strict=True)
    ]
    writer.append(
        list(batch.values()),
        keys=batch.keys,
        timestamps_us=batch.timestamps_us,
        headers=headers,
    )


def is_recorded(folder: Path) -> bool:
    """Tell whether the first record of a log says that it was recorded."""
    with LogReader(folder) as reader:
        first = reader.poll(0, 1)
    return first is not None and PARTITION_HEADER in (first.headers or ({},))[0]


class RecordedLog:
    """The source that a log was recorded from: its partitions, its offsets.

    The log is looked through once when it is opened; records appended later are not
    seen.

    Parameters
    ----------
    folder : Path
        A log written by `append_recorded`; it may be empty.

    Raises
    ------
    OptionError
        If it holds a record that was not recorded.
    LogCorruptError
        If bytes inside the log are not what was written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reader = LogReader(folder)
        self._first: dict[str, int] = {}
        self._end: dict[str, int] = {}
        while (batch := self._reader.poll(0, _AT_ONCE)) is not None:
            for part in self._parts(batch):
                self._first.setdefault(part.partition, int(part.offsets[0]))
                self._end[part.partition] = part.next_offset
        self.seek(Position())

    def _parts(self, batch: RecordBatch) -> Iterator[RecordBatch]:
        """Split a batch of the log where the partition changes."""
        headers = batch.headers or ({},) * len(batch)
        for index, one in enumerate(headers):
            if PARTITION_HEADER not in one:
                msg = (
                    f"log {str(self._folder)!r}: offset {int(batch.offsets[index])} "
                    f"was not recorded from a source; a recording has a log of its own"
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

    def partitions(self) -> tuple[str, ...]:
        """Return the names of the partitions that were recorded, sorted."""
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
        self._restart()

    def seek_time(self, time_us: int) -> None:
        """Continue at the first record of the log that may be of `time_us` or later."""
        self.seek(Position())
        self._reader.seek_time(time_us)
        skipped = self._reader.position()
        self._restart()
        while not self._reader.position().reaches(skipped):
            most = sum(skipped.to_json().values())
            most -= sum(self._reader.position().to_json().values())
            batch = self._reader.poll(0, min(_AT_ONCE, most))
            assert batch is not None, "what was skipped is there"
            for part in self._parts(batch):
                self._next[part.partition] = part.next_offset

    def _restart(self) -> None:
        self._reader.seek(Position())
        self._queue: list[RecordBatch] = []

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next records of one partition; see `Source.poll`. Never waits."""
        check_poll(timeout_s, max_records)
        while not self._queue:
            batch = self._reader.poll(0, _AT_ONCE)
            if batch is None:
                return None
            for part in self._parts(batch):
                # Read before, or before the place that was sought.
                first = np.searchsorted(part.offsets, self._next[part.partition])
                if first < len(part):
                    self._queue.append(part.slice(int(first), len(part)))
        part = self._queue.pop(0)
        if len(part) > max_records:
            self._queue.insert(0, part.slice(max_records, len(part)))
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
