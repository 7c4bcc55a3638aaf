"""JSON Schema of events: of their data by type, and of the whole in CloudEvents.

Generated from `streams.events`, so that schema and decoder cannot disagree. What JSON
Schema cannot say is listed in docs/schema.md.

References
----------
JSON Schema 2020-12 (core and validation); CloudEvents 1.0.2, JSON event format.
"""

from typing import Any

import msgspec

from streams.codec.envelope import RFC3339, SEQUENCE_MAX
from streams.events import EVENT_TYPES, ID_LENGTH_MAX, TYPE_CODES
from streams.layout import LAYOUTS
from streams.lifting import schema_of, schemas_read
from streams.schema.units import meaning_of, unit_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
EVENT_ID = "urn:millstream:event"
DEFINITIONS = "#/$defs/"
SEQUENCE_DIGITS = len(str(SEQUENCE_MAX))
JSON_TYPE = r"^\s*([aA][pP][pP][lL][iI][cC][aA][tT][iI][oO][nN]/[jJ][sS][oO][nN]|[^;]*\+[jJ][sS][oO][nN])\s*(;.*)?$"  # noqa: E501


def definitions(prefix: str = DEFINITIONS) -> dict[str, dict[str, Any]]:
    """Return the schemas of the data of all types, and of the records they hold.

    Parameters
    ----------
    prefix : str
        Where references point: what stands before the name of a type.

    Returns
    -------
    dict of str to dict
        By name of the type; each says what its fields hold, and in which unit
        (``x-unit``).
    """
    _, found = msgspec.json.schema_components(
        EVENT_TYPES, ref_template=prefix + "{name}"
    )
    for event_type, fields in zip(EVENT_TYPES, LAYOUTS, strict=True):
        properties = found[event_type.__name__]["properties"]
        for field in fields:
            said = properties[field.name]
            said["description"] = meaning_of(event_type, field)
            unit = unit_of(field.name)
            if unit is not None:
                said["x-unit"] = unit
    return found


def data_schema(type_name: str) -> dict[str, Any]:
    """Return the JSON Schema of the data of one type of event.

    Parameters
    ----------
    type_name : str
        Name of one of `streams.events.EVENT_TYPES`.

    Returns
    -------
    dict
        Its ``$id`` is the ``dataschema`` that events of the type name.

    Raises
    ------
    KeyError
        If there is no such type.

    Examples
    --------
    >>> schema = data_schema("OrderCancelled")
    >>> schema["$id"], schema["$ref"]
    ('urn:millstream:event:OrderCancelled:1', '#/$defs/OrderCancelled')
    """
    found = definitions()
    used = {type_name: found[type_name]}
    for name, one in found.items():
        if name not in TYPE_CODES and f'"{DEFINITIONS}{name}"' in _text(used):
            used[name] = one
    return {
        "$schema": DIALECT,
        "$id": schema_of(type_name),
        "$ref": f"{DEFINITIONS}{type_name}",
        "$defs": used,
    }


def _text(content: object) -> str:
    return msgspec.json.encode(content).decode()


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema of an event of any type, in structured CloudEvents JSON.

    Returns
    -------
    dict

    Examples
    --------
    >>> event_schema()["required"]
    ['specversion', 'id', 'source', 'type', 'time', 'data']
    """
    return {
        "$schema": DIALECT,
        "$id": EVENT_ID,
        **envelope(),
        "allOf": [_rule(name) for name in TYPE_CODES],
        "$defs": definitions(),
    }


def _rule(name: str) -> dict[str, Any]:
    """Tie the data of a type to its schema; data of older versions are lifted first."""
    newest, *older = schemas_read(name)
    told: dict[str, Any] = {"type": {"const": name}}
    if older:
        told["dataschema"] = {"not": {"enum": older}}
    return {
        "if": {"properties": told},
        "then": {
            "properties": {
                "dataschema": {"enum": [newest, None]},
                "data": {"$ref": f"{DEFINITIONS}{name}"},
            }
        },
    }


def envelope() -> dict[str, Any]:
    """Return the schema of the attributes of an event, as far as they are read here."""
    text = {"type": ["string", "null"]}
    identity = {"type": "string", "minLength": 1, "maxLength": ID_LENGTH_MAX}
    digits = f"^[0-9]{{1,{SEQUENCE_DIGITS}}}$"
    return {
        "title": "Event",
        "description": "A CloudEvent 1.0 whose data is one of the records below.",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": identity | {"description": "With the source, unique for ever."},
            "source": identity | {"description": "Who says so."},
            "type": {"enum": list(TYPE_CODES)},
            "time": {
                "type": "string",
                "format": "date-time",
                "pattern": f"^{RFC3339.pattern}$".replace(r"\d", "[0-9]"),
                "description": "Event time, RFC 3339 with a zone.",
            },
            "subject": text,
            "dataschema": text | {"description": "Type and version of the data."},
            "datacontenttype": text | {"pattern": JSON_TYPE},
            "data_base64": {"type": "null"},
            "sequence": {
                "description": "Running number of the source.",
                "anyOf": [
                    {"type": "integer", "minimum": 0, "maximum": SEQUENCE_MAX},
                    {"type": "string", "pattern": digits},
                ],
            },
            "data": {"type": "object"},
        },
    }
