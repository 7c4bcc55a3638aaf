"""`millstream schema`: the wire contract of events as JSON Schema."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from twin.cli.console import Console
from twin.cli.options import JsonFile, Quiet, Seed, examples

app = typer.Typer()


@app.command(
    "schema",
    epilog=examples(
        "millstream schema OrderReceived", "millstream schema --out events.schema.json"
    ),
)
def print_schema(
    event_type: Annotated[
        str | None,
        typer.Argument(metavar="[TYPE]", help="One type of event; without: all."),
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write there, print nothing.")
    ] = None,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # nothing is drawn
    quiet: Quiet = False,
) -> None:
    """Print the JSON Schema of the data of events, and of their envelope."""
    console = Console(json_file, quiet=quiet or out is not None)
    schema = build_schema(event_type)
    text = json.dumps(schema, indent=2)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    console.say(text)
    console.finish(schema)


def build_schema(event_type: str | None) -> dict[str, Any]:
    """Return the JSON Schema of one type of event, or of all and the envelope.

    Raises
    ------
    OptionError
        If there is no such type.

    Examples
    --------
    >>> build_schema("OrderCancelled")["$ref"]
    '#/$defs/OrderCancelled'
    """
    import msgspec

    from streams.events import EVENT_TYPES, TYPE_CODES
    from twin.errors import OptionError

    if event_type is not None and event_type not in TYPE_CODES:
        allowed = ", ".join(TYPE_CODES)
        msg = f"type {event_type!r}: must be one of {allowed}"
        raise OptionError(msg)
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if event_type is not None:
        one = msgspec.json.schema(EVENT_TYPES[TYPE_CODES[event_type]])
        return {**dialect, **one}
    data, definitions = msgspec.json.schema_components(
        EVENT_TYPES, ref_template="#/$defs/{name}"
    )
    by_type = zip(TYPE_CODES, data, strict=True)
    rules = [
        {
            "if": {"properties": {"type": {"const": name}}},
            "then": {"properties": {"data": reference}},
        }
        for name, reference in by_type
    ]
    return {**dialect, **_envelope(), "allOf": rules, "$defs": definitions}


def _envelope() -> dict[str, Any]:
    """CloudEvents 1.0 in structured JSON, as far as it is read here."""
    from streams.codec.envelope import SEQUENCE_MAX
    from streams.events import ID_LENGTH_MAX, TYPE_CODES

    text = {"type": "string"}
    identity = {"type": "string", "minLength": 1, "maxLength": ID_LENGTH_MAX}
    return {
        "title": "Event",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": identity,
            "source": identity,
            "type": {"enum": list(TYPE_CODES)},
            "time": {"type": "string", "format": "date-time"},
            "subject": text,
            "dataschema": text,
            "datacontenttype": text,
            "sequence": {
                "anyOf": [
                    {"type": "integer", "minimum": 0, "maximum": SEQUENCE_MAX},
                    {"type": "string", "pattern": "^[0-9]+$"},
                ]
            },
            "data": {"type": "object"},
        },
    }
