"""What the intake hands out, and what it counts."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch, concatenate
from streams.codec import Rejected
from streams.names import Names
from streams.picked import Part, joined


@dataclass(slots=True)
class Counters:
    """What became of the events.

    Always ``read = applied + duplicates + rejected + waiting``, where waiting is what
    is in the buffer.

    Attributes
    ----------
    read : int
        Records, of which those at an offset read before.
    applied : int
        Events handed out, corrections among them.
    duplicates : int
        Copies: of an offset, or of a source and id.
    late : int
        Events behind the watermark: corrections and dead letters.
    rejected : int
        Dead letters, late ones among them.
    forced : int
        Events released early because the buffer was full.
    reasons : dict of str to int
        The rejected by reason.
    """

    read: int = 0
    applied: int = 0
    duplicates: int = 0
    late: int = 0
    rejected: int = 0
    forced: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Released:
    """What one batch of records set free.

    Attributes
    ----------
    names : Names
        What all events point into.
    chunks : tuple of EventBatch or Picked
        One behind the other in canonical order, behind all those released before and
        before the watermark.
    late : EventBatch
        Corrections, in the order they are due; of one partition, in which they came.
    late_due_us : ndarray of shape (len(late),), int64
        The mark each of them came behind, microseconds UTC: it stands before the events
        of that time, and behind all earlier ones.
    duplicates : int
        Copies that were dropped.
    rejected : tuple of Rejected
        Dead letters of this batch.
    """

    names: Names
    chunks: tuple[Part, ...]
    late: EventBatch
    late_due_us: NDArray[np.int64]
    duplicates: int = 0
    rejected: tuple[Rejected, ...] = ()

    @property
    def n_applied(self) -> int:
        """Number of events handed out, corrections among them."""
        return sum(map(len, self.chunks)) + len(self.late)

    @property
    def events(self) -> EventBatch:
        """The chunks as one batch, without the corrections."""
        return joined(self.chunks, self.names)

    @property
    def late_after(self) -> NDArray[np.intp]:
        """How many events of the chunks come before each correction."""
        if not self.chunks:
            return np.zeros(len(self.late), np.intp)
        times_us = np.concatenate([chunk.time_us for chunk in self.chunks])
        return np.searchsorted(times_us, self.late_due_us)

    @property
    def due_us(self) -> NDArray[np.int64]:
        """When each event of `parts` counts: its time, or the mark it came behind.

        It does not decrease, microseconds UTC.
        """
        times_us = [chunk.time_us for chunk in self.chunks] or [np.zeros(0, np.int64)]
        return np.insert(np.concatenate(times_us), self.late_after, self.late_due_us)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Events and corrections as they are to be applied, one behind the other.

        The sequence over all calls is the same however the records were batched, and
        however partitions were read in turn. Without corrections nothing is copied.
        """
        return (self.in_order(),) if len(self.late) else self.chunks

    def in_order(self) -> EventBatch:
        """Return events and corrections as they are to be applied, as one batch."""
        return merge_late(self.events, self.late, self.late_after)

    def followed_by(self, other: "Released") -> "Released":
        """Return what two releases set free, one behind the other, as one."""
        late = concatenate([self.late, other.late], self.names)
        due_us = np.concatenate([self.late_due_us, other.late_due_us])
        return Released(self.names, (*self.chunks, *other.chunks), late, due_us)


def merge_late(
    events: EventBatch, late: EventBatch, late_after: NDArray[np.intp]
) -> EventBatch:
    """Put late events where they came among the others.

    Parameters
    ----------
    events, late : EventBatch
        In the order they are to be applied.
    late_after : ndarray of shape (len(late),), intp
        For each late event the number of `events` before it; it does not decrease.

    Returns
    -------
    EventBatch
    """
    if not len(late):
        return events
    joined = concatenate([events, late], events.names)
    places = np.concatenate([np.arange(len(events)) + 1, late_after])
    is_late = np.repeat([0, 1], [len(events), len(late)])
    return joined.take(np.lexsort((np.arange(len(joined)), is_late, places)))
