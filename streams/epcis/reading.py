"""EPCIS documents to events."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from streams.codec import parse_time
from streams.epcis.corrections import undoing
from streams.epcis.digest import content_id, short
from streams.epcis.document import (
    BAD_EVENT,
    CONTEXT,
    Document,
    EpcisEvent,
    as_list,
    open_document,
    read_event,
    unread_fields,
)
from streams.epcis.facts import Facts, facts_of
from streams.epcis.goods import lines_of, unspecified
from streams.epcis.options import EpcisOptions
from streams.epcis.recorded import Recorded, RefusedEvent
from streams.epcis.sensors import is_watched, readings_of
from streams.epcis.steps import moves_of
from streams.epcis.vocabulary import prefixes_of
from streams.errors import EnvelopeError, EpcisError
from streams.events import AuditRecorded, Event

OBSERVED = "epcis:observed"
DECLARED = "epcis:declared_erroneous"
DEFAULTS = EpcisOptions()

_Timed = tuple[Event, int]


@dataclass(slots=True)
class EpcisReading:
    """What became of a document.

    Attributes
    ----------
    events : list of Recorded
        In the order of the document.
    refused : list of RefusedEvent
        Events that are none of EPCIS, or the whole document.
    n_mapped : int
        EPCIS events of which at least one event was made.
    unread : Counter of str
        Extensions and other fields that have no place in an event here, counted.
    units : dict of str to set of str
        Units that items came in, UN/ECE codes; two of one item are to be looked into.
    """

    events: list[Recorded] = field(default_factory=list)
    refused: list[RefusedEvent] = field(default_factory=list)
    n_mapped: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    units: dict[str, set[str]] = field(default_factory=dict)


def read_epcis(
    document: bytes, options: EpcisOptions = DEFAULTS, *, first_sequence: int = 0
) -> EpcisReading:
    """Map the events of an EPCIS 2.0 document in JSON-LD.

    Parameters
    ----------
    document : bytes
        An ``EPCISDocument``, an ``EPCISQueryDocument``, an event, or an array of these.
    options : EpcisOptions
        How ids are made, and what an error declaration does.
    first_sequence : int
        Sequence of the first event, in [0, 2**62).

    Returns
    -------
    EpcisReading

    Examples
    --------
    >>> event = b'''{"type": "ObjectEvent", "eventTime": "2024-05-01T06:00:00Z",
    ...     "eventTimeZoneOffset": "+00:00", "action": "ADD", "eventID": "urn:uuid:1",
    ...     "bizStep": "commissioning",
    ...     "epcList": ["urn:epc:id:sgtin:4012345.011122.25"],
    ...     "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"}}'''
    >>> made = read_epcis(event).events[0]
    >>> made.event_id, made.event.item, made.event.to_site
    ('urn:uuid:1/0', '04012345111224', '4012345000016')
    """
    result = EpcisReading()
    try:
        opened = open_document(document)
    except EpcisError as error:
        result.refused.append(
            RefusedEvent(
                index=None, reason=error.reason, detail=error.detail, value=document
            )
        )
        return result
    sequence = first_sequence
    for index, content in enumerate(opened.events):
        try:
            made = list(_mapped(content, opened, options, result))
        except EpcisError as error:
            value = msgspec.json.encode(content)
            result.refused.append(
                RefusedEvent(
                    index=index, reason=error.reason, detail=error.detail, value=value
                )
            )
            continue
        result.n_mapped += 1
        for event_id, event, time_us in made:
            result.events.append(
                Recorded(
                    event=event,
                    event_id=event_id,
                    source=options.source,
                    time_us=time_us,
                    sequence=sequence,
                )
            )
            sequence += 1
    return result


def events_of(document: bytes, options: EpcisOptions = DEFAULTS) -> list[bytes]:
    """Map a document to structured CloudEvents JSON.

    Parameters
    ----------
    document : bytes
        As for `read_epcis`.
    options : EpcisOptions
        How ids are made, and what an error declaration does.

    Returns
    -------
    list of bytes
        One for each event.

    Raises
    ------
    EpcisError
        With the first event that is refused; `read_epcis` returns them all.
    """
    reading = read_epcis(document, options)
    if reading.refused:
        raise EpcisError(reading.refused[0].reason, reading.refused[0].detail)
    return [one.encode() for one in reading.events]


def _mapped(
    content: object, document: Document, options: EpcisOptions, result: EpcisReading
) -> Iterator[tuple[str, Event, int]]:
    """Yield id, event and time of what one EPCIS event says."""
    event, fields = _checked(content)
    context = as_list(fields.get(CONTEXT)) or document.context
    prefixes = prefixes_of(context)
    event_id = short(event.event_id or content_id(fields))
    facts = facts_of(event, event_id, prefixes, options)
    try:
        said = list(_said(facts, (fields, context), prefixes, options))
        ids = [f"{event_id}/{number}" for number in range(len(said))]
        if event.error_declaration is None:
            timed = list(zip(ids, said, strict=True))
        else:
            erroneous = dict(zip(ids, said, strict=True))
            kept = {"context": context, "event": _bare(fields)}
            timed = list(_declared(facts, erroneous, kept, options))
    except EnvelopeError as error:  # of a time
        raise EpcisError(BAD_EVENT, str(error)) from error
    result.unread.update(unread_fields(fields))
    _note_units(facts, options, result)
    for one, (made, time_us) in timed:
        yield one, made, time_us


def _checked(content: object) -> tuple[EpcisEvent, dict[str, Any]]:
    event = read_event(content)
    assert isinstance(content, dict)
    zoned = event.event_time
    if "T" in zoned and not zoned.endswith("Z") and not _has_offset(zoned):
        # EPCIS wants a zone in the time; where none is, the field beside it has it.
        zoned += event.event_time_zone_offset
    return msgspec.structs.replace(event, event_time=zoned), content


def _has_offset(time: str) -> bool:
    clock = time.partition("T")[2]
    return "+" in clock or "-" in clock


def _said(
    facts: Facts,
    whole: tuple[dict[str, Any], list[Any]],
    prefixes: dict[str, str],
    options: EpcisOptions,
) -> Iterator[_Timed]:
    """Yield what an event says: moves, readings, and the rest as it is."""
    time_us = parse_time(facts.event.event_time)
    moves = moves_of(facts, options)
    readings, left = readings_of(facts, prefixes, options)
    yield from ((move, time_us) for move in moves)
    yield from ((one.event, one.time_us) for one in readings)
    bare = facts.goods and not moves and not (readings and is_watched(facts))
    if left or bare or unspecified(facts.event) or not (moves or readings):
        content, context = whole
        said = _bare(content)
        said.pop("errorDeclaration", None)  # the same when it is declared erroneous
        detail = {
            "context": context,
            "event": said,
            "moved": bool(moves),
            "read": bool(readings),
        }
        yield _audit(facts.event_id, OBSERVED, detail, options), time_us


def _bare(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != CONTEXT}


def _audit(
    record: str, what: str, detail: dict[str, Any], options: EpcisOptions
) -> AuditRecorded:
    return AuditRecorded(record=record, who=options.source, what=what, detail=detail)


def _declared(
    facts: Facts, said: dict[str, _Timed], kept: dict[str, Any], options: EpcisOptions
) -> Iterator[tuple[str, _Timed]]:
    """Yield what undoes an erroneous event, and the declaration itself."""
    declaration = facts.event.error_declaration
    assert declaration is not None
    time_us = parse_time(declaration.declaration_time)
    undone = {}
    if options.corrections == "compensate":
        found = {one: undoing(event) for one, (event, _) in said.items()}
        undone = {one: event for one, event in found.items() if event is not None}
    for number, event in enumerate(undone.values()):
        yield f"{facts.event_id}/error/{number}", (event, time_us)
    detail = {
        "reason": declaration.reason,
        "correctiveEventIDs": declaration.corrective_event_ids,
        "undone": list(undone),
        "standing": [one for one in said if one not in undone],
        **kept,
    }
    audit = _audit(facts.event_id, DECLARED, detail, options)
    yield f"{facts.event_id}/error/{len(undone)}", (audit, time_us)


def _note_units(facts: Facts, options: EpcisOptions, result: EpcisReading) -> None:
    event = facts.event
    lines = [
        *facts.goods,
        *lines_of(event.input_epc_list, event.input_quantity_list, options),
        *lines_of(event.output_epc_list, event.output_quantity_list, options),
    ]
    for line in lines:
        result.units.setdefault(line.item, set()).add(line.unit)
