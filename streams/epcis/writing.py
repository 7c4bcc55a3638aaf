"""Events to EPCIS 2.0 documents in JSON-LD.

References
----------
GS1 EPCIS 2.0 (2022), sections 7 and 10, and its JSON Schema.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import msgspec
import numpy as np

from streams.codec import format_times
from streams.epcis.document import CONTEXT
from streams.epcis.facts import LOT_PAPER
from streams.epcis.goods import PIECES
from streams.epcis.identifiers import (
    ASSETS,
    ITEM,
    OWN,
    PLACE,
    URI,
    parse_identifier,
    uri_of,
)
from streams.epcis.options import EpcisOptions
from streams.epcis.reading import DECLARED, DEFAULTS, OBSERVED
from streams.epcis.recorded import Recorded
from streams.epcis.reports import report_of
from streams.epcis.steps import OPERATION
from streams.epcis.vocabulary import REJECTED, own_word
from streams.events import (
    AuditRecorded,
    Event,
    InspectionRecorded,
    MachineReading,
    OperationCompleted,
    ShipmentDispatched,
    ShipmentReceived,
    StockCounted,
    StockMoved,
)

STANDARD_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SCHEMA_VERSION = "2.0"
UTC_OFFSET = "+00:00"

_Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """How ids of events become URIs and quantities of EPCIS.

    Attributes
    ----------
    back : Mapping of str to str
        Ids by alias.
    units : Mapping of str to str
        UN/ECE codes of units by item; pieces are left out.
    """

    back: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    def item(self, name: str) -> str:
        """Return the URI of an item."""
        return uri_of(self.back.get(name, name), "item", key=ITEM)

    def place(self, name: str) -> str:
        """Return the URI of a place or a machine."""
        return uri_of(self.back.get(name, name), "place", key=PLACE)

    def amount(self, item: str, quantity: float) -> _Content:
        """Return a quantity element."""
        element: _Content = {"epcClass": self.item(item), "quantity": quantity}
        unit = self.units.get(item, PIECES)
        return element if unit == PIECES else {**element, "uom": unit}


@dataclass(slots=True)
class EpcisWriting:
    """A document, and what no EPCIS event can say.

    Attributes
    ----------
    document : bytes
        An ``EPCISDocument`` in JSON-LD.
    n_written : int
        EPCIS events in it.
    unwritten : list of Recorded
        Events of types that EPCIS has no event for, in their order.
    """

    document: bytes
    n_written: int = 0
    unwritten: list[Recorded] = field(default_factory=list)


def write_epcis(
    events: Iterable[Recorded],
    options: EpcisOptions = DEFAULTS,
    *,
    created_us: int,
    units: Mapping[str, str] | None = None,
) -> EpcisWriting:
    """Write events as an EPCIS 2.0 document.

    Parameters
    ----------
    events : iterable of Recorded
        `StockMoved`, `StockCounted`, `ShipmentDispatched`, `ShipmentReceived`,
        `OperationCompleted` with an item, `InspectionRecorded`, `MachineReading`, and
        what `read_epcis` recorded because nothing else could say it.
    options : EpcisOptions
        Aliases are replaced by the ids they stand for.
    created_us : int
        When the document is made, microseconds UTC.
    units : Mapping of str to str or None
        UN/ECE codes of units by item; None, or not there: pieces.

    Returns
    -------
    EpcisWriting

    Examples
    --------
    >>> counted = StockCounted(item="04012345123456", site="4012345000016", quantity=3)
    >>> one = Recorded(event=counted, event_id="7", source="wms", time_us=0)
    >>> b'"bizStep":"stock_taking"' in write_epcis([one], created_us=0).document
    True
    """
    names = Names(options.names_back, units or {})
    written: list[_Content] = []
    unwritten: list[Recorded] = []
    for one in events:
        made = _contents(one, names)
        written += made
        if not made:
            unwritten.append(one)
    document = {
        CONTEXT: [STANDARD_CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": SCHEMA_VERSION,
        "creationDate": _time(created_us),
        "epcisBody": {"eventList": written},
    }
    return EpcisWriting(msgspec.json.encode(document), len(written), unwritten)


def _time(time_us: int) -> str:
    return format_times(np.array([time_us], np.int64))[0]


def _contents(one: Recorded, names: Names) -> list[_Content]:
    """Return the EPCIS events of one event: none, one, or one for each outcome."""
    event = one.event
    if isinstance(event, AuditRecorded):
        return _kept(event)
    if isinstance(event, InspectionRecorded):
        return _inspected(event, one, names)
    writer = WRITERS.get(type(event))
    said = None if writer is None else writer(event, names)
    return [] if said is None else [{**_head(one), **said}]


def _head(one: Recorded, part: str = "") -> _Content:
    name = one.event_id
    given = URI.fullmatch(name) is not None
    whole = f"{one.source}/{name}"
    event_id = name if given else f"{OWN}event:{quote(whole, safe='')}"
    return {
        "type": "ObjectEvent",
        "eventID": event_id + part,
        "eventTime": _time(one.time_us),
        "eventTimeZoneOffset": UTC_OFFSET,
    }


def _kept(event: AuditRecorded) -> list[_Content]:
    """Return an EPCIS event that was recorded as it is, unless others say it."""
    detail = event.detail
    if event.what not in {OBSERVED, DECLARED} or "event" not in detail:
        return []
    if detail.get("moved") or detail.get("undone"):
        return []  # its moves, or what took them back, are events of their own
    content = dict(detail["event"])
    if detail.get("read"):
        content.pop("sensorElementList", None)  # its readings are events of their own
        if content["type"] == "ObjectEvent" and "quantityList" not in content:
            content.setdefault("epcList", [])
    context = detail.get("context")
    return [{CONTEXT: context, **content} if context else content]


def _spot(name: str, names: Names) -> _Content:
    return {"id": names.place(name)}


def _papers(**given: str | None) -> _Content:
    kinds = {"desadv": "shipment", "po": "order", "prodorder": "production_order"}
    listed = [
        {"type": kind, "bizTransaction": uri_of(name, kinds[kind])}
        for kind, name in given.items()
        if name is not None
    ]
    return {"bizTransactionList": listed} if listed else {}


def _ends(names: Names, origin: str | None, target: str | None) -> _Content:
    said: _Content = {}
    if origin is not None:
        said["sourceList"] = [{"type": "location", "source": names.place(origin)}]
    if target is not None:
        destination = {"type": "location", "destination": names.place(target)}
        said["destinationList"] = [destination]
    return said


def _moved(event: StockMoved, names: Names) -> _Content:
    amount = [names.amount(event.item, event.quantity)]
    origin, target, order = event.from_site, event.to_site, event.production_order
    step = _step(event)
    if step == "transforming":
        assert order is not None
        side = "input" if target is None else "output"
        return {
            "type": "TransformationEvent",
            f"{side}QuantityList": amount,
            "transformationID": uri_of(order, "production_order"),
            "bizLocation": _spot(str(origin or target), names),
        }
    site = origin if target is None else target
    one_sided = origin is None or target is None
    action = "OBSERVE"
    if one_sided and site is not None:
        action = "DELETE" if target is None else "ADD"
    said: _Content = {"action": action, "bizStep": step, "quantityList": amount}
    if site is not None:
        said["readPoint"] = _spot(site, names)
    if not one_sided:
        said |= _ends(names, origin, target)
    return said | _papers(prodorder=order)


# Reason, comes from a site, goes to a site: the step of the vocabulary that says so.
STEPS = {
    ("receipt", False, True): "commissioning",
    ("issue", True, False): "dispensing",
    ("scrap", True, False): "destroying",
    ("transfer", True, True): "storing",
}


def _step(event: StockMoved) -> str:
    here = (event.from_site is not None, event.to_site is not None)
    place = (event.reason, *here)
    used_or_made = {("issue", True, False), ("receipt", False, True)}
    if event.production_order is not None and place in used_or_made:
        return "transforming"
    if event.from_site == event.to_site:
        return own_word("bizstep", event.reason)  # storing means from elsewhere
    return STEPS.get(place) or own_word("bizstep", event.reason)


def _counted(event: StockCounted, names: Names) -> _Content:
    return {
        "action": "OBSERVE",
        "bizStep": "stock_taking",
        "quantityList": [names.amount(event.item, event.quantity)],
        "bizLocation": _spot(event.site, names),
    }


def _dispatched(event: ShipmentDispatched, names: Names) -> _Content:
    return {
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "quantityList": [names.amount(event.item, event.quantity)],
        "readPoint": _spot(event.from_site, names),
        **_ends(names, event.from_site, event.to_site),
        **_papers(desadv=event.shipment, po=event.order),
    }


def _received(event: ShipmentReceived, names: Names) -> _Content:
    return {
        "action": "OBSERVE",
        "bizStep": "receiving",
        "disposition": "in_progress",
        "quantityList": [names.amount(event.item, event.quantity)],
        "readPoint": _spot(event.site, names),
        "bizLocation": _spot(event.site, names),
        **_ends(names, event.from_site, None),
        **_papers(desadv=event.shipment, po=event.order),
    }


def _completed(event: OperationCompleted, names: Names) -> _Content | None:
    if event.item is None or event.good is None:
        return None
    return {
        "type": "TransformationEvent",
        "bizStep": OPERATION,
        "transformationID": uri_of(event.production_order, "production_order"),
        "outputQuantityList": [names.amount(event.item, event.good)],
        "readPoint": _spot(event.machine, names),
    }


def _inspected(
    event: InspectionRecorded, one: Recorded, names: Names
) -> list[_Content]:
    """Write what passed and what failed as an event each; one of them, if all did."""
    passed, failed = event.inspected - event.rejected, event.rejected
    cause = event.cause if event.cause in REJECTED else "non_conformant"
    outcomes = [(passed, "conformant"), (failed, cause)]
    kept = [outcome for outcome in outcomes if outcome[0] > 0] or outcomes[:1]
    lot = {"type": LOT_PAPER, "bizTransaction": uri_of(event.lot, "lot")}
    contents = []
    for number, (quantity, disposition) in enumerate(kept):
        item = event.item if event.item is not None else event.lot
        content = {
            **_head(one, f":{number}" if number else ""),
            "action": "OBSERVE",
            "bizStep": "inspecting",
            "disposition": disposition,
            "quantityList": [names.amount(item, quantity)],
            "bizTransactionList": [lot],
        }
        if event.site is not None:
            content["bizLocation"] = _spot(event.site, names)
        contents.append(content)
    return contents


def _read(event: MachineReading, names: Names) -> _Content:
    machine = names.place(event.machine)
    is_asset = parse_identifier(machine).key in ASSETS
    return {
        "action": "OBSERVE",
        "bizStep": "sensor_reporting",
        **({"epcList": [machine]} if is_asset else {"readPoint": {"id": machine}}),
        "sensorElementList": [{"sensorReport": [report_of(event)]}],
    }


_Writer = Callable[[Any, Names], _Content | None]
WRITERS: dict[type[Event], _Writer] = {
    StockMoved: _moved,
    StockCounted: _counted,
    ShipmentDispatched: _dispatched,
    ShipmentReceived: _received,
    OperationCompleted: _completed,
    MachineReading: _read,
}
"""How an event is written; inspections and recorded ones take more than one."""
