"""Events from messages of Arrow IPC: whole batches to columns, without a copy.

A record is one IPC stream and holds any number of events, in one of two forms: that of
producers (`streams.codec.arrow_natural`) and our own (`streams.codec.arrow_columnar`).
"""

from dataclasses import replace
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.batch import DTYPES, EventBatch, concatenate, empty_columns
from streams.codec.arrow_checks import ranks_of, suspicious_rows
from streams.codec.arrow_columnar import (
    COLUMNS_KEY,
    DEDUPLICATED_KEY,
    YES,
    columnar_json,
    read_columnar,
)
from streams.codec.arrow_natural import natural_json, read_natural
from streams.codec.arrow_own import OwnReader
from streams.codec.arrow_rows import Columns, put_rows, read_rows
from streams.codec.arrow_table import Table
from streams.codec.decoded import NOT_ARROW, DecodedBatch, Rejected
from streams.errors import EnvelopeError
from streams.names import Names
from streams.records import RecordBatch

SHOWN_MAX = 200  # characters of an error of Arrow shown in a reason

_NOTHING = {name: column[0] for name, column in empty_columns(1).items()}
# Filling twelve columns anew would take a tenth of the time of a message. Like all
# columns of an `EventBatch` they are not written to.
_nothings: dict[str, NDArray[Any]] = dict(empty_columns(8192))


_own = OwnReader()


class _Part(NamedTuple):
    """What became of one batch of a message."""

    events: EventBatch
    rejected: tuple[Rejected, ...]
    deduplicated: bool
    ordered: bool = False


def decode_arrow(
    records: RecordBatch, names: Names, *, partition_index: int = 0
) -> DecodedBatch:
    """Decode records that are Arrow IPC streams to columns.

    Columns of numbers are views of the record's memory where they can be, as long as
    one record with one batch is handed in at a time; of several they are copied, once.

    Parameters
    ----------
    records : RecordBatch
        Raw records of one partition.
    names : Names
        Table that the references of the result point into; it grows.
    partition_index : int
        Position of the partition in the source's list, >= 0.

    Returns
    -------
    DecodedBatch
        A row that is no event is among the rejected, with its number in the record and
        as JSON; a record that cannot be read is so as a whole, with the reason
        `NOT_ARROW`. All events of a record have its offset.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = pa.table(
    ...     {
    ...         "id": ["1", "2"],
    ...         "source": ["wms", "wms"],
    ...         "time_us": [0, 5],
    ...         "item": ["A", "A"],
    ...         "site": ["S", "S"],
    ...         "quantity": [3.0, -1.0],
    ...     },
    ... ).replace_schema_metadata({"type": "StockCounted"})
    >>> buffer = pa.BufferOutputStream()
    >>> with pa.ipc.new_stream(buffer, table.schema) as stream:
    ...     stream.write_table(table)
    >>> record = buffer.getvalue().to_pybytes()
    >>> decoded = decode_arrow(RecordBatch.of("log/0", [record]), Names())
    >>> decoded.events.value0.tolist(), [r.row for r in decoded.rejected]
    ([3.0], [1])
    """
    data = memoryview(np.frombuffer(records.data, np.uint8).data)
    spans = zip(records.starts.tolist(), records.ends.tolist(), strict=True)
    values = [data[start:end] for start, end in spans]
    own = None
    if values:
        place = (partition_index, records.offsets.tolist())
        own = _own.read(values, names, place)
    if own is not None:
        return DecodedBatch(
            records=records,
            events=own.events,
            rows=np.repeat(np.arange(len(records), dtype=np.intp), own.n_rows),
            rejected=(),
            partition_index=partition_index,
            deduplicated=records.unique and own.deduplicated,
            ordered=own.ordered,
        )
    return _decode_singly(records, values, names, partition_index)


