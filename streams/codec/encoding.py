"""Events and columns to structured CloudEvents JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.batch import (
    HAS_DETAIL,
    NO_TIME,
    REFERENCE_COLUMNS,
    TIME_COLUMNS,
    EventBatch,
)
from streams.codec.envelope import SCHEMAS, format_times
from streams.errors import EncodeError
from streams.events import EVENT_TYPES, TYPE_CODES, Event
from streams.layout import LAYOUTS, FieldLayout

_JSON = msgspec.json.Encoder()
_DATA = tuple(msgspec.json.Decoder(event_type) for event_type in EVENT_TYPES)
_NAMES = tuple(TYPE_CODES)


def encode(
    event: Event, *, event_id: str, source: str, time_us: int, sequence: int = 0
) -> bytes:
    """Write one event as structured CloudEvents JSON.

    Parameters
    ----------
    event : Event
        One of `streams.events.EVENT_TYPES`.
    event_id, source : str
        Together unique for ever; 1 to 256 characters.
    time_us : int
        Event time, microseconds UTC.
    sequence : int
        The producer's running number, in [0, 2**63).

    Returns
    -------
    bytes

    Raises
    ------
    EncodeError
        If a field of the event is one that could not be read again.

    Examples
    --------
    >>> from streams.events import OrderCancelled
    >>> encode(OrderCancelled(order="O1"), event_id="7", source="erp", time_us=0)[:40]
    b'{"specversion":"1.0","id":"7","source":"'
    """
    code = TYPE_CODES[type(event).__name__]
    data = _JSON.encode(event)
    _check_readable(event, code, data, event_id)
    (time,) = format_times(np.array([time_us], np.int64))
    return _envelope((code, event_id, source, time, sequence), msgspec.Raw(data))


def _check_readable(event: Event, code: int, data: bytes, event_id: str) -> None:
    # msgspec checks types when it reads, not when it writes, and writes NaN as null.
    try:
        same = _DATA[code].decode(data) == event
    except msgspec.ValidationError as error:
        msg = f"{_NAMES[code]} {event_id!r}: {error}"
        raise EncodeError(msg) from error
    if not same:
        msg = f"{_NAMES[code]} {event_id!r}: numbers must be finite, were {event}"
        raise EncodeError(msg)


def _envelope(head: tuple[int, str, str, str, int], data: object) -> bytes:
    code, event_id, source, time, sequence = head
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": _NAMES[code],
        "time": time,
        "dataschema": SCHEMAS[code],
        "sequence": str(sequence),  # the extension of CloudEvents is a string
        "data": data,
    }
    return _JSON.encode(envelope)


def sequence_ids(batch: EventBatch) -> list[str]:
    """Make the ids of a producer that numbers its events: its name and the number.

    Parameters
    ----------
    batch : EventBatch
        `source` and `sequence` are used; no pair may come twice, in this batch or in
        any other, or one of the two events is dropped as a duplicate.

    Returns
    -------
    list of str
        ``<source>/<sequence>``, one for each event.
    """
    names = batch.names
    pairs = zip(batch.source.tolist(), batch.sequence.tolist(), strict=True)
    return [f"{names[source]}/{sequence}" for source, sequence in pairs]


def encode_batch(batch: EventBatch, *, ids: Sequence[str] | None = None) -> list[bytes]:
    """Write columns as structured CloudEvents JSON, without a record for each event.

    Parameters
    ----------
    batch : EventBatch
        What is to be written. The side table holds, for a row with detail, the whole
        data of the event as JSON (as `decode` leaves it there); it is copied as it is.
    ids : sequence of str or None
        Event ids, of which the columns hold only hashes; None: `sequence_ids`.

    Returns
    -------
    list of bytes
        One record for each row, in the order of the rows.

    Raises
    ------
    EncodeError
        If ids are not one for each row, or a row lacks what its type requires or holds
        a number that is not allowed.
    """
    ids = sequence_ids(batch) if ids is None else ids
    if len(ids) != len(batch):
        msg = f"ids: must be one for each of {len(batch)} events, were {len(ids)}"
        raise EncodeError(msg)
    if not len(batch):
        return []
    if int(batch.source.min()) < 0:
        msg = f"row {int(batch.source.argmin())}: must name a source, has none"
        raise EncodeError(msg)
    heads = zip(
        batch.type_code.tolist(),
        ids,
        [batch.names[source] for source in batch.source.tolist()],
        format_times(batch.time_us),
        batch.sequence.tolist(),
        strict=True,
    )
    return [
        _envelope(head, data) for head, data in zip(heads, _data_of(batch), strict=True)
    ]


def _data_of(batch: EventBatch) -> list[Any]:
    data: list[Any] = [None] * len(batch)
    with_detail = (batch.flags & HAS_DETAIL) != 0
    for row in np.flatnonzero(with_detail).tolist():
        data[row] = msgspec.Raw(batch.detail_of(row))
    for code in np.unique(batch.type_code).tolist():
        rows = np.flatnonzero((batch.type_code == code) & ~with_detail)
        if len(rows):
            for row, record in zip(
                rows.tolist(), _records(batch, code, rows), strict=True
            ):
                data[row] = record
    return data


def _records(
    batch: EventBatch, code: int, rows: NDArray[np.intp]
) -> Iterator[dict[str, Any]]:
    names: list[str] = []
    columns: list[list[Any]] = []
    for field in LAYOUTS[code]:
        values = (
            [None] * len(rows) if field.column is None else _values(batch, field, rows)
        )
        if field.required and None in values:
            row = int(rows[values.index(None)])
            msg = f"row {row}: {_NAMES[code]} must have {field.name!r}, has none"
            raise EncodeError(msg)
        names.append(field.name)
        columns.append(values)
    return (
        {
            name: value
            for name, value in zip(names, row, strict=True)
            if value is not None
        }
        for row in zip(*columns, strict=True)
    )


def _values(batch: EventBatch, field: FieldLayout, rows: NDArray[np.intp]) -> list[Any]:
    """Values of a field as they stand in JSON; None where the event gives none."""
    assert field.column is not None
    column = getattr(batch, field.column)[rows]
    if field.column in REFERENCE_COLUMNS:
        names = batch.names
        return [None if index < 0 else names[index] for index in column.tolist()]
    if field.column in TIME_COLUMNS:
        return [None if time == NO_TIME else time for time in column.tolist()]
    if field.column == "code":
        return [None if code < 0 else field.choices[code] for code in column.tolist()]
    low = -np.inf if field.low is None else field.low
    bad = np.isinf(column) | (column < low)
    if bad.any():
        row = int(rows[np.flatnonzero(bad)[0]])
        msg = (
            f"row {row}: {field.name} must be finite and >= {low}, was {column[bad][0]}"
        )
        raise EncodeError(msg)
    return [None if value != value else value for value in column.tolist()]  # noqa: PLR0124
