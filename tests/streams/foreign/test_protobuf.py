"""Protobuf against the runtime's own writer."""

import base64

import pytest
from google.protobuf import descriptor_pb2, timestamp_pb2
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import ForeignSchemaError, ForeignValueError
from streams.foreign.proto_text import parse_proto
from streams.foreign.protobuf import ProtobufDecoder, file_of
from streams.foreign.schemas import Schema

TEXT = """
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
message Order {
  string id = 1;
  double quantity = 2;
  google.protobuf.Timestamp placed_at = 3;
  message Line { string item = 1; int64 n = 2; optional int32 note = 3; }
  repeated Line lines = 4;
  enum Kind { NORMAL = 0; RUSH = 1; }
  Kind kind = 5;
  bytes tag = 6;
}
message Other { int32 n = 1; }
"""
ORDERS = Schema(name="orders.proto", kind="PROTOBUF", text=TEXT)
FILE = file_of(ORDERS)
Order = GetMessageClass(FILE.message_types_by_name["Order"])
FULL = Order(
    id="O1",
    quantity=2.5,
    placed_at={"seconds": 1, "nanos": 500_000_000},
    lines=[{"item": "A", "n": 2**40, "note": 0}, {"item": "B"}],
    kind=1,
    tag=b"\xff",
)


class Known:
    def __init__(self, schema):
        self._schema = schema

    def schema(self, schema_id):
        if schema_id != 1:
            msg = f"schema id {schema_id}: none"
            raise ForeignSchemaError(msg)
        return self._schema


def test_names_of_the_schema_times_enums_and_zeros():
    decoder = ProtobufDecoder(None, schema=ORDERS, framed=False)
    assert decoder.decode(FULL.SerializeToString()) == {
        "id": "O1",
        "quantity": 2.5,
        "placed_at": "1970-01-01T00:00:01.500Z",
        "lines": [
            {"item": "A", "n": str(2**40), "note": 0},
            {"item": "B", "n": "0"},
        ],
        "kind": "RUSH",
        "tag": "/w==",
    }
    assert decoder.decode(b"")["quantity"] == 0


def test_message_by_its_path_in_the_file():
    decoder = ProtobufDecoder(Known(ORDERS), framed=True)
    head = b"\x00\x00\x00\x00\x01"
    assert decoder.decode(head + b"\x00" + FULL.SerializeToString())["id"] == "O1"
    assert decoder.decode(head + b"\x02\x02\x08\x07") == {"n": 7}
    assert decoder.decode(head + b"\x04\x00\x00\x0a\x01x") == {"item": "x", "n": "0"}


@pytest.mark.parametrize("form", ["text", "base64", "set"])
def test_schema_in_every_form(form):
    file = parse_proto(TEXT, "orders.proto")
    stamp = descriptor_pb2.FileDescriptorProto()
    timestamp_pb2.DESCRIPTOR.CopyToProto(stamp)
    both = descriptor_pb2.FileDescriptorSet(file=[stamp, file])
    compiled = descriptor_pb2.FileDescriptorProto()
    FILE.CopyToProto(compiled)
    texts = {
        "text": TEXT,
        "base64": base64.b64encode(compiled.SerializeToString()).decode(),
        "set": both.SerializeToString(),
    }
    schema = Schema(name=form, kind="PROTOBUF", text=texts[form])
    decoder = ProtobufDecoder(None, schema=schema, message="shop.Order", framed=False)
    assert decoder.decode(FULL.SerializeToString())["id"] == "O1"


def test_import_from_another_schema():
    line = Schema(
        name="line", kind="PROTOBUF", text='syntax="proto3"; message Line {int32 n=1;}'
    )
    order = 'syntax="proto3"; import "a/line.proto"; message O { Line line = 1; }'
    schema = Schema(
        name="o", kind="PROTOBUF", text=order, references={"a/line.proto": line}
    )
    decoder = ProtobufDecoder(None, schema=schema, framed=False)
    assert decoder.decode(b"\x0a\x02\x08\x07") == {"line": {"n": 7}}


@given(st.binary(max_size=30))
def test_any_bytes_give_a_record_or_a_reason(body):
    decoder = ProtobufDecoder(Known(ORDERS), framed=True)
    reason = None
    try:
        assert isinstance(decoder.decode(b"\x00\x00\x00\x00\x01" + body), dict)
    except ForeignValueError as error:
        reason = error.reason
    assert reason in {None, "not Protobuf", "not in wire format", "unknown schema"}


def test_unknown_schema_and_message_are_told():
    decoder = ProtobufDecoder(Known(ORDERS), framed=True)
    with pytest.raises(ForeignValueError, match="schema id 2: none") as caught:
        decoder.decode(b"\x00\x00\x00\x00\x02\x00")
    assert caught.value.reason == "unknown schema"
    with pytest.raises(ForeignSchemaError, match=r"one of shop\.Order, shop\.Other"):
        ProtobufDecoder(None, schema=ORDERS, message="shop.None", framed=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('import "missing.proto"; message A { }', "all it imports"),
        ("message A { Unknown u = 1; }", "all it imports"),
        (b"\xff", "descriptor set"),
        (b"", "at least one file"),
    ],
)
def test_schema_that_cannot_be_used(text, said):
    with pytest.raises(ForeignSchemaError, match=said):
        file_of(Schema(name="a.proto", kind="PROTOBUF", text=text))


def test_avro_is_no_protobuf():
    with pytest.raises(ForeignSchemaError, match="is AVRO"):
        file_of(Schema(name="a", kind="AVRO", text=""))
