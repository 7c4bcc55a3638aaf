"""The wire format: confluent-kafka's own is read in tests/system."""

import pytest

from streams.errors import ForeignValueError
from streams.foreign.wire import split_message_path, split_wire


def test_schema_id_is_big_endian():
    assert split_wire(b"\x00\x00\x01\x00\x02") == (65538, b"")


@pytest.mark.parametrize("value", [b"", b"\x00\x00\x00", b"\x01\x00\x00\x00\x01x"])
def test_value_without_header_is_refused_with_its_bytes(value):
    with pytest.raises(
        ForeignValueError, match="must begin with a zero byte"
    ) as caught:
        split_wire(value)
    assert caught.value.reason == "not in wire format"
    assert value[:2].hex(" ") in caught.value.detail


def test_message_path_of_zigzag_varints():
    # Three steps 1, 0, 150: zigzag 2, 0, 300.
    assert split_message_path(b"\x06\x02\x00\xac\x02rest") == ((1, 0, 150), b"rest")


@pytest.mark.parametrize("body", [b"", b"\x04\x02", b"\x80" * 12, b"\x01\x00"])
def test_message_path_cut_off_or_absurd_is_refused(body):
    with pytest.raises(ForeignValueError, match="path to the message"):
        split_message_path(body)
