"""Events as columns: what flows between decoding, ordering and state.

One :class:`EventBatch` is a struct of arrays, one row an event, so that a hundred
thousand events cost a few dozen array objects and no Python object each. Entity ids are
numbers of a :class:`Names` table shared by all batches of one process.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, itemgetter
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from streams._kernels.order import (
    Bits,
    Columns,
    Keys,
    detail_bytes,
    insertion_order,
    n_ordered,
    pack,
    pack_details,
    place_rows,
    ranges,
    settle_ties,
    unpack,
)
from streams.names import Names
from streams.spans import Buffer

NO_REFERENCE = np.int32(-1)  # the event names no entity in this column
NO_TIME = np.int64(np.iinfo(np.int64).min)  # the event gives no time in this column
NO_VALUE = np.nan

HAS_DETAIL = 1  # bit of `flags`: the row has a span in the side table
REFERENCE_COLUMNS = ("subject", "item", "place", "party", "parent")
VALUE_COLUMNS = ("value0", "value1", "value2", "value3")
TIME_COLUMNS = ("time0", "time1")

DTYPES: dict[str, type[np.generic]] = {
    "time_us": np.int64,  # event time, microseconds UTC
    "rank": np.uint8,  # place within an instant
    "type_code": np.int16,  # index into `streams.events.EVENT_TYPES`
    "code": np.int16,  # enumeration of the type, -1 without
    "flags": np.uint8,
    "id_hash": np.uint64,  # hash of the event id
    "source": np.int32,  # name of the producer
    "sequence": np.int64,  # the producer's running number
    "partition": np.int16,  # position of the partition in the source's list
    "offset": np.int64,  # offset in that partition
    **dict.fromkeys(REFERENCE_COLUMNS, np.int32),
    **dict.fromkeys(VALUE_COLUMNS, np.float64),
    **dict.fromkeys(TIME_COLUMNS, np.int64),
    "detail_start": np.int64,  # span in `detail`
    "detail_end": np.int64,
}


_IN_FIELD_ORDER = attrgetter(*DTYPES)
# The same columns by dtype: what kernels take, see `streams._kernels.order.Columns`.
_BY_DTYPE = [
    [name for name, dtype in DTYPES.items() if dtype.__name__ == group]
    for group in Columns._fields
]
_GROUPED = [name for group in _BY_DTYPE for name in group]
_IN_GROUPS = attrgetter(*_GROUPED)
_GROUPS = [
    slice(_GROUPED.index(group[0]), _GROUPED.index(group[-1]) + 1)
    for group in _BY_DTYPE
]
_OUT_OF_GROUPS = itemgetter(*(_GROUPED.index(name) for name in DTYPES))
_IS_PLAIN = attrgetter("flags.carray")

Cells = TypeVar("Cells", bound=np.generic)


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Columns of events; all arrays have shape (n,) and the dtypes of `DTYPES`.

    Attributes
    ----------
    names : Names
        What the reference columns and `source` point into.
    detail : bytes-like
        Side table: JSON of what has no column, addressed by the detail spans.
    """

    names: Names
    detail: Buffer
    time_us: NDArray[np.int64]
    rank: NDArray[np.uint8]
    type_code: NDArray[np.int16]
    code: NDArray[np.int16]
    flags: NDArray[np.uint8]
    id_hash: NDArray[np.uint64]
    source: NDArray[np.int32]
    sequence: NDArray[np.int64]
    partition: NDArray[np.int16]
    offset: NDArray[np.int64]
    subject: NDArray[np.int32]
    item: NDArray[np.int32]
    place: NDArray[np.int32]
    party: NDArray[np.int32]
    parent: NDArray[np.int32]
    value0: NDArray[np.float64]
    value1: NDArray[np.float64]
    value2: NDArray[np.float64]
    value3: NDArray[np.float64]
    time0: NDArray[np.int64]
    time1: NDArray[np.int64]
    detail_start: NDArray[np.int64]
    detail_end: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.time_us)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> "EventBatch":
        """Select rows, in the order given or by a mask; the side table is shared.

        Parameters
        ----------
        rows : ndarray or slice
            Row numbers, a mask of shape (n,), or a slice.

        Returns
        -------
        EventBatch
            The batch itself for all rows in their order, views for a slice.

        Raises
        ------
        IndexError
            If there is no such row, or a mask has another length.
        """
        n_rows = len(self)
        if isinstance(rows, slice):
            if rows.indices(n_rows) == (0, n_rows, 1):
                return self
            columns = [column[rows] for column in _IN_FIELD_ORDER(self)]
            return EventBatch(self.names, self.detail, *columns)
        numbers = _row_numbers(rows, n_rows)
        return self if _is_identity(numbers, n_rows) else gathered(self, numbers)

    def detail_of(self, row: int) -> bytes:
        """Return the JSON detail of a row, empty if it has none."""
        return bytes(self.detail[self.detail_start[row] : self.detail_end[row]])


