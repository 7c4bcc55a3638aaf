"""Orders and shipments, compiled, by the tables they leave."""

from streams.batch import NO_TIME
from streams.events import (
    OrderCancelled,
    OrderReceived,
    ShipmentDispatched,
    ShipmentReceived,
)
from twin.kpi.tables import KIND_CUSTOMER, KIND_UNKNOWN, used


def order(name, quantity, item="tea"):
    return OrderReceived(
        order=name, customer="M", item=item, site="shop", quantity=quantity
    )


def sent(name, quantity, order=None, item="tea"):
    return ShipmentDispatched(
        shipment=name, item=item, from_site="shop", to_site="M", quantity=quantity,
        order=order,
    )  # fmt: skip


def got(name, quantity, order=None):
    return ShipmentReceived(
        shipment=name, item="tea", site="M", quantity=quantity, order=order
    )


def lines_of(run):
    return used(run.folded().tables, "lines")


def test_lines_of_an_order_are_told_apart_by_item(measure):
    run = measure(
        (1, order("A", 4)), (1, order("A", 2, "leaf")), (1, order("B", 1)),
        (2, sent("a", 3, "A")), (2, sent("a", 2, "A", "leaf")),
    )  # fmt: skip
    lines = lines_of(run)
    assert lines["quantity"].tolist() == [4, 2, 1]
    assert lines["shipped"].tolist() == [3, 2, 0]
    assert lines["next"].tolist() == [1, -1, -1]


def test_dispatch_may_be_heard_of_before_its_order(measure):
    run = measure((1, sent("a", 3, "A")), (2, got("a", 3)))
    assert lines_of(run)["kind"].tolist() == [KIND_UNKNOWN]
    run = measure((1, sent("a", 3, "A")), (2, got("a", 3)), (3, order("A", 3)))
    (line,) = lines_of(run)
    assert (line["kind"], line["delivered"]) == (KIND_CUSTOMER, 3)
    assert (line["full_us"], line["at_once"]) == (line["ordered_us"], 3)


def test_receipt_finds_the_order_of_its_dispatch(measure):
    run = measure((1, order("A", 4)), (2, sent("a", 4, "A")), (3, got("a", 4)))
    assert lines_of(run)["delivered"].tolist() == [4]
    # In one instant the receipt comes first.
    run = measure((1, order("A", 4)), (2, sent("a", 4, "A")), (2, got("a", 4)))
    assert lines_of(run)["delivered"].tolist() == [4]


def test_cancelled_line_waits_for_nothing(measure):
    run = measure((1, order("A", 4)), (3, OrderCancelled(order="A")), window=(0, 4))
    assert run.measures()["backlog_mean_units"] == 4 * 2 / 4
    assert run.measures()["backlog_end_units"] == 0.0
    # What was delivered before is not cancelled after.
    run = measure(
        (1, order("A", 4)), (1, got("a", 4, "A")), (3, OrderCancelled(order="A"))
    )
    assert lines_of(run)["cancelled_us"].tolist() == [NO_TIME]


def test_order_of_no_demand_of_the_network_waits_too(measure):
    run = measure((0, order("A", 4, "leaf")), window=(0, 4))
    assert run.measures()["backlog_mean_units"] == 4.0
    assert run.measures()["shortage_cost"] == 0.0
