"""A run: events in canonical order that grows at its end.

Its parts follow one another. All but the last are closed: batches that nobody changes,
often the decoder's own, held without a copy. The last one is a block of memory with
room behind it, into which small batches are merged at the cost of one compiled call.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from streams._kernels.order import Columns, merge_rows, n_ordered
from streams.batch import (
    REFERENCE_COLUMNS,
    EventBatch,
    batch_in_block,
    columns_of,
    concatenate,
    empty_block,
    gathered,
    keys_of,
    packed_details,
)
from streams.names import Names
from streams.picked import Part, Picked, whole

BLOCK_ROWS_MIN, BLOCK_ROWS_MAX = 1024, 32_768
"""Room of a block, 150 bytes an event: small for a small replay. A block is closed when
it is full; with half as much, twice as many parts are handed out."""

VIEW_ROWS_MIN = 4096
"""A batch of so many events is held without a copy. Below, copying costs less than what
a part of its own does later."""

KEPT_TIMES_MAX = 16
"""Of a batch not in order so many times the events that still wait are kept in memory,
at most; what is left of it is copied then. With a fourth, the last seconds of every
batch were."""

OVERLAP_FREE = 256
"""So many events at the end of a run may be moved for a batch, and half its length."""

NAMED_COLUMNS = (*REFERENCE_COLUMNS, "source")  # what points into the names


class Block:
    """Memory for the open end of a run.

    Parameters
    ----------
    names : Names
        What the events point into.
    n_rows : int
        Room for so many, >= 1.
    """

    def __init__(self, names: Names, n_rows: int) -> None:
        self._names = names
        self._columns: Columns = empty_block(n_rows)
        self._detail = bytearray()
        self._time_us: NDArray[np.int64] = self._columns.int64[0]
        self.head = 0  # rows before it were handed out
        self.used = 0

    def __len__(self) -> int:
        return self.used - self.head

    @property
    def room(self) -> int:
        """Number of rows that still fit."""
        return len(self._time_us) - self.used

    @property
    def last_us(self) -> int:
        """Time of the last event, microseconds UTC."""
        return int(self._time_us[self.used - 1])

    def last(self) -> EventBatch:
        """Return the last event, as a view."""
        rows = slice(self.used - 1, self.used)
        return batch_in_block(self._columns, rows, self._names, self._detail)

    def first_at(self, time_us: int) -> int:
        """Row of the first event at a time or later."""
        times = self._time_us[self.head : self.used]
        return self.head + int(np.searchsorted(times, time_us, side="left"))

    def merge(self, batch: EventBatch, order: NDArray[np.intp] | None) -> None:
        """Take in a batch that fits.

        Parameters
        ----------
        batch : EventBatch
            No event of it precedes one that was handed out.
        order : ndarray or None
            Its rows in canonical order; None: it is in it.
        """
        if len(batch.detail):
            packed, starts, ends = packed_details(batch, len(self._detail))
            batch = replace(batch, detail_start=starts, detail_end=ends)
            self._detail += packed
        if order is None:
            order = np.arange(len(batch))
        hashes = self._names.hashes
        merge_rows(self._columns, columns_of(batch), order, hashes, self.used)
        self.used += len(batch)

    def view(self, first: int, last: int) -> EventBatch:
        """Return rows as views, with the details they need."""
        detail = bytes(self._detail)
        return batch_in_block(self._columns, slice(first, last), self._names, detail)

    def release(self, last: int) -> EventBatch:
        """Hand out the rows before `last`; they do not change any more."""
        rows = slice(self.head, last)
        batch = batch_in_block(self._columns, rows, self._names)
        self.head = last
        if not self._detail:
            return batch
        packed, starts, ends = packed_details(replace(batch, detail=self._detail))
        return replace(batch, detail=packed, detail_start=starts, detail_end=ends)

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Put new numbers of names in place of the old ones."""
        rows = self._columns.int32[:, self.head : self.used]
        rows[...] = mapping[rows]


