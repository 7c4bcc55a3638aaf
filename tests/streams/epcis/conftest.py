"""EPCIS documents: made for a test, and the public examples with their schema."""

import json
import re

import jsonschema
import pytest

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\"<>\\^`{|}]+")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
CHECKER = jsonschema.FormatChecker(formats=())
CHECKER.checks("uri")(
    lambda text: not isinstance(text, str) or bool(URI.fullmatch(text))
)
CHECKER.checks("date-time")(lambda text: bool(STAMP.fullmatch(text)))


@pytest.fixture(scope="session")
def epcis_examples(public_data):
    """All examples of the standard: name and bytes."""
    folder = public_data / "events" / "epcis2" / "examples"
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.jsonld"))}


@pytest.fixture(scope="session")
def epcis_errors(public_data):
    """Return what the official schema has against a document."""
    path = public_data / "events" / "epcis2" / "schema" / "EPCIS-JSON-Schema.json"
    schema = json.loads(path.read_text())
    validator = jsonschema.Draft7Validator(schema, format_checker=CHECKER)

    def errors(document):
        return [e.message[:200] for e in validator.iter_errors(json.loads(document))]

    return errors


@pytest.fixture
def epcis_event():
    """Make an event; arguments replace its fields, None leaves one out."""

    def make(**fields):
        event = {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/x.jsonld"],
            "type": "ObjectEvent",
            "eventID": "urn:uuid:1",
            "eventTime": "2024-05-01T06:00:00Z",
            "eventTimeZoneOffset": "+00:00",
            "action": "OBSERVE",
            "epcList": ["urn:epc:id:sgtin:4012345.011122.25"],
            "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"},
        } | fields
        return {name: value for name, value in event.items() if value is not None}

    return make


@pytest.fixture
def epcis_bytes(epcis_event):
    """Make an event as bytes."""
    return lambda **fields: json.dumps(epcis_event(**fields)).encode()
