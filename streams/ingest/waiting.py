"""What was read and is not complete yet: in the buffer, or held as a correction.

An event that comes behind the mark of its partition is *due* at that mark, and not at
its own time: instants before the mark may be over. It is held until the watermark
passes that mark. The mark depends on the records of its partition alone, so that where
a correction stands among all events does not depend on how partitions were read in
turn, nor on how records were cut into batches.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.batch import DTYPES, EventBatch, concatenate, empty_batch, packed_details
from streams.ingest.buffer import END_US, ReorderBuffer
from streams.ingest.released import Released
from streams.ingest.run import NAMED_COLUMNS, renamed
from streams.names import Names

_NO_TIMES = np.zeros(0, np.int64)


class Waiting:
    """Holds events until they are complete.

    Parameters
    ----------
    names : Names
        What all batches point into.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._buffer = ReorderBuffer(names)
        self._late = empty_batch(names)
        self._due_us = _NO_TIMES

    def __len__(self) -> int:
        return len(self._buffer) + len(self._late)

    def add(self, batch: EventBatch, *, ordered: bool = False) -> None:
        """Take in events that came in time; see `ReorderBuffer.add`."""
        self._buffer.add(batch, ordered=ordered)

    def add_late(self, batch: EventBatch, due_us: NDArray[np.int64]) -> None:
        """Take in corrections of one partition, in the order they came.

        Parameters
        ----------
        batch : EventBatch
            None behind an offset of its partition that was taken in before.
        due_us : ndarray of shape (len(batch),), int64
            When each is due, microseconds UTC: no time that was released.
        """
        late = concatenate([self._late, batch], self._names)
        due_us = np.concatenate([self._due_us, due_us])
        order = np.lexsort((np.arange(len(late)), late.partition, due_us))
        self._late, self._due_us = late.take(order), due_us[order]

    def release(self, before_us: int) -> Released:
        """Remove events and corrections due before a time, microseconds UTC."""
        chunks = tuple(self._buffer.release(before_us))
        late, due_us = self._late, self._due_us
        if not len(late):
            return Released(self._names, chunks, late, due_us)
        n_due = int(np.searchsorted(due_us, before_us))
        self._late, self._due_us = late.take(slice(n_due, len(late))), due_us[n_due:]
        return Released(self._names, chunks, late.take(slice(0, n_due)), due_us[:n_due])

    def clear(self) -> Released:
        """Remove everything."""
        return self.release(int(END_US))

    def look(self) -> Released:
        """Return everything and keep it."""
        return Released(
            self._names, tuple(self._buffer.all()), self._late, self._due_us
        )

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
        if not len(self._late):
            return self._buffer.time_leaving(n_left)
        times_us = np.sort(self.look().due_us)
        return int(times_us[len(times_us) - n_left - 1]) + 1

    def used_names(self, others: Sequence[int]) -> NDArray[np.int32]:
        """Return the numbers of names that events here point to, and others, sorted."""
        used = np.zeros(len(self._names) + 1, np.bool_)
        self._buffer.mark_names(used)
        for name in NAMED_COLUMNS:
            used[getattr(self._late, name)] = True
        used[list(others)] = True
        return np.flatnonzero(used[:-1]).astype(np.int32)

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Put new numbers of names in place of the old ones; the last entry is -1."""
        self._buffer.rename(mapping)
        self._late = renamed(self._late, mapping)

    def snapshot(self, used: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
        """Return all events as arrays, those held as corrections last.

        Parameters
        ----------
        used : ndarray of int32
            Numbers of names; in the snapshot stand their places here.
        """
        buffered = concatenate([self.look().events, self._late], self._names)
        detail, starts, ends = packed_details(buffered)
        columns = {name: getattr(buffered, name) for name in DTYPES}
        columns |= {"detail_start": starts, "detail_end": ends}
        places = np.full(len(self._names) + 1, -1, np.int32)  # the last: no reference
        places[used] = np.arange(len(used))
        for name in NAMED_COLUMNS:
            columns[name] = places[columns[name]]
        arrays: dict[str, NDArray[Any]] = {
            "detail": np.frombuffer(detail, np.uint8),
            "late_due_us": self._due_us,
        }
        return arrays | {f"column.{name}": column for name, column in columns.items()}

    def restore(
        self, arrays: Mapping[str, NDArray[Any]], names: list[str], indices: list[int]
    ) -> None:
        """Take over a snapshot while there is nothing here.

        Parameters
        ----------
        arrays : Mapping of str to ndarray
            What `snapshot` returned.
        names : list of str
            The names whose places stand in it.
        indices : list of int
            For each partition of the snapshot, its index now.
        """
        columns = {name: np.array(arrays[f"column.{name}"]) for name in DTYPES}
        # The last entry stands for -1, "no reference".
        numbers = np.append(self._names.indices(names), np.int32(-1))
        for name in NAMED_COLUMNS:
            columns[name] = numbers[columns[name]]
        columns["partition"] = np.array(indices, np.int16)[columns["partition"]]
        detail = arrays["detail"].tobytes()
        events = EventBatch(names=self._names, detail=detail, **columns)
        due_us = np.array(arrays.get("late_due_us", _NO_TIMES))
        n_in_time = len(events) - len(due_us)
        self._buffer.add(events.take(slice(0, n_in_time)))
        self.add_late(events.take(slice(n_in_time, len(events))), due_us)
