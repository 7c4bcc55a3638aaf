"""`millstream schema`: the wire contract of events, for machines to read."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from twin.cli.console import Console
from twin.cli.options import JsonFile, Quiet, Seed, examples

app = typer.Typer()


class Format(StrEnum):
    """What the contract is written as."""

    JSON_SCHEMA = "json-schema"
    ASYNCAPI = "asyncapi"
    ARROW = "arrow"


@app.command(
    "schema",
    epilog=examples(
        "millstream schema OrderReceived",
        "millstream schema --out events.schema.json",
        "millstream schema --format asyncapi --prefix plant --out asyncapi.json",
        "millstream schema --format arrow --out schemas",
    ),
)
def print_schema(
    event_type: Annotated[
        str | None,
        typer.Argument(metavar="[TYPE]", help="One type of event; without: all."),
    ] = None,
    *,
    form: Annotated[
        Format, typer.Option("--format", help="What to write.")
    ] = Format.JSON_SCHEMA,
    prefix: Annotated[
        str, typer.Option(metavar="P", help="Prefix of topics, for AsyncAPI.")
    ] = "millstream",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR",
            help="Write there, print nothing; a name without an end is a folder, with "
            "a file for each type.",
        ),
    ] = None,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # nothing is drawn
    quiet: Quiet = False,
) -> None:
    """Print the contract of events: JSON Schema, AsyncAPI, or columns of Arrow."""
    console = Console(json_file, quiet=quiet or out is not None)
    schema = build_contract(event_type, form, prefix=prefix)
    text = json.dumps(schema, indent=2)
    if out is not None and (out.is_dir() or not out.suffix):
        _write_folder(out, event_type, form, prefix=prefix)
    elif out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    console.say(text)
    console.finish(schema)


def build_contract(
    event_type: str | None, form: Format, *, prefix: str = "millstream"
) -> dict[str, Any]:
    """Return the contract of one type of event, or of all, in one of the formats.

    Raises
    ------
    OptionError
        If there is no such type, or one is asked for in AsyncAPI.
    """
    from streams.events import TYPE_CODES
    from streams.schema import arrow_columns, asyncapi_document
    from twin.errors import OptionError

    if form is Format.JSON_SCHEMA:
        return build_schema(event_type)
    _check_type(event_type)
    if form is Format.ARROW:
        names = list(TYPE_CODES) if event_type is None else [event_type]
        return {name: arrow_columns(name) for name in names}
    if event_type is not None:
        msg = f"type {event_type!r}: must be left out, AsyncAPI describes all topics"
        raise OptionError(msg)
    return asyncapi_document(prefix)


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
    from streams.schema import data_schema, event_schema

    _check_type(event_type)
    return event_schema() if event_type is None else data_schema(event_type)


def _check_type(event_type: str | None) -> None:
    from streams.events import TYPE_CODES
    from twin.errors import OptionError

    if event_type is not None and event_type not in TYPE_CODES:
        allowed = ", ".join(TYPE_CODES)
        msg = f"type {event_type!r}: must be one of {allowed}"
        raise OptionError(msg)


def _write_folder(
    folder: Path, event_type: str | None, form: Format, *, prefix: str
) -> None:
    """Write a file for each type, and one for the whole."""
    from streams.events import TYPE_CODES
    from streams.schema import arrow_schema

    folder.mkdir(parents=True, exist_ok=True)
    names = list(TYPE_CODES) if event_type is None else [event_type]
    if form is Format.ASYNCAPI:
        whole = build_contract(event_type, form, prefix=prefix)
        _write(folder / "asyncapi.json", whole)
    elif form is Format.ARROW:
        for name in names:
            (folder / f"{name}.arrow-schema").write_bytes(arrow_schema(name))
    else:
        for name in names:
            _write(folder / f"{name}.schema.json", build_schema(name))
        if event_type is None:
            _write(folder / "Event.schema.json", build_schema(None))


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
