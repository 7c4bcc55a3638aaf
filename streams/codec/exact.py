"""Records to columns one by one: the full parser, slow and exact.

Whatever else reads JSON here is measured against this module, and hands it every record
of which it is not certain.
"""

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
    lifted,
    parse_sequence,
    parse_time,
)
from streams.errors import EnvelopeError
from streams.events import EVENT_TYPES, Event
from streams.layout import LAYOUTS, FieldLayout, ranks
from streams.names import Names, hash64_all
from streams.records import Headers, RecordBatch

SHOWN_MAX = 80  # characters of a bad value shown in a reason
PATH_STEP = re.compile(r"\.\w+|\[\d+\]")
JSON_SPACE = b" \t\n\r"
SPACE_MAX = 64  # bytes in which a batch must begin, to be told from an event

_ENVELOPES = msgspec.json.Decoder(Envelope)
_BATCHES = msgspec.json.Decoder(list[msgspec.Raw])
_DATA = tuple(msgspec.json.Decoder(event_type) for event_type in EVENT_TYPES)
# What an absent field holds; a required one has NODEFAULT, which equals no value.
DEFAULTS = tuple(
    {field.name: field.default for field in msgspec.structs.fields(event_type)}
    for event_type in EVENT_TYPES
)
# Record number, envelope, event time, sequence, type code, data.
_Kept = tuple[int, Envelope, int, int, int, Event]


def decode_rows(
    records: RecordBatch,
    indices: Sequence[int],
    names: Names,
    *,
    partition_index: int = 0,
) -> DecodedBatch:
    """Decode some records of a batch to columns.

    Structured JSON, the JSON batch format (an array of events) and Kafka's binary mode
    are read.

    Parameters
    ----------
    records : RecordBatch
        Raw records of one partition.
    indices : sequence of int
        Which of them, ascending.
    names : Names
        Table that the references of the result point into; it grows.
    partition_index : int
        Position of the partition in the source's list, >= 0.

    Returns
    -------
    DecodedBatch
        Its `rows` are among `indices`; a bad record is among the rejected, its reason
        one of `REASONS`.

    Examples
    --------
    >>> from streams.events import StockCounted
    >>> from streams.codec.encoding import encode
    >>> event = StockCounted(item="A", site="S", quantity=3)
    >>> value = encode(event, event_id="1", source="wms", time_us=0)
    >>> records = RecordBatch.of("log/0", [b"!", value, b"[" + value + b",1]"])
    >>> decoded = decode_rows(records, [1, 2], Names())
    >>> decoded.rows.tolist(), [(r.offset, r.row) for r in decoded.rejected]
    ([1, 2], [(2, 1)])
    """
    kept: list[_Kept] = []
    rejected: list[Rejected] = []
    for index in indices:
        for row, read in _events_of(records, index):
            if isinstance(read, _Refused):
                offset = int(records.offsets[index])
                rejected.append(Rejected(offset, *read.why(), read.value, row))
            else:
                kept.append((index, *read))
    return DecodedBatch(
        records=records,
        events=_to_columns(kept, records, names, partition_index=partition_index),
        rows=np.array([row[0] for row in kept], np.intp),
        rejected=tuple(rejected),
        partition_index=partition_index,
    )


Read = tuple[Envelope, int, int, int, Event]


def read_alone(records: RecordBatch, index: int) -> Read | None:
    """Read a record that holds one event.

    Parameters
    ----------
    records : RecordBatch
        Raw records of one partition.
    index : int
        Which of them.

    Returns
    -------
    tuple or None
        Envelope, event time, sequence, type code, data; None if the record is refused
        or holds several events.
    """
    read = [event for _, event in _events_of(records, index)]
    alone = read[0] if len(read) == 1 else None
    return None if isinstance(alone, _Refused) else alone


class _Refused(msgspec.Struct):
    """A value that could not be read, and how far it got."""

    error: Exception
    envelope: Envelope | None
    value: bytes

    def why(self) -> tuple[str, str]:
        return _why(self.error, self.envelope, self.value)


def _events_of(
    records: RecordBatch, index: int
) -> Iterator[tuple[int | None, "Read | _Refused"]]:
    """Read the event of a record, or each of a batch with its place."""
    value = bytes(records.data[records.starts[index] : records.ends[index]])
    try:
        headers = None if records.headers is None else records.headers[index]
        if headers is not None and is_binary(headers):
            yield None, _read(value, headers)
            return
        if value[:SPACE_MAX].lstrip(JSON_SPACE)[:1] != b"[":
            yield None, _read(value, None)
            return
        events = _BATCHES.decode(value)
    except (ValueError, RecursionError) as error:  # of the headers, or of the array
        yield None, _Refused(error, None, value)
    else:
        yield from ((row, _read(bytes(e), None)) for row, e in enumerate(events))


def _read(value: bytes, headers: Headers | None) -> "Read | _Refused":
    envelope = None
    try:
        if headers is None:
            envelope = _ENVELOPES.decode(value)
        else:
            envelope = from_headers(headers, value)
        envelope = lifted(envelope)
        return envelope, *_content(envelope)
    except (ValueError, RecursionError) as error:
        return _Refused(error, envelope, value)


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
    columns["id_hash"][:] = hash64_all([envelope.id for envelope in envelopes])
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
                default = DEFAULTS[code][field.name]
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
