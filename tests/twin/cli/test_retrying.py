import pytest

from streams.codec import encode
from streams.deadletters import (
    MARKS,
    DeadLetter,
    Mark,
    add_marks,
    identity,
    read_marks,
)
from streams.events import OrderCancelled
from twin.cli.retrying import Reader, edited, record_of
from twin.errors import OptionError

GOOD = encode(OrderCancelled(order="O1"), event_id="7", source="erp", time_us=0)


def letter(**fields):
    known = {"partition": "a-0", "offset": 3, "reason": "not JSON", "time_us": 0}
    return DeadLetter(**{**known, "raw": b"{", **fields})


def test_marks_are_found_again_and_a_torn_line_is_left_out(tmp_path):
    marks = [
        Mark(
            partition="a-0",
            offset=n,
            reason="not JSON",
            time_us=9,
            into="log",
            digest=letter().digest,
        )
        for n in (3, 4)
    ]
    assert read_marks(tmp_path) == {}
    add_marks(tmp_path, marks[:1])
    with (tmp_path / MARKS).open("ab") as file:
        file.write(b'{"partition": "a-')
    add_marks(tmp_path, marks[1:])
    found = read_marks(tmp_path)
    assert found == {identity(mark): mark for mark in marks}
    assert identity(letter()) in found
    assert identity(letter(row=1)) not in found
    assert identity(letter(raw=b"[")) not in found


@pytest.mark.parametrize(
    ("one", "is_usable"),
    [
        (letter(), False),
        (letter(raw=GOOD), True),
        (letter(raw=GOOD, reason="too late"), False),
        (letter(raw=GOOD, table="t.csv", row=2), False),
        (letter(raw=b"[" + GOOD + b",{}]"), False),
        (letter(raw=b"[" + GOOD + b",{}]", row=1), False),
        (letter(raw=b"[" + GOOD + b",{}]", row=0), True),
    ],
)
def test_letter_is_tried_by_its_reason_and_its_row(one, is_usable):
    assert (Reader().record_for(one) is not None) == is_usable


def test_record_has_its_place_key_headers_and_time():
    one = letter(key=b"k", headers={"ce_id": b"1"}, record_us=5_000)
    record = record_of(one)
    assert (record.partition, record.offsets.tolist()) == ("a-0", [3])
    assert (record.keys, dict(record.headers[0])) == ((b"k",), {"ce_id": b"1"})
    assert record.timestamps_us.tolist() == [5_000]


def test_event_cut_out_of_a_record_has_no_headers_of_its_own():
    assert record_of(letter(row=1, headers={"ce_id": b"1"})).headers is None


def test_mended_bytes_replace_those_of_the_letter():
    mended = edited(letter(row=1, headers={"ce_id": b"1"}), GOOD + b"\n")
    assert (mended.raw, mended.row, mended.headers) == (GOOD, None, None)
    assert Reader().record_for(mended) is not None
    for same in (b"{", b"{\n", b"\n"):
        with pytest.raises(OptionError, match="--from: the file"):
            edited(letter(), same)
