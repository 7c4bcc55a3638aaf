"""EPCIS documents folded into a state: a delivery, and what was declared erroneous."""

import json

from streams.batch import in_canonical_order
from streams.codec import decode
from streams.epcis import EpcisOptions, events_of
from streams.names import Names
from streams.records import RecordBatch
from twin.state import views
from twin.state.state import KnownEntities, State

OPTIONS = EpcisOptions(
    aliases={
        "04012345111224": "cake",
        "04012345222227": "flour",
        "4012345000016": "bakery",
        "4012345000023": "shop",
    }
)
BAKERY, SHOP = "urn:epc:id:sgln:4012345.00001.0", "https://id.gs1.org/414/4012345000023"
KNOWN = KnownEntities(
    items=["cake", "flour"],
    places=["bakery", "shop"],
    place_kinds=["site", "site"],
    machines=[],
    stock=[("flour", "bakery", 100.0)],
    as_of_us=0,
    model_hash="m",
)


def event(number, step, **fields):
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{number}",
        "eventTime": f"2024-05-01T06:{number:02d}:00Z",
        "eventTimeZoneOffset": "+02:00",
        "action": "OBSERVE",
        "bizStep": step,
    } | fields


def cakes(quantity):
    element = {"epcClass": "urn:epc:idpat:sgtin:4012345.011122.*", "quantity": quantity}
    return {"quantityList": [element]}


BAKED = event(
    1,
    "commissioning",
    type="TransformationEvent",
    inputQuantityList=[
        {
            "epcClass": "https://id.gs1.org/01/04012345222227",
            "quantity": 9,
            "uom": "KGM",
        }
    ],
    outputEPCList=[f"urn:epc:id:sgtin:4012345.011122.{n}" for n in range(12)],
    readPoint={"id": BAKERY},
)
del BAKED["action"]
NOTE = {"bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:uuid:note"}]}
SHIPPED = event(
    2,
    "shipping",
    **cakes(8),
    **NOTE,
    readPoint={"id": BAKERY},
    destinationList=[{"type": "location", "destination": SHOP}],
)
RECEIVED = event(3, "receiving", **cakes(8), **NOTE, bizLocation={"id": SHOP})
WRONG = event(4, "commissioning", action="ADD", **cakes(5), readPoint={"id": SHOP})
DECLARED = WRONG | {
    "errorDeclaration": {
        "declarationTime": "2024-05-01T06:09:00Z",
        "reason": "did_not_occur",
    }
}
UNSHIPPED = SHIPPED | {"errorDeclaration": {"declarationTime": "2024-05-01T06:05:00Z"}}


def on_hand(*events):
    """Stock by item and site after an EPCIS document."""
    document = {"type": "EPCISDocument", "epcisBody": {"eventList": list(events)}}
    names = Names()
    state = State.of_model(KNOWN, names)
    values = events_of(json.dumps(document).encode(), OPTIONS)
    decoded = decode(RecordBatch.of("epcis-0", values), names)
    assert not decoded.rejected
    state.apply(in_canonical_order(decoded.events))
    settled = state.settled()
    rows = views.stock(settled).select("item", "place", "on_hand").rows()
    left = views.in_transit(settled)
    return {(item, place): n for item, place, n in rows if n}, left


def test_delivery_moves_stock_from_site_to_site():
    stock, left = on_hand(BAKED, SHIPPED, RECEIVED)
    assert stock == {
        ("cake", "bakery"): 4.0,
        ("cake", "shop"): 8.0,
        ("flour", "bakery"): 91.0,
    }
    assert left.is_empty()


def test_goods_on_their_way_are_in_transit():
    stock, left = on_hand(BAKED, SHIPPED)
    assert ("cake", "shop") not in stock
    assert not left.is_empty()


def test_event_declared_erroneous_leaves_no_trace_in_stock():
    assert on_hand(BAKED, WRONG)[0] != on_hand(BAKED)[0]
    assert on_hand(BAKED, WRONG, DECLARED)[0] == on_hand(BAKED)[0]


def test_shipment_declared_erroneous_is_back_and_not_on_its_way():
    stock, left = on_hand(BAKED, SHIPPED, UNSHIPPED)
    assert stock == on_hand(BAKED)[0]
    assert left.is_empty()
