"""Columns of events in Arrow, in the form that producers write (docs/arrow.md)."""

from typing import Any

from streams.batch import TIME_COLUMNS, VALUE_COLUMNS
from streams.events import EVENT_TYPES, TYPE_CODES
from streams.layout import LAYOUTS, FieldLayout
from streams.schema.units import meaning_of

ENVELOPE = (
    ("id", "string", True, "With the source, unique for ever."),
    ("source", "dictionary<string>", True, "Who says so."),
    ("type", "dictionary<string>", True, "Type; or metadata of the schema."),
    ("time", "timestamp[us, UTC]", True, "Event time."),
    ("sequence", "int64", False, "Running number of the source."),
)


def arrow_columns(type_name: str) -> list[dict[str, Any]]:
    """Return the Arrow columns of an event type.

    Parameters
    ----------
    type_name : str
        Name of one of `streams.events.EVENT_TYPES`.

    Returns
    -------
    list of dict
        ``name``, ``type``, ``required`` and ``description`` of each: the envelope
        first. Fields that are detail and no text are left out: Arrow has no column for
        them, such events are written as JSON.

    Raises
    ------
    KeyError
        If there is no such type.

    Examples
    --------
    >>> [(c["name"], c["type"]) for c in arrow_columns("StockCounted")][6:]
    [('site', 'dictionary<string>'), ('quantity', 'double')]
    """
    code = TYPE_CODES[type_name]
    fields = [
        (field.name, _type(field), field.required, meaning_of(EVENT_TYPES[code], field))
        for field in LAYOUTS[code]
    ]
    names = ("name", "type", "required", "description")
    return [
        dict(zip(names, one, strict=True)) for one in (*ENVELOPE, *fields) if one[1]
    ]


def _type(field: FieldLayout) -> str:
    if field.column is None:
        return ""
    if field.column in VALUE_COLUMNS:
        return "double"
    if field.column in TIME_COLUMNS:
        return "int64"
    return "dictionary<string>"


def arrow_schema(type_name: str) -> bytes:
    """Return the columns of a type as an Arrow schema, encapsulated as IPC says.

    Parameters
    ----------
    type_name : str
        Name of one of `streams.events.EVENT_TYPES`.

    Returns
    -------
    bytes
        What `pyarrow.ipc.read_schema` reads.

    Raises
    ------
    KeyError
        If there is no such type.

    References
    ----------
    Apache Arrow columnar format 1.5, section "Encapsulated message format".
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    types = {
        "string": pa.string(),
        "dictionary<string>": pa.dictionary(pa.int32(), pa.string()),
        "timestamp[us, UTC]": pa.timestamp("us", "UTC"),
        "int64": pa.int64(),
        "double": pa.float64(),
    }
    fields = [
        pa.field(
            column["name"],
            types[column["type"]],
            nullable=not column["required"],
            metadata={"description": column["description"]},
        )
        for column in arrow_columns(type_name)
    ]
    schema = pa.schema(fields, metadata={"type": type_name})
    written: bytes = schema.serialize().to_pybytes()
    return written
