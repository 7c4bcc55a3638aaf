"""Records one by one: batches of events, headers that cannot be read."""

import msgspec
import pytest

from streams.codec.decoded import BAD_DATA, BAD_ENVELOPE, NOT_JSON
from streams.codec.exact import decode_rows
from streams.names import Names
from streams.records import RecordBatch


def event(event_id: str, quantity: object = 2) -> bytes:
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": "wms",
        "type": "StockCounted",
        "time": "1970-01-01T00:00:01Z",
        "data": {"item": "A", "site": "S", "quantity": quantity},
    }
    return msgspec.json.encode(attributes)


def decode(*values: bytes, **columns):
    records = RecordBatch.of("log/0", values, first_offset=5, **columns)
    return decode_rows(records, range(len(values)), Names())


def test_only_the_rows_asked_for_are_read():
    records = RecordBatch.of("log/0", [event("1"), b"?", event("3", 7)])
    decoded = decode_rows(records, [2], Names(), partition_index=4)
    assert decoded.rows.tolist() == decoded.events.offset.tolist() == [2]
    assert decoded.events.value0.tolist() == [7]
    assert decoded.events.partition.tolist() == [4]
    assert decoded.rejected == ()


def test_batch_gives_all_its_events_the_offset_of_the_record():
    batch = b" [" + event("1", 1) + b" ,\n" + event("2", 2) + b"]"
    decoded = decode(event("0", 0), batch, b"[]", event("3", 3))
    assert decoded.rows.tolist() == [0, 1, 1, 3]
    assert decoded.events.offset.tolist() == [5, 6, 6, 8]
    assert decoded.events.value0.tolist() == [0, 1, 2, 3]


def test_bad_events_of_a_batch_are_set_aside_with_their_place():
    values = [event("1"), b"7", event("3", -1), event("4"), b"[]"]
    decoded = decode(b"[" + b",".join(values) + b"]")
    assert decoded.rows.tolist() == [0, 0]
    places = [(r.offset, r.row, r.reason, r.value) for r in decoded.rejected]
    assert places == [
        (5, 1, BAD_ENVELOPE, b"7"),
        (5, 2, BAD_DATA, values[2]),
        (5, 4, BAD_ENVELOPE, b"[]"),
    ]


@pytest.mark.parametrize("value", [b"[", b"[1,]", b"[" * 9999, b"[1]2"])
def test_batch_that_is_no_json_is_set_aside_whole(value):
    (rejected,) = decode(value).rejected
    assert (rejected.row, rejected.reason, rejected.value) == (None, NOT_JSON, value)


def test_tombstone_is_set_aside():
    (rejected,) = decode(b"").rejected
    assert rejected.reason == NOT_JSON
    assert "must be JSON" in rejected.detail


class Torn(dict):
    """Headers that fail when they are looked at, like those of broken UTF-8."""

    def __contains__(self, name: object) -> bool:
        msg = "no UTF-8"
        raise ValueError(msg)


def test_headers_that_cannot_be_read_set_one_record_aside():
    decoded = decode(event("1"), event("2"), headers=[Torn(), {}])
    assert decoded.rows.tolist() == [1]
    assert [r.offset for r in decoded.rejected] == [5]
