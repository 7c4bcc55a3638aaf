import os

import pytest

from streams.disk import LocalDisk, aligned


@pytest.fixture
def disk():
    return LocalDisk()


def test_more_buffers_than_one_call_takes_are_written_in_order(disk, tmp_path):
    buffers = [b"%04d" % n for n in range(2500)]
    disk.write(tmp_path / "a", [*buffers, b""])
    assert bytes(disk.read(tmp_path / "a")) == b"".join(buffers)


@pytest.mark.parametrize("most", [1, 3, 7, 100])
def test_write_that_the_system_cuts_short_is_gone_on_with(
    disk, tmp_path, monkeypatch, most
):
    whole = os.writev
    monkeypatch.setattr(
        os, "writev", lambda file, left: whole(file, [b"".join(left)[:most]])
    )
    disk.write(tmp_path / "a", [b"one", memoryview(b"three"), b"", b"five"])
    disk.append(tmp_path / "a", [b"!"])
    assert (tmp_path / "a").read_bytes() == b"onethreefive!"


def test_disk_that_takes_no_byte_is_an_error(disk, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "writev", lambda *_: 0)
    with pytest.raises(OSError, match="no byte was written"):
        disk.write(tmp_path / "a", [b"one"])


def test_read_returns_what_is_there_and_may_be_written_to(disk, tmp_path):
    disk.write(tmp_path / "a", [b"0123456789"])
    assert bytes(disk.read(tmp_path / "a", start=4, n_bytes=3)) == b"456"
    assert bytes(disk.read(tmp_path / "a", start=8, n_bytes=30)) == b"89"
    assert bytes(disk.read(tmp_path / "a", start=80)) == b""
    whole = disk.read(tmp_path / "a")
    whole[0] = ord("x")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_names_come_and_go(disk, tmp_path):
    folder = tmp_path / "new" / "deep"
    assert disk.list(folder) == []
    disk.make_folder(folder)
    disk.make_folder(folder)
    disk.write(folder / "a", [b"1"])
    disk.sync(folder / "a")
    disk.rename(folder / "a", folder / "b")
    disk.sync_folder(folder)
    assert disk.list(folder) == ["b"]
    disk.unlink(folder / "b")
    disk.unlink(folder / "b")
    assert disk.list(folder) == []


def test_file_that_is_written_over_is_cut_to_length(disk, tmp_path):
    disk.write(tmp_path / "a", [b"long before"])
    disk.write(tmp_path / "a", [b"now"])
    assert (tmp_path / "a").read_bytes() == b"now"


def test_failures_are_those_of_the_system(disk, tmp_path):
    with pytest.raises(FileNotFoundError):
        disk.append(tmp_path / "none", [b"1"])
    with pytest.raises(FileNotFoundError):
        disk.read(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        disk.write(tmp_path, [b"1"])


def test_aligned_memory_begins_at_a_cache_line():
    for n_bytes in (0, 1, 63, 1000):
        memory = aligned(n_bytes)
        assert len(memory) == n_bytes
        assert not memory.readonly


def test_bytes_that_were_not_synced_may_be_lost_in_a_crash(
    faulty_disk, disk_crash, tmp_path
):
    """The disk that tests make fail does what they count on."""
    seen = set()
    for seed in range(60):
        disk = faulty_disk(seed, crash_at=5)
        disk.write(tmp_path / "a", [b"one"])
        disk.sync(tmp_path / "a")
        disk.sync_folder(tmp_path)
        disk.append(tmp_path / "a", [b"two"])
        with pytest.raises(disk_crash):
            disk.sync(tmp_path / "a")
        seen.add(bytes(disk.after_crash().read(tmp_path / "a")))
    assert {b"one", b"onet", b"onetwo", b"one\0\0"} <= seen
    assert all(content.startswith(b"one") for content in seen)
