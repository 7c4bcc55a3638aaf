"""EPCIS documents: what an event holds, and where the events of a document stand.

References
----------
GS1 EPCIS 2.0 (2022), sections 7 (data model) and 10 (JSON/JSON-LD bindings).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec

from streams.errors import EpcisError

NO_EVENT = "no event"
NOT_JSON = "not JSON"
BAD_EVENT = "no EPCIS event"

EventType = Literal[
    "ObjectEvent",
    "AggregationEvent",
    "TransactionEvent",
    "TransformationEvent",
    "AssociationEvent",
]
EVENT_TYPES = EventType.__args__  # type: ignore[attr-defined]
CONTEXT = "@context"
SHOWN_KEYS = 6  # of an object that is refused

# Beyond a number of parts or grams that any event is about: a unit mixed up.
QUANTITY_MAX = 1e15
Named = msgspec.field
Uri = Annotated[str, msgspec.Meta(min_length=1)]


class QuantityElement(msgspec.Struct, frozen=True, rename="camel"):
    """A class of objects, how many or how much of it; None: not specified."""

    epc_class: Uri
    quantity: Annotated[float, msgspec.Meta(ge=0, le=QUANTITY_MAX)] | None = None
    uom: str | None = None


class Spot(msgspec.Struct, frozen=True):
    """A read point or a business location."""

    id: Uri


class BizTransaction(msgspec.Struct, frozen=True, rename="camel"):
    """A business transaction, for example a purchase order."""

    biz_transaction: Uri
    type: str | None = None


class Party(msgspec.Struct, frozen=True):
    """Where goods come from or go to: one of the two is given."""

    type: str
    source: Uri | None = None
    destination: Uri | None = None


class SensorMetadata(msgspec.Struct, frozen=True, rename="camel"):
    """What holds for all reports of a sensor element."""

    time: str | None = None
    end_time: str | None = None
    device_id: str | None = Named(default=None, name="deviceID")


class SensorElement(msgspec.Struct, frozen=True, rename="camel"):
    """Reports of sensors; a report stays as it is, its extensions matter."""

    sensor_report: list[dict[str, Any]]
    sensor_metadata: SensorMetadata = SensorMetadata()


class ErrorDeclaration(msgspec.Struct, frozen=True, rename="camel"):
    """The event it is part of is declared erroneous."""

    declaration_time: str
    reason: str | None = None
    corrective_event_ids: list[str] = Named(
        default_factory=list, name="correctiveEventIDs"
    )


class EpcisEvent(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An event of any of the five types, without its extensions."""

    type: EventType
    event_time: str
    event_time_zone_offset: str
    event_id: str | None = Named(default=None, name="eventID")
    record_time: str | None = None
    action: Literal["ADD", "OBSERVE", "DELETE"] | None = None
    biz_step: str | None = None
    disposition: str | None = None
    read_point: Spot | None = None
    biz_location: Spot | None = None
    biz_transaction_list: list[BizTransaction] = []
    source_list: list[Party] = []
    destination_list: list[Party] = []
    parent_id: Uri | None = Named(default=None, name="parentID")
    epc_list: list[Uri] = []
    quantity_list: list[QuantityElement] = []
    child_epcs: list[Uri] = Named(default_factory=list, name="childEPCs")
    child_quantity_list: list[QuantityElement] = []
    input_epc_list: list[Uri] = Named(default_factory=list, name="inputEPCList")
    input_quantity_list: list[QuantityElement] = []
    output_epc_list: list[Uri] = Named(default_factory=list, name="outputEPCList")
    output_quantity_list: list[QuantityElement] = []
    transformation_id: Uri | None = Named(default=None, name="transformationID")
    sensor_element_list: list[SensorElement] = []
    error_declaration: ErrorDeclaration | None = None


READ_FIELDS = frozenset(
    one.encode_name for one in msgspec.structs.fields(EpcisEvent)
) | {CONTEXT}


@dataclass(frozen=True, slots=True)
class Document:
    """The events of a document, not yet read, and the context they stand in."""

    events: list[Any]
    context: list[Any] = field(default_factory=list)


