import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.arrow_files import ArrowFile


def write(path, n_batches, **options):
    table = pa.table(
        {
            "machine": pa.array([f"M{i % 3}" for i in range(10)]).dictionary_encode(),
            "sensor": pa.array(["heat", "speed"] * 5).dictionary_encode(),
            "value": [float(i) for i in range(10)],
        }
    )
    with pa.ipc.new_file(path, table.schema, **options) as file:
        for index in range(n_batches):
            file.write_table(table.slice(index, 10 - index))
    return table


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_every_batch_is_a_stream_of_its_own(tmp_path, compression):
    path = tmp_path / "a.arrow"
    options = pa.ipc.IpcWriteOptions(compression=compression)
    table = write(path, 3, options=options)
    file = ArrowFile(path)
    assert file.n_batches == 3
    for index in range(3):
        read = pa.ipc.open_stream(file.stream(index)).read_all()
        assert read.to_pylist() == table.slice(index, 10 - index).to_pylist()


def test_file_of_one_batch_is_not_copied(tmp_path):
    path = tmp_path / "a.arrow"
    write(path, 1)
    stream = np.frombuffer(ArrowFile(path).stream(0), np.uint8)
    assert path.read_bytes()[8:].startswith(stream.tobytes())
    assert stream.ctypes.data % 8 == 0
    assert stream.flags.writeable


def test_file_without_batches_has_none(tmp_path):
    path = tmp_path / "a.arrow"
    write(path, 0)
    assert ArrowFile(path).n_batches == 0


@pytest.mark.parametrize("data", [b"", b"ARROW1\0\0", b"x" * 100])
def test_what_is_no_arrow_file_is_refused(tmp_path, data):
    path = tmp_path / "a.arrow"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="no Arrow file"):
        ArrowFile(path)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 7), st.floats(0, 1, exclude_max=True))
def test_changed_bits_are_refused_or_read_inside_the_file(tmp_path_factory, bit, place):
    path = tmp_path_factory.mktemp("arrow") / "a.arrow"
    write(path, 2)
    data = bytearray(path.read_bytes())
    footer = int.from_bytes(data[-10:-6], "little") + 10
    data[len(data) - footer + int(place * footer)] ^= 1 << bit
    path.write_bytes(data)
    try:
        file = ArrowFile(path)
    except ValueError:
        return
    for index in range(file.n_batches):
        assert len(file.stream(index)) <= 3 * len(data)
