import shutil

import msgspec
import pytest

from streams.log import LogReader, LogWriter
from twin.errors import SnapshotCorruptError
from twin.service.access import Audit


def recorded(folder):
    audit = Audit(folder, now_us=lambda: 7)
    audit.record("anna", "plan.approved", tenant="t", about="P1", before={"on": False},
                 after={"on": True})  # fmt: skip
    audit.record("ben", "key.made", tenant="u")
    audit.record("anna", "key.ended", tenant="t")
    return audit


def test_records_are_chained_over_restarts(tmp_path):
    recorded(tmp_path).close()
    audit = Audit(tmp_path, now_us=lambda: 8)
    last = audit.record("carl", "session.begun", tenant="t")
    rows = list(audit.rows())
    assert [row.number for row in rows] == [0, 1, 2, 3]
    assert rows[0].after == {"on": True}
    assert [b.previous for b in rows[1:]] == [a.hash for a in rows[:-1]]
    assert rows[-1] == last
    assert [row.who for row in audit.rows(tenant="t")] == ["anna", "anna", "carl"]
    audit.close()


@pytest.mark.parametrize("change", ["edit", "drop", "swap"])
def test_change_of_a_record_is_noticed(tmp_path, change):
    recorded(tmp_path / "a").close()
    with LogReader(tmp_path / "a") as reader:
        values = list(reader.poll(0, 10).values())
        while (more := reader.poll(0, 10)) is not None:
            values += more.values()
    if change == "edit":
        event = msgspec.json.decode(values[1])
        event["data"]["detail"]["who"] = "nobody"
        values[1] = msgspec.json.encode(event)
    elif change == "drop":
        del values[1]
    else:
        values[0], values[1] = values[1], values[0]
    with LogWriter(tmp_path / "b") as log:
        log.append(values)
    with pytest.raises(SnapshotCorruptError, match="was changed or one is gone"):
        Audit(tmp_path / "b", now_us=lambda: 8)


def test_tail_that_was_cut_off_is_noticed(tmp_path):
    audit = recorded(tmp_path / "audit")
    values = []
    with LogReader(tmp_path / "audit") as reader:
        while (more := reader.poll(0, 10)) is not None:
            values += more.values()
    audit.close()
    shutil.rmtree(tmp_path / "audit")
    with LogWriter(tmp_path / "audit") as log:
        log.append(values[:-1])
    with pytest.raises(SnapshotCorruptError, match="records at its end are gone"):
        Audit(tmp_path / "audit", now_us=lambda: 8)
    shutil.rmtree(tmp_path / "audit")
    with pytest.raises(SnapshotCorruptError, match="records at its end are gone"):
        Audit(tmp_path / "audit", now_us=lambda: 8)


def test_tail_that_is_cut_off_while_it_runs_is_noticed(tmp_path):
    audit = recorded(tmp_path / "audit")
    (segment,) = (tmp_path / "audit").glob("*.seg")
    content = segment.read_bytes()
    segment.write_bytes(content[: len(content) // 2])
    with pytest.raises(SnapshotCorruptError, match="records at its end are gone"):
        list(audit.rows())
    segment.write_bytes(content)
    assert len(list(audit.rows())) == 3
    audit.close()


def test_crash_between_a_record_and_its_head_is_no_cut(tmp_path):
    audit = recorded(tmp_path / "audit")
    head = (tmp_path / "audit.head").read_bytes()
    audit.record("anna", "key.ended", tenant="t")
    audit.close()
    (tmp_path / "audit.head").write_bytes(head)
    again = Audit(tmp_path / "audit", now_us=lambda: 8)
    assert again.record("anna", "key.made", tenant="t").number == 4
    again.close()
    (tmp_path / "audit.head").write_bytes(b"{")
    with pytest.raises(SnapshotCorruptError, match="no end of a chain"):
        Audit(tmp_path / "audit", now_us=lambda: 8)


def test_records_without_their_head_are_refused_until_they_are_accepted(tmp_path):
    Audit(tmp_path / "audit", now_us=lambda: 7).close()
    head = tmp_path / "audit.head"
    assert head.exists()  # a crash before the first head is then no removal
    head.unlink()
    recorded(tmp_path / "audit").close()
    head.unlink()
    for _ in range(2):
        with pytest.raises(
            SnapshotCorruptError, match=r"missing beside 3.*writing \{\}"
        ):
            Audit(tmp_path / "audit", now_us=lambda: 8)
    head.write_text("{}")
    Audit(tmp_path / "audit", now_us=lambda: 8).close()
    assert msgspec.json.decode(head.read_bytes())["number"] == 3
