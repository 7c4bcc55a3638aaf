import threading
from concurrent.futures import wait

import pytest

from streams.errors import LogWriteError
from streams.log import LogReader, LogWriter
from twin.service.journal import Journal
from twin.service.problems import ProblemError


class Slow:
    """A sink that waits before it flushes, and counts."""

    def __init__(self, sink, gate=None):
        self.sink, self.gate, self.n_flushes = sink, gate, 0

    def append(self, values, **more):
        return self.sink.append(values, **more)

    def flush(self):
        self.n_flushes += 1
        if self.gate is not None:
            assert self.gate.wait(60)
        return self.sink.flush()

    def close(self):
        self.sink.close()


def journal_of(sink, waiting_bytes_max=1000):
    return Journal(sink, now_us=lambda: 5, waiting_bytes_max=waiting_bytes_max)


def test_records_of_requests_stand_in_the_log_as_answered(tmp_path):
    journal = journal_of(LogWriter(tmp_path))
    kept = [journal.submit([b"a", b"b"]).result(60), journal.submit([b"c"]).result(60)]
    journal.close()
    assert [(one.n_records, one.first_offset) for one in kept] == [(2, 0), (1, 2)]
    with LogReader(tmp_path) as reader:
        found = reader.poll(0, 10)
    assert found.timestamps_us[0] == 5
    assert journal.n_records == 3


def test_requests_that_wait_share_one_flush(tmp_path):
    gate = threading.Event()
    sink = Slow(LogWriter(tmp_path), gate)
    journal = journal_of(sink)
    first = journal.submit([b"a"])
    while not sink.n_flushes:
        pass
    rest = [journal.submit([b"b"]) for _ in range(20)]
    gate.set()
    assert not wait([first, *rest], 60).not_done
    assert sink.n_flushes == 2
    assert [one.result().first_offset for one in rest] == list(range(1, 21))
    journal.close()


def test_too_much_that_waits_is_refused_to_come_again(tmp_path):
    gate = threading.Event()
    sink = Slow(LogWriter(tmp_path), gate)
    journal = journal_of(sink, waiting_bytes_max=10)
    journal.submit([b"a"])
    while not sink.n_flushes:
        pass
    journal.submit([b"12345678"])
    with pytest.raises(ProblemError, match="8 bytes wait") as refused:
        journal.submit([b"1234"])
    assert refused.value.status == 429
    assert refused.value.retry_after_s == 1
    gate.set()
    journal.close()


def test_failure_of_the_disk_is_told_to_all_who_wait(tmp_path):
    class Full(Slow):
        def append(self, values, **more):
            raise LogWriteError("no space left")

    journal = journal_of(Full(LogWriter(tmp_path)))
    with pytest.raises(LogWriteError, match="no space"):
        journal.submit([b"a"]).result(60)
    assert journal.n_records == 0
    journal.close()


def test_closed_journal_takes_nothing(tmp_path):
    journal = journal_of(LogWriter(tmp_path))
    journal.close()
    journal.close()
    with pytest.raises(ProblemError, match="closing"):
        journal.submit([b"a"])


def test_request_that_has_gone_leaves_the_others(tmp_path):
    gate = threading.Event()
    sink = Slow(LogWriter(tmp_path), gate)
    journal = journal_of(sink)
    first = journal.submit([b"a"])
    while not sink.n_flushes:
        pass
    gone, stays = journal.submit([b"b"]), journal.submit([b"c"])
    assert gone.cancel()
    gate.set()
    assert first.result(60).first_offset == 0
    assert stays.result(60).first_offset == 1
    journal.close()
