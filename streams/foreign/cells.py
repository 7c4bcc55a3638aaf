"""A value of a foreign record as the text of a cell, and paths to it.

The same value gives the same text in whatever batch it comes, so that what a map makes
of a record depends on that record alone.
"""

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

EXACT_MAX = 2.0**53  # whole numbers up to here are floats of their own

Getter = Callable[[object], object]

_JSON = msgspec.json.Encoder(enc_hook=str, decimal_format="number")


def cell_text(value: object) -> str | None:
    """Write a value as text, so that a map can read it as text, number or time.

    A number is written so that it is read again exactly, a whole one without a point;
    an instant as RFC 3339 in UTC, a time without zone as ISO 8601 without one; bytes as
    base64; what has parts as JSON. Nothing, and the empty text, is None.

    Examples
    --------
    >>> cell_text(3.0), cell_text(True), cell_text(b"ab"), cell_text({"a": 1})
    ('3', 'true', 'YWI=', '{"a":1}')
    """
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    writer = _WRITERS.get(type(value))
    return _JSON.encode(value).decode() if writer is None else writer(value)


def _float(value: float) -> str:
    # Beyond that, digits would be shown that the number does not have.
    is_exact = value.is_integer() and abs(value) < EXACT_MAX
    return str(int(value)) if is_exact else repr(value)


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


_WRITERS: dict[type, Callable[..., str]] = {
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _float,
    Decimal: lambda value: format(value, "f"),
    bytes: lambda value: base64.b64encode(value).decode(),
    datetime: _moment,
    date: date.isoformat,
    time: time.isoformat,
    UUID: str,
    timedelta: lambda value: _float(value.total_seconds()),
}


def getter_of(path: str) -> Getter:
    """Return a function that follows a dotted path into a record; None if it ends.

    A number is a place in a list, from 0. A key that has points in it is found
    where it ends the path.

    Examples
    --------
    >>> get = getter_of("lines.0.item")
    >>> get({"lines": [{"item": "A"}]}), get({"lines": []}), get({"lines.0.item": "B"})
    ('A', None, 'B')
    """
    first, _, rest = path.partition(".")
    if not rest:
        return lambda value: _step(value, path)
    inner = getter_of(rest)

    def get(value: object) -> object:
        if isinstance(value, dict) and path in value:
            return value[path]
        found = _step(value, first)
        return None if found is None else inner(found)

    return get


def _step(value: object, name: str) -> object:
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
        return value[int(name)]
    return None
