"""Decimals, dates and times as Kafka Connect and Debezium write them.

References
----------
Debezium documentation, "Data type mappings" and "Temporal types"; Kafka Connect,
org.apache.kafka.connect.data: Decimal is the unscaled number in two's complement, most
significant byte first, in JSON as base64; Date counts days, the others units of time.
"""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

Convert = Callable[[Any], Any]

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # of times that name no zone
CONNECT = "org.apache.kafka.connect.data."
DEBEZIUM = "io.debezium."


def decimal_of(value: bytes | str, scale: int) -> Decimal:
    """Read a decimal number.

    Parameters
    ----------
    value : bytes or str
        The number times ``10**scale`` in two's complement; text: the same in base64.
    scale : int
        Digits behind the point.

    Examples
    --------
    >>> decimal_of("MDk=", 2)
    Decimal('123.45')
    """
    raw = base64.b64decode(value, validate=True) if isinstance(value, str) else value
    sign, digits, _ = Decimal(int.from_bytes(raw, "big", signed=True)).as_tuple()
    return Decimal((sign, digits, -scale))


def _date(days: int) -> date:
    return EPOCH.date() + timedelta(days=days)


def _time(unit_us: float) -> Convert:
    return lambda count: _moment(count, unit_us).time()


def _moment(count: int, unit_us: float) -> datetime:
    # Nanoseconds are cut off, never rounded up to an instant that was not yet.
    n_us = count // 1000 if unit_us < 1 else count * int(unit_us)
    return EPOCH + timedelta(microseconds=n_us)


def _local(unit_us: float) -> Convert:
    return lambda count: _moment(count, unit_us)


def _instant(count: int) -> datetime:
    return _moment(count, 1000).replace(tzinfo=UTC)


def _variable_scale(value: Mapping[str, Any]) -> Decimal:
    return decimal_of(value["value"], value["scale"])


NANO = 0.001
SEMANTIC: Mapping[str, Convert] = {
    CONNECT + "Date": _date,
    CONNECT + "Time": _time(1000),
    CONNECT + "Timestamp": _instant,
    DEBEZIUM + "time.Date": _date,
    DEBEZIUM + "time.Time": _time(1000),
    DEBEZIUM + "time.MicroTime": _time(1),
    DEBEZIUM + "time.NanoTime": _time(NANO),
    DEBEZIUM + "time.Timestamp": _local(1000),
    DEBEZIUM + "time.MicroTimestamp": _local(1),
    DEBEZIUM + "time.NanoTimestamp": _local(NANO),
    DEBEZIUM + "data.VariableScaleDecimal": _variable_scale,
}
"""How a value is read, by the semantic name in its schema."""


def converter_of(schema: object) -> Convert | None:
    """Return what reads a value of a schema of Kafka Connect; None: it stays as it is.

    Parameters
    ----------
    schema : object
        As it stands beside the payload in JSON: ``type``, ``name``, ``parameters``,
        ``fields``, ``items``, ``values``.

    Examples
    --------
    >>> convert = converter_of({"type": "int32", "name": "io.debezium.time.Date"})
    >>> convert(19844), convert(None)
    (datetime.date(2024, 5, 1), None)
    """
    if not isinstance(schema, dict):
        return None
    name = str(schema.get("name"))
    if name == CONNECT + "Decimal":
        scale = int(schema["parameters"]["scale"])
        return or_none(lambda value: decimal_of(value, scale))
    if name in SEMANTIC:
        return or_none(SEMANTIC[name])
    if schema.get("type") == "struct":
        parts = {one["field"]: converter_of(one) for one in schema["fields"]}
        return of_fields(parts)
    return of_parts(converter_of(schema.get("items") or schema.get("values")))


def or_none(convert: Convert) -> Convert:
    """Let None pass."""
    return lambda value: None if value is None else convert(value)


def of_fields(parts: Mapping[str, Convert | None]) -> Convert | None:
    """Convert fields of a record by name; None if none of them needs it."""
    needed = {name: one for name, one in parts.items() if one is not None}
    if not needed:
        return None

    def convert(record: dict[str, Any]) -> dict[str, Any]:
        found = {
            name: one(record[name]) for name, one in needed.items() if name in record
        }
        return {**record, **found}

    return or_none(convert)


def of_parts(part: Convert | None) -> Convert | None:
    """Convert each item of a list, or each value of a mapping."""
    if part is None:
        return None

    def convert(value: list[Any] | dict[str, Any]) -> list[Any] | dict[str, Any]:
        if isinstance(value, dict):
            return {name: part(one) for name, one in value.items()}
        return [part(one) for one in value]

    return or_none(convert)
