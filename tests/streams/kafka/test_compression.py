import lz4.frame
import numpy as np
import pytest
import zstandard
from kafka import codec as kafka_codec

from streams.kafka.compression import decompressed

GZIP, SNAPPY, LZ4, ZSTD = range(1, 5)
ENCODE = {
    GZIP: kafka_codec.gzip_encode,
    SNAPPY: kafka_codec.snappy_encode,
    LZ4: kafka_codec.lz4_encode,
    ZSTD: kafka_codec.zstd_encode,
}
DECODE = {
    GZIP: kafka_codec.gzip_decode,
    SNAPPY: kafka_codec.snappy_decode,
    LZ4: kafka_codec.lz4_decode,
    ZSTD: kafka_codec.zstd_decode,
}


def undo(payload, codec, **options):
    return bytes(decompressed(memoryview(payload), codec, **options))


@pytest.fixture(scope="module")
def texts():
    """Some that compress well, some that do not, some longer than one piece."""
    rng = np.random.default_rng(3)
    return [b"", b"a", rng.bytes(100), b"abc" * 1_000_000, rng.bytes(1 << 21)]


@pytest.mark.parametrize("codec", ENCODE)
def test_what_each_codec_wrote_comes_back(texts, codec):
    for text in texts:
        written = ENCODE[codec](text)
        if len(written) > 20 or codec != SNAPPY:
            assert undo(written, codec) == text == DECODE[codec](written)


def test_body_that_is_not_compressed_is_not_copied():
    body = memoryview(b"abc")
    assert decompressed(body, 0) is body


def test_snappy_without_blocks_and_zstd_without_its_length_come_back():
    text = b"abc" * 1000
    assert undo(kafka_codec.snappy_encode(text, xerial_compatible=False), 2) == text
    compressor = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    assert undo(compressor.compress(text) + compressor.flush(), ZSTD) == text


def test_several_members_are_joined_and_padding_is_left_out():
    one = kafka_codec.gzip_encode(b"abc")
    assert undo(one + one + b"\0\0", GZIP) == b"abcabc"
    one = kafka_codec.zstd_encode(b"abc")
    assert undo(one + one, ZSTD) == b"abcabc"


@pytest.mark.parametrize("codec", ENCODE)
def test_more_than_allowed_is_refused_before_it_takes_the_memory(codec):
    written = ENCODE[codec](b"\0" * 3_000_000)
    assert len(undo(written, codec, bytes_max=3_000_000)) == 3_000_000
    with pytest.raises(ValueError, match="would take more than 2999999 bytes"):
        undo(written, codec, bytes_max=2_999_999)


def test_length_in_front_of_a_snappy_block_is_not_believed():
    with pytest.raises(ValueError, match="would take more than"):
        undo(b"\xff\xff\xff\xff\x0f" + b"x" * 10, SNAPPY)


@pytest.mark.parametrize("codec", ENCODE)
def test_bytes_cut_off_or_changed_are_refused_or_give_what_the_client_gives(codec):
    written = ENCODE[codec](b"The quick brown fox. " * 500)
    rng = np.random.default_rng(codec)
    refused = 0
    for _ in range(300):
        broken = bytearray(written[: rng.integers(len(written) + 1)])
        for _ in range(rng.integers(3)):
            if broken:
                broken[rng.integers(len(broken))] ^= 1 << rng.integers(8)
        try:
            found = undo(broken, codec)
        except ValueError:
            refused += 1
        else:
            assert found == DECODE[codec](bytes(broken))
    assert refused > 100 or codec == ZSTD  # a cut stream gives what there is


@pytest.mark.parametrize("codec", [5, 6, 7])
def test_unknown_codec_is_refused(codec):
    with pytest.raises(ValueError, match=rf"one of 0\.\.4, was {codec}"):
        undo(b"", codec)


def test_block_of_snappy_that_leaves_its_bytes_is_refused():
    head = b"\x82SNAPPY\x00" + bytes(8)
    for tail in (b"\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x09abc"):
        with pytest.raises(ValueError, match="not snappy: a block"):
            undo(head + tail, SNAPPY)


def test_second_frame_of_lz4_is_left_as_the_client_leaves_it():
    one = lz4.frame.compress(b"abc")
    assert undo(one + one, LZ4) == kafka_codec.lz4_decode(one + one) == b"abc"
