import json

import pytest

from streams.epcis import read_epcis, split_document
from streams.epcis.document import open_document, read_event
from streams.errors import EpcisError

BAD = "no EPCIS event"
HUGE = {"type": "Mass", "maxValue": 10**400}
NO_EVENTS = {
    "master data": {
        "type": "EPCISDocument",
        "epcisHeader": {"epcisMasterData": {"vocabularyList": []}},
        "epcisBody": {},
    },
    "empty list": {"type": "EPCISDocument", "epcisBody": {"eventList": []}},
    "query": {"type": "EPCISQueryDocument", "epcisBody": {"queryName": "x"}},
    "subscription": {"queryName": "x", "dest": "https://example.org"},
    "capture job": {"captureID": "1", "running": True, "success": True},
    "array": [],
    "results": {"epcisBody": {"queryResults": {"resultsBody": "none"}}},
    "number": 7,
}


@pytest.mark.parametrize("content", NO_EVENTS.values(), ids=NO_EVENTS)
def test_document_without_event_is_refused_with_a_reason(content):
    value = json.dumps(content).encode()
    (refused,) = read_epcis(value).refused
    assert (refused.reason, refused.index) == ("no event", None)
    assert refused.value == value
    assert refused.detail


def test_text_that_is_no_json_is_refused():
    with pytest.raises(EpcisError, match="not JSON"):
        open_document(b'{"type": ')


@pytest.mark.parametrize("wrap", ["document", "query", "event", "array", "one"])
def test_event_is_found_in_each_kind_of_document(epcis_event, wrap):
    event = epcis_event()
    document = {
        "document": {"type": "EPCISDocument", "epcisBody": {"eventList": [event]}},
        "query": {
            "type": "EPCISQueryDocument",
            "epcisBody": {"queryResults": {"resultsBody": {"eventList": [event]}}},
        },
        "event": event,
        "array": [event],
        "one": {"type": "EPCISDocument", "epcisBody": {"event": event}},
    }[wrap]
    opened = open_document(json.dumps(document).encode())
    assert opened.events == [event]
    assert read_event(opened.events[0]).event_id == "urn:uuid:1"


@pytest.mark.parametrize(
    ("fields", "reason", "named"),
    [
        ({"type": "ex:Other"}, "no event", "ex:Other"),
        ({"eventTime": None}, "no EPCIS event", "eventTime"),
        ({"eventTime": "yesterday"}, "no EPCIS event", "yesterday"),
        ({"epcList": "x"}, "no EPCIS event", "epcList"),
        ({"action": "SEE"}, "no EPCIS event", "SEE"),
        ({"epcList": [""]}, "no EPCIS event", "epcList"),
        ({"readPoint": {"id": ""}}, "no EPCIS event", "readPoint"),
        ({"quantityList": [{"epcClass": "urn:a", "quantity": -1}]}, BAD, "quantity"),
        ({"quantityList": [{"epcClass": "urn:a", "quantity": 1e99}]}, BAD, "quantity"),
        ({"sensorElementList": [{"sensorReport": [HUGE]}]}, BAD, "maxValue"),
    ],
)
def test_bad_event_is_refused_and_the_others_are_read(
    epcis_event, fields, reason, named
):
    events = [epcis_event(**fields), epcis_event(bizStep="receiving")]
    reading = read_epcis(json.dumps(events).encode())
    (refused,) = reading.refused
    assert (refused.index, refused.reason) == (0, reason)
    assert named in refused.detail
    assert json.loads(refused.value) == events[0]
    assert reading.n_mapped == len(reading.events) == 1


def test_split_document_reads_like_the_whole(epcis_examples):
    for content in epcis_examples.values():
        parts = split_document(content)
        whole = read_epcis(content).events
        split = [one for part in parts for one in read_epcis(part).events]
        assert [(one.event_id, one.event) for one in split] == [
            (one.event_id, one.event) for one in whole
        ]
    assert split_document(b"?") == [b"?"]
