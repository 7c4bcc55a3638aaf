"""The document is whole: every reference resolves, every schema is one."""

import json
import re

import jsonschema
import pytest

from streams.codec import encode
from streams.codec.envelope import SCHEMAS, from_headers, is_binary
from streams.events import EVENT_TYPES, StockCounted
from streams.schema import asyncapi_document
from streams.schema.asyncapi import binary_headers

DOCUMENT = asyncapi_document("plant")


def references(content):
    if isinstance(content, dict):
        if isinstance(content.get("$ref"), str):
            yield content["$ref"]
        for one in content.values():
            yield from references(one)
    elif isinstance(content, list):
        for one in content:
            yield from references(one)


def resolve(reference):
    found = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_every_reference_leads_somewhere():
    found = set(references(DOCUMENT))
    assert len(found) > 100
    for one in found:
        assert resolve(one)


def test_document_has_what_asyncapi_3_asks_for():
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(DOCUMENT["info"])
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in {"send", "receive"}
    for channel in DOCUMENT["channels"].values():
        named = set(re.findall(r"\{(\w+)\}", channel["address"]))
        assert named == set(channel.get("parameters", {}))
    addresses = {channel["address"] for channel in DOCUMENT["channels"].values()}
    topics = {f"plant.{name}" for name in ("rekeyed", "decisions", "observations")}
    assert addresses == {"{topic}", *topics}
    for message in DOCUMENT["components"]["messages"].values():
        assert message["bindings"]["kafka"]["bindingVersion"] == "0.5.0"


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_type_has_a_message_in_each_mode(event_type):
    messages = DOCUMENT["components"]["messages"]
    name = event_type.__name__
    assert messages[name]["contentType"] == "application/cloudevents+json"
    binary = messages[f"{name}.binary"]
    assert resolve(binary["payload"]["$ref"])["title"] == name
    jsonschema.Draft202012Validator.check_schema(binary["headers"])


def test_structured_message_is_what_is_written():
    payload = DOCUMENT["components"]["messages"]["StockCounted"]["payload"]
    schema = {**payload, "components": DOCUMENT["components"]}
    event = StockCounted(item="A", site="S", quantity=1)
    value = encode(event, event_id="1", source="s", time_us=0)
    jsonschema.Draft202012Validator(schema).validate(json.loads(value))


def test_binary_headers_are_read_by_the_decoder():
    headers = {
        "ce_specversion": "1.0",
        "ce_id": "1",
        "ce_source": "s",
        "ce_type": "StockCounted",
        "ce_time": "2024-05-01T06:00:00Z",
        "ce_dataschema": SCHEMAS[3],
        "content-type": "application/json",
    }
    jsonschema.Draft202012Validator(binary_headers("StockCounted")).validate(headers)
    encoded = {name: text.encode() for name, text in headers.items()}
    assert is_binary(encoded)
    assert from_headers(encoded, b"{}").type == "StockCounted"
