"""Events as columns: what flows between decoding, ordering and state.

One :class:`EventBatch` is a struct of arrays, one row an event, so that a hundred
thousand events cost a few dozen array objects and no Python object each. Entity ids are
numbers of a :class:`Names` table shared by all batches of one process.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from streams.names import Names

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


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Columns of events; all arrays have shape (n,) and the dtypes of `DTYPES`.

    Attributes
    ----------
    names : Names
        What the reference columns and `source` point into.
    detail : bytes
        Side table: JSON of what has no column, addressed by the detail spans.
    """

    names: Names
    detail: bytes
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
        """Select rows, in the order given or by a mask; the side table is shared."""
        return replace(self, **{name: getattr(self, name)[rows] for name in DTYPES})

    def detail_of(self, row: int) -> bytes:
        """Return the JSON detail of a row, empty if it has none."""
        return self.detail[self.detail_start[row] : self.detail_end[row]]


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
    shifts = np.cumsum([0, *(len(batch.detail) for batch in kept)])
    columns = {
        name: np.concatenate([getattr(batch, name) for batch in kept])
        for name in DTYPES
    }
    row_shift = np.repeat(shifts[:-1], [len(batch) for batch in kept])
    columns["detail_start"] += row_shift
    columns["detail_end"] += row_shift
    detail = b"".join(batch.detail for batch in kept)
    return EventBatch(names=names, detail=detail, **columns)


def canonical_order(batch: EventBatch) -> NDArray[np.intp]:
    """Rows of a batch in canonical order.

    The key is (event time, rank of the type, source, sequence, id). Source and id count
    by the hash of their text: arbitrary, but the same for every partition and arrival.

    Returns
    -------
    ndarray of shape (n,), intp
        Row numbers; ties cannot remain but between copies of one event.
    """
    sources = batch.names.hashes[batch.source]
    return np.lexsort(
        (batch.id_hash, batch.sequence, sources, batch.rank, batch.time_us)
    )


def in_canonical_order(batch: EventBatch) -> EventBatch:
    """Return the batch sorted by `canonical_order`."""
    return batch.take(canonical_order(batch))
