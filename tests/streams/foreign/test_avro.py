"""Avro against fastavro's writer; confluent-kafka's is in tests/twin/replay."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import fastavro
import pytest

from streams.errors import ForeignSchemaError, ForeignValueError
from streams.foreign.avro import AvroDecoder
from streams.foreign.schemas import Schema

ORDER = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "qty", "type": ["null", "double"], "default": None},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "on", "type": {"type": "int", "logicalType": "date"}},
        {
            "name": "price",
            "type": {
                "type": "bytes",
                "logicalType": "decimal",
                "precision": 9,
                "scale": 2,
            },
        },
        {
            "name": "kind",
            "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]},
        },
    ],
}
VALUE = {
    "id": "O1",
    "qty": 2.5,
    "at": datetime(2024, 5, 1, 6, 0, 0, 5, UTC),
    "on": date(2024, 5, 1),
    "price": Decimal("12.50"),
    "kind": "B",
}


def schema_of(document, **references):
    return Schema(
        name="test", kind="AVRO", text=json.dumps(document), references=references
    )


def written(document, value):
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(document), value)
    return stream.getvalue()


class Known:
    """Schemas by id."""

    def __init__(self, **schemas):
        self._schemas = schemas

    def schema(self, schema_id):
        if f"s{schema_id}" not in self._schemas:
            msg = f"schema id {schema_id}: none"
            raise ForeignSchemaError(msg)
        return self._schemas[f"s{schema_id}"]


def test_logical_types_unions_and_enums():
    decoder = AvroDecoder(None, schema=schema_of(ORDER), framed=False)
    assert decoder.decode(written(ORDER, VALUE)) == VALUE
    assert decoder.decode(written(ORDER, VALUE | {"qty": None}))["qty"] is None


def test_each_value_is_read_with_its_own_schema():
    second = ORDER | {"fields": [{"name": "id", "type": "string"}]}
    decoder = AvroDecoder(Known(s1=schema_of(ORDER), s2=schema_of(second)), framed=True)
    first = b"\x00\x00\x00\x00\x01" + written(ORDER, VALUE)
    other = b"\x00\x00\x00\x00\x02" + written(second, {"id": "O2"})
    assert [decoder.decode(one)["id"] for one in (first, other, first)] == [
        "O1",
        "O2",
        "O1",
    ]


def test_reference_to_another_schema():
    line = {
        "type": "record",
        "name": "shop.Line",
        "fields": [{"name": "n", "type": "int"}],
    }
    order = {
        "type": "record",
        "name": "Order",
        "namespace": "shop",
        "fields": [{"name": "lines", "type": {"type": "array", "items": "shop.Line"}}],
    }
    schema = schema_of(order, **{"shop.Line": schema_of(line)})
    # Two lines of 1 and 2, then the end of the list.
    value = AvroDecoder(None, schema=schema, framed=False).decode(b"\x04\x02\x04\x00")
    assert value == {"lines": [{"n": 1}, {"n": 2}]}


def test_names_of_connect_are_read_where_avro_has_no_type_of_its_own():
    stamp = {"type": "long", "connect.name": "io.debezium.time.MicroTimestamp"}
    row = {
        "type": "record",
        "name": "Value",
        "fields": [{"name": "at", "type": ["null", stamp]}],
    }
    change = {
        "type": "record",
        "name": "Envelope",
        "namespace": "erp.orders",
        "fields": [
            {"name": "before", "type": ["null", row]},
            {"name": "after", "type": ["null", "Value"]},
        ],
    }
    decoder = AvroDecoder(None, schema=schema_of(change), framed=False)
    value = written(change, {"before": None, "after": {"at": 1}})
    assert decoder.decode(value) == {
        "before": None,
        "after": {"at": datetime.fromisoformat("1970-01-01T00:00:00.000001")},
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x08",
        written(ORDER, VALUE)[:-3],
        written(ORDER, VALUE) + b"x",
        b"\xff" * 40,
    ],
)
def test_broken_bytes_are_refused(body):
    decoder = AvroDecoder(None, schema=schema_of(ORDER), framed=False)
    with pytest.raises(ForeignValueError) as caught:
        decoder.decode(body)
    assert caught.value.reason == "not Avro"
    assert "shop.Order" in caught.value.detail


def test_unknown_schema_is_told_by_its_id():
    for schemas in (None, Known()):
        decoder = AvroDecoder(schemas, framed=True)
        with pytest.raises(ForeignValueError, match="schema id 9") as caught:
            decoder.decode(b"\x00\x00\x00\x00\x09x")
        assert caught.value.reason == "unknown schema"


@pytest.mark.parametrize("text", ["?", '{"type": "record"}', '"shop.Unknown"', "[]x"])
def test_what_is_no_schema_is_refused(text):
    schema = Schema(name="orders.avsc", kind="AVRO", text=text)
    with pytest.raises(
        ForeignSchemaError, match=r"orders\.avsc: must be an Avro schema"
    ):
        AvroDecoder(None, schema=schema, framed=False)


def test_schema_of_another_kind_is_refused():
    schema = Schema(name="x", kind="PROTOBUF", text="")
    with pytest.raises(ForeignSchemaError, match="is PROTOBUF"):
        AvroDecoder(None, schema=schema, framed=False)


def test_value_that_is_no_record_is_refused():
    decoder = AvroDecoder(None, schema=schema_of("int"), framed=False)
    with pytest.raises(ForeignValueError, match="must be a record, was 1"):
        decoder.decode(b"\x02")