def _row_numbers(
    rows: NDArray[np.intp] | NDArray[np.bool_], n_rows: int
) -> NDArray[np.intp]:
    chosen = np.asarray(rows)
    if chosen.dtype == np.bool_:
        if len(chosen) != n_rows:
            msg = f"mask: must be of {n_rows} rows, was of {len(chosen)}"
            raise IndexError(msg)
        return np.flatnonzero(chosen)
    if not len(chosen):
        return np.zeros(0, np.intp)
    lowest, highest = int(chosen.min()), int(chosen.max())
    if lowest < -n_rows or highest >= n_rows:
        msg = f"rows: must be in 0..{n_rows - 1}, were {lowest}..{highest}"
        raise IndexError(msg)
    numbers = np.array(chosen, np.intp)
    return np.where(numbers < 0, numbers + n_rows, numbers) if lowest < 0 else numbers


def _is_identity(numbers: NDArray[np.intp], n_rows: int) -> bool:
    if len(numbers) != n_rows:
        return False
    # The ends tell most permutations apart, so that the rest is looked at seldom.
    ends_fit = not n_rows or (numbers[0] == 0 and numbers[-1] == n_rows - 1)
    return bool(ends_fit and (np.diff(numbers) == 1).all())


def plain(column: NDArray[Cells]) -> NDArray[Cells]:
    """Return a column as compiled code takes it: itself, or a copy.

    Parameters
    ----------
    column : ndarray of shape (n,)
        To compiled code, one that is read-only or has gaps would be of another type.
    """
    return column if column.flags.carray else np.array(column)


def columns_of(batch: EventBatch) -> Columns:
    """Return the columns of a batch by dtype, as compiled code takes them.

    Parameters
    ----------
    batch : EventBatch
        See `plain` for columns that are copied.

    Returns
    -------
    Columns
        Of tuples of arrays.
    """
    flat = _IN_GROUPS(batch)
    if not all(map(_IS_PLAIN, flat)):
        flat = tuple(map(plain, flat))
    return Columns(*(flat[group] for group in _GROUPS))


def empty_block(n_rows: int) -> Columns:
    """Allocate room for events: a matrix a dtype, a column a row; not filled.

    Parameters
    ----------
    n_rows : int
        Room for how many events, >= 0.
    """
    return Columns(
        *(np.empty((len(group), n_rows), DTYPES[group[0]]) for group in _BY_DTYPE)
    )


def batch_in_block(
    block: Columns, rows: slice, names: Names, detail: Buffer = b""
) -> EventBatch:
    """Return rows of a block as a batch of views.

    Parameters
    ----------
    block : Columns
        As `empty_block` made it.
    rows : slice
        Which rows.
    names : Names
        What the references point into.
    detail : bytes
        What the spans point into.
    """
    flat = [column for matrix in block for column in matrix[:, rows]]
    return EventBatch(names, detail, *_OUT_OF_GROUPS(flat))


def gathered(batch: EventBatch, rows: NDArray[np.intp]) -> EventBatch:
    """Copy rows that are known to be there; `EventBatch.take` asks first.

    Parameters
    ----------
    batch : EventBatch
        Where from; the side table is shared.
    rows : ndarray of shape (n,), intp
        Row numbers >= 0.
    """
    block = empty_block(len(rows))
    place_rows(block, columns_of(batch), rows, 0, 0)
    return batch_in_block(block, slice(None), batch.names, batch.detail)


def empty_columns(n_rows: int) -> dict[str, NDArray[np.generic]]:
    """Allocate all columns, filled with 'nothing given'.

    Parameters
    ----------
    n_rows : int
        Number of events, >= 0.

    Returns
    -------
    dict of ndarray of shape (n_rows,)
        By column name: references -1, values NaN, times `NO_TIME`, the rest 0.
    """
    columns = {name: np.zeros(n_rows, dtype) for name, dtype in DTYPES.items()}
    for name in (*REFERENCE_COLUMNS, "code"):
        columns[name].fill(-1)
    for name in VALUE_COLUMNS:
        columns[name].fill(NO_VALUE)
    for name in TIME_COLUMNS:
        columns[name].fill(NO_TIME)
    return columns


def empty_batch(names: Names) -> EventBatch:
    """Return a batch without events."""
    return EventBatch(names=names, detail=b"", **empty_columns(0))  # type: ignore[arg-type]


def concatenate(batches: Sequence[EventBatch], names: Names) -> EventBatch:
    """Join batches in the order given; all must share `names`.

    Parameters
    ----------
    batches : sequence of EventBatch
        May be empty.
    names : Names
        The table of names of the result.

    Returns
    -------
    EventBatch
        Detail spans point into the joined side table.
    """
    kept = [batch for batch in batches if len(batch)]
    if not kept:
        return empty_batch(names)
    if len(kept) == 1:
        return kept[0]
    assert all(batch.names is names for batch in kept), "batches share one Names table"
    joined = EventBatch(
        names,
        b"",
        *(
            np.concatenate(columns)
            for columns in zip(*map(_IN_FIELD_ORDER, kept), strict=True)
        ),
    )
    parts: list[bytes] = []
    shift = row = 0
    for batch in kept:
        packed, starts, ends = packed_details(batch, shift)
        rows = slice(row, row + len(batch))
        joined.detail_start[rows], joined.detail_end[rows] = starts, ends
        parts.append(packed)
        shift, row = shift + len(packed), row + len(batch)
    return replace(joined, detail=b"".join(parts)) if shift else joined