_FIRST = slice(0, 1)


class Run:
    """Events in canonical order.

    Parameters
    ----------
    names : Names
        What all events point into.
    parts : iterable of EventBatch or Picked
        What it holds at first: non-empty, one behind the other.
    """

    def __init__(self, names: Names, parts: Iterable[Part] = ()) -> None:
        self._names = names
        self._closed: deque[Part] = deque(parts)
        self._head = 0  # rows before it of the first closed part were handed out
        self._block: Block | None = None
        self._n_events = sum(map(len, self._closed))

    def __len__(self) -> int:
        return self._n_events

    @property
    def last_us(self) -> int:
        """Time of the last event, microseconds UTC; the run must not be empty."""
        if self._block is not None:
            return self._block.last_us
        return int(self._closed[-1].time_us[-1])

    @property
    def first_part_last_us(self) -> int:
        """Time of the last event of the first part; the run must not be empty."""
        if self._closed:
            return int(self._closed[0].time_us[-1])
        assert self._block is not None, "a run without events is dropped"
        return self._block.last_us

    def count_from(self, time_us: int, limit: int) -> int:
        """Count the events at a time or later, until there are more than a limit."""
        count = 0
        if self._block is not None:
            count = self._block.used - self._block.first_at(time_us)
            if count < len(self._block):
                return count
        for part in reversed(self._closed):
            first = int(np.searchsorted(part.time_us, time_us, side="left"))
            count += len(part) - first
            if first or count > limit:
                break
        return min(count, self._n_events)  # what was handed out is not counted

    def add(self, batch: EventBatch, order: NDArray[np.intp] | None) -> None:
        """Take in a batch, few events of which precede the last one here.

        Parameters
        ----------
        batch : EventBatch
            Non-empty.
        order : ndarray or None
            Its rows in canonical order; None: it is in it.
        """
        if len(batch) >= VIEW_ROWS_MIN and (order is None or not len(batch.detail)):
            self._add_sorted(batch if order is None else Picked.of(batch, order))
            return
        first_us = int(batch.time_us[0 if order is None else order[0]])
        block = self._block
        if block is None or block.room < len(batch) or self._reaches_below(first_us):
            block = self._reopened(first_us, len(batch))
        block.merge(batch, order)
        self._n_events += len(batch)

    def _reaches_below(self, first_us: int) -> bool:
        return bool(self._closed) and int(self._closed[-1].time_us[-1]) >= first_us

    def _add_sorted(self, batch: Part) -> None:
        n_overlap = 0
        if len(self):
            n_overlap = int(np.searchsorted(batch.time_us, self.last_us, side="right"))
        if n_overlap and self._is_behind(batch):
            n_overlap = 0
        if n_overlap:
            block = self._reopened(int(batch.time_us[0]), n_overlap, room_min=0)
            block.merge(whole(batch.take(slice(0, n_overlap))), None)
            batch = batch.take(slice(n_overlap, None))
            self._n_events += n_overlap
        self._close()
        if len(batch):
            self._closed.append(_without_ballast(batch))
            self._n_events += len(batch)

    def _is_behind(self, batch: Part) -> bool:
        """Tell whether the first event follows the last one here, of the same time."""
        if int(batch.time_us[0]) < self.last_us:
            return False
        if self._block is None:
            last = whole(self._closed[-1].take(slice(-1, None)))
        else:
            last = self._block.last()
        both = concatenate([last, whole(batch.take(_FIRST))], self._names)
        return bool(n_ordered(keys_of(both)) == len(both))

    def _reopened(
        self, first_us: int, n_more: int, *, room_min: int = BLOCK_ROWS_MIN
    ) -> Block:
        """Begin a block that holds what is at `first_us` or later.

        It has room for `n_more` events; with a `room_min` for as many as is usual.
        """
        self._close()
        moved: list[Part] = []
        while self._reaches_below(first_us):
            part = self._closed.pop()
            if not self._closed:
                part, self._head = part.take(slice(self._head, None)), 0
            first = int(np.searchsorted(part.time_us, first_us, side="left"))
            moved.append(part.take(slice(first, None)))
            if first:
                self._closed.append(part.take(slice(0, first)))
                break
        # Nothing more comes into one that lies between two sorted batches.
        usual = min(max(room_min, len(self)), BLOCK_ROWS_MAX) if room_min else 0
        block = Block(self._names, max(sum(map(len, moved)) + n_more, usual))
        for part in reversed(moved):
            block.merge(whole(part), None)
        self._block = block
        return block

    def _close(self) -> None:
        if self._block is not None and len(self._block):
            self._closed.append(self._block.view(self._block.head, self._block.used))
        self._block = None

    def release(self, before_us: int) -> list[Part]:
        """Remove the events before a time and return them, in parts."""
        released: list[Part] = []
        while self._closed:
            part = self._closed[0]
            is_whole = part.time_us[-1] < before_us
            end = len(part)
            if not is_whole:
                end = int(np.searchsorted(part.time_us, before_us, side="left"))
            if end > self._head:
                released.append(part.take(slice(self._head, end)))
                self._head = end
            if not is_whole:
                self._let_go(part)
                break
            self._closed.popleft()
            self._head = 0
        else:
            released += self._released_of_block(before_us)
        self._n_events -= sum(map(len, released))
        return released

    def _let_go(self, part: Part) -> None:
        """Copy what is left of the first part, if most of its batch was handed out."""
        n_left = len(part) - self._head
        if isinstance(part, Picked) and n_left * KEPT_TIMES_MAX < len(part.batch):
            self._closed[0] = whole(part.take(slice(self._head, None)))
            self._head = 0

    def _released_of_block(self, before_us: int) -> list[EventBatch]:
        block = self._block
        if block is None:
            return []
        last = block.first_at(before_us)
        released = [block.release(last)] if last > block.head else []
        if not len(block):
            self._block = None
        return released

    def look(self) -> list[EventBatch]:
        """Return all events in parts that do not change when the run does."""
        parts = [whole(part) for part in self.parts()]
        if self._block is not None and len(self._block):
            parts[-1] = gathered(parts[-1], np.arange(len(parts[-1])))
        return parts

    def parts(self) -> Iterator[Part]:
        """Yield all events in parts; the last one changes when the run does."""
        first = self._head
        for part in self._closed:
            yield part.take(slice(first, None))
            first = 0
        if self._block is not None and len(self._block):
            yield self._block.view(self._block.head, self._block.used)

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Put new numbers of names in place of the old ones."""
        self._closed = deque(_renamed(part, mapping) for part in self._closed)
        if self._block is not None:
            self._block.rename(mapping)


def renamed(batch: EventBatch, mapping: NDArray[np.int32]) -> EventBatch:
    """Put new numbers of names in place of the old ones, in a copy.

    Parameters
    ----------
    batch : EventBatch
        Its arrays may be those of others and stay as they are.
    mapping : ndarray of shape (n_names + 1,), int32
        New number of each name; the last entry is -1, what "no name" is mapped to.
    """
    columns = {name: mapping[getattr(batch, name)] for name in NAMED_COLUMNS}
    return replace(batch, **columns)


def _renamed(part: Part, mapping: NDArray[np.int32]) -> Part:
    if isinstance(part, Picked):
        return replace(part, batch=renamed(part.batch, mapping))
    return renamed(part, mapping)


def _without_ballast(batch: Part) -> Part:
    """Let go of a side table if most of it belongs to other events."""
    if isinstance(batch, Picked):  # has none
        return batch
    packed, starts, ends = packed_details(batch)
    if 2 * len(packed) > len(batch.detail):
        return batch
    return replace(batch, detail=packed, detail_start=starts, detail_end=ends)
