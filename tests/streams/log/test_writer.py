import errno
import os
import resource
from contextlib import contextmanager

import pytest

from streams.errors import (
    InputError,
    LogError,
    LogLockedError,
    LogWriteError,
    RecordError,
)
from streams.log import LogReader, LogWriter, stat, verify
from streams.log.segments import segment_paths
from streams.records import Position


def read_all(folder):
    found = []
    reader = LogReader(folder)
    while batch := reader.poll(0, 1000):
        found += batch.values()
    return found


@contextmanager
def file_size_limit(n_bytes):
    """Let writes of this process end at a file size, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_segments_roll_by_size_and_a_batch_is_never_split(tmp_path):
    with LogWriter(tmp_path, segment_bytes=300) as log:
        for index in range(5):
            log.append([b"%d" % index * 60, b"x"])
        log.append([bytes(1000)])
        assert log.flush() == Position({"log/0": 11})
    found = stat(tmp_path)
    assert [int(p.stem) for p in segment_paths(tmp_path)] == [0, 2, 4, 6, 8, 10]
    assert (found.n_segments, found.n_frames, found.n_records) == (6, 6, 11)
    assert len(read_all(tmp_path)) == 11


def test_reopened_log_goes_on_at_its_end(tmp_path):
    with LogWriter(tmp_path, fsync="close") as log:
        assert log.append([b"a", b"b"]) == 0
    with LogWriter(tmp_path) as log:
        assert log.recovery.bytes_cut == 0
        assert log.append([b"c"]) == 2
    assert read_all(tmp_path) == [b"a", b"b", b"c"]


def test_second_writer_is_refused_until_the_first_closes(tmp_path):
    with (
        LogWriter(tmp_path),
        pytest.raises(LogLockedError, match="another writer holds it"),
    ):
        LogWriter(tmp_path)
    LogWriter(tmp_path).close()


def test_full_disk_leaves_the_log_intact_and_appendable(tmp_path):
    with LogWriter(tmp_path) as log:
        log.append([b"kept"])
        size = segment_paths(tmp_path)[0].stat().st_size
        with (
            file_size_limit(size + 100),
            pytest.raises(LogWriteError, match="the log still ends at offset 1"),
        ):
            log.append([bytes(5000)])
        assert segment_paths(tmp_path)[0].stat().st_size == size
        assert log.append([b"next"]) == 1
    assert read_all(tmp_path) == [b"kept", b"next"]
    assert verify(tmp_path).problems == ()


def test_full_disk_after_half_a_write_is_cut_back(tmp_path, monkeypatch):
    real_write = os.write

    def write_half_then_fail(descriptor, data):
        if len(data) < 200:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, data[: len(data) // 2])

    with LogWriter(tmp_path) as log:
        log.append([b"kept"])
        monkeypatch.setattr(os, "write", write_half_then_fail)
        with pytest.raises(LogWriteError, match="No space left on device"):
            log.append([bytes(1000)])
        monkeypatch.undo()
        log.append([b"next"])
    assert read_all(tmp_path) == [b"kept", b"next"]


def test_append_whose_rest_cannot_be_removed_ends_the_writer(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    log = LogWriter(tmp_path)
    log.append([b"kept"])
    monkeypatch.setattr(os, "fdatasync", fail)
    monkeypatch.setattr(os, "ftruncate", fail)
    with pytest.raises(LogWriteError, match="could not append"):
        log.append([b"lost"])
    monkeypatch.undo()
    with pytest.raises(LogWriteError, match="open the log again"):
        log.append([b"more"])
    log.close()


def test_failed_flush_ends_the_writer(tmp_path, monkeypatch):
    def fail(_):
        raise OSError(errno.EIO, "Input/output error")

    log = LogWriter(tmp_path, fsync="close")
    log.append([b"a"])
    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(LogWriteError, match="cannot be forced to the disk"):
        log.flush()
    monkeypatch.undo()
    with pytest.raises(LogWriteError, match="open the log again"):
        log.append([b"b"])
    log.close()


def test_segment_that_cannot_be_begun_leaves_the_old_one_going(tmp_path, monkeypatch):
    real_fsync = os.fsync

    def fail(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with LogWriter(tmp_path, segment_bytes=100) as log:
        log.append([b"a"])
        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(LogWriteError, match="folder cannot be forced"):
            log.append([b"b"])
        monkeypatch.setattr(os, "fsync", real_fsync)
        assert len(segment_paths(tmp_path)) == 1
        log.append([b"c"])
    assert read_all(tmp_path) == [b"a", b"c"]


def test_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LogWriteError, match=r"log '.*file/log': cannot be written"):
        LogWriter(tmp_path / "file" / "log")


def test_closed_writer_says_so(tmp_path):
    log = LogWriter(tmp_path)
    log.close()
    log.close()
    with pytest.raises(LogError, match="is closed"):
        log.append([b"a"])


def test_bad_options_and_records_are_refused(tmp_path):
    with pytest.raises(InputError, match="segment_bytes: must be >= 1, was 0"):
        LogWriter(tmp_path, segment_bytes=0)
    with pytest.raises(InputError, match="fsync: must be 'batch' or 'close'"):
        LogWriter(tmp_path, fsync="never")
    with LogWriter(tmp_path) as log, pytest.raises(RecordError, match="keys"):
        log.append([b"a"], keys=[])


def test_log_of_unique_records_takes_no_others(tmp_path):
    with LogWriter(tmp_path / "log") as writer:
        writer.append([b"a"], unique=True)
        with pytest.raises(LogError, match=r"records without copies.*any records"):
            writer.append([b"b"])
    with LogWriter(tmp_path / "log") as writer:
        with pytest.raises(LogError, match="write to a new log"):
            writer.append([b"b"])
        writer.append([b"b"], unique=True)
    with LogReader(tmp_path / "log") as reader:
        assert [reader.poll(0, 9).unique, reader.poll(0, 9).unique] == [True, True]


def test_log_of_any_records_takes_no_unique_ones(tmp_path):
    with LogWriter(tmp_path / "log") as writer:
        writer.append([b"a"])
        with pytest.raises(LogError, match="is one of any records"):
            writer.append([b"b"], unique=True)
    with LogReader(tmp_path / "log") as reader:
        assert not reader.poll(0, 9).unique
