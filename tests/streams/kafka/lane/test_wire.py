import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.protocol.schemas.fields.codecs import UnsignedVarInt32

from streams.errors import KafkaError
from streams.kafka.lane.wire import (
    WireReader,
    compact_array,
    compact_string,
    request,
    unsigned_varint,
)


@given(st.integers(0, 2**32 - 1))
def test_varints_are_those_of_the_client_and_come_back(number):
    encoded = unsigned_varint(number)
    assert encoded == bytes(UnsignedVarInt32.encode(number))
    assert WireReader(encoded).varint() == number


def test_fields_are_read_one_after_the_other():
    encoded = (
        compact_string("ö") + compact_array([b"12", b"34"]) + struct.pack(">hi", 5, 6)
    )
    reader = WireReader(encoded)
    assert reader.text() == "ö"
    assert reader.length() == 2
    assert reader.skip(4) == 4
    assert reader.fields(struct.Struct(">hi")) == (5, 6)
    assert reader.place == len(encoded)


def test_tags_are_found_by_number():
    tags = WireReader(b"\x02\x00\x01a\x07\x02bc").tags()
    assert {tag: reader.skip(0) for tag, reader in tags.items()} == {0: 0, 7: 0}
    assert tags[7].fields(struct.Struct(">2s")) == (b"bc",)


@pytest.mark.parametrize(
    "read",
    [
        lambda reader: reader.fields(struct.Struct(">q")),
        lambda reader: reader.skip(3),
        lambda reader: reader.text(),
        lambda reader: reader.varint(),
    ],
)
def test_answer_that_is_cut_off_is_refused(read):
    with pytest.raises(KafkaError, match="wanted at byte"):
        read(WireReader(b"\x85\x81"))


def test_varint_without_end_is_refused():
    with pytest.raises(KafkaError, match="more than 32 bits"):
        WireReader(b"\xff" * 6).varint()


def test_request_has_length_header_and_body():
    assert request(3, 9, 7, client="me", body=b"xy").hex() == (
        "0000000f000300090000000700026d65007879"
    )
    assert (
        request(18, 0, 1, client="", body=b"").hex() == "0000000a00120000000000010000"
    )
