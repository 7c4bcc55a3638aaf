import pytest

from streams.epcis import read_epcis
from streams.epcis.steps import RULES
from streams.events import (
    AuditRecorded,
    InspectionRecorded,
    ShipmentDispatched,
    ShipmentReceived,
    StockCounted,
    StockMoved,
)

ITEM, SITE, OTHER = "04012345111224", "4012345000016", "0614141007776"
TO_OTHER = {
    "destinationList": [
        {"type": "location", "destination": "urn:epc:id:sgln:0614141.00777.0"}
    ]
}
FROM_OTHER = {
    "sourceList": [{"type": "location", "source": "urn:epc:id:sgln:0614141.00777.0"}]
}


def moved(reason, **fields):
    return StockMoved(item=ITEM, quantity=1, reason=reason, **fields)


SAID = {
    "commissioning": moved("receipt", to_site=SITE),
    "creating_class_instance": moved("receipt", to_site=SITE),
    "dispensing": moved("issue", from_site=SITE),
    "retail_selling": moved("issue", from_site=SITE),
    "decommissioning": moved("scrap", from_site=SITE),
    "destroying": moved("scrap", from_site=SITE),
    "shipping": moved("transfer", from_site=SITE),
    "consigning": moved("transfer", from_site=SITE),
    "stock_taking": StockCounted(item=ITEM, site=SITE, quantity=1),
    "cycle_counting": StockCounted(item=ITEM, site=SITE, quantity=1),
    "receiving": ShipmentReceived(
        shipment="urn:uuid:1", item=ITEM, site=SITE, quantity=1
    ),
    "void_shipping": ShipmentReceived(
        shipment="urn:uuid:1", item=ITEM, site=SITE, quantity=1, from_site=SITE
    ),
    "inspecting": InspectionRecorded(
        lot=f"01/{ITEM}/21/25", inspected=1, rejected=0, item=ITEM, site=SITE
    ),
}


def only(reading):
    assert not reading.refused
    (one,) = reading.events
    return one.event


@pytest.mark.parametrize(("step", "event"), SAID.items())
def test_business_step_says_what_goods_did(epcis_bytes, step, event):
    assert step in RULES
    assert only(read_epcis(epcis_bytes(bizStep=step))) == event


@pytest.mark.parametrize(
    "step", ["packing", "loading", "storing", "departing", "ex:mine"]
)
def test_step_that_changes_no_stock_is_recorded_as_it_is(epcis_bytes, step):
    event = only(read_epcis(epcis_bytes(bizStep=step)))
    assert isinstance(event, AuditRecorded)
    assert event.what == "epcis:observed"
    assert event.detail["event"]["bizStep"] == step


def test_shipment_has_both_ends_where_the_event_names_them(epcis_bytes):
    event = only(read_epcis(epcis_bytes(bizStep="shipping", **TO_OTHER)))
    assert event == ShipmentDispatched(
        shipment="urn:uuid:1", item=ITEM, from_site=SITE, to_site=OTHER, quantity=1
    )
    event = only(read_epcis(epcis_bytes(bizStep="receiving", **FROM_OTHER)))
    assert event.from_site == OTHER


def test_goods_stored_from_elsewhere_are_moved(epcis_bytes):
    event = only(read_epcis(epcis_bytes(bizStep="storing", **FROM_OTHER)))
    assert event == moved("transfer", from_site=OTHER, to_site=SITE)


@pytest.mark.parametrize(
    ("action", "event"),
    [
        ("ADD", moved("receipt", to_site=SITE)),
        ("DELETE", moved("scrap", from_site=SITE)),
    ],
)
def test_action_without_step_tells_what_became_of_objects(epcis_bytes, action, event):
    assert only(read_epcis(epcis_bytes(action=action))) == event


def test_disposition_of_an_inspection_tells_what_failed(epcis_bytes):
    event = only(read_epcis(epcis_bytes(bizStep="inspecting", disposition="damaged")))
    assert (event.inspected, event.rejected, event.cause) == (1, 1, "damaged")


def test_transformation_issues_inputs_and_receives_outputs(epcis_bytes):
    reading = read_epcis(
        epcis_bytes(
            type="TransformationEvent",
            action=None,
            epcList=None,
            inputQuantityList=[
                {"epcClass": "https://id.gs1.org/01/04012345222227", "quantity": 5.5}
            ],
            outputEPCList=["urn:epc:id:sgtin:4012345.011122.25"],
            bizTransactionList=[{"type": "prodorder", "bizTransaction": "urn:mo:7"}],
        )
    )
    issued, received = (one.event for one in reading.events)
    assert issued == StockMoved(
        item="04012345222227",
        quantity=5.5,
        from_site=SITE,
        production_order="urn:mo:7",
        reason="issue",
    )
    assert received == moved("receipt", to_site=SITE, production_order="urn:mo:7")


def test_goods_without_a_place_are_recorded_as_they_are(epcis_bytes):
    for step in ("shipping", "receiving", "commissioning", "destroying"):
        event = only(read_epcis(epcis_bytes(bizStep=step, readPoint=None)))
        assert isinstance(event, AuditRecorded)
