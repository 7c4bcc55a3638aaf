"""Conformance with CloudEvents 1.0: the official schema, and the Kafka binding."""

import json
import re

import jsonschema
import pytest

from streams.codec import Decoder, encode
from streams.codec.envelope import SCHEMAS
from streams.events import EVENT_TYPES, OrderCancelled, StockCounted
from streams.names import Names
from streams.records import RecordBatch

EVENT = StockCounted(item="Ä 1", site="S", quantity=3)
# Attribute names: section 3 of the specification, "lower-case letters or digits".
ATTRIBUTE = re.compile(r"[a-z0-9]{1,20}")


@pytest.fixture(scope="module")
def official(public_data):
    path = public_data / "events" / "cloudevents" / "cloudevents.json"
    return jsonschema.Draft7Validator(json.loads(path.read_text()))


@pytest.fixture(scope="module")
def golden(request):
    folder = request.config.rootpath / "tests" / "streams" / "golden"
    return (folder / "version1.ndjson").read_bytes().splitlines()


def decode(*values, headers=None):
    return Decoder(Names()).decode(RecordBatch.of("t-0", values, headers=headers))


def test_structured_events_are_valid(official, golden):
    for value in golden:
        official.validate(json.loads(value))
    value = encode(EVENT, event_id="1", source="/wms", time_us=1, sequence=2**62)
    event = json.loads(value)
    official.validate(event)
    assert all(ATTRIBUTE.fullmatch(name) for name in event)
    assert isinstance(event["sequence"], str)
    assert not official.is_valid({**event, "id": ""})


def binary(event, **more):
    attributes = {name: value for name, value in event.items() if name != "data"}
    headers = {f"ce_{name}": value.encode() for name, value in attributes.items()}
    return headers | {"content-type": b"application/json"} | more


def test_binary_mode_is_read_as_the_binding_says(golden):
    events = [json.loads(value) for value in golden]
    values = [json.dumps(event["data"]).encode() for event in events]
    decoded = decode(*values, headers=[binary(event) for event in events])
    assert not decoded.rejected
    structured = decode(*golden).events
    for name in ("time_us", "type_code", "id_hash", "sequence", "value0", "time0"):
        ours = getattr(decoded.events, name)
        assert ours.tobytes() == getattr(structured, name).tobytes(), name


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/cloudevents+json",
        b"application/cloudevents+json; charset=UTF-8",
        b"application/cloudevents-batch+json",
    ],
)
def test_content_type_tells_structured_from_binary(content_type):
    """A structured event may repeat its attributes as headers; the value counts."""
    value = encode(EVENT, event_id="1", source="s", time_us=0)
    value = b"[" + value + b"]" if b"batch" in content_type else value
    other = encode(OrderCancelled(order="O"), event_id="2", source="s", time_us=9)
    headers = binary(json.loads(other)) | {"content-type": content_type}
    decoded = decode(value, headers=[headers])
    assert decoded.events.time_us.tolist() == [0]
    assert decoded.events.value0.tolist() == [3.0]


def test_batch_is_read_event_by_event(golden):
    whole = b"[" + b",".join(golden) + b"]"
    decoded = decode(whole, b"[]")
    assert not decoded.rejected
    assert len(decoded.events) == 2 * len(EVENT_TYPES)


@pytest.mark.parametrize("name", ["ce_id", "ce_source", "ce_type", "ce_specversion"])
def test_required_attribute_is_required_in_binary_mode(name):
    event = json.loads(encode(EVENT, event_id="1", source="s", time_us=0))
    headers = binary(event)
    del headers[name]
    (rejected,) = decode(json.dumps(event["data"]).encode(), headers=[headers]).rejected
    assert rejected.reason in {"bad envelope", "not JSON"}


def test_dataschema_is_an_absolute_uri():
    assert all(re.fullmatch(r"urn:millstream:event:\w+:\d+", one) for one in SCHEMAS)
