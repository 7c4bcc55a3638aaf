"""Our own form of events in Arrow: the columns of an `EventBatch` as they are."""

from typing import Any

import msgspec
import numpy as np

from streams.batch import (
    DTYPES,
    NO_TIME,
    REFERENCE_COLUMNS,
    TIME_COLUMNS,
    VALUE_COLUMNS,
)
from streams.codec.arrow_columns import hashes, references, view
from streams.codec.arrow_rows import event_json
from streams.codec.arrow_table import TYPE_NAMES, Table
from streams.errors import EnvelopeError
from streams.layout import LAYOUTS, FieldLayout

COLUMNS_KEY, COLUMNS_VERSION = b"millstream.columns", b"1"
DEDUPLICATED_KEY, ORDERED_KEY = b"deduplicated", b"ordered"
YES, NO = b"1", b"0"

PLAIN_COLUMNS = (
    "time_us",
    "type_code",
    "code",
    "id_hash",
    "sequence",
    *VALUE_COLUMNS,
    *TIME_COLUMNS,
)
NAMED_COLUMNS = ("source", *REFERENCE_COLUMNS)
REQUIRED_COLUMNS = ("time_us", "type_code", "source")
NULLS: dict[str, Any] = {
    "code": -1,
    "sequence": 0,
    **dict.fromkeys(VALUE_COLUMNS, np.nan),
    **dict.fromkeys(TIME_COLUMNS, NO_TIME),
}
"""What a null stands for, in the columns that may be left out.

Who joins messages of which one has such a column and another has not makes nulls of it.
"""

_ARROW_NAMES: dict[type[np.generic], str] = {np.float64: "double"}


def read_columnar(table: Table) -> None:
    """Fill the columns of events from a batch of our own form.

    Parameters
    ----------
    table : Table
        Its `columns` and `odd` are filled.

    Raises
    ------
    EnvelopeError
        If a column lacks that must be there, or one is of another type.
    """
    version = table.metadata[COLUMNS_KEY]
    if version != COLUMNS_VERSION:
        msg = f"{COLUMNS_KEY.decode()} = {version!r}: must be {COLUMNS_VERSION!r}"
        raise EnvelopeError(msg)
    for name in REQUIRED_COLUMNS:
        if name not in table.arrays:
            msg = f"column {name!r}: must be there, is not"
            raise EnvelopeError(msg)
    for name in PLAIN_COLUMNS:
        if name in table.arrays:
            table.columns[name] = _plain(table, name)
    for name in NAMED_COLUMNS:
        if name in table.arrays:
            table.columns[name] = _named(table, name)
    if "id_hash" not in table.columns:
        _hash_ids(table)
    if "detail" in table.arrays:
        table.mark(table.given("detail"))


def _plain(table: Table, name: str) -> Any:  # noqa: ANN401
    array, dtype = table.arrays[name], DTYPES[name]
    if str(array.type) != _ARROW_NAMES.get(dtype, np.dtype(dtype).name):
        raise _wrong_type(table, name, np.dtype(dtype).name)
    found = view(array.buffers()[1], table.n_rows, dtype)
    if not array.null_count:
        return found
    if name not in NULLS:
        msg = f"column {name!r}: must have no null, has {array.null_count}"
        raise EnvelopeError(msg)
    return np.where(table.given(name), found, dtype(NULLS[name]))


def _named(table: Table, name: str) -> Any:  # noqa: ANN401
    found = references(table.arrays[name], table.names, name)
    if found is None:
        raise _wrong_type(table, name, "strings, or a dictionary of strings")
    return found


def _hash_ids(table: Table) -> None:
    if "id" not in table.arrays:
        raise EnvelopeError("column 'id_hash' or 'id': must be there, is not")
    found = hashes(table.arrays["id"])
    if found is None:
        raise _wrong_type(table, "id", "strings")
    table.columns["id_hash"] = found[0]
    table.mark(found[1])


def _wrong_type(table: Table, name: str, allowed: str) -> EnvelopeError:
    kind = table.arrays[name].type
    return EnvelopeError(f"column {name!r}: must be of {allowed}, was {kind}")


def columnar_json(table: Table, row: int) -> bytes:
    """Write a row of a batch of our own form as JSON.

    Parameters
    ----------
    table : Table
        Filled by `read_columnar`.
    row : int
        Number of the row.

    Returns
    -------
    bytes
        An event without an id of its own has the hash of it, in hexadecimal digits.

    Raises
    ------
    UnicodeDecodeError
        If a text is not UTF-8.
    """
    columns = table.columns
    code = int(columns["type_code"][row])
    known = 0 <= code < len(TYPE_NAMES)
    head = {
        "id": table.value("id", row) or f"{int(columns['id_hash'][row]):016x}",
        "source": table.value("source", row),
        "type": TYPE_NAMES[code] if known else str(code),
        "time": int(columns["time_us"][row]),
        "sequence": int(columns["sequence"][row]) if "sequence" in columns else None,
    }
    detail = table.value("detail", row)
    if detail is not None:
        return event_json(head, _as_json(detail))
    fields = LAYOUTS[code] if known else ()
    return event_json(head, {f.name: _value(table, f, row) for f in fields})


def _as_json(detail: bytes) -> Any:  # noqa: ANN401
    try:
        msgspec.json.decode(detail)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return detail.decode(errors="replace")  # a text is no data of an event
    return msgspec.Raw(detail)


def _value(table: Table, field: FieldLayout, row: int) -> Any:  # noqa: ANN401
    name = field.column
    column = None if name is None else table.columns.get(name)
    if column is None:
        return None
    if name in REFERENCE_COLUMNS:
        return table.value(str(name), row)
    value = column[row].item()
    if name == "code":
        return field.choices[value] if 0 <= value < len(field.choices) else str(value)
    absent = value == NO_TIME if name in TIME_COLUMNS else np.isnan(value)
    return None if absent else value
