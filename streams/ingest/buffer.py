"""Events that wait for the watermark, in runs that are each in canonical order.

Runs double in size (a log-structured merge): an event is moved about as often as the
size of the buffer can be halved, whatever the size of the batches it came in.
"""

from dataclasses import replace

import numpy as np

from streams.batch import (
    HAS_DETAIL,
    EventBatch,
    concatenate,
    in_canonical_order,
)
from streams.names import Names


class ReorderBuffer:
    """Hold events and hand them out in canonical order.

    Parameters
    ----------
    names : Names
        What all batches point into.

    Examples
    --------
    >>> buffer = ReorderBuffer(Names())
    >>> len(buffer), len(buffer.release(10))
    (0, 0)
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._runs: list[EventBatch] = []

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    def add(self, batch: EventBatch) -> None:
        """Take in events in any order."""
        if not len(batch):
            return
        self._runs.append(in_canonical_order(batch))
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            newer, older = self._runs.pop(), self._runs.pop()
            self._runs.append(self._join([older, newer]))

    def release(self, before_us: int) -> EventBatch:
        """Remove the events before a time, microseconds UTC.

        Returns
        -------
        EventBatch
            In canonical order. No instant is split: all events of one time stay or go.
        """
        released: list[EventBatch] = []
        kept: list[EventBatch] = []
        for run in self._runs:
            n_before = int(np.searchsorted(run.time_us, before_us, side="left"))
            released.append(run.take(slice(0, n_before)))
            kept.append(run.take(slice(n_before, None)) if n_before else run)
        self._runs = [run for run in kept if len(run)]
        return self._join([run for run in released if len(run)])

    def all(self) -> EventBatch:
        """Return everything in canonical order, and keep it."""
        return self._join(self._runs)

    def time_leaving(self, n_left: int) -> int:
        """Time before which to release so that at most `n_left` events are left.

        Parameters
        ----------
        n_left : int
            In [0, len(self)).

        Returns
        -------
        int
            Microseconds UTC.
        """
        times = np.concatenate([run.time_us for run in self._runs])
        last_to_go = len(times) - n_left - 1
        return int(np.partition(times, last_to_go)[last_to_go]) + 1

    def _join(self, runs: list[EventBatch]) -> EventBatch:
        joined = concatenate([_compact(run) for run in runs], self._names)
        return in_canonical_order(joined) if len(runs) > 1 else joined


def _compact(batch: EventBatch) -> EventBatch:
    """Drop what no row points to from the side table, or it would grow for ever."""
    rows = np.flatnonzero(batch.flags & HAS_DETAIL)
    parts = [batch.detail_of(row) for row in rows.tolist()]
    if sum(map(len, parts)) == len(batch.detail):
        return batch
    starts, ends = np.zeros((2, len(batch)), np.int64)
    ends[rows] = np.cumsum([len(part) for part in parts], dtype=np.int64)
    starts[rows] = ends[rows] - [len(part) for part in parts]
    return replace(batch, detail=b"".join(parts), detail_start=starts, detail_end=ends)
