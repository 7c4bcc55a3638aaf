import mmap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.record.util import encode_varint

from streams.spans import header_spans, key_spans

HEADERS = st.lists(
    st.lists(st.tuples(st.text(max_size=70), st.none() | st.binary(max_size=70))),
    max_size=5,
)


def written(headers):
    """Write headers of records as Kafka does; return bytes, starts and counts."""
    data, starts = bytearray(), []
    for of_record in headers:
        starts.append(len(data))
        for name, value in of_record:
            encode_varint(len(name.encode()), data.append)
            data += name.encode()
            encode_varint(-1 if value is None else len(value), data.append)
            data += value or b""
    counts = [len(of_record) for of_record in headers]
    return bytes(data), np.array(starts, np.int64), np.array(counts, np.int64)


@given(headers=HEADERS)
def test_headers_are_read_as_they_were_written(headers):
    spans = header_spans(*written(headers))
    wanted = [{name: value or b"" for name, value in one} for one in headers]
    assert list(spans) == wanted
    assert [spans[index] for index in range(len(spans))] == wanted


def test_slices_share_the_buffer_and_equal_tuples():
    keys = key_spans(b"abc", np.array([0, -1, 1]), np.array([1, -1, 3]))
    assert keys == (b"a", None, b"bc")
    assert keys[1:] == (None, b"bc")
    assert keys[1:] == keys[1:3]
    assert keys[1:].data is keys.data
    assert keys != (b"a",)
    assert keys != [b"a", None, b"bc"]
    assert keys[-1] == b"bc"
    with pytest.raises(IndexError):
        keys[3]


@pytest.mark.parametrize(
    "make", [bytes, bytearray, memoryview, lambda data: np.frombuffer(data, np.uint8)]
)
def test_any_buffer_gives_bytes(make):
    data, starts, counts = written([[("ce_id", b"x" * 200)]])
    assert header_spans(make(data), starts, counts) == ({"ce_id": b"x" * 200},)
    assert key_spans(make(data), starts, starts + 3) == (data[:3],)


def test_mapped_file_gives_bytes(tmp_path):
    data, starts, counts = written([[("id", b"1")]])
    (tmp_path / "file").write_bytes(data)
    with (
        (tmp_path / "file").open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
    ):
        assert header_spans(mapped, starts, counts) == ({"id": b"1"},)