def packed_details(
    batch: EventBatch, base: int = 0
) -> tuple[bytes, NDArray[np.int64], NDArray[np.int64]]:
    """Return what the rows of a batch point to in its side table, without the rest.

    Parameters
    ----------
    batch : EventBatch
        Its side table may be that of a larger batch.
    base : int
        Where the bytes will stand in a side table, >= 0.

    Returns
    -------
    tuple
        The bytes, and the spans of the rows that then point to them.
    """
    starts, ends = batch.detail_start, batch.detail_end
    if not len(batch.detail):
        return b"", starts, ends
    starts, ends = np.array(starts), np.array(ends)
    n_bytes = int(detail_bytes(starts, ends))
    if not n_bytes:
        return b"", starts, ends
    table = np.frombuffer(batch.detail, np.uint8)
    table.flags.writeable = False  # one type for compiled code, whatever the buffer
    packed = np.empty(n_bytes, np.uint8)
    pack_details(table, starts, ends, packed, base)
    return packed.tobytes(), starts, ends


def keys_of(batch: EventBatch) -> Keys:
    """Return the columns that canonical order depends on, as compiled code takes them.

    Parameters
    ----------
    batch : EventBatch
        Source and id count by the hash of their text.
    """
    keys = Keys(
        batch.time_us,
        batch.rank,
        batch.source,
        batch.sequence,
        batch.id_hash,
        batch.names.hashes,
    )
    if all(map(_IS_PLAIN, keys)):
        return keys
    return Keys._make(plain(column) for column in keys)


PACKED_BITS = (
    63  # of a number that holds all of an event's keys but its id, and its row
)
SOURCES_MAX = 16  # of events whose order is packed; more take the longer way


def order_to_restore(batch: EventBatch) -> NDArray[np.intp] | None:
    """Return the rows in canonical order, or None if they are in it.

    What the order depends on first is packed into one number an event, if it fits, as
    it does for days of a plant: 14 ns an event with many ties, where sorting by
    insertion and settling the ties took 111. Else nearly sorted events are sorted by
    insertion. Equal events stay in the order they came.

    Parameters
    ----------
    batch : EventBatch
        In any order.
    """
    keys = keys_of(batch)
    n_sorted = n_ordered(keys)
    if n_sorted == len(batch):
        return None
    order = _order_by_packing(keys)
    if order is not None:
        return order
    is_done, order = insertion_order(keys, n_sorted)
    if not is_done:
        # The fastest sort of times, whatever it does to ties: these are settled after.
        order = np.argsort(keys.time_us)
        settle_ties(keys, order)
    return order


def _order_by_packing(keys: Keys) -> NDArray[np.intp] | None:
    """Sort by one number an event; None if what it holds does not fit.

    The row is in it, so that numbers can be sorted as they are: half the price of
    sorting rows by them.
    """
    sources = np.empty(SOURCES_MAX, np.int64)
    found = ranges(keys, sources)
    if found.n_sources > SOURCES_MAX:
        return None
    row_bits = (len(keys.time_us) - 1).bit_length()
    source_bits = (found.n_sources - 1).bit_length()
    rank_bits = int(found.rank_high).bit_length()
    time_bits = int(found.time_high - found.time_low).bit_length()
    room = PACKED_BITS - (time_bits + rank_bits + source_bits + row_bits)
    if room < 0:
        return None
    sequence_bits = int(found.sequence_high - found.sequence_low).bit_length()
    source = row_bits + min(sequence_bits, room)
    bits = Bits(
        time=source + source_bits + rank_bits,
        rank=source + source_bits,
        source=source,
        sequence=row_bits,
        dropped=max(0, sequence_bits - room),
    )
    by_hash = sources[: found.n_sources]
    by_hash = by_hash[np.argsort(keys.hashes[by_hash])]
    packed = np.empty(len(keys.time_us), np.int64)
    pack(keys, (found.time_low, found.sequence_low), bits, by_hash, packed)
    packed.sort()
    unpack(keys, row_bits, packed)
    return packed


def canonical_order(batch: EventBatch) -> NDArray[np.intp]:
    """Rows of a batch in canonical order.

    The key is (event time, rank of the type, source, sequence, id). Source and id count
    by the hash of their text: arbitrary, but the same for every partition and arrival.

    Returns
    -------
    ndarray of shape (n,), intp
        Row numbers; ties cannot remain but between copies of one event.
    """
    order = order_to_restore(batch)
    return np.arange(len(batch)) if order is None else order


def in_canonical_order(batch: EventBatch) -> EventBatch:
    """Return the batch sorted by `canonical_order`: itself if it is in order."""
    order = order_to_restore(batch)
    return batch if order is None else gathered(batch, order)
