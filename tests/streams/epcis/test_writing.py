import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.epcis import EpcisOptions, Recorded, read_epcis, write_epcis
from streams.events import (
    AuditRecorded,
    InspectionRecorded,
    MachineReading,
    OperationCompleted,
    OrderCancelled,
    ShipmentDispatched,
    ShipmentReceived,
    StockCounted,
    StockMoved,
)

EVENTS = [
    StockMoved(item="A 1", quantity=2.5, from_site="W1", to_site="W2"),
    StockMoved(item="04012345111224", quantity=2, to_site="W", reason="receipt"),
    StockMoved(
        item="A", quantity=2, to_site="W", production_order="M", reason="receipt"
    ),
    StockMoved(
        item="A", quantity=2, from_site="W", production_order="M", reason="issue"
    ),
    StockMoved(item="A", quantity=2, from_site="W", reason="issue"),
    StockMoved(
        item="A", quantity=2, from_site="W", reason="scrap", production_order="M"
    ),
    StockMoved(item="A", quantity=0, to_site="W", reason="adjustment"),
    StockMoved(item="A", quantity=2, from_site="W", reason="adjustment"),
    StockMoved(item="A", quantity=2, from_site="W", to_site="X", reason="return"),
    StockMoved(item="A", quantity=2, to_site="X"),
    StockMoved(item="A", quantity=2),
    StockCounted(item="A", site="W", quantity=7),
    ShipmentDispatched(
        shipment="S", item="A", from_site="W", to_site="X", quantity=3, order="O"
    ),
    ShipmentReceived(shipment="S", item="A", site="X", quantity=3, from_site="W"),
    ShipmentReceived(shipment="urn:uuid:7", item="A", site="X", quantity=3),
    InspectionRecorded(lot="L", inspected=9, rejected=0, item="A", site="W"),
    InspectionRecorded(
        lot="L", inspected=9, rejected=9, item="A", site="W", cause="damaged"
    ),
    MachineReading(machine="M7", sensor="heat", value=-1.5),
    MachineReading(machine="8004/400000112345", sensor="Speed.x:MTS", value=2),
]


def recorded(event, event_id="urn:uuid:1"):
    return Recorded(event=event, event_id=event_id, source="wms", time_us=1_500_000)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_event_is_written_valid_and_read_again_as_it_was(epcis_errors, event):
    written = write_epcis([recorded(event)], created_us=0)
    assert not epcis_errors(written.document)
    assert (written.n_written, written.unwritten) == (1, [])
    (one,) = read_epcis(written.document).events
    assert one.event == event
    assert one.time_us == 1_500_000


def test_inspection_with_both_outcomes_is_two_events_that_add_up(epcis_errors):
    event = InspectionRecorded(lot="L", inspected=9, rejected=2, item="A", site="W")
    written = write_epcis([recorded(event)], created_us=0)
    assert not epcis_errors(written.document)
    again = [one.event for one in read_epcis(written.document).events]
    assert sum(one.inspected for one in again) == 9
    assert sum(one.rejected for one in again) == 2
    assert {one.lot for one in again} == {"L"}


def test_operation_is_a_transformation_that_moves_no_stock_when_read(epcis_errors):
    event = OperationCompleted(
        production_order="MO1", operation="OP10", machine="M7", item="A", good=4
    )
    written = write_epcis([recorded(event)], created_us=0)
    assert not epcis_errors(written.document)
    (content,) = json.loads(written.document)["epcisBody"]["eventList"]
    assert content["type"] == "TransformationEvent"
    assert content["outputQuantityList"][0]["quantity"] == 4
    (one,) = read_epcis(written.document).events
    assert isinstance(one.event, AuditRecorded)


def test_what_epcis_cannot_say_is_returned(epcis_errors):
    events = [recorded(OrderCancelled(order="O")), recorded(EVENTS[0], "7")]
    written = write_epcis(events, created_us=0)
    assert written.unwritten == events[:1]
    assert not epcis_errors(written.document)
    assert b"urn:millstream:event:wms%2F7" in written.document


