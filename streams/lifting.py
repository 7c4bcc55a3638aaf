"""Versions of event types, and what brings the data of an older one to the present.

An event says its version in ``dataschema``: ``urn:millstream:event:TYPE:VERSION``. A
type is changed so that what was written before could not be read as it is by adding a
*lift* here, from the version before to the next one; the record in `streams.events` is
always that of the newest version. Lifts stay for ever: a log is never rewritten.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from streams.events import SCHEMA_PREFIX, SCHEMA_VERSION, TYPE_CODES

Lift = Callable[[dict[str, Any]], dict[str, Any]]

LIFTS: dict[tuple[str, int], Lift] = {}
"""By type and version: the function that makes the data of the next version.

It takes the decoded JSON object, and returns one; it is pure, and keeps fields that it
does not know. What it raises is the reason why an event goes to the dead letters.
"""

_OBJECTS = msgspec.json.Decoder(dict[str, Any])
_JSON = msgspec.json.Encoder()


def version_of(type_name: str) -> int:
    """Return the version of a type that is written now: one more than is lifted.

    Examples
    --------
    >>> version_of("StockCounted")
    1
    """
    older = [version for name, version in LIFTS if name == type_name]
    return max(older, default=SCHEMA_VERSION - 1) + 1


def schema_of(type_name: str) -> str:
    """Return the data schema of an event type in the version written now.

    Examples
    --------
    >>> schema_of("StockCounted")
    'urn:millstream:event:StockCounted:1'
    """
    return f"{SCHEMA_PREFIX}{type_name}:{version_of(type_name)}"


def schemas_read(type_name: str) -> tuple[str, ...]:
    """Return the data schemas of a type that are read: the newest one first.

    Examples
    --------
    >>> schemas_read("StockCounted")
    ('urn:millstream:event:StockCounted:1',)
    """
    older = sorted((v for name, v in LIFTS if name == type_name), reverse=True)
    return (schema_of(type_name), *(f"{SCHEMA_PREFIX}{type_name}:{v}" for v in older))


def older_version(type_name: str, dataschema: str | None) -> int | None:
    """Return the version of a data schema, if it is one that is lifted; else None.

    Examples
    --------
    >>> older_version("StockCounted", "urn:millstream:event:StockCounted:1") is None
    True
    """
    if dataschema is None or not LIFTS or type_name not in TYPE_CODES:
        return None
    prefix = f"{SCHEMA_PREFIX}{type_name}:"
    number = dataschema.removeprefix(prefix)
    if not dataschema.startswith(prefix) or not number.isdecimal():
        return None
    return int(number) if (type_name, int(number)) in LIFTS else None


def lift(
    type_name: str, version: int, data: bytes, lifts: Mapping[tuple[str, int], Lift]
) -> bytes:
    """Bring the data of an event from an older version to the present one.

    Parameters
    ----------
    type_name : str
        Type of the event.
    version : int
        Version of the data.
    data : bytes
        JSON object.
    lifts : Mapping
        As `LIFTS`.

    Returns
    -------
    bytes
        JSON object of the version after the last lift.

    Raises
    ------
    msgspec.ValidationError
        If the data are no object, or a lift does not find what it needs.
    msgspec.DecodeError
        If they are no JSON.

    Examples
    --------
    >>> renamed = lambda data: {"quantity": data.pop("count"), **data}
    >>> lift("StockCounted", 1, b'{"count":3}', {("StockCounted", 1): renamed})
    b'{"quantity":3}'
    """
    content = _OBJECTS.decode(data)
    while (step := lifts.get((type_name, version))) is not None:
        try:
            content = step(content)
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            msg = (
                f"data of version {version} cannot be lifted to {version + 1}: "
                f"{type(error).__name__}: {error}"
            )
            raise msgspec.ValidationError(msg) from error
        version += 1
    return _JSON.encode(content)