def _decode_singly(
    records: RecordBatch, values: list[memoryview], names: Names, partition_index: int
) -> DecodedBatch:
    """Decode one message after the other: some are not of our own form, or odd."""
    parts: list[_Part] = []
    counts: list[int] = []
    rejected: list[Rejected] = []
    for index, value in enumerate(values):
        offset = int(records.offsets[index])
        found = _decode_record(value, names, (partition_index, offset))
        if isinstance(found, str):
            rejected.append(Rejected(offset, NOT_ARROW, found, bytes(value)))
            counts.append(0)
            continue
        parts += found
        counts.append(sum(len(part.events) for part in found))
        rejected += (one for part in found for one in part.rejected)
    return DecodedBatch(
        records=records,
        events=concatenate([part.events for part in parts], names),
        rows=np.repeat(np.arange(len(records), dtype=np.intp), counts),
        rejected=tuple(rejected),
        partition_index=partition_index,
        # What a message says of itself is believed of a log that vouches for it: sent
        # on, or appended elsewhere, it may come twice like any other.
        deduplicated=records.unique
        and bool(parts)
        and all(part.deduplicated for part in parts),
        ordered=len(parts) == 1 and parts[0].ordered,
    )


def _decode_record(
    value: memoryview, names: Names, place: tuple[int, int]
) -> list[_Part] | str:
    """Decode one message; a text says why it cannot be read."""
    own = _own.read([value], names, (place[0], place[1:]))
    if own is not None:
        return [_Part(own.events, (), own.deduplicated, own.ordered)]
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    try:
        with pa.ipc.open_stream(pa.py_buffer(value)) as stream:
            batches = list(stream)
        firsts = accumulate((batch.num_rows for batch in batches), initial=0)
        return [
            _decode_batch(batch, names, place, first)
            for batch, first in zip(batches, firsts, strict=False)
        ]
    except EnvelopeError as error:
        return str(error)
    except (pa.ArrowException, OSError, ValueError, SystemError) as error:
        # A length below 0 is a SystemError of `len`.
        return f"must be an Arrow IPC stream ({str(error)[:SHOWN_MAX]})"


def _decode_batch(
    batch: Any,  # noqa: ANN401
    names: Names,
    place: tuple[int, int],
    first: int,
) -> _Part:
    table = Table(batch, names)
    is_columnar = COLUMNS_KEY in table.metadata
    (read_columnar if is_columnar else read_natural)(table)
    odd = suspicious_rows(table.columns)
    if table.odd is not None:
        odd |= table.odd
    columns = _complete(table.columns, table.n_rows, place)
    deduplicated = is_columnar and table.metadata.get(DEDUPLICATED_KEY) == YES
    if not odd.any():
        columns["rank"] = ranks_of(columns)
        events = EventBatch(names=names, detail=b"", **columns)
        return _Part(events, (), deduplicated)
    decoded = _read_odd(table, np.flatnonzero(odd), is_columnar=is_columnar)
    if is_columnar:
        kept_hashes = columns["id_hash"].copy()
    good = ~odd
    good[decoded.rows] = True
    columns = put_rows(columns, decoded)
    if is_columnar:
        columns["id_hash"] = kept_hashes
    columns = {name: column[good] for name, column in columns.items()}
    columns["rank"] = ranks_of(columns)
    events = EventBatch(names=names, detail=decoded.events.detail, **columns)
    rejected = tuple(
        replace(one, offset=place[1], row=first + one.offset)
        for one in decoded.rejected
    )
    return _Part(events, rejected, deduplicated)


def _complete(columns: Columns, n_rows: int, place: tuple[int, int]) -> Columns:
    """Add the columns that a batch does not have."""
    complete = {
        name: columns[name] if name in columns else _nothing(name, n_rows)
        for name in DTYPES
    }
    complete["partition"] = np.full(n_rows, place[0], DTYPES["partition"])
    complete["offset"] = np.full(n_rows, place[1], DTYPES["offset"])
    return complete


def _nothing(name: str, n_rows: int) -> NDArray[Any]:
    """Return a column that holds nothing: all batches share its memory."""
    if len(_nothings[name]) < n_rows:
        _nothings[name] = np.full(2 * n_rows, _NOTHING[name], DTYPES[name])
    return _nothings[name][:n_rows]


def _read_odd(
    table: Table, rows: NDArray[np.intp], *, is_columnar: bool
) -> DecodedBatch:
    write = columnar_json if is_columnar else natural_json
    return read_rows(rows, lambda row: write(table, row), table.names)