def open_document(value: bytes) -> Document:
    """Find the events of a document.

    Parameters
    ----------
    value : bytes
        JSON-LD: an ``EPCISDocument``, an ``EPCISQueryDocument``, one event, or an array
        of these.

    Returns
    -------
    Document
        With at least one event.

    Raises
    ------
    EpcisError
        If it is no JSON, or holds no event: master data, a subscription, a capture job.

    Examples
    --------
    >>> open_document(b'{"type": "EPCISDocument", "epcisBody": {"eventList": []}}')
    Traceback (most recent call last):
    streams.errors.EpcisError: no event: EPCISDocument with an empty eventList
    """
    try:
        content = msgspec.json.decode(value)
    except (ValueError, RecursionError) as error:
        raise EpcisError(NOT_JSON, f"must be JSON in UTF-8 ({error})") from error
    if not isinstance(content, list):
        return _of_object(content)
    if not content:
        raise EpcisError(NO_EVENT, "an empty array")
    opened = [_of_object(one) for one in content]
    events = [_in_context(event, one.context) for one in opened for event in one.events]
    return Document(events)


def _of_object(content: object) -> Document:
    if not isinstance(content, dict):
        detail = f"must be a JSON object or an array of them, was {content!r:.80}"
        raise EpcisError(NO_EVENT, detail)
    context = as_list(content.get(CONTEXT))
    body = content.get("epcisBody")
    if isinstance(body, dict):
        return Document(_events_of_body(body, str(content.get("type"))), context)
    if "eventTime" in content or content.get("type") in EVENT_TYPES:
        return Document([content], context)
    what = content.get("type") or f"object with {', '.join(list(content)[:SHOWN_KEYS])}"
    allowed = "an EPCISDocument, an EPCISQueryDocument or an event"
    raise EpcisError(NO_EVENT, f"must be {allowed}, was {what!s:.80}")


def _events_of_body(body: dict[str, Any], kind: str) -> list[Any]:
    results = body.get("queryResults")
    if isinstance(results, dict):
        found = results.get("resultsBody")
        body = found if isinstance(found, dict) else {}
    found = body.get("eventList", body.get("event"))
    if isinstance(found, dict):
        return [found]
    if isinstance(found, list) and found:
        return found
    what = (
        "an empty eventList" if found == [] else f"only {', '.join(body) or 'a body'}"
    )
    raise EpcisError(NO_EVENT, f"{kind} with {what}")


def as_list(context: object) -> list[Any]:
    """Return a JSON-LD context as an array of its parts."""
    if context is None:
        return []
    return context if isinstance(context, list) else [context]


def _in_context(event: object, context: list[Any]) -> object:
    if not isinstance(event, dict) or not context or CONTEXT in event:
        return event
    return {CONTEXT: context, **event}


def read_event(content: object) -> EpcisEvent:
    """Check one event, and take from it what is read here.

    Parameters
    ----------
    content : object
        As it was decoded from JSON.

    Returns
    -------
    EpcisEvent

    Raises
    ------
    EpcisError
        If it is of no known type, or a field is not what EPCIS says.
    """
    kind = content.get("type") if isinstance(content, dict) else None
    if kind not in EVENT_TYPES:
        allowed = ", ".join(EVENT_TYPES)
        raise EpcisError(NO_EVENT, f"type = {kind!r:.80}: must be one of {allowed}")
    try:
        return msgspec.convert(content, EpcisEvent)
    except msgspec.ValidationError as error:
        raise EpcisError(BAD_EVENT, str(error)) from error


def unread_fields(content: dict[str, Any]) -> Iterator[str]:
    """Yield the names of fields of an event that no event here has a place for."""
    return (name for name in content if name not in READ_FIELDS)


def split_document(value: bytes) -> list[bytes]:
    """Split a document into one for each event, so that each has an offset of its own.

    Parameters
    ----------
    value : bytes
        As for `open_document`.

    Returns
    -------
    list of bytes
        Bare events, each with the context of its document. What cannot be split is
        returned whole, to be refused where it is read.

    Examples
    --------
    >>> event = b'{"type":"ObjectEvent","eventTime":"2024-05-01T06:00:00Z"}'
    >>> [bytes(one) for one in split_document(b"[" + event + b"," + event + b"]")] == [
    ...     event, event]
    True
    """
    try:
        document = open_document(value)
    except EpcisError:
        return [value]
    events = (_in_context(event, document.context) for event in document.events)
    return [msgspec.json.encode(event) for event in events]
