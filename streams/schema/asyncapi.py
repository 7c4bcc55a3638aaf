"""AsyncAPI document of the topics: what is read from them and written to them.

References
----------
AsyncAPI 3.0.0 (2023); Kafka bindings 0.5.0; CloudEvents 1.0.2, Kafka protocol binding.
"""

from typing import Any

from streams.codec.envelope import SEQUENCE_MAX
from streams.events import EVENT_TYPES, ID_LENGTH_MAX, TYPE_CODES
from streams.lifting import schema_of, version_of
from streams.schema.json_schema import definitions, envelope

VERSION = "3.0.0"
KAFKA_BINDING = "0.5.0"
SCHEMAS = "#/components/schemas/"
MESSAGES = "#/components/messages/"
STRUCTURED = "application/cloudevents+json"
DECISIONS = ("ForecastIssued", "PlanReleased", "OrderDispatched", "ModelCalibrated")
OBSERVATIONS = ("ContradictionObserved",)

TOPICS = {
    "input": (
        "{topic}",
        "Any topic with events of the company; several, if keyed alike.",
        "receive",
        tuple(TYPE_CODES),
    ),
    "rekeyed": (
        "{prefix}.rekeyed",
        "Events of the input topics once more, keyed by site.",
        "receive",
        tuple(TYPE_CODES),
    ),
    "decisions": (
        "{prefix}.decisions",
        "Forecasts and plans of the elected worker: part of the log.",
        "send",
        DECISIONS,
    ),
    "observations": (
        "{prefix}.observations",
        "Facts that did not fit the state.",
        "send",
        OBSERVATIONS,
    ),
}


def asyncapi_document(prefix: str = "millstream") -> dict[str, Any]:
    """Describe the topics as AsyncAPI.

    Parameters
    ----------
    prefix : str
        Prefix of the topics that are written.

    Returns
    -------
    dict
        Channels, operations, and two messages for each type of event: structured
        (the whole in the value) and binary (attributes in the headers).

    Examples
    --------
    >>> sorted(asyncapi_document()["channels"])
    ['decisions', 'input', 'observations', 'rekeyed']
    """
    schemas = definitions(SCHEMAS)
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Millstream events",
            "version": str(max(map(version_of, TYPE_CODES))),
            "description": (
                "Topics of a twin. What cannot be used goes to dead letters in a file "
                "log beside the checkpoint, not to a topic."
            ),
        },
        "defaultContentType": STRUCTURED,
        "channels": {name: _channel(name, prefix) for name in TOPICS},
        "operations": {
            f"{action}_{name}": {
                "action": action,
                "channel": {"$ref": f"#/channels/{name}"},
            }
            for name, (_, _, action, _) in TOPICS.items()
        },
        "components": {
            "schemas": {"Event": envelope(), **schemas},
            "messages": {
                name: message
                for event_type in EVENT_TYPES
                for name, message in _messages(event_type.__name__).items()
            },
        },
    }


def _channel(name: str, prefix: str) -> dict[str, Any]:
    address, description, _, types = TOPICS[name]
    names = [one for kind in types for one in (kind, f"{kind}.binary")]
    channel: dict[str, Any] = {
        "address": address.replace("{prefix}", prefix),
        "description": description,
        "messages": {one: {"$ref": f"{MESSAGES}{one}"} for one in names},
        "bindings": {"kafka": {"bindingVersion": KAFKA_BINDING}},
    }
    if "{topic}" in address:
        channel["parameters"] = {"topic": {"description": "Name of the topic."}}
    return channel


def _messages(name: str) -> dict[str, dict[str, Any]]:
    """Return the two messages of a type: structured and binary."""
    summary = (EVENT_TYPES[TYPE_CODES[name]].__doc__ or "").strip().splitlines()[0]
    shared = {"title": name, "summary": summary, "bindings": {"kafka": _bindings()}}
    told = {"type": {"const": name}, "data": {"$ref": f"{SCHEMAS}{name}"}}
    return {
        name: {
            **shared,
            "name": name,
            "contentType": STRUCTURED,
            "payload": {
                "allOf": [{"$ref": f"{SCHEMAS}Event"}, {"properties": told}],
            },
        },
        f"{name}.binary": {
            **shared,
            "name": f"{name}.binary",
            "contentType": "application/json",
            "headers": binary_headers(name),
            "payload": {"$ref": f"{SCHEMAS}{name}"},
        },
    }


def binary_headers(name: str) -> dict[str, Any]:
    """Return the schema of the Kafka headers of an event in binary mode.

    Examples
    --------
    >>> binary_headers("StockCounted")["properties"]["ce_type"]
    {'const': 'StockCounted'}
    """
    identity = {"type": "string", "minLength": 1, "maxLength": ID_LENGTH_MAX}
    return {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": identity,
            "ce_source": identity,
            "ce_type": {"const": name},
            "ce_time": {"type": "string", "format": "date-time"},
            "ce_dataschema": {"const": schema_of(name)},
            "ce_sequence": {
                "type": "string",
                "pattern": f"^[0-9]{{1,{len(str(SEQUENCE_MAX))}}}$",
            },
            "content-type": {"type": "string"},
        },
    }


def _bindings() -> dict[str, Any]:
    key = {"type": "string", "description": "The site, so that a state has it whole."}
    return {"key": key, "bindingVersion": KAFKA_BINDING}
