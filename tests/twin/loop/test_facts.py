"""Facts about orders, given as records or read from events."""

from streams.events import OrderAcknowledged, ShipmentDispatched, ShipmentReceived
from twin.loop import Facts
from twin.loop.facts import ANSWERS, RELEASED

FULL = {"plan": "plan-1", "due_us": 1_704_153_600_000_000}


def test_records_and_events_say_the_same(two_echelon, folding, order):
    orders = [order("A", **FULL), order("M", kind="production", source=None)]
    answers = [
        OrderAcknowledged(order="A", executed_as="P1"),
        OrderAcknowledged(order="M", answer="rejected", reason="no"),
    ]
    given, told = Facts(), Facts()
    fold = folding(two_echelon())
    given.release(orders, now_us=fold.as_of_us)
    given.answer(answers, now_us=fold.as_of_us + 1)
    told.book(fold.batch(*((0, one) for one in orders)))
    told.book(fold.batch(*((1, one) for one in answers)))
    assert given.released().equals(told.released())
    assert given.answers().equals(told.answers())
    assert given.released()["order"].to_list() == ["A", "M"]


def test_receipt_without_an_order_is_for_that_of_its_shipment(two_echelon, folding):
    facts = Facts()
    fold = folding(two_echelon())
    line = {"item": "tea", "quantity": 2.0}
    sent = ShipmentDispatched(
        shipment="S1", order="P1", from_site="V", to_site="hub", **line
    )
    facts.book(
        fold.batch(
            (0, sent),
            (5, ShipmentReceived(shipment="S1", site="hub", **line)),
            (6, ShipmentReceived(shipment="S2", site="hub", order="P2", **line)),
            (7, ShipmentReceived(shipment="S3", site="hub", **line)),
        )
    )
    assert facts.received()["name"].to_list() == ["P1", "P2"]
    assert facts.sent()["at_us"].to_list() == [fold.as_of_us]


def test_facts_of_nothing_are_empty_tables():
    facts = Facts()
    assert facts.released().schema == RELEASED
    assert facts.answers().schema == ANSWERS
    for table in (facts.sent(), facts.made(), facts.operations(), facts.closed()):
        assert table.height == 0
    assert facts.lane_orders({"hub"}).height == 0
