import json

import numpy as np
import pytest

from streams.epcis import EpcisOptions, read_epcis
from streams.epcis.corrections import undoing
from streams.events import (
    AuditRecorded,
    MachineReading,
    ShipmentDispatched,
    ShipmentReceived,
    StockCounted,
    StockMoved,
)

DECLARED = {
    "declarationTime": "2024-05-02T06:00:00Z",
    "reason": "incorrect_data",
    "correctiveEventIDs": ["urn:uuid:2"],
}


def balance(events):
    """Stock by item and site, from the moves alone."""
    stock = {}
    for one in events:
        event = one.event
        if isinstance(event, StockMoved):
            for site, sign in ((event.from_site, -1), (event.to_site, 1)):
                if site is not None:
                    key = (event.item, site)
                    stock[key] = stock.get(key, 0) + sign * event.quantity
        elif isinstance(event, ShipmentReceived):
            key = (event.item, event.site)
            stock[key] = stock.get(key, 0) + event.quantity
        elif isinstance(event, ShipmentDispatched):
            key = (event.item, event.from_site)
            stock[key] = stock.get(key, 0) - event.quantity
    return stock


@pytest.mark.parametrize(
    "step", ["commissioning", "receiving", "shipping", "destroying", "dispensing"]
)
def test_declared_event_leaves_the_stock_as_it_was(epcis_bytes, step):
    wrong = read_epcis(epcis_bytes(bizStep=step)).events
    declared = read_epcis(epcis_bytes(bizStep=step, errorDeclaration=DECLARED)).events
    assert any(balance(wrong).values())
    assert not np.any(list(balance([*wrong, *declared]).values()))
    assert len({one.event_id for one in (*wrong, *declared)}) == len(wrong) + len(
        declared
    )
    audit = declared[-1].event
    assert isinstance(audit, AuditRecorded)
    assert audit.detail["undone"] == [one.event_id for one in wrong]
    assert audit.detail["correctiveEventIDs"] == ["urn:uuid:2"]
    day_later = wrong[0].time_us + 86_400_000_000
    assert {one.time_us for one in declared} == {day_later}


def test_what_was_seen_is_named_but_not_undone(epcis_bytes):
    event = epcis_bytes(bizStep="stock_taking", errorDeclaration=DECLARED)
    (one,) = read_epcis(event).events
    assert one.event.detail["undone"] == []
    assert one.event.detail["standing"] == ["urn:uuid:1/0"]
    assert undoing(StockCounted(item="A", site="S", quantity=1)) is None
    assert undoing(MachineReading(machine="M", sensor="s", value=1)) is None


def test_declaration_is_only_recorded_if_so_wanted(epcis_bytes):
    event = epcis_bytes(bizStep="commissioning", errorDeclaration=DECLARED)
    (one,) = read_epcis(event, EpcisOptions(corrections="record")).events
    assert one.event.what == "epcis:declared_erroneous"
    assert one.event.detail["standing"] == ["urn:uuid:1/0"]
    json.dumps(one.event.detail)


def test_dispatch_is_undone_at_its_origin():
    wrong = ShipmentDispatched(
        shipment="S", item="A", from_site="X", to_site="Y", quantity=2
    )
    assert undoing(wrong) == ShipmentReceived(
        shipment="S", item="A", site="X", quantity=2, from_site="X"
    )
