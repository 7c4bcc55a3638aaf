"""Semantic types of Kafka Connect and Debezium, against the values in their manuals."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from streams.foreign.connect import converter_of, decimal_of

LOCAL = datetime.fromisoformat
CONNECT = "org.apache.kafka.connect.data."


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        (CONNECT + "Date", 19844, date(2024, 5, 1)),
        (CONNECT + "Time", 1500, time(0, 0, 1, 500_000)),
        (CONNECT + "Timestamp", 1500, datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)),
        ("io.debezium.time.Date", -1, date(1969, 12, 31)),
        ("io.debezium.time.Timestamp", 1, LOCAL("1970-01-01T00:00:00.001")),
        (
            "io.debezium.time.MicroTimestamp",
            -1,
            LOCAL("1969-12-31T23:59:59.999999"),
        ),
        ("io.debezium.time.NanoTimestamp", 1999, LOCAL("1970-01-01T00:00:00.000001")),
        ("io.debezium.time.MicroTime", 61_000_000, time(0, 1, 1)),
    ],
)
def test_times(name, given, read):
    assert converter_of({"type": "int64", "name": name})(given) == read


@pytest.mark.parametrize(
    ("value", "scale", "read"),
    [
        (b"\x30\x39", 2, "123.45"),
        ("/w==", 0, "-1"),
        (b"", 3, "0.000"),
        ((10**40 + 1).to_bytes(18, "big"), 5, f"{10**35}.00001"),
    ],
)
def test_decimal_keeps_every_digit(value, scale, read):
    assert decimal_of(value, scale) == Decimal(read)


def test_decimal_that_is_no_base64_is_an_error():
    with pytest.raises(ValueError, match=r"base64|padding|characters"):
        decimal_of("12.5", 2)


def test_record_list_and_mapping_are_converted_inside():
    day = {"type": "int32", "name": CONNECT + "Date", "optional": True}
    schema = {
        "type": "struct",
        "fields": [
            {"field": "on", **day},
            {"field": "days", "type": "array", "items": day},
            {"field": "by", "type": "map", "keys": {"type": "string"}, "values": day},
            {"field": "n", "type": "int32"},
        ],
    }
    first = date(1970, 1, 1)
    given = {"on": None, "days": [0], "by": {"a": 0, "b": None}, "n": 3}
    read = {"on": None, "days": [first], "by": {"a": first, "b": None}, "n": 3}
    assert converter_of(schema)(given) == read
    assert converter_of(schema)(None) is None


def test_decimals_by_their_scale():
    decimal = {
        "type": "bytes",
        "name": CONNECT + "Decimal",
        "parameters": {"scale": "2"},
    }
    assert converter_of(decimal)("MDk=") == Decimal("123.45")
    variable = {"type": "struct", "name": "io.debezium.data.VariableScaleDecimal"}
    assert converter_of(variable)({"scale": 1, "value": "MDk="}) == Decimal("1234.5")


def test_schema_without_semantic_types_converts_nothing():
    plain = {"type": "struct", "fields": [{"field": "n", "type": "int32"}]}
    assert converter_of(plain) is None
    assert converter_of("int32") is None
