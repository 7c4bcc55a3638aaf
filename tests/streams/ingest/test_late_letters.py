import pytest

from streams.codec import decode, encode
from streams.deadletters import DeadLetter
from streams.events import StockCounted
from streams.ingest.late_letters import would_be_dropped
from streams.names import Names
from streams.records import RecordBatch


def counted(event_id):
    event = StockCounted(item="pump", site="dc", quantity=1)
    return encode(event, event_id=event_id, source="wms", time_us=0)


def letter(raw, *, reason="late", offset=3, row=None):
    return DeadLetter("log/0", offset, reason, 0, raw, row=row)


def events(*ids):
    values = [counted(one) for one in ids]
    return decode(RecordBatch.of("log/0", values), Names()).events


@pytest.mark.parametrize(
    ("event_id", "reason", "dropped"),
    [("a", "late", True), ("b", "late", False), ("a", "not JSON", False)],
)
def test_copy_of_a_late_event_would_be_dropped(event_id, reason, dropped):
    one = letter(counted("a"), reason=reason)
    assert would_be_dropped(one, [one], events(event_id)) is dropped


def test_ids_of_all_late_events_of_a_record_are_taken():
    raw = b"[{}," + counted("a") + b"," + counted("b") + b"," + counted("c") + b"]"
    letters = [letter(raw, row=1), letter(raw, row=3), letter(counted("d"), offset=4)]
    found = [would_be_dropped(letters[0], letters, events(one)) for one in "abcd"]
    assert found == [True, False, True, False]


def test_one_taken_id_among_several_is_found():
    one = letter(counted("a"))
    assert would_be_dropped(one, [one], events("b", "a"))
