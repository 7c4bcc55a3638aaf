import json

import pytest

from streams.codec import Rejected
from streams.deadletters import DeadLetter, DeadLetterLog, problem_of
from streams.errors import LogWriteError
from streams.log import LogReader, LogWriter
from streams.records import RecordBatch


def add(letters, offset, reason="not JSON", **more):
    letters.add("orders-0", offset, reason=reason, time_us=5, raw=b"\xff{", **more)


def test_letters_come_back_whole_and_in_order(tmp_path):
    with DeadLetterLog(tmp_path) as letters:
        add(letters, 1)
        add(letters, 0, "bad row", table="o.csv", row=12, detail="qty: was 'x'")
    assert list(DeadLetterLog(tmp_path)) == [
        DeadLetter("orders-0", 1, "not JSON", 5, b"\xff{"),
        DeadLetter("orders-0", 0, "bad row", 5, b"\xff{", "qty: was 'x'", "o.csv", 12),
    ]


def test_letter_is_json_with_base64_bytes(tmp_path):
    with DeadLetterLog(tmp_path) as letters:
        add(letters, 3)
    batch = LogReader(tmp_path).poll(0, 9)
    assert json.loads(batch.value(0)) == {
        "partition": "orders-0",
        "offset": 3,
        "reason": "not JSON",
        "time_us": 5,
        "raw": "/3s=",
    }
    assert batch.timestamps_us.tolist() == [5]


def test_counts_are_by_reason_and_see_letters_not_yet_written(tmp_path):
    letters = DeadLetterLog(tmp_path)
    for offset in range(1200):
        add(letters, offset, "late" if offset % 3 else "not JSON")
    assert letters.counts() == {"late": 800, "not JSON": 400}
    letters.close()
    letters.close()


def test_big_letters_are_written_before_there_are_many(tmp_path):
    letters = DeadLetterLog(tmp_path)
    for offset in range(2):
        letters.add("p", offset, reason="big", time_us=0, raw=bytes(9 << 20))
    assert len(LogReader(tmp_path).poll(0, 9)) == 2
    letters.close()


def test_letter_brought_again_after_a_crash_counts_once(tmp_path):
    for _ in range(2):
        with DeadLetterLog(tmp_path) as letters:
            add(letters, 1)
            add(letters, 1, table="t", row=1)
            add(letters, 1, table="t", row=2)
    assert DeadLetterLog(tmp_path).counts() == {"not JSON": 3}


def test_other_bytes_at_the_same_place_are_another_letter(tmp_path):
    with DeadLetterLog(tmp_path) as letters:
        for raw in (b"{", b"[", b"{"):
            letters.add("orders-0", 1, reason="not JSON", time_us=5, raw=raw)
    assert [letter.raw for letter in DeadLetterLog(tmp_path)] == [b"{", b"["]


@pytest.mark.parametrize("values", [[b'{"id": "7"}'], [b"rubbish"]])
def test_log_of_other_records_takes_no_letters(tmp_path, values):
    with LogWriter(tmp_path) as writer:
        writer.append(values)
    assert "holds other records" in problem_of(tmp_path)
    assert len(LogReader(tmp_path).poll(0, 9)) == 1


def test_file_takes_no_letters(tmp_path):
    blocker = tmp_path / "dead"
    blocker.touch()
    assert "must be a folder" in problem_of(blocker)


def test_folder_of_letters_takes_more(tmp_path):
    assert problem_of(tmp_path / "new") is problem_of(tmp_path) is None
    with DeadLetterLog(tmp_path) as letters:
        add(letters, 1)
    assert problem_of(tmp_path) is None


def test_log_without_letters_makes_no_folder(tmp_path):
    with DeadLetterLog(tmp_path / "dead") as letters:
        assert letters.counts() == {}
    assert not (tmp_path / "dead").exists()


def test_letters_that_could_not_be_written_are_kept(tmp_path):
    blocker = tmp_path / "dead"
    blocker.touch()
    letters = DeadLetterLog(blocker)
    add(letters, 1)
    with pytest.raises(LogWriteError):
        letters.flush()
    blocker.unlink()
    assert letters.counts() == {"not JSON": 1}
    letters.close()


def test_rejected_record_takes_key_and_time_of_its_batch(tmp_path):
    batch = RecordBatch.of(
        "orders-0", [b"{", b"["], first_offset=7, keys=[b"a", b"b"], timestamps_us=9
    )
    with DeadLetterLog(tmp_path) as letters:
        letters.add_rejected(batch, Rejected(8, "not JSON", "", b"["), time_us=5)
        letters.add_rejected(batch, Rejected(3, "too late", "", b"old"), time_us=5)
    here, gone = DeadLetterLog(tmp_path)
    assert (here.key, here.record_us, here.raw) == (b"b", 9, b"[")
    assert (gone.key, gone.record_us, gone.raw) == (None, 0, b"old")
