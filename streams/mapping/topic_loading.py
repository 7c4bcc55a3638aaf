"""Reading the part of a mapping file that is about topics."""

from pathlib import PurePath
from typing import Protocol, TypeVar

import msgspec

from streams.mapping.document import (
    KINDS,
    EventBlock,
    TimeOptions,
    TopicBlock,
    TopicEvent,
    Value,
)
from streams.mapping.templates import named_columns, template_names

SUFFIXES = {"avro": (".avsc",), "protobuf": (".proto", ".desc", ".pb")}
OF_RECORD = ("$key", "$timestamp", "$offset", "$partition", "$topic")
OF_CHANGE = ("$op", "$ts_ms")
PARTS_OF_CHANGE = ("$before.", "$after.", "$source.", "$transaction.")
INDEX = "$index"

_Kind = TypeVar("_Kind")
_Block = TypeVar("_Block", bound=EventBlock)


class DocumentReader(Protocol):
    """What reads the rest of the file, and collects what does not fit."""

    def problem(self, where: str, value: object, allowed: str) -> None:
        """Note that a value is not what is allowed there."""

    def convert(self, value: object, kind: type[_Kind], where: str) -> _Kind | None:
        """Convert one piece; None, and a problem more, if it does not fit."""

    def time(self, given: object, where: str) -> TimeOptions | None:
        """Read how times are read."""

    def blocks(self, given: object, where: str, kind: type[_Block]) -> list[_Block]:
        """Read a list of blocks."""


def read_topics(given: object, reader: DocumentReader) -> list[TopicBlock]:
    """Read the ``[[topic]]`` sections of a mapping file.

    Parameters
    ----------
    given : object
        What the TOML says under ``topic``.
    reader : DocumentReader
        Told of everything that is wrong.

    Returns
    -------
    list of TopicBlock
        Those that can be used.
    """
    if not isinstance(given, list) or not given:
        reader.problem("topic", given, "at least one [[topic]] section")
        return []
    topics = [
        topic
        for number, section in enumerate(given, 1)
        if (topic := _topic(f"[[topic]] {number}", section, reader)) is not None
    ]
    names = [name for topic in topics for name in topic.names]
    for name in sorted({name for name in names if names.count(name) > 1}):
        reader.problem("[[topic]] name", name, "given in one section alone")
    return topics


def _topic(where: str, given: object, reader: DocumentReader) -> TopicBlock | None:
    if not isinstance(given, dict):
        reader.problem(where, given, "a section")
        return None
    where = f"{where} ({given['name']})" if "name" in given else where
    rest = {key: value for key, value in given.items() if key not in {"event", "time"}}
    topic = reader.convert(rest, TopicBlock, where)
    time = reader.time(given["time"], f"{where} [time]") if "time" in given else None
    events = reader.blocks(given.get("event"), f"{where} [[topic.event]]", TopicEvent)
    if topic is None:
        return None
    if not topic.names:
        reader.problem(f"{where} name", [], "at least one name")
    _check_schema(where, topic, reader)
    for event in events:
        _check_event(f"{where} event {event.name!r}", topic, event, reader)
    return msgspec.structs.replace(topic, time=time, events=events)


def _check_schema(where: str, topic: TopicBlock, reader: DocumentReader) -> None:
    sides = (
        ("", topic.format, topic.schema, topic.message),
        ("key_", topic.key, topic.key_schema, topic.key_message),
    )
    for side, kind, schema, message in sides:
        suffixes = SUFFIXES.get(kind)
        if schema is not None:
            if suffixes is None:
                reader.problem(f"{where} {side}schema", schema, f"absent for {kind}")
            elif PurePath(schema).suffix not in suffixes:
                allowed = f"a file {' or '.join(suffixes)}"
                reader.problem(f"{where} {side}schema", schema, allowed)
        elif suffixes is not None and topic.framing == "none":
            allowed = "a schema file, because framing = 'none' names no schema"
            reader.problem(f"{where} {side}schema", None, allowed)
        elif suffixes is not None and not topic.framed:
            allowed = f"given as well as {'schema' if side else 'key_schema'}"
            reader.problem(f"{where} {side}schema", None, allowed)
        if message is not None and kind != "protobuf":
            reader.problem(f"{where} {side}message", message, f"absent for {kind}")
    for path, scale in topic.decimals.items():
        if scale < 0:
            reader.problem(f"{where} decimals {path!r}", scale, ">= 0")


def _check_event(
    where: str, topic: TopicBlock, event: TopicEvent, reader: DocumentReader
) -> None:
    kinds = KINDS[topic.envelope]
    for kind in event.on:
        if kind not in kinds:
            reader.problem(f"{where} on", kind, f"one of {', '.join(kinds)}")
    if event.group_by:
        reader.problem(
            f"{where} group_by",
            event.group_by,
            "absent: every record of a topic stands alone",
        )
    try:
        named = named_columns(event)
    except ValueError:
        return  # braces that do not match, which the reader says
    for key, column in named:
        if column.startswith("$") and not _is_known(column, topic, event):
            reader.problem(f"{where} {key}", column, _known(topic, event))
    templates = {
        key: value.template for key, value in _values(event) if value.template
    } | ({"id": event.id} if event.id else {})
    for key, template in templates.items():
        if "row" in template_names(template):
            reader.problem(
                f"{where} {key}", template, "without {row}; a record has {$offset}"
            )


def _is_known(column: str, topic: TopicBlock, event: TopicEvent) -> bool:
    parts: tuple[str, ...] = ("$header.",)
    names: tuple[str, ...] = OF_RECORD
    if topic.key != "text":
        parts += ("$key.",)
    if topic.envelope == "debezium":
        names, parts = (*names, *OF_CHANGE), (*parts, *PARTS_OF_CHANGE)
    if event.each is not None:
        names += (INDEX,)
    return column in names or any(
        column.startswith(part) and column != part for part in parts
    )


def _known(topic: TopicBlock, event: TopicEvent) -> str:
    names = [*OF_RECORD, "$header.NAME"]
    names += ["$key.PATH"] if topic.key != "text" else []
    if topic.envelope == "debezium":
        names += [*OF_CHANGE, *(f"{part}PATH" for part in PARTS_OF_CHANGE)]
    names += [INDEX] if event.each is not None else []
    text = f"one of {', '.join(names)}"
    return text if topic.key != "text" else f"{text} (of a key that is json: $key.PATH)"


def _values(event: TopicEvent) -> list[tuple[str, Value]]:
    return [("time", event.time), *event.fields.items()]
