import struct

import pytest
from crc32c import crc32c
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import LogError, RecordError
from streams.log.frame import (
    HEADER_BYTES,
    decode_header,
    decode_payload,
    encode_frame,
    payload_is_whole,
)

RECORD = st.tuples(
    st.binary(max_size=30),
    st.integers(-(2**62), 2**62),
    st.none() | st.binary(max_size=5),
    st.dictionaries(st.text(max_size=5), st.binary(max_size=5), max_size=2),
)


@given(records=st.lists(RECORD, min_size=1, max_size=8), plain=st.booleans())
def test_any_batch_comes_back_as_it_went_in(records, plain):
    values, times, keys, headers = zip(*records, strict=True)
    frame = encode_frame(
        77,
        values,
        timestamps_us=times,
        keys=None if plain else keys,
        headers=None if plain else headers,
    )
    header = decode_header(frame[:HEADER_BYTES])
    assert header.frame_bytes == len(frame)
    assert len(frame) % 64 == 0
    batch = decode_payload(header, frame[HEADER_BYTES:], "log/0")
    assert list(batch.values()) == list(values)
    assert batch.timestamps_us.tolist() == list(times)
    assert batch.offsets.tolist() == list(range(77, 77 + len(values)))
    assert batch.keys == (None if plain else keys)
    assert batch.headers == (None if plain else headers)
    assert (header.time_us_min, header.time_us_max) == (min(times), max(times))


def test_header_of_every_flipped_bit_is_refused():
    frame = bytearray(encode_frame(0, [b"abc"], timestamps_us=9))
    for bit in range(HEADER_BYTES * 8):
        frame[bit // 8] ^= 1 << bit % 8
        assert decode_header(bytes(frame[:HEADER_BYTES])) is None
        frame[bit // 8] ^= 1 << bit % 8
    assert decode_header(bytes(frame[:HEADER_BYTES])) is not None


def test_payload_of_every_flipped_bit_is_refused():
    frame = encode_frame(0, [b"abc"], keys=[b"k"])
    header, payload = decode_header(frame), bytearray(frame[HEADER_BYTES:])
    for bit in range(len(payload) * 8):
        payload[bit // 8] ^= 1 << bit % 8
        assert not payload_is_whole(header, payload)
        payload[bit // 8] ^= 1 << bit % 8
    assert payload_is_whole(header, payload)
    assert not payload_is_whole(header, payload[:-1])


def test_header_of_a_newer_version_is_named():
    head = bytearray(encode_frame(0, [b"abc"])[:HEADER_BYTES])
    head[4] = 9
    head[60:64] = struct.pack("<I", crc32c(bytes(head[:60])))
    with pytest.raises(LogError, match="frame version must be 1, was 9"):
        decode_header(bytes(head))


def test_event_times_of_the_caller_are_kept():
    header = decode_header(encode_frame(0, [b"a"], event_times_us=(3, 8)))
    assert header.has_event_times
    assert (header.time_us_min, header.time_us_max) == (3, 8)


def test_empty_batch_is_refused():
    with pytest.raises(RecordError, match="at least one record"):
        encode_frame(0, [])


def test_batch_that_is_too_big_is_refused(monkeypatch):
    monkeypatch.setattr("streams.log.frame.PAYLOAD_BYTES_MAX", 100)
    with pytest.raises(RecordError, match="may take 100 bytes, took 128"):
        encode_frame(0, [bytes(100)])
