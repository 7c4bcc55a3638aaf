"""Business steps: what goods did, as events of the twin.

A step that changes no stock of a site (packing, loading, ...) gives no event here; it
is recorded as it is, by `streams.epcis.reading`.

References
----------
GS1 Core Business Vocabulary 2.0 (2022), section 7.1: the business steps.
"""

from collections.abc import Callable

from streams.epcis.facts import Facts
from streams.epcis.goods import Line, by_item, lines_of
from streams.epcis.options import EpcisOptions
from streams.epcis.vocabulary import REJECTED, own_word
from streams.events import (
    Event,
    InspectionRecorded,
    MoveReason,
    ShipmentDispatched,
    ShipmentReceived,
    StockCounted,
    StockMoved,
)

Rule = Callable[[Facts], list[Event]]


def _appear(facts: Facts) -> list[Event]:
    if facts.site is None:
        return []
    return [
        _moved(line, facts, "receipt", to_site=facts.site)
        for line in by_item(facts.goods)
    ]


def _moved(
    line: Line,
    facts: Facts,
    reason: MoveReason,
    *,
    from_site: str | None = None,
    to_site: str | None = None,
) -> StockMoved:
    return StockMoved(
        item=line.item,
        quantity=line.quantity,
        from_site=from_site,
        to_site=to_site,
        production_order=facts.production_order,
        reason=reason,
    )


def _go(reason: MoveReason) -> Rule:
    def rule(facts: Facts) -> list[Event]:
        if facts.site is None:
            return []
        return [
            _moved(line, facts, reason, from_site=facts.site)
            for line in by_item(facts.goods)
        ]

    return rule


def _ship(facts: Facts) -> list[Event]:
    """Let goods leave; where nobody says to where, they leave the stock."""
    origin = facts.origin or facts.read_point or facts.location
    if origin is None:
        return []
    if facts.destination is None:
        return [
            _moved(line, facts, "transfer", from_site=origin)
            for line in by_item(facts.goods)
        ]
    return [
        ShipmentDispatched(
            shipment=facts.shipment,
            item=line.item,
            from_site=origin,
            to_site=facts.destination,
            quantity=line.quantity,
            order=facts.order,
        )
        for line in by_item(facts.goods)
    ]


def _receive(facts: Facts) -> list[Event]:
    return _received(facts, facts.site or facts.destination, facts.origin)


def _take_back(facts: Facts) -> list[Event]:
    """Undo a shipment that was void: what left is at its origin again."""
    origin = facts.origin or facts.read_point or facts.location
    return _received(facts, origin, origin)


def _received(facts: Facts, site: str | None, origin: str | None) -> list[Event]:
    if site is None:
        return []
    return [
        ShipmentReceived(
            shipment=facts.shipment,
            item=line.item,
            site=site,
            quantity=line.quantity,
            from_site=origin,
            order=facts.order,
        )
        for line in by_item(facts.goods)
    ]


def _store(facts: Facts) -> list[Event]:
    """Put goods away: a move, if the event says from one place to another."""
    target = facts.destination or facts.site
    if facts.origin is None or target is None or facts.origin == target:
        return []
    return [
        _moved(line, facts, "transfer", from_site=facts.origin, to_site=target)
        for line in by_item(facts.goods)
    ]


def _count(facts: Facts) -> list[Event]:
    if facts.site is None:
        return []
    return [
        StockCounted(item=line.item, site=facts.site, quantity=line.quantity)
        for line in by_item(facts.goods)
    ]


def _inspect(facts: Facts) -> list[Event]:
    failed = facts.disposition in REJECTED
    return [
        InspectionRecorded(
            lot=facts.lot or line.lot or facts.event_id,
            inspected=line.quantity,
            rejected=line.quantity if failed else 0.0,
            item=line.item,
            site=facts.site,
            cause=facts.disposition if failed else None,
        )
        for line in facts.goods
    ]


def _own_move(reason: MoveReason) -> Rule:
    """Read a step that only we write: what the vocabulary has no word for."""

    def rule(facts: Facts) -> list[Event]:
        gone = facts.event.action == "DELETE"
        here = facts.read_point
        origin = facts.origin or (here if gone else None)
        target = facts.destination or (None if gone else here)
        return [
            _moved(line, facts, reason, from_site=origin, to_site=target)
            for line in by_item(facts.goods)
        ]

    return rule


REASONS: tuple[MoveReason, ...] = MoveReason.__args__  # type: ignore[attr-defined]

RULES: dict[str, Rule] = {
    "commissioning": _appear,
    "creating_class_instance": _appear,
    "shipping": _ship,
    "consigning": _ship,
    "void_shipping": _take_back,
    "receiving": _receive,
    "storing": _store,
    "stocking": _store,
    "stock_taking": _count,
    "cycle_counting": _count,
    "dispensing": _go("issue"),
    "retail_selling": _go("issue"),
    "decommissioning": _go("scrap"),
    "destroying": _go("scrap"),
    "inspecting": _inspect,
    **{own_word("bizstep", reason): _own_move(reason) for reason in REASONS},
}
"""What a business step means. All others change no stock of a site."""

# An operation of a shop, as only we write it: it changes no stock by itself.
OPERATION = own_word("bizstep", "operation_completed")
# Without a step, an event of objects says by its action what became of them.
ACTIONS: dict[str, Rule] = {"ADD": _appear, "DELETE": _go("scrap")}


def moves_of(facts: Facts, options: EpcisOptions) -> list[Event]:
    """Return what an event says of stock, shipments and quality.

    Parameters
    ----------
    facts : Facts
        An EPCIS event, its identifiers read.
    options : EpcisOptions
        How ids are made.

    Returns
    -------
    list of Event
        Empty if it changes no stock of a site, or does not say where.
    """
    if facts.step == OPERATION:
        return []
    if facts.event.type == "TransformationEvent":
        return _transformed(facts, options)
    rule = RULES.get(facts.step)
    if rule is None and facts.event.type == "ObjectEvent" and not facts.step:
        rule = ACTIONS.get(facts.event.action or "")
    return [] if rule is None else rule(facts)


def _transformed(facts: Facts, options: EpcisOptions) -> list[Event]:
    """Issue inputs to a production order, and receive outputs from it."""
    event, site = facts.event, facts.site
    if site is None:
        return []
    order = facts.production_order or facts.event_id
    used = lines_of(event.input_epc_list, event.input_quantity_list, options)
    made = lines_of(event.output_epc_list, event.output_quantity_list, options)
    issues = (
        StockMoved(
            item=line.item,
            quantity=line.quantity,
            from_site=site,
            production_order=order,
            reason="issue",
        )
        for line in by_item(used)
    )
    receipts = (
        StockMoved(
            item=line.item,
            quantity=line.quantity,
            to_site=site,
            production_order=order,
            reason="receipt",
        )
        for line in by_item(made)
    )
    return [*issues, *receipts]
