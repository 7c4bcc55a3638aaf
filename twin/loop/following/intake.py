"""What a live loop reads: records in, events once and in canonical order out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch, concatenate
from streams.codec import Decoder, Rejected
from streams.ingest import Counters, Ingest, IngestOptions, Released
from streams.names import Names
from streams.picked import joined
from streams.records import Position, RecordBatch

NAMES_MIN = 262_144
"""So many names are kept without asking who uses them, some 20 MB. With half as many,
names are looked through twice as often."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Events in the order they are to be folded, and what else came of records.

    Attributes
    ----------
    events : EventBatch
        Those that are complete now, or that wait.
    due_us : ndarray of shape (len(events),), int64
        The instant each belongs to, microseconds UTC; it does not decrease. That is
        its time, and of one that came late the mark of its partition when it came:
        the first instant that was surely not decided then.
    rejected : tuple of Rejected
        For the dead letters.
    latest_us : int or None
        Latest time of an event among the records, microseconds UTC.
    """

    events: EventBatch
    due_us: NDArray[np.int64]
    rejected: tuple[Rejected, ...] = ()
    latest_us: int | None = None

    def before(self, other: "Taken") -> "Taken":
        """Return the events of both, these first."""
        events = concatenate([self.events, other.events], self.events.names)
        return Taken(events, np.concatenate([self.due_us, other.due_us]))


class Intake:
    """Decodes, validates, drops copies, and waits for what may be late.

    Parameters
    ----------
    partitions : sequence of str
        All partitions of the source, in the order of `Source.partitions`.
    options : IngestOptions or None
        Lateness and bounds.

    Attributes
    ----------
    names : Names
        The ids of all events read.
    """

    def __init__(
        self, partitions: Sequence[str], options: IngestOptions | None = None
    ) -> None:
        self.names = Names()
        self._index = {name: index for index, name in enumerate(partitions)}
        self._decoder = Decoder(self.names)
        self._ingest = Ingest(self.names, partitions, options)
        self._names_max = NAMES_MIN

    @property
    def watermark_us(self) -> int:
        """Instants before this time are complete; microseconds UTC."""
        return self._ingest.watermark_us

    @property
    def position(self) -> Position:
        """Next offset of each partition."""
        return self._ingest.position

    @property
    def counters(self) -> Counters:
        """What became of the records so far."""
        return self._ingest.counters

    @property
    def waiting(self) -> int:
        """Number of events that are read and not complete yet."""
        return self._ingest.waiting

    def push(self, records: RecordBatch, *, now_s: float | None = None) -> Taken:
        """Read the next records of one partition.

        Parameters
        ----------
        records : RecordBatch
            What was read before, by offset, is dropped.
        now_s : float or None
            A clock that never goes back, to tell idle partitions; None: none is.

        Raises
        ------
        PositionError
            If the partition is none of this source's.
        """
        index = self._index.get(records.partition, len(self._index))
        decoded = self._decoder.decode(records, partition_index=index)
        times_us = decoded.events.time_us
        latest_us = int(times_us.max()) if len(times_us) else None
        released = self._ingest.push(decoded, now_s)
        return self._taken(released, latest_us)

    def tick(self, now_s: float) -> Taken:
        """Return what only waited for partitions that are idle by now."""
        return self._taken(self._ingest.tick_released(now_s))

    def buffered(self) -> Taken:
        """Return what waits, in the order it is to be folded, and keep it."""
        return self._taken(self._ingest.look())

    def _taken(self, released: Released, latest_us: int | None = None) -> Taken:
        events = joined(released.parts, self.names)
        return Taken(events, released.due_us, released.rejected, latest_us)

    def is_new(
        self, events: EventBatch, records: RecordBatch, *, after: Position
    ) -> NDArray[np.bool_]:
        """Tell which events came with a batch of records, and not before a position."""
        first = max(int(records.offsets[0]), after.of(records.partition))
        found: NDArray[np.bool_] = (
            (events.partition == self._index[records.partition])
            & (events.offset >= first)
            & (events.offset <= records.offsets[-1])
        )
        return found

    def forget_names(self, used: NDArray[np.int32]) -> NDArray[np.int32]:
        """Drop names that are not used any more.

        Parameters
        ----------
        used : ndarray of int32
            Numbers of names held elsewhere.

        Returns
        -------
        ndarray of int32
            New number of each name, for whoever holds some.
        """
        kept = np.unique(np.concatenate([self._ingest.used_names(), used]))
        renumbered = self.names.keep(kept)
        self._ingest.rename(renumbered)
        self._names_max = max(NAMES_MIN, 2 * len(self.names))
        return renumbered

    @property
    def names_full(self) -> bool:
        """Whether there are so many that those not used any more should go."""
        return len(self.names) > self._names_max

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Return everything needed to go on exactly, as arrays for a checkpoint."""
        return self._ingest.snapshot()

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `snapshot` returned.

        Raises
        ------
        CheckpointMismatchError
            If it knows a partition that this source does not have.
        """
        self._ingest.restore(arrays)
