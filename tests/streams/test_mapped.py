import mmap

import numpy as np
import pytest

from streams.mapped import fetch_pages, map_bytes


@pytest.mark.parametrize(
    ("start", "end"), [(0, 10), (5, 5), (4090, 5000), (4096, 9000), (8999, 9000)]
)
def test_any_part_is_what_stands_in_the_file(tmp_path, start, end):
    data = np.random.default_rng(0).bytes(9000)
    path = tmp_path / "file"
    path.write_bytes(data)
    assert map_bytes(path, start, end) == data[start:end]


def test_what_is_written_to_a_part_stays_out_of_the_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"a" * 100)
    array = np.frombuffer(map_bytes(path, 10, 20), np.uint8)
    assert array.flags.writeable
    array[0] = 98
    assert path.read_bytes() == b"a" * 100


def test_part_behind_the_end_is_refused(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"a" * 100)
    with pytest.raises(ValueError, match="length is greater than file size"):
        map_bytes(path, 0, mmap.PAGESIZE * 2)
    with pytest.raises(FileNotFoundError):
        map_bytes(tmp_path / "nowhere", 0, 1)


@pytest.mark.parametrize(("start", "end"), [(0, 0), (0, 9000), (4090, 5000)])
def test_fetched_pages_hold_what_they_held(tmp_path, start, end):
    data = np.random.default_rng(0).bytes(9000)
    path = tmp_path / "file"
    path.write_bytes(data)
    mapped = map_bytes(path, 0, 9000)
    fetch_pages(mapped, start, end)
    assert mapped == data


def test_nothing_is_fetched_of_what_is_not_mapped():
    view = memoryview(b"")
    fetch_pages(view, 0, 0)
    assert len(view) == 0
