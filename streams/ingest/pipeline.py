"""The order of work: validate, drop copies, move the watermark, put in order.

Every step judges record by record in the order of the log, so that what comes out does
not depend on how the records were cut into batches.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.batch import (
    DTYPES,
    REFERENCE_COLUMNS,
    EventBatch,
    concatenate,
)
from streams.codec import DecodedBatch, Rejected, format_times
from streams.errors import CheckpointMismatchError, PositionError
from streams.events import EVENT_TYPES
from streams.ingest.buffer import ReorderBuffer
from streams.ingest.lateness import is_correction
from streams.ingest.options import IngestOptions
from streams.ingest.recent import RecentKeys, event_keys
from streams.ingest.released import Counters, Released
from streams.ingest.watermark import Watermark
from streams.names import Names
from streams.records import Position

NAMED_COLUMNS = (*REFERENCE_COLUMNS, "source")  # what points into the names
FUTURE = "too far in the future"
LATE = "late"
MICROSECONDS = 1_000_000  # in a second

# Left in the buffer after a forced release: the rest is room for the next batches, so
# that a buffer at its bound is not searched for every one of them.
KEPT_WHEN_FULL = 7 / 8


class Ingest:
    """Take decoded batches of all partitions, hand out each event once, in order.

    Parameters
    ----------
    names : Names
        The table the batches were decoded with.
    partitions : sequence of str
        All partitions of the source, in the order of their indices. The watermark waits
        for each of them.
    options : IngestOptions
        Lateness and bounds.

    Attributes
    ----------
    counters : Counters
        What became of the records so far.

    Examples
    --------
    >>> from streams.codec import decode, encode
    >>> from streams.events import StockCounted
    >>> from streams.records import RecordBatch
    >>> names = Names()
    >>> ingest = Ingest(names, ["log/0"], IngestOptions(lateness_us=10))
    >>> event = StockCounted(item="A", site="S", quantity=3)
    >>> values = [
    ...     encode(event, event_id=str(t), source="wms", time_us=t) for t in (9, 5, 30)
    ... ]
    >>> decoded = decode(RecordBatch.of("log/0", values), names)
    >>> ingest.push(decoded).events.time_us.tolist(), ingest.watermark_us
    ([5, 9], 20)
    >>> ingest.flush().time_us.tolist()
    [30]
    """

    def __init__(
        self,
        names: Names,
        partitions: Sequence[str],
        options: IngestOptions | None = None,
    ) -> None:
        self.counters = Counters()
        self._options = options or IngestOptions()
        self._names = names
        self._partitions = tuple(partitions)
        self._next_offsets = [0] * len(self._partitions)
        self._watermark = Watermark(len(self._partitions), idle_s=self._options.idle_s)
        self._recent = RecentKeys(self._options.dedupe_keys_max)
        self._buffer = ReorderBuffer(names)
        self._lateness: dict[int, int] = {}  # by number of the source in names

    @property
    def watermark_us(self) -> int:
        """Events before this time are complete; microseconds UTC."""
        return self._watermark.mark_us

    @property
    def position(self) -> Position:
        """Next offset of each partition; what waits in the buffer is behind it."""
        return Position(dict(zip(self._partitions, self._next_offsets, strict=True)))

    @property
    def waiting(self) -> int:
        """Number of events in the buffer."""
        return len(self._buffer)

    def push(self, decoded: DecodedBatch, now_s: float | None = None) -> Released:
        """Take in the next records of one partition.

        Parameters
        ----------
        decoded : DecodedBatch
            Records at an offset that was read before are dropped.
        now_s : float or None
            A clock that never goes back, to tell which partitions are idle; None, as in
            a replay: none is.

        Returns
        -------
        Released

        Raises
        ------
        PositionError
            If the records come from a partition that was not named, or under another
            index.
        """
        partition = self._index_of(decoded)
        if now_s is not None:
            self._watermark.tick(now_s)
        events, rows, rejected = self._valid(partition, decoded)
        new = self._recent.add(event_keys(events))
        events, rows = events.take(new), rows[new]
        n_copies = len(decoded.records) - len(rejected) - len(events)
        before_us = self.watermark_us
        marks = self._watermark.advance(
            partition, events.time_us, self._lateness_of(events.source)
        )
        marks_before = np.concatenate(([before_us], marks))[: len(marks)]
        is_late = events.time_us < marks_before
        to_correct = is_late & is_correction(events.type_code)
        to_reject = is_late & ~to_correct
        rejected += [
            self._reject_late(decoded, int(rows[k]), int(marks_before[k]))
            for k in np.flatnonzero(to_reject).tolist()
        ]
        self._buffer.add(events.take(~is_late))
        in_time = self._release()
        # Which record let each event go: corrections stand between these.
        freed_by = np.searchsorted(marks, in_time.time_us, side="right")
        released = Released(
            events=in_time,
            late=events.take(to_correct),
            late_after=np.searchsorted(freed_by, np.flatnonzero(to_correct)),
            duplicates=n_copies,
            rejected=tuple(sorted(rejected, key=lambda r: r.offset)),
        )
        self._count(released, len(decoded.records), int(is_late.sum()))
        return released

    def tick(self, now_s: float) -> EventBatch:
        """Release what only waited for a partition that is now idle.

        Parameters
        ----------
        now_s : float
            A clock that never goes back.
        """
        self._watermark.tick(now_s)
        return self._counted(self._release())

    def end(self, partition: str) -> EventBatch:
        """Stop waiting for a partition that was read to its end; return what it held.

        Raises
        ------
        PositionError
            If there is no such partition.
        """
        if partition not in self._partitions:
            msg = f"partition {partition!r}: must be one of {list(self._partitions)}"
            raise PositionError(msg)
        self._watermark.end(self._partitions.index(partition))
        return self._counted(self._release())

    def flush(self) -> EventBatch:
        """Return the rest in canonical order: the end of a bounded replay."""
        rest = self._buffer.all()
        if len(rest):
            self._watermark.force(int(rest.time_us[-1]) + 1)
        self._buffer = ReorderBuffer(self._names)
        return self._counted(rest)

    def buffered(self) -> EventBatch:
        """Return what waits in canonical order and keep it: for provisional state."""
        return self._buffer.all()

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Return everything needed to go on exactly, as arrays for a checkpoint.

        Numbers of names differ between processes, so the names of what waits go along.
        Clocks do not: after `restore` every partition counts as heard of when the next
        time is given.
        """
        buffered = self._buffer.all()
        columns = {name: getattr(buffered, name) for name in DTYPES}
        used = np.unique(np.concatenate([columns[name] for name in NAMED_COLUMNS]))
        used = used[used >= 0]  # -1 is "no reference"
        for name in NAMED_COLUMNS:
            places = np.searchsorted(used, columns[name]).astype(np.int32)
            columns[name] = np.where(columns[name] < 0, columns[name], places)
        meta = {
            "partitions": self._partitions,
            "next_offsets": self._next_offsets,
            "counters": self.counters,
            "watermark": self._watermark.snapshot(),
            "names": [self._names[index] for index in used.tolist()],
        }
        arrays: dict[str, NDArray[Any]] = {
            "meta": np.frombuffer(msgspec.json.encode(meta), np.uint8),
            "detail": np.frombuffer(buffered.detail, np.uint8),
        }
        arrays |= {f"column.{name}": column for name, column in columns.items()}
        keys = self._recent.snapshot()
        return arrays | {f"recent.{name}": array for name, array in keys.items()}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `snapshot` returned, in place of all that is held now.

        Parameters
        ----------
        arrays : Mapping of str to ndarray
            The snapshot. New partitions may have appeared since.

        Raises
        ------
        CheckpointMismatchError
            If it knows a partition that this stream does not have.
        """
        meta = msgspec.json.decode(arrays["meta"].tobytes())
        missing = set(meta["partitions"]) - set(self._partitions)
        if missing:
            msg = (
                f"checkpoint has partitions {sorted(missing)}, the source has only "
                f"{list(self._partitions)}"
            )
            raise CheckpointMismatchError(msg)
        indices = [self._partitions.index(name) for name in meta["partitions"]]
        self._next_offsets = [0] * len(self._partitions)
        for index, next_offset in zip(indices, meta["next_offsets"], strict=True):
            self._next_offsets[index] = next_offset
        self.counters = Counters(**meta["counters"])
        n_partitions = len(self._partitions)
        self._watermark = Watermark(n_partitions, idle_s=self._options.idle_s)
        self._watermark.restore(meta["watermark"], indices)
        self._recent.restore(
            {name: arrays[f"recent.{name}"] for name in ("newer", "older")}
        )
        self._buffer = ReorderBuffer(self._names)
        self._buffer.add(self._restored_events(arrays, meta["names"], indices))

    def _restored_events(
        self, arrays: Mapping[str, NDArray[Any]], names: list[str], indices: list[int]
    ) -> EventBatch:
        columns = {name: np.array(arrays[f"column.{name}"]) for name in DTYPES}
        # The last entry stands for -1, "no reference".
        numbers = np.append(self._names.indices(names), np.int32(-1))
        for name in NAMED_COLUMNS:
            columns[name] = numbers[columns[name]]
        columns["partition"] = np.array(indices, np.int16)[columns["partition"]]
        detail = arrays["detail"].tobytes()
        return EventBatch(names=self._names, detail=detail, **columns)

    def _index_of(self, decoded: DecodedBatch) -> int:
        index, name = decoded.partition_index, decoded.records.partition
        if index >= len(self._partitions) or self._partitions[index] != name:
            msg = (
                f"partition {name!r} with index {index}: must be one of "
                f"{dict(enumerate(self._partitions))}"
            )
            raise PositionError(msg)
        return index

    def _valid(
        self, partition: int, decoded: DecodedBatch
    ) -> tuple[EventBatch, NDArray[np.intp], list[Rejected]]:
        """Leave out records at an offset that was read before, and the impossible.

        Returns
        -------
        tuple
            The events left, the record of each, and what is rejected.
        """
        next_offset = self._next_offsets[partition]
        records = decoded.records
        if len(records):
            self._next_offsets[partition] = max(next_offset, records.next_offset)
        unread = decoded.events.offset >= next_offset
        rejected = [r for r in decoded.rejected if r.offset >= next_offset]
        appended_us = records.timestamps_us[decoded.rows]
        ahead_us = int(self._options.future_s_max * MICROSECONDS)
        future = (appended_us > 0) & (decoded.events.time_us > appended_us + ahead_us)
        rejected += [
            self._reject_future(decoded, row)
            for row in decoded.rows[unread & future].tolist()
        ]
        valid = unread & ~future
        return decoded.events.take(valid), decoded.rows[valid], rejected

    def _reject_future(self, decoded: DecodedBatch, row: int) -> Rejected:
        records = decoded.records
        event = int(np.searchsorted(decoded.rows, row))
        detail = (
            f"time {_text(decoded.events.time_us[event])}: must be at most "
            f"{self._options.future_s_max:g} s after the record was appended, at "
            f"{_text(records.timestamps_us[row])}"
        )
        return Rejected(int(records.offsets[row]), FUTURE, detail, records.value(row))

    def _reject_late(self, decoded: DecodedBatch, row: int, mark_us: int) -> Rejected:
        records = decoded.records
        event = int(np.searchsorted(decoded.rows, row))
        name = EVENT_TYPES[decoded.events.type_code[event]].__name__
        detail = (
            f"{name} of {_text(decoded.events.time_us[event])}: came after the "
            f"watermark {_text(mark_us)}, and is not applied late"
        )
        return Rejected(int(records.offsets[row]), LATE, detail, records.value(row))

    def _lateness_of(self, source: NDArray[np.int32]) -> NDArray[np.int64]:
        unique, inverse = np.unique(source, return_inverse=True)
        by_source = self._options.lateness_us_by_source
        lateness = [
            by_source.get(self._names[number], self._options.lateness_us)
            for number in unique.tolist()
        ]
        return np.array(lateness, np.int64)[inverse]

    def _release(self) -> EventBatch:
        released = self._buffer.release(self.watermark_us)
        bound = self._options.buffer_events_max
        if len(self._buffer) <= bound:
            return released
        self._watermark.force(self._buffer.time_leaving(int(bound * KEPT_WHEN_FULL)))
        forced = self._buffer.release(self.watermark_us)
        self.counters.forced += len(forced)
        return concatenate([released, forced], self._names)

    def _counted(self, events: EventBatch) -> EventBatch:
        self.counters.applied += len(events)
        return events

    def _count(self, released: Released, n_records: int, n_late: int) -> None:
        counters = self.counters
        counters.read += n_records
        counters.applied += len(released.events) + len(released.late)
        counters.duplicates += released.duplicates
        counters.late += n_late
        counters.rejected += len(released.rejected)
        for reason, n_rejected in Counter(r.reason for r in released.rejected).items():
            counters.reasons[reason] = counters.reasons.get(reason, 0) + n_rejected


def _text(time_us: int | np.int64) -> str:
    return format_times(np.array([time_us], np.int64))[0]