def test_aliases_and_units_are_written_as_gs1_knows_them(epcis_errors):
    options = EpcisOptions(
        aliases={"04012345111224": "CAKE", "4012345000016": "BAKERY"}
    )
    event = StockCounted(item="CAKE", site="BAKERY", quantity=2)
    written = write_epcis(
        [recorded(event)], options, created_us=0, units={"CAKE": "KGM"}
    )
    assert not epcis_errors(written.document)
    assert b'"uom":"KGM"' in written.document
    assert b"https://id.gs1.org/414/4012345000016" in written.document
    assert read_epcis(written.document, options).events[0].event == event


@pytest.mark.parametrize("exact", [False, True])
def test_every_example_is_written_valid_and_says_the_same(
    epcis_examples, epcis_errors, exact
):
    options = EpcisOptions(lots=exact, sublocations=exact)

    def said(reading):
        return Counter(
            (one.time_us, repr(one.event))
            for one in reading.events
            if not isinstance(one.event, AuditRecorded)
        )

    for name, content in epcis_examples.items():
        assert not epcis_errors(content), name
        first = read_epcis(content, options)
        units = {item: next(iter(one)) for item, one in first.units.items()}
        written = write_epcis(first.events, options, created_us=0, units=units)
        assert not epcis_errors(written.document), name
        assert written.n_written >= 1, name
        assert said(read_epcis(written.document, options)) == said(first), name


NAMES = st.one_of(
    st.text(min_size=1, max_size=12),
    st.from_regex(r"[0-9]{13,14}(/(10|21|254)/[a-z0-9%]{1,3})?", fullmatch=True),
    st.from_regex(r"(00|01|414|8003|8004|253)/[0-9a-z/%.]{1,20}", fullmatch=True),
    st.from_regex(
        r"(urn:millstream:(item|place|order):|urn:epc:id:sgtin:|https?://x/01/"
        r"|[0-9]{13}:)[0-9a-z.%/:]{1,14}",
        fullmatch=True,
    ),
    st.sampled_from(["04012345123456", "4012345000016/254/7", "04012345123456/10/A b"]),
)
SENSOR_NAMES = st.from_regex(
    r"(Temperature|Speed)(\.(x|min|ALARM_CONDITION))?(:[A-Z]{2,3})?(@[a-z0-9/]{1,8})?",
    fullmatch=True,
)
AMOUNTS = st.floats(0, 1e9)
MAYBE = st.none() | NAMES
ANY_EVENT = st.one_of(
    st.builds(
        StockMoved,
        item=NAMES,
        quantity=AMOUNTS,
        from_site=MAYBE,
        to_site=MAYBE,
        production_order=MAYBE,
        reason=st.sampled_from(
            ["transfer", "issue", "receipt", "scrap", "adjustment", "return"]
        ),
    ),
    st.builds(
        ShipmentDispatched,
        shipment=NAMES,
        item=NAMES,
        from_site=NAMES,
        to_site=NAMES,
        quantity=AMOUNTS,
        order=MAYBE,
    ),
    st.builds(
        ShipmentReceived,
        shipment=NAMES,
        item=NAMES,
        site=NAMES,
        quantity=AMOUNTS,
        from_site=MAYBE,
        order=MAYBE,
    ),
    st.builds(
        MachineReading,
        machine=NAMES,
        sensor=NAMES | SENSOR_NAMES,
        value=st.floats(-1e9, 1e9),
    ),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(event=ANY_EVENT, event_id=st.text(min_size=1, max_size=9))
def test_any_name_is_written_as_a_uri_and_read_again(epcis_errors, event, event_id):
    options = EpcisOptions(lots=True, sublocations=True)
    written = write_epcis([recorded(event, event_id)], options, created_us=0)
    assert not epcis_errors(written.document)
    again = read_epcis(written.document, options)
    assert [one.event for one in again.events] == [event]
