"""What is wrong with a record is told by kind and parts, not only in English."""

import json

import pytest

from streams.codec import decode
from streams.ingest.rejecting import Rejecting
from streams.names import Names
from streams.records import RecordBatch
from twin.service.details import said_of_detail

ORDER = {
    "order": "C", "item": "tea", "quantity": 4, "site": "hub", "customer": "ann",
}  # fmt: skip
EVENT = {
    "specversion": "1.0", "id": "a", "source": "s", "type": "OrderReceived",
    "time": "2026-01-05T08:00:00Z", "data": ORDER,
}  # fmt: skip


def event(**changed):
    return json.dumps(EVENT | changed).encode()


def order(**changed):
    return event(data=ORDER | changed)


def rejected(value):
    (one,) = decode(RecordBatch.of("log/0", [value]), Names()).rejected
    return one


@pytest.mark.parametrize(
    ("value", "kind", "parts"),
    [
        (b"no event", "letter_malformed", {"byte": 4, "value": "no event"}),
        (b"{", "letter_not_json", {"value": "{"}),
        (b"5", "letter_wrong_type", {"field": "event", "json_type": "object"}),
        (b"{}", "letter_missing", {"event": "", "field": "id"}),
        (event(type="X"), "letter_type", {"event": "X 'a'", "value": "X"}),
        (event(time="soon"), "letter_time", {"value": "soon"}),
        (event(sequence="x"), "letter_number", {"field": "sequence", "value": "x"}),
        (event(specversion="2"), "letter_must_be", {"value": "2", "allowed": "1.0"}),
        (event(data_base64="aa"), "letter_absent", {"field": "data_base64"}),
        (event(id=""), "letter_length", {"field": "id", "bound": ">= 1"}),
        (order(quantity="4"), "letter_wrong_type", {"json_type": "float"}),
        (order(due_us="x"), "letter_wrong_type", {"json_type": "int | null"}),
        (order(quantity=-4), "letter_bound", {"value": "-4", "bound": ">= 0.0"}),
        (order(item="x" * 5_000), "letter_length", {"bound": "<= 256"}),
        (
            event(type="MachineStateChanged", data={"machine": "m", "state": "gone"}),
            "letter_choice", {"field": "state", "value": '"gone"'},
        ),
        (b"\xff\xff\xff\xff123", "letter_not_arrow", {}),
    ],
)  # fmt: skip
def test_detail_of_a_decoder_is_taken_apart(value, kind, parts):
    detail = rejected(value).detail
    said = said_of_detail(detail)
    assert said is not None
    assert (said.kind, said.text) == (kind, detail)
    assert dict(said.parts) == dict(said.parts) | parts


def test_detail_of_the_intake_is_taken_apart_with_its_times():
    records = RecordBatch.of("log/0", [event()])
    rejecting = Rejecting(decode(records, Names()))
    late = said_of_detail(rejecting.late(0, 1_767_690_000_500_000).detail)
    ahead = said_of_detail(rejecting.future(0, 60.0).detail)
    assert late is not None
    assert late.kind == "letter_late"
    assert late.parts == {
        "event_type": "OrderReceived", "event_time_us": 1_767_600_000_000_000,
        "mark_time_us": 1_767_690_000_500_000,
    }  # fmt: skip
    assert ahead is not None
    assert (ahead.kind, ahead.parts["most_s"]) == ("letter_future", 60.0)


NO_SUCH_DAY = (
    "time 2026-99-99T08:00:00Z: must be at most 1 s after the record was appended, at "
    "2026-01-05T08:00:00Z"
)


@pytest.mark.parametrize("detail", ["", "what no decoder says", NO_SUCH_DAY])
def test_words_that_are_not_known_are_left_as_they_are(detail):
    assert said_of_detail(detail) is None
