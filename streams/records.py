"""Raw records: spans of bytes with offsets, where they stand, who gives and takes them.

A transport (file log, Kafka, files, memory) carries bytes and never looks inside. What
it hands over is one `RecordBatch` at a time: one buffer and arrays of spans into it, so
that a decoder can work in bulk. A `Position` says how far each partition was read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from streams.errors import PositionError, RecordError
from streams.spans import Buffer

# Offsets, spans in bytes and times in microseconds UTC: the width of Kafka's own.
Int64Array = npt.NDArray[np.int64]
Headers = Mapping[str, bytes]
Timestamps = int | Sequence[int] | Int64Array


def timestamps_array(timestamps_us: Timestamps | None, n_records: int) -> Int64Array:
    """Spread the time stamps given to a sink over its records.

    Parameters
    ----------
    timestamps_us : int, sequence of int or None
        One time for all records, one for each, or None for "unknown" (0). Microseconds
        UTC.
    n_records : int
        Number of records, >= 0.

    Returns
    -------
    ndarray of shape (n_records,), int64

    Raises
    ------
    RecordError
        If there are as many times as neither one nor `n_records`.

    Examples
    --------
    >>> timestamps_array(5, 2).tolist()
    [5, 5]
    """
    given = np.asarray(0 if timestamps_us is None else timestamps_us, np.int64)
    if given.ndim and given.shape != (n_records,):
        msg = (
            f"timestamps_us: must be one time or {n_records}, one for each record, "
            f"had shape {given.shape}"
        )
        raise RecordError(msg)
    return np.array(np.broadcast_to(given, (n_records,)), np.int64)


def check_lengths(n_records: int, **columns: Sequence[object] | None) -> None:
    """Refuse keys or headers that are not one for each record.

    Raises
    ------
    RecordError
        If a column is given and has another length than `n_records`.
    """
    for name, column in columns.items():
        if column is not None and len(column) != n_records:
            msg = (
                f"{name}: must be one for each of {n_records} records, "
                f"were {len(column)}"
            )
            raise RecordError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class RecordBatch:
    """Consecutive records of one partition: one buffer, and spans into it.

    Parameters
    ----------
    partition : str
        Name of the partition, for example ``log/0`` or ``orders-3``.
    offsets : ndarray of shape (n,), int64
        Offset of each record, strictly increasing; gaps are allowed (compaction,
        skipped blank lines).
    timestamps_us : ndarray of shape (n,), int64
        When the record was appended (or as its producer says), microseconds UTC; 0 if
        the transport does not know.
    data : bytes, bytearray, memoryview, mmap or ndarray of uint8
        The buffer. It may hold more than the values, and best has
        `streams.buffers.SLACK_BYTES` (64) behind the last: a decoder may load so many
        at once, and reads what stands nearer to the end from a copy, slower.
    starts, ends : ndarray of shape (n,), int64
        Record i is ``data[starts[i]:ends[i]]``; 0 <= starts <= ends <= len(data).
    headers : sequence of Mapping or None
        Headers of each record, for transports that have them: a tuple, or `Spans` that
        make them when they are asked for.
    keys : sequence of bytes or None
        Key of each record, for transports that have them; like the headers.
    unique : bool
        Whether the transport vouches that nothing in the partition comes twice: all of
        it was appended by one who looked for copies (`streams.log.LogWriter.append`).

    Raises
    ------
    RecordError
        If the columns differ in length or a span leaves the buffer.

    Examples
    --------
    >>> batch = RecordBatch.of("log/0", [b"one", b"two"], first_offset=7)
    >>> len(batch), batch.value(1), batch.next_offset
    (2, b'two', 9)
    """

    partition: str
    offsets: Int64Array
    timestamps_us: Int64Array
    data: Buffer
    starts: Int64Array
    ends: Int64Array
    headers: Sequence[Headers] | None = None
    keys: Sequence[bytes | None] | None = None
    unique: bool = False

    def __post_init__(self) -> None:
        n_records = len(self.offsets)
        check_lengths(
            n_records,
            timestamps_us=self.timestamps_us,  # type: ignore[arg-type]
            starts=self.starts,  # type: ignore[arg-type]
            ends=self.ends,  # type: ignore[arg-type]
            headers=self.headers,
            keys=self.keys,
        )
        if n_records and not self._spans_fit():
            msg = (
                f"partition {self.partition!r}: spans must lie in the "
                f"{len(self.data)} bytes of data, starts before ends"
            )
            raise RecordError(msg)

    def _spans_fit(self) -> bool:
        inside = int(self.starts.min()) >= 0 and int(self.ends.max()) <= len(self.data)
        return inside and bool((self.starts <= self.ends).all())

    @classmethod
    def of(
        cls,
        partition: str,
        values: Sequence[bytes],
        *,
        first_offset: int = 0,
        timestamps_us: Timestamps | None = None,
        headers: Sequence[Headers] | None = None,
        keys: Sequence[bytes | None] | None = None,
    ) -> Self:
        """Build a batch from separate values with consecutive offsets.

        Parameters
        ----------
        partition : str
            Name of the partition.
        values : sequence of bytes
            The records.
        first_offset : int
            Offset of the first record, >= 0.
        timestamps_us : int, sequence of int or None
            One time for all, one for each, or None for 0; microseconds UTC.
        headers, keys : sequence or None
            One for each record.

        Returns
        -------
        RecordBatch
        """
        n_records = len(values)
        ends = np.fromiter(map(len, values), np.int64, n_records).cumsum()
        return cls(
            partition=partition,
            offsets=np.arange(first_offset, first_offset + n_records, dtype=np.int64),
            timestamps_us=timestamps_array(timestamps_us, n_records),
            data=b"".join(values),
            starts=np.concatenate(([0], ends[:-1])).astype(np.int64)[:n_records],
            ends=ends,
            headers=None if headers is None else tuple(headers),
            keys=None if keys is None else tuple(keys),
        )

    def __len__(self) -> int:
        return len(self.offsets)

    def value(self, index: int) -> bytes:
        """Return record `index` (0 is the first; not its offset) as bytes.

        Raises
        ------
        IndexError
            If the batch has no such record.
        """
        return bytes(self.data[self.starts[index] : self.ends[index]])

    def values(self) -> Iterator[bytes]:
        """Yield every record as bytes; for tests and tools, not for the hot path."""
        return (self.value(index) for index in range(len(self)))

    def slice(self, first: int, last: int) -> "RecordBatch":
        """Return records `first` to before `last`, sharing the buffer.

        Parameters
        ----------
        first, last : int
            Indices as in ``sequence[first:last]``; for all of them it is the batch
            itself.
        """
        if first == 0 and last >= len(self):
            return self
        part = slice(first, last)
        return RecordBatch(
            partition=self.partition,
            offsets=self.offsets[part],
            timestamps_us=self.timestamps_us[part],
            data=self.data,
            starts=self.starts[part],
            ends=self.ends[part],
            headers=None if self.headers is None else self.headers[part],
            keys=None if self.keys is None else self.keys[part],
            unique=self.unique,
        )

    @property
    def next_offset(self) -> int:
        """Offset after the last record.

        Raises
        ------
        IndexError
            If the batch is empty.
        """
        return int(self.offsets[-1]) + 1


class Position:
    """Next offset to read of each partition. Never changes; `advance` makes a new one.

    Parameters
    ----------
    offsets : Mapping of str to int
        Next offset, >= 0, by partition name.

    Raises
    ------
    PositionError
        If an offset is negative or no whole number.

    Examples
    --------
    >>> position = Position({"log/0": 3}).advance("log/0", 10)
    >>> position.of("log/0"), position.of("orders-1")
    (10, 0)
    >>> Position.from_json(position.to_json()) == position
    True
    """

    __slots__ = ("_offsets",)

    def __init__(self, offsets: Mapping[str, int] | None = None) -> None:
        self._offsets: dict[str, int] = {}
        for partition, offset in sorted((offsets or {}).items()):
            # Offsets out of an array are NumPy's integers, out of JSON maybe anything.
            if not isinstance(offset, int | np.integer) or offset < 0:
                msg = (
                    f"partition {partition!r}: offset must be a whole number >= 0, "
                    f"was {offset!r}"
                )
                raise PositionError(msg)
            self._offsets[partition] = int(offset)

    @classmethod
    def from_json(cls, value: Mapping[str, int]) -> Self:
        """Read what `to_json` gave, for example out of a checkpoint.

        Raises
        ------
        PositionError
            If an offset is negative or no whole number.
        """
        return cls(value)

    def to_json(self) -> dict[str, int]:
        """Return the offsets by partition name, sorted by name."""
        return dict(self._offsets)

    def of(self, partition: str) -> int:
        """Return the next offset of `partition`; 0 if it was never read."""
        return self._offsets.get(partition, 0)

    def advance(self, partition: str, next_offset: int) -> "Position":
        """Return a position whose `partition` continues at `next_offset`.

        Raises
        ------
        PositionError
            If that would go backwards; seek with a fresh position instead.
        """
        if next_offset < self.of(partition):
            msg = (
                f"partition {partition!r}: next offset must be >= "
                f"{self.of(partition)}, was {next_offset}"
            )
            raise PositionError(msg)
        return Position({**self._offsets, partition: next_offset})

    def reaches(self, other: "Position") -> bool:
        """Tell whether every partition of `other` was read as far as `other` says."""
        return all(self.of(name) >= offset for name, offset in other.to_json().items())

    def __contains__(self, partition: object) -> bool:
        return partition in self._offsets

    def __iter__(self) -> Iterator[str]:
        return iter(self._offsets)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Position):
            return NotImplemented
        return self._offsets == other._offsets

    def __hash__(self) -> int:
        return hash(tuple(self._offsets.items()))

    def __repr__(self) -> str:
        return f"Position({self._offsets!r})"


class Source(Protocol):
    """Where raw records come from: file log, Kafka, a file, memory."""

    def partitions(self) -> tuple[str, ...]:
        """Return the names of the partitions, sorted."""

    def position(self) -> Position:
        """Return the next offset of each partition; what `poll` returned is behind."""

    def end_position(self) -> Position:
        """Return the position after the last record there is now."""

    def seek(self, position: Position) -> None:
        """Continue at `position`; partitions it does not name begin at their start.

        Raises
        ------
        PositionError
            If it names a partition or an offset that is not there.
        """

    def seek_time(self, time_us: int) -> None:
        """Continue at the first record that may be of `time_us` (UTC) or later.

        No record of that time or later is before that place; earlier ones may follow
        it, because records lie in the order they were appended.
        """

    def poll(self, timeout_s: float, max_records: int) -> RecordBatch | None:
        """Return the next records of one partition, or None if there are none now.

        Parameters
        ----------
        timeout_s : float
            How long to wait for one, >= 0.
        max_records : int
            Upper limit of the batch, >= 1; it may be smaller.
        """

    def close(self) -> None:
        """Let go of files and connections; a second call does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


