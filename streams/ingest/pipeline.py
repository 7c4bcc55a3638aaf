"""The order of work: validate, drop copies, move the watermark, put in order.

Every step judges record by record in the order of the log, so that what comes out does
not depend on how the records were cut into batches.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams._kernels.order import COPY, FUTURE, LATE, READ_BEFORE, TAKEN
from streams._kernels.progress import screen
from streams.batch import EventBatch, plain
from streams.codec import DecodedBatch, Rejected
from streams.errors import CheckpointMismatchError, PositionError
from streams.ingest.lateness import is_correction
from streams.ingest.options import IngestOptions
from streams.ingest.recent import RecentKeys, event_keys
from streams.ingest.rejecting import Rejecting
from streams.ingest.released import Counters, Released
from streams.ingest.screening import all_taken, counted
from streams.ingest.waiting import Waiting
from streams.ingest.watermark import Watermark
from streams.names import Names
from streams.picked import Part, joined
from streams.records import Position

MICROSECONDS = 1_000_000  # in a second

# Left in the buffer after a forced release: the rest is room for the next batches, so
# that a buffer at its bound is not searched for every one of them.
KEPT_WHEN_FULL = 7 / 8

Parts = tuple[Part, ...]


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
        What became of the events so far.

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
        self._waiting = Waiting(names)
        self._lateness = self._lateness_table()

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
        """Number of events that are not complete yet."""
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether the next batch may release events early.

        Who can wait pauses the partitions that are ahead until the others catch up.
        """
        return self.waiting >= int(self._options.buffer_events_max * KEPT_WHEN_FULL)

    def push(self, decoded: DecodedBatch, now_s: float | None = None) -> Released:
        """Take in the next records of one partition.

        Parameters
        ----------
        decoded : DecodedBatch
            Records at an offset that was read before are dropped. If they were
            deduplicated when written, and the stream has one partition, their keys are
            neither asked for nor remembered; if they are in order, too, none is looked
            at by itself. The arrays are kept: nobody may change
            them.
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
        if self._is_plain(partition, decoded):
            return self._pushed_plain(partition, decoded)
        events = decoded.events
        verdict, rejected = self._screened(partition, decoded)
        if not (decoded.deduplicated and len(self._partitions) == 1):
            self._recent.judge(event_keys(events), verdict)
        marks = self._watermark.advance(
            partition, plain(events.time_us), self._lateness_of(events.source), verdict
        )
        n_judged = counted(verdict)
        n_unread = len(decoded.rejected) - (len(rejected) - n_judged[FUTURE])
        taken = events
        if n_judged[TAKEN] < len(events):
            taken = events.take(verdict == TAKEN)
        corrected = self._judged(decoded, verdict, marks, rejected)
        self._waiting.add(taken, ordered=decoded.ordered)
        if len(corrected):
            self._waiting.add_late(events.take(corrected), marks[corrected])
        released = replace(
            self._release(),
            duplicates=n_judged[COPY] + n_judged[READ_BEFORE] + n_unread,
            rejected=tuple(sorted(rejected, key=_place)) if rejected else (),
        )
        n_read = len(events) + len(decoded.rejected)
        self._count(released, n_read=n_read, n_late=n_judged[LATE])
        return released

    def _is_plain(self, partition: int, decoded: DecodedBatch) -> bool:
        """Tell whether no event of a batch needs to be looked at by itself."""
        if len(self._partitions) > 1 or len(self._lateness) > 1:
            return False
        return all_taken(
            decoded,
            next_offset=self._next_offsets[partition],
            ahead_us=int(self._options.future_s_max * MICROSECONDS),
            mark_us=self.watermark_us,
        )

    def _pushed_plain(self, partition: int, decoded: DecodedBatch) -> Released:
        """Do as `push` does with events that are all taken and in order."""
        events = decoded.events
        self._next_offsets[partition] = decoded.records.next_offset
        verdict = np.zeros(1, np.uint8)
        self._watermark.advance(partition, events.time_us[-1:], self._lateness, verdict)
        self._waiting.add(events, ordered=True)
        released = self._release()
        self._count(released, n_read=len(events), n_late=0)
        return released

    def tick(self, now_s: float) -> EventBatch:
        """Do as `tick_parts`, and join what it returns."""
        return joined(self.tick_parts(now_s), self._names)

    def tick_parts(self, now_s: float) -> Parts:
        """Release what only waited for a partition that is now idle.

        Parameters
        ----------
        now_s : float
            A clock that never goes back.

        Returns
        -------
        tuple of EventBatch or Picked
            One behind the other in canonical order.
        """
        return self.tick_released(now_s).parts

    def tick_released(self, now_s: float) -> Released:
        """Do as `tick_parts`, and tell which of it are corrections."""
        self._watermark.tick(now_s)
        return self._counted(self._release())

    def end(self, partition: str) -> EventBatch:
        """Do as `end_parts`, and join what it returns."""
        return joined(self.end_parts(partition), self._names)

    def end_parts(self, partition: str) -> Parts:
        """Stop waiting for a partition that was read to its end; return what it held.

        Returns
        -------
        tuple of EventBatch or Picked
            One behind the other in canonical order.

        Raises
        ------
        PositionError
            If there is no such partition.
        """
        if partition not in self._partitions:
            msg = f"partition {partition!r}: must be one of {list(self._partitions)}"
            raise PositionError(msg)
        self._watermark.end(self._partitions.index(partition))
        return self._counted(self._release()).parts

    def flush(self) -> EventBatch:
        """Do as `flush_parts`, and join what it returns."""
        return joined(self.flush_parts(), self._names)

    def flush_parts(self) -> Parts:
        """Return the rest: the end of a bounded replay.

        Returns
        -------
        tuple of EventBatch or Picked
            One behind the other in canonical order.
        """
        rest = self._waiting.clear()
        if rest.n_applied:
            self._watermark.force(int(rest.due_us[-1]) + 1)
        return self._counted(rest).parts

    def buffered(self) -> EventBatch:
        """Do as `buffered_parts`, and join what it returns."""
        return joined(self.buffered_parts(), self._names)

    def buffered_parts(self) -> Parts:
        """Return what waits and keep it: for provisional state.

        Returns
        -------
        tuple of EventBatch or Picked
            One behind the other in canonical order.
        """
        return self.look().parts

    def look(self) -> Released:
        """Do as `buffered_parts`, and tell which of it are corrections."""
        return self._waiting.look()

    def used_names(self) -> NDArray[np.int32]:
        """Return the numbers of names that what is held here points to, ascending.

        A table of names may forget the others, see `Names.keep` and `rename`.
        """
        sources = self._names.indices(self._options.lateness_us_by_source)
        return self._waiting.used_names(sources.tolist())

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Follow the table of names when its numbers change.

        Batches handed out before point to the old numbers, and are of no use after.

        Parameters
        ----------
        mapping : ndarray of shape (n_names before,), int32
            What `Names.keep` returned: new number of each name, -1 for those dropped,
            of which `used_names` must have named none.
        """
        self._waiting.rename(np.append(mapping, np.int32(-1)))
        self._lateness = self._lateness_table()

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Return everything needed to go on exactly, as arrays for a checkpoint.

        Numbers of names differ between processes, so the names of what waits go along.
        Clocks do not: after `restore` every partition counts as heard of when the next
        time is given.
        """
        used = self.used_names()
        meta = {
            "partitions": self._partitions,
            "next_offsets": self._next_offsets,
            "counters": self.counters,
            "watermark": self._watermark.snapshot(),
            "names": [self._names[index] for index in used.tolist()],
        }
        arrays: dict[str, NDArray[Any]] = {
            "meta": np.frombuffer(msgspec.json.encode(meta), np.uint8),
        }
        arrays |= self._waiting.snapshot(used)
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
        self._waiting = Waiting(self._names)
        self._waiting.restore(arrays, meta["names"], indices)

    def _index_of(self, decoded: DecodedBatch) -> int:
        index, name = decoded.partition_index, decoded.records.partition
        if index >= len(self._partitions) or self._partitions[index] != name:
            msg = (
                f"partition {name!r} with index {index}: must be one of "
                f"{dict(enumerate(self._partitions))}"
            )
            raise PositionError(msg)
        return index

    def _screened(
        self, partition: int, decoded: DecodedBatch
    ) -> tuple[NDArray[np.uint8], list[Rejected]]:
        """Judge by offset, and by how far an event lies ahead of its record.

        Returns
        -------
        tuple
            A verdict for each event, and what is rejected so far, of records that were
            not read before.
        """
        events, records = decoded.events, decoded.records
        next_offset = self._next_offsets[partition]
        if len(records):
            self._next_offsets[partition] = max(next_offset, records.next_offset)
        rejected = [one for one in decoded.rejected if one.offset >= next_offset]
        verdict = np.zeros(len(events), np.uint8)
        assert TAKEN == 0, "zero is what is not judged otherwise"
        future_s_max = self._options.future_s_max
        n_out = screen(
            verdict,
            (plain(events.time_us), plain(records.timestamps_us)),
            plain(events.offset),
            plain(decoded.rows),
            (next_offset, int(future_s_max * MICROSECONDS)),
        )
        if n_out:
            rejecting = Rejecting(decoded)
            rejected += [
                rejecting.future(event, future_s_max)
                for event in np.flatnonzero(verdict == FUTURE).tolist()
            ]
        return verdict, rejected

    def _judged(
        self,
        decoded: DecodedBatch,
        verdict: NDArray[np.uint8],
        marks: NDArray[np.int64],
        rejected: list[Rejected],
    ) -> NDArray[np.intp]:
        """Reject the late events that are no corrections; return those that are."""
        late = np.flatnonzero(verdict == LATE)
        if not len(late):
            return late
        corrects = is_correction(decoded.events.type_code[late])
        rejecting = Rejecting(decoded)
        rejected += [
            rejecting.late(event, int(marks[event]))
            for event in late[~corrects].tolist()
        ]
        return late[corrects]

    def _lateness_table(self) -> NDArray[np.int64]:
        """Lateness by number of the source; the last entry is that of all others."""
        by_source = self._options.lateness_us_by_source
        numbers = self._names.indices(by_source)
        n_others = int(max(numbers, default=-1)) + 1
        table = np.full(n_others + 1, self._options.lateness_us)
        table[numbers] = list(by_source.values())
        return table

    def _lateness_of(self, source: NDArray[np.int32]) -> NDArray[np.int64]:
        if len(self._lateness) == 1:
            return self._lateness
        return self._lateness[np.minimum(source, len(self._lateness) - 1)]

    def _release(self) -> Released:
        released = self._waiting.release(self.watermark_us)
        bound = self._options.buffer_events_max
        if len(self._waiting) <= bound:
            return released
        n_left = int(bound * KEPT_WHEN_FULL)
        self._watermark.force(self._waiting.time_leaving(n_left))
        forced = self._waiting.release(self.watermark_us)
        self.counters.forced += forced.n_applied
        return released.followed_by(forced)

    def _counted(self, released: Released) -> Released:
        self.counters.applied += released.n_applied
        return released

    def _count(self, released: Released, *, n_read: int, n_late: int) -> None:
        counters = self.counters
        counters.read += n_read
        counters.applied += released.n_applied
        counters.duplicates += released.duplicates
        counters.late += n_late
        if not released.rejected:
            return
        counters.rejected += len(released.rejected)
        for reason, n_rejected in Counter(r.reason for r in released.rejected).items():
            counters.reasons[reason] = counters.reasons.get(reason, 0) + n_rejected


def _place(rejected: Rejected) -> tuple[int, int]:
    return rejected.offset, -1 if rejected.row is None else rejected.row
