"""The form of events in Arrow that producers write: fields by their own names."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.batch import (
    DTYPES,
    NO_TIME,
    REFERENCE_COLUMNS,
    TIME_COLUMNS,
    empty_columns,
)
from streams.codec.arrow_columns import (
    floats,
    hashes,
    integers,
    references,
    times,
    words,
)
from streams.codec.arrow_rows import event_json
from streams.codec.arrow_table import TYPE_NAMES, Table
from streams.errors import EnvelopeError
from streams.events import EVENT_TYPES, TYPE_CODES
from streams.layout import LAYOUTS, FieldLayout

TYPE_KEY = b"type"
NO_CHOICE = -1

_DEFAULTS = tuple(
    {f.name: f.default for f in msgspec.structs.fields(event_type)}
    for event_type in EVENT_TYPES
)


def read_natural(table: Table) -> None:
    """Fill the columns of events from a batch whose columns are fields.

    Parameters
    ----------
    table : Table
        Its `columns` and `odd` are filled.

    Raises
    ------
    EnvelopeError
        If a column of the envelope lacks, or is of a type that holds no such thing.
    """
    _read_types(table)
    _read_ids(table)
    columns = table.columns
    found = references(_array(table, "source"), table.names, "source")
    columns["source"] = _of_type(table, "source", found, "strings")
    columns["time_us"] = _read_times(table)
    if "sequence" in table.arrays:
        numbers = integers(table.arrays["sequence"], null=0)
        columns["sequence"] = _of_type(table, "sequence", numbers, "whole numbers")
    codes = np.unique(columns["type_code"]).tolist() if table.n_rows else []
    cache: dict[tuple[str, str], NDArray[Any] | None] = {}
    for code in codes:
        if code >= 0:
            rows = None if len(codes) == 1 else columns["type_code"] == code
            for field in LAYOUTS[code]:
                _read_field(table, code, field, rows, cache=cache)


def _array(table: Table, name: str) -> Any:  # noqa: ANN401
    if name not in table.arrays:
        msg = f"column {name!r}: must be there, is not"
        raise EnvelopeError(msg)
    return table.arrays[name]


def _of_type(
    table: Table, name: str, found: NDArray[Any] | None, allowed: str
) -> NDArray[Any]:
    if found is None:
        kind = table.arrays[name].type
        msg = f"column {name!r}: must be of {allowed}, was {kind}"
        raise EnvelopeError(msg)
    return found


def _read_types(table: Table) -> None:
    if "type" in table.arrays or TYPE_KEY not in table.metadata:
        found = words(_array(table, "type"), TYPE_NAMES)
        table.columns["type_code"] = _of_type(table, "type", found, "strings")
        return
    name = table.metadata[TYPE_KEY].decode(errors="replace")
    if name not in TYPE_CODES:
        msg = f"type = {name!r}: must be one of {', '.join(TYPE_CODES)}"
        raise EnvelopeError(msg)
    table.columns["type_code"] = np.full(table.n_rows, TYPE_CODES[name], np.int16)


def _read_ids(table: Table) -> None:
    found = hashes(_array(table, "id"))
    if found is None:
        _of_type(table, "id", None, "strings")
    else:
        table.columns["id_hash"] = found[0]
        table.mark(found[1])


def _read_times(table: Table) -> NDArray[np.int64]:
    name = "time" if "time" in table.arrays else "time_us"
    if name not in table.arrays:
        raise EnvelopeError("column 'time' or 'time_us': must be there, is not")
    allowed = "time stamps with a zone, or whole microseconds UTC as 'time_us',"
    return _of_type(table, name, times(table.arrays[name]), allowed)


def _read_field(
    table: Table,
    code: int,
    field: FieldLayout,
    rows: NDArray[np.bool_] | None,
    *,
    cache: dict[tuple[str, str], NDArray[Any] | None],
) -> None:
    """Fill the column a field travels in, for the rows of its type (None: all)."""
    if field.name not in table.arrays:
        if field.column == "code":
            default = _default_choice(code, field)
            _put(table, "code", np.full(table.n_rows, default, np.int16), rows)
        return
    found = None
    if field.column is not None:
        kind = field.column if field.column == "code" else _kind(field.column)
        key = (field.name, kind + str(field.choices))
        if key not in cache:
            cache[key] = _convert(table, field)
        found = cache[key]
    if found is None or field.column is None:
        # Detail, or a type the column cannot hold: the rows that have it are odd.
        given = table.given(field.name)
        table.mark(given if rows is None else given & rows)
        return
    if field.column == "code":
        found = np.where(
            found == NO_CHOICE, np.int16(_default_choice(code, field)), found
        )
    _put(table, field.column, found, rows)


def _kind(column: str) -> str:
    if column in REFERENCE_COLUMNS:
        return "reference"
    return "time" if column in TIME_COLUMNS else "number"


def _convert(table: Table, field: FieldLayout) -> NDArray[Any] | None:
    array = table.arrays[field.name]
    if field.column == "code":
        return words(array, field.choices)
    kind = _kind(str(field.column))
    if kind == "reference":
        return references(array, table.names, field.name)
    return times(array) if kind == "time" else floats(array)


def _default_choice(code: int, field: FieldLayout) -> int:
    default = _DEFAULTS[code][field.name]
    return field.choices.index(default) if default in field.choices else NO_CHOICE


def _put(
    table: Table, name: str, found: NDArray[Any], rows: NDArray[np.bool_] | None
) -> None:
    if rows is None:
        table.columns[name] = found
        return
    if name not in table.columns:
        nothing = empty_columns(1)[name][0]
        table.columns[name] = np.full(table.n_rows, nothing, DTYPES[name])
    np.copyto(table.columns[name], found, where=rows)


def natural_json(table: Table, row: int) -> bytes:
    """Write a row of a batch whose columns are fields as JSON.

    Parameters
    ----------
    table : Table
        Filled by `read_natural`.
    row : int
        Number of the row.

    Returns
    -------
    bytes
        With the fields of its type alone.

    Raises
    ------
    UnicodeDecodeError
        If a text is not UTF-8.
    """
    metadata = table.metadata.get(TYPE_KEY)
    named = None if metadata is None else metadata.decode(errors="replace")
    type_name = table.value("type", row) if "type" in table.arrays else named
    head = {
        "id": table.value("id", row),
        "source": table.value("source", row),
        "type": type_name,
        "time": table.time(table.columns["time_us"], row),
        "sequence": table.value("sequence", row),
    }
    code = TYPE_CODES.get(type_name or "", -1)
    fields = LAYOUTS[code] if code >= 0 else ()
    return event_json(head, {f.name: _value(table, f, row) for f in fields})


def _value(table: Table, field: FieldLayout, row: int) -> Any:  # noqa: ANN401
    array = table.arrays.get(field.name)
    if array is None:
        return None
    if field.column in TIME_COLUMNS and not array.type.equals("int64"):
        one = times(array.slice(row, 1).take([0]))
        if one is not None:
            return None if one[0] == NO_TIME else int(one[0])
    return table.value(field.name, row)
