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
        Corrections, in the order they came.
    late_after : ndarray of shape (len(late),), intp
        How many events of the chunks come before each correction.
    duplicates : int
        Copies that were dropped.
    rejected : tuple of Rejected
        Dead letters of this batch.
    """

    names: Names
    chunks: tuple[Part, ...]
    late: EventBatch
    late_after: NDArray[np.intp]
    duplicates: int
    rejected: tuple[Rejected, ...]

    @property
    def n_applied(self) -> int:
        """Number of events handed out, corrections among them."""
        return sum(map(len, self.chunks)) + len(self.late)

    @property
    def events(self) -> EventBatch:
        """The chunks as one batch, without the corrections."""
        return joined(self.chunks, self.names)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Events and corrections as they are to be applied, one behind the other.

        The sequence over all calls is the same however the records were batched.
        Without corrections nothing is copied.
        """
        return (self.in_order(),) if len(self.late) else self.chunks

    def in_order(self) -> EventBatch:
        """Return events and corrections as they are to be applied, as one batch."""
        return merge_late(self.events, self.late, self.late_after)


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


def freed_before(
    chunks: tuple[Part, ...],
    marks: NDArray[np.int64],
    corrected: NDArray[np.intp],
) -> NDArray[np.intp]:
    """Count for each correction the events that were set free before it came.

    Parameters
    ----------
    chunks : tuple of EventBatch or Picked
        What a batch of records set free, in canonical order.
    marks : ndarray of shape (n,), int64
        The watermark after each event of the batch, microseconds UTC.
    corrected : ndarray of shape (k,), intp
        Which of them are corrections, ascending.

    Returns
    -------
    ndarray of shape (k,), intp
    """
    if not chunks:
        return np.zeros(len(corrected), np.intp)
    times_us = np.concatenate([chunk.time_us for chunk in chunks])
    # Which record let each event go: corrections stand between these.
    freed_by = np.searchsorted(marks, times_us, side="right")
    return np.searchsorted(freed_by, corrected)
