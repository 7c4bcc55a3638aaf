"""The text of Google's own files against their compiled descriptors."""

import pytest
from google.protobuf import descriptor_pb2

from streams.errors import ForeignSchemaError
from streams.foreign.proto_text import parse_proto

EVERYTHING = r"""
/* a file with
   everything */
syntax = "proto3";
package shop.v1;
import public "google/protobuf/timestamp.proto";
option java_package = "x.y";
option (custom) = { a: [1, 2] b { c: "}" } };

message Order {
  option deprecated = true;
  reserved 4, 10 to max;
  reserved "old";
  string id = 1 [json_name = "key", (my.rule) = {min: 1}];
  repeated int64 counts = 0x2;
  optional double price = 3;
  google.protobuf.Timestamp at = 5;
  map<string, Line> by_item = 6;
  oneof how { option (x) = 1; string truck = 7; bool pickup = 8; }
  message Line { enum Unit { PIECE = 0; KG = -1; } Unit unit = 1; };
  repeated .shop.v1.Order.Line lines = 9;
}
enum Kind { option allow_alias = true; A = 0; B = 0 [deprecated = true]; reserved 7; }
service Shop { rpc Get (Order) returns (stream Order) { option x = 1; } }
"""


def test_everything_a_message_is_made_of():
    file = parse_proto(EVERYTHING, "shop.proto")
    (order,) = file.message_type
    assert (file.package, list(file.dependency)) == (
        "shop.v1",
        ["google/protobuf/timestamp.proto"],
    )
    numbers = {field.name: field.number for field in order.field}
    assert numbers == {
        "id": 1, "counts": 2, "price": 3, "at": 5, "by_item": 6, "truck": 7,
        "pickup": 8, "lines": 9,
    }  # fmt: skip
    assert [one.name for one in order.oneof_decl] == ["how", "_price"]
    assert [one.name for one in order.nested_type] == ["ByItemEntry", "Line"]
    assert order.nested_type[0].options.map_entry
    (unit,) = order.nested_type[1].enum_type
    assert [value.number for value in unit.value] == [0, -1]
    assert [value.name for value in file.enum_type[0].value] == ["A", "B"]


def test_required_and_optional_of_proto2():
    (message,) = parse_proto(
        "message A { required int32 a = 1; optional string b = 2; extensions 5 to 9; }",
        "a.proto",
    ).message_type
    required, optional = message.field
    assert required.label == descriptor_pb2.FieldDescriptorProto.LABEL_REQUIRED
    assert not optional.proto3_optional


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("message A {", "found 'the end of the file', must be more"),
        ("message A {\n int32 = 1; }", "line 2: found '1', must be '='"),
        ("message A { int32 a = x; }", "found 'x', must be a whole number"),
        ("message A { int32 a = 1 }", "found '}', must be ';'"),
        ('edition = "2023";', "must be proto2 or proto3"),
        ("message A { repeated group B = 1 {} }", "groups are not read"),
        ('{"type": "record"}', "must be a statement of a .proto file"),
        ("§", "must be a statement"),
    ],
)
def test_what_is_no_proto_is_told_with_its_line(text, said):
    with pytest.raises(ForeignSchemaError) as caught:
        parse_proto(text, "bad.proto")
    assert "bad.proto, line" in str(caught.value)
    assert said in str(caught.value)
