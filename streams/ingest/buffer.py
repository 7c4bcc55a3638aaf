"""Events that wait for the watermark.

Nearly sorted events make one run that grows at its end; what interleaves with it, such
as a second import of the same year, makes another (impatience sort). Runs too many are
merged by size, as in a log-structured merge, so that an event is moved about as often
as the size of the buffer can be halved, whatever the order events come in.

References
----------
Chandramouli, Goldstein, Li 2018, "Impatience is a virtue: revisiting disorder in
high-performance log analytics", section III.
"""

from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from streams.batch import (
    EventBatch,
    concatenate,
    in_canonical_order,
    order_to_restore,
)
from streams.ingest.run import NAMED_COLUMNS, OVERLAP_FREE, Run
from streams.names import Names
from streams.picked import Part, column_of, whole

RUNS_FREE = 4
"""So many runs are kept without a thought. Merging what is released from k runs costs a
sort of it; merging runs costs moving events that will be moved again."""

END_US = np.iinfo(np.int64).max


_last_us = attrgetter("last_us")


class ReorderBuffer:
    """Hold events and hand them out in canonical order.

    Parameters
    ----------
    names : Names
        What all batches point into.

    Examples
    --------
    >>> buffer = ReorderBuffer(Names())
    >>> len(buffer), buffer.release(10)
    (0, [])
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._runs: list[Run] = []
        self._n_events = 0

    def __len__(self) -> int:
        return self._n_events

    def add(self, batch: EventBatch, *, ordered: bool = False) -> None:
        """Take in events in any order.

        Parameters
        ----------
        batch : EventBatch
            None of them before a time that was released. Large batches are held as they
            are: nobody may change them.
        ordered : bool
            Whether they are known to be in canonical order.
        """
        if not len(batch):
            return
        order = None if ordered else order_to_restore(batch)
        first_us = int(batch.time_us[0 if order is None else order[0]])
        run = self._run_for(first_us, len(batch))
        run.add(batch, order)
        self._n_events += len(batch)
        if len(self._runs) > RUNS_FREE:
            self._merge_alike()

    def _run_for(self, first_us: int, n_events: int) -> Run:
        """Choose the run whose end fits best; begin one if none does."""
        limit = OVERLAP_FREE + n_events // 2
        for run in sorted(self._runs, key=_last_us, reverse=True):
            if run.last_us < first_us or run.count_from(first_us, limit) <= limit:
                return run
        self._runs.append(Run(self._names))
        return self._runs[-1]

    def _merge_alike(self) -> None:
        """Merge runs of like size, the smallest first; about log2(n) remain."""
        runs = sorted(self._runs, key=len)
        at = 0
        while at + 1 < len(runs) > RUNS_FREE:
            smaller, larger = runs[at], runs[at + 1]
            if 2 * len(smaller) > len(larger):
                merged = Run(self._names, self._merged([smaller, larger], END_US))
                runs[at : at + 2] = [merged]
                runs.sort(key=len)
                at = 0
            else:
                at += 1
        self._runs = runs

    def release(self, before_us: int) -> list[Part]:
        """Remove the events before a time, microseconds UTC.

        Returns
        -------
        list of EventBatch or Picked
            One behind the other in canonical order. No instant is split: all events of
            one time stay or go.
        """
        released: list[Part]
        if len(self._runs) == 1:
            released = self._runs[0].release(before_us)
        else:
            released = [*self._merged(self._runs, before_us)]
        if released:
            self._n_events -= sum(map(len, released))
            self._runs = [run for run in self._runs if len(run)]
        return released

    def _merged(self, runs: list[Run], before_us: int) -> list[EventBatch]:
        """Take the events before a time out of runs, a part at a time."""
        merged: list[EventBatch] = []
        while waiting := [run for run in runs if len(run)]:
            # One run gives its whole first part, the others what lies before its end.
            part_us = min(run.first_part_last_us for run in waiting)
            until_us = min(part_us + 1, before_us)
            parts = [part for run in waiting for part in run.release(until_us)]
            pieces = [whole(part) for part in parts]
            if pieces:
                merged.append(in_canonical_order(concatenate(pieces, self._names)))
            if until_us == before_us:
                break
        return merged

    def all(self) -> list[EventBatch]:
        """Return everything in canonical order, one behind the other, and keep it.

        Returns
        -------
        list of EventBatch
            They stay as they are when the buffer goes on.
        """
        looks = [run.look() for run in self._runs]
        if len(looks) == 1:
            return looks[0]
        return self._merged([Run(self._names, look) for look in looks], END_US)

    def clear(self) -> list[Part]:
        """Remove everything and return it in canonical order, one behind the other."""
        return self.release(END_US)

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
        parts = [part.time_us for run in self._runs for part in run.parts()]
        if len(self._runs) == 1:
            for times in reversed(parts):
                if n_left < len(times):
                    return int(times[len(times) - 1 - n_left]) + 1
                n_left -= len(times)
        joined = np.concatenate(parts)
        last_to_go = len(joined) - n_left - 1
        return int(np.partition(joined, last_to_go)[last_to_go]) + 1

    def mark_names(self, used: NDArray[np.bool_]) -> None:
        """Set what stands at the numbers of names that events here point to.

        Parameters
        ----------
        used : ndarray of shape (n_names + 1,), bool
            The last entry stands for "no name".
        """
        for run in self._runs:
            for part in run.parts():
                for name in NAMED_COLUMNS:
                    used[column_of(part, name)] = True

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Put new numbers of names in place of the old ones.

        Parameters
        ----------
        mapping : ndarray of shape (n_names + 1,), int32
            New number of each name; the last entry is -1, for "no name".
        """
        for run in self._runs:
            run.rename(mapping)
