"""A log in memory, for tests: the same Protocols, no disk and no broker."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Self

from streams.errors import PositionError
from streams.records import (
    Headers,
    Position,
    RecordBatch,
    Timestamps,
    check_lengths,
    check_poll,
    timestamps_array,
)


class MemoryLog:
    """Partitions of records in memory, written by `MemorySink`, read by `MemorySource`.

    Parameters
    ----------
    partitions : sequence of str
        Names of the partitions, at least one.

    Examples
    --------
    >>> log = MemoryLog(["log/0"])
    >>> MemorySink(log).append([b"a", b"b"])
    0
    >>> MemorySource(log).poll(0, 10).value(1)
    b'b'
    """

    def __init__(self, partitions: Sequence[str] = ("log/0",)) -> None:
        self._records: dict[str, list[_Record]] = {name: [] for name in partitions}

    def partitions(self) -> tuple[str, ...]:
        """Return the names of the partitions, sorted."""
        return tuple(sorted(self._records))

    def records(self, partition: str) -> "list[_Record]":
        """Return the records of `partition`.

        Raises
        ------
        PositionError
            If there is no such partition.
        """
        if partition not in self._records:
            msg = f"partition {partition!r}: must be one of {list(self.partitions())}"
            raise PositionError(msg)
        return self._records[partition]


_Record = tuple[bytes, int, bytes | None, Headers | None]  # value, time, key, headers


class MemorySink:
    """Append to one partition of a `MemoryLog`.

    Parameters
    ----------
    log : MemoryLog
        Where to append.
    partition : str or None
        Name of a partition of the log; None: its first.
    """

    def __init__(self, log: MemoryLog, partition: str | None = None) -> None:
        self._partition = log.partitions()[0] if partition is None else partition
        self._records = log.records(self._partition)

    def append(
        self,
        values: Sequence[bytes],
        *,
        keys: Sequence[bytes | None] | None = None,
        timestamps_us: Timestamps | None = None,
        headers: Sequence[Headers] | None = None,
    ) -> int:
        """Append records; see `Sink.append`."""
        check_lengths(len(values), keys=keys, headers=headers)
        first = len(self._records)
        times = timestamps_array(timestamps_us, len(values)).tolist()
        self._records.extend(
            (
                bytes(value),
                times[index],
                None if keys is None else keys[index],
                None if headers is None else headers[index],
            )
            for index, value in enumerate(values)
        )
        return first

    def flush(self) -> Position:
        """Return the position after the last record."""
        return Position({self._partition: len(self._records)})

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class MemorySource:
    """Read a `MemoryLog`, its partitions in turn.

    Parameters
    ----------
    log : MemoryLog
        What to read; records appended later are seen.
    """

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self._next = dict.fromkeys(log.partitions(), 0)

    def partitions(self) -> tuple[str, ...]:
        """Return the names of the partitions, sorted."""
        return self._log.partitions()

    def position(self) -> Position:
        """Return the next offset of each partition."""
        return Position(self._next)

    def end_position(self) -> Position:
        """Return the position after the last record of each partition."""
        return Position({name: len(self._log.records(name)) for name in self._next})

    def seek(self, position: Position) -> None:
        """Continue at `position`; see `Source.seek`."""
        for name in position:
            n_records = len(self._log.records(name))
            if position.of(name) > n_records:
                msg = (
                    f"partition {name!r}: offset must be in 0..{n_records}, "
                    f"was {position.of(name)}"
                )
                raise PositionError(msg)
        self._next = {name: position.of(name) for name in self.partitions()}

    def seek_time(self, time_us: int) -> None:
        """Continue at the first record of `time_us` or later."""
        for name in self._next:
            # Times may go back: only their running maximum can be searched.
            latest = list(accumulate((r[1] for r in self._log.records(name)), max))
            self._next[name] = bisect_left(latest, time_us)

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next records of one partition; see `Source.poll`. Never waits."""
        check_poll(timeout_s, max_records)
        for name in list(self._next):
            first = self._next[name]
            records = self._log.records(name)[first : first + max_records]
            if records:
                # To the back of the queue, so that no partition starves another.
                self._next[name] = self._next.pop(name) + len(records)
                return _batch(name, first, records)
        return None

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _batch(partition: str, first: int, records: list[_Record]) -> RecordBatch:
    values, times, keys, headers = zip(*records, strict=True)
    return RecordBatch.of(
        partition,
        values,
        first_offset=first,
        timestamps_us=times,
        keys=keys if any(key is not None for key in keys) else None,
        headers=tuple(h or {} for h in headers) if any(headers) else None,
    )