class Sink(Protocol):
    """Where raw records go: file log, Kafka, memory."""

    def append(
        self,
        values: Sequence[bytes],
        *,
        keys: Sequence[bytes | None] | None = None,
        timestamps_us: Timestamps | None = None,
        headers: Sequence[Headers] | None = None,
    ) -> int:
        """Append records as one batch.

        Parameters
        ----------
        values : sequence of bytes
            The records, at least one.
        keys, headers : sequence or None
            One for each record.
        timestamps_us : int, sequence of int or None
            Time of the records, microseconds UTC: one for all or one for each. None
            leaves it to the transport (Kafka stamps them, the others know none).

        Returns
        -------
        int
            Offset of the first record, or -1 where only `flush` brings it (Kafka).
        """

    def flush(self) -> Position:
        """Wait until everything appended is durable; return the position after it."""

    def close(self) -> None:
        """Flush and let go; a second call does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


def check_poll(timeout_s: float, max_records: int) -> None:
    """Refuse arguments of `Source.poll` that make no sense.

    Raises
    ------
    RecordError
        If `timeout_s` is negative or `max_records` below one.
    """
    if not timeout_s >= 0:
        msg = f"timeout_s: must be >= 0, was {timeout_s}"
        raise RecordError(msg)
    if max_records < 1:
        msg = f"max_records: must be >= 1, was {max_records}"
        raise RecordError(msg)
