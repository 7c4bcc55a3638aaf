"""Records to columns, in bulk; a bad record never stops its batch."""

import re
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
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
    empty_columns,
)
from streams.codec.decoded import (
    ARROW_STREAM,
    BAD_DATA,
    BAD_ENVELOPE,
    NOT_JSON,
    DecodedBatch,
    Rejected,
)
from streams.codec.envelope import (
    Envelope,
    check_content,
    from_headers,
    is_binary,
    parse_sequence,
    parse_time,
)
from streams.errors import EnvelopeError
from streams.events import EVENT_TYPES, Event
from streams.layout import LAYOUTS, FieldLayout, ranks
from streams.names import Names, hash64
from streams.records import RecordBatch

SHOWN_MAX = 80  # characters of a bad value shown in a reason
PATH_STEP = re.compile(r"\.\w+|\[\d+\]")

_ENVELOPES = msgspec.json.Decoder(Envelope)
_DATA = tuple(msgspec.json.Decoder(event_type) for event_type in EVENT_TYPES)
# What an absent field holds; a required one has NODEFAULT, which equals no value.
_DEFAULTS = tuple(
    {field.name: field.default for field in msgspec.structs.fields(event_type)}
    for event_type in EVENT_TYPES
)


def decode(
    records: RecordBatch, names: Names, *, partition_index: int = 0
) -> DecodedBatch:
    """Decode records to columns.

    Structured JSON and Kafka's binary mode are read, record by record.

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
        A bad record is among the rejected, its reason one of `REASONS`.

    Examples
    --------
    >>> from streams.events import StockCounted
    >>> from streams.codec.encoding import encode
    >>> event = StockCounted(item="A", site="S", quantity=3)
    >>> value = encode(event, event_id="1", source="wms", time_us=0)
    >>> decoded = decode(RecordBatch.of("log/0", [value, b"?"]), Names())
    >>> decoded.events.value0.tolist(), [r.offset for r in decoded.rejected]
    ([3.0], [1])
    """
    kept: list[_Kept] = []
    rejected: list[Rejected] = []
    for index, value in enumerate(_spans(records)):
        envelope = None
        try:
            envelope = _envelope(records, index, value)
            kept.append((index, envelope, *_content(envelope)))
        except (ValueError, RecursionError) as error:
            reason, detail = _why(error, envelope, bytes(value))
            offset = int(records.offsets[index])
            rejected.append(Rejected(offset, reason, detail, bytes(value)))
    return DecodedBatch(
        records=records,
        events=_to_columns(kept, records, names, partition_index=partition_index),
        rows=np.array([row[0] for row in kept], np.intp),
        rejected=tuple(rejected),
        partition_index=partition_index,
    )


# Record number, envelope, event time, sequence, type code, data.
_Kept = tuple[int, Envelope, int, int, int, Event]


def _spans(records: RecordBatch) -> Iterator[bytes | memoryview]:
    data = records.data
    spans = zip(records.starts.tolist(), records.ends.tolist(), strict=True)
    return (data[start:end] for start, end in spans)


def _envelope(records: RecordBatch, index: int, value: bytes | memoryview) -> Envelope:
    if records.headers is not None and is_binary(records.headers[index]):
        return from_headers(records.headers[index], bytes(value))
    return _ENVELOPES.decode(value)


def _content(envelope: Envelope) -> tuple[int, int, int, Event]:
    code = check_content(envelope)
    time_us, sequence = parse_time(envelope.time), parse_sequence(envelope.sequence)
    return time_us, sequence, code, _DATA[code].decode(envelope.data)


def _to_columns(
    kept: Sequence[_Kept], records: RecordBatch, names: Names, *, partition_index: int
) -> EventBatch:
    columns: dict[str, NDArray[Any]] = dict(empty_columns(len(kept)))
    if not kept:
        return EventBatch(names=names, detail=b"", **columns)
    indices, envelopes, times, sequences, codes, events = zip(*kept, strict=True)
    columns["time_us"][:] = times
    columns["type_code"][:] = codes
    columns["id_hash"][:] = [hash64(envelope.id) for envelope in envelopes]
    columns["source"] = names.indices(envelope.source for envelope in envelopes)
    columns["sequence"][:] = sequences
    columns["partition"][:] = partition_index
    columns["offset"] = records.offsets[list(indices)]
    has_detail: list[int] = []
    for code in np.unique(columns["type_code"]).tolist():
        rows = np.flatnonzero(columns["type_code"] == code)
        of_type = [events[row] for row in rows.tolist()]
        for field in LAYOUTS[code]:
            given = map(attrgetter(field.name), of_type)
            if field.column is None:
                default = _DEFAULTS[code][field.name]
                has_detail += [
                    row
                    for row, value in zip(rows.tolist(), given, strict=True)
                    if value != default
                ]
            else:
                columns[field.column][rows] = _column(field, given, names)
    detail = _fill_details(columns, sorted(set(has_detail)), envelopes)
    columns["rank"] = ranks(
        columns["type_code"], columns["code"], columns["time_us"], columns["time0"]
    )
    return EventBatch(names=names, detail=detail, **columns)


def _column(
    field: FieldLayout, given: Iterable[Any], names: Names
) -> NDArray[Any] | list[Any]:
    if field.column in REFERENCE_COLUMNS:
        return names.indices(given)
    if field.column in TIME_COLUMNS:
        return [NO_TIME if time is None else time for time in given]
    if field.column == "code":
        return [field.choices.index(word) for word in given]
    return np.array(list(given), np.float64)  # None becomes NaN


def _fill_details(
    columns: dict[str, NDArray[Any]], rows: list[int], envelopes: Sequence[Envelope]
) -> bytes:
    parts = [bytes(envelopes[row].data) for row in rows]
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    columns["detail_end"][rows] = ends
    columns["detail_start"][rows] = ends - [len(part) for part in parts]
    columns["flags"][rows] |= HAS_DETAIL
    return b"".join(parts)


def _why(error: Exception, envelope: Envelope | None, value: bytes) -> tuple[str, str]:
    """Say why a record was refused: one of `REASONS`, and what exactly."""
    event = "" if envelope is None else f"{envelope.type} {envelope.id!r}: "
    if isinstance(error, EnvelopeError):
        return BAD_ENVELOPE, event + str(error)
    if isinstance(error, msgspec.ValidationError):
        if envelope is None:
            return BAD_ENVELOPE, _with_value(str(error), value)
        return BAD_DATA, event + _with_value(str(error), bytes(envelope.data))
    if value.startswith(ARROW_STREAM):
        return NOT_JSON, "must be JSON; an Arrow stream is not read yet"
    return NOT_JSON, f"{event}must be JSON in UTF-8 ({error}), was {_shown(value)}"


def _with_value(message: str, value: bytes) -> str:
    """Turn "Expected X - at `$.a`" of msgspec to "a = <value>: Expected X"."""
    expected, _, path = message.partition(" - at `$")
    try:
        found: Any = msgspec.json.decode(value)
        for step in PATH_STEP.findall(path):
            found = found[int(step[1:-1])] if step[0] == "[" else found[step[1:]]
    except (LookupError, TypeError, ValueError, RecursionError):
        return message  # the path goes through a mapping, or the rest is malformed too
    name = path.rstrip("`").lstrip(".") or "event"
    return f"{name} = {_shown(msgspec.json.encode(found))}: {expected}"


def _shown(value: bytes) -> str:
    text = value.decode(errors="replace")
    return repr(text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "...")
