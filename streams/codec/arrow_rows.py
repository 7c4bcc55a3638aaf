"""Rows of a table that need a closer look: as JSON, through the decoder of JSON.

So a table and JSON agree, by construction, about what is an event, what its detail is,
and what is said about a row that is none.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.batch import DTYPES, HAS_DETAIL
from streams.codec.decoded import BAD_ENVELOPE, DecodedBatch, Rejected
from streams.codec.envelope import format_times
from streams.codec.exact import decode_rows
from streams.errors import EnvelopeError
from streams.names import Names
from streams.records import RecordBatch

Columns = dict[str, NDArray[Any]]
_TAKEN = tuple(name for name in DTYPES if name not in {"partition", "offset", "flags"})


def event_json(head: Mapping[str, Any], data: Any) -> bytes:  # noqa: ANN401
    """Write a row as structured JSON, whatever it holds.

    Parameters
    ----------
    head : Mapping
        Attributes of the envelope; those that are None are left out. A `time` that is
        an int is microseconds UTC.
    data : object
        The data of the event.

    Returns
    -------
    bytes
    """
    event: dict[str, Any] = {"specversion": "1.0"}
    for name, value in head.items():
        if value is not None:
            event[name] = _plain(_time(value) if name == "time" else value)
    event["data"] = _plain(data)
    return msgspec.json.encode(event)


def _time(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, int):
        try:
            return format_times(np.array([value], np.int64))[0]
        except (EnvelopeError, OverflowError):
            pass  # no time that can be written; the decoder says so
    return str(value)


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Make of a value of Arrow one of JSON; what JSON has no form for becomes text."""
    if isinstance(value, dict):
        given = ((str(key), one) for key, one in value.items() if one is not None)
        return {key: _plain(one) for key, one in given}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, str | int | msgspec.Raw):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else str(value)
    return _number_or_text(value)


def _number_or_text(value: Any) -> float | str:  # noqa: ANN401
    try:
        return float(value)  # a decimal
    except (TypeError, ValueError):
        return str(value)


def read_rows(
    rows: NDArray[np.intp],
    text_of: Callable[[int], bytes],
    names: Names,
) -> DecodedBatch:
    """Decode some rows one by one.

    Parameters
    ----------
    rows : ndarray of shape (k,), intp
        Their numbers in the table, ascending.
    text_of : callable
        Gives the JSON of a row by number, or raises UnicodeDecodeError.
    names : Names
        Grows.

    Returns
    -------
    DecodedBatch
        Offsets, `rows` and `rejected` by number of the row.
    """
    texts: list[bytes] = []
    readable: list[int] = []
    broken: list[Rejected] = []
    for row in rows.tolist():
        try:
            texts.append(text_of(row))
            readable.append(row)
        except UnicodeDecodeError as error:
            detail = f"row {row}: must be UTF-8 ({error})"
            broken.append(Rejected(row, BAD_ENVELOPE, detail, b"", row))
    offsets = np.array(readable, np.int64)
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    records = RecordBatch(
        partition="table",
        offsets=offsets,
        timestamps_us=np.zeros(len(offsets), np.int64),
        data=b"".join(texts),
        starts=ends[:-1],
        ends=ends[1:],
    )
    decoded = decode_rows(records, range(len(records)), names, partition_index=0)
    rejected = sorted((*decoded.rejected, *broken), key=lambda one: one.offset)
    return replace(
        decoded,
        rows=np.array(readable, np.intp)[decoded.rows],
        rejected=tuple(rejected),
    )


def put_rows(columns: Columns, decoded: DecodedBatch) -> Columns:
    """Return columns with the rows of `decoded` put in; the ones given are left alone.

    Parameters
    ----------
    columns : dict of str to ndarray of shape (n,)
        All columns of an `EventBatch`, none of which has detail yet.
    decoded : DecodedBatch
        From `read_rows`; its side table becomes that of the result.

    Returns
    -------
    dict of str to ndarray of shape (n,)
    """
    changed = {name: column.copy() for name, column in columns.items()}
    for name in _TAKEN:
        changed[name][decoded.rows] = getattr(decoded.events, name)
    has_detail = decoded.events.flags & HAS_DETAIL
    changed["flags"][decoded.rows] = has_detail
    return changed
