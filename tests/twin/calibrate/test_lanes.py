from streams.events import (
    OrderCancelled,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    ShipmentReceived,
)
from twin.calibrate import samples_of
from twin.model import build


def place(log, second, order, *, quantity=5.0, item="leaf"):
    event = PurchaseOrderPlaced(
        order=order, supplier="V", item=item, site="P", quantity=quantity
    )
    log.add(second, event)


def send(log, second, shipment, order, *, quantity=5.0):
    event = ShipmentDispatched(
        shipment=shipment, item="leaf", from_site="V", to_site="P", quantity=quantity,
        order=order,
    )  # fmt: skip
    log.add(second, event)


def receive(log, second, shipment, order=None, *, quantity=5.0):
    event = ShipmentReceived(
        shipment=shipment, item="leaf", site="P", quantity=quantity, order=order
    )
    log.add(second, event)


def lead_times(log, lane="buy", end=1000):
    lives = log.read(end=end)[0][f"lanes {lane} lead_time_s"].lifetimes
    return list(zip(lives.duration.tolist(), lives.is_observed.tolist(), strict=True))


def test_lead_time_runs_from_the_order_to_its_last_receipt(log):
    place(log, 10, "A")
    receive(log, 60, "s1", "A", quantity=2.0)
    receive(log, 90, "s2", "A", quantity=3.0)
    assert lead_times(log) == [(80.0, True)]


def test_order_under_way_or_partly_received_is_censored(log):
    place(log, 10, "A")
    place(log, 20, "B")
    receive(log, 60, "s1", "B", quantity=2.0)
    assert lead_times(log, end=100) == [(90.0, False), (80.0, False)]


def test_receipt_is_told_by_its_shipment_where_it_names_no_order(log):
    place(log, 10, "A")
    send(log, 30, "s1", "A")
    receive(log, 70, "s1")
    assert lead_times(log) == [(60.0, True)]


def test_cancelled_rest_ends_with_what_was_sent(log):
    place(log, 10, "A")
    send(log, 11, "s1", "A", quantity=2.0)
    log.add(12, OrderCancelled(order="A"))
    receive(log, 70, "s1", None, quantity=2.0)
    place(log, 20, "B")
    log.add(21, OrderCancelled(order="B"))
    assert lead_times(log) == [(60.0, True)]


def test_delivery_to_a_customer_runs_from_dispatch(log):
    named = {"shipment": "s1", "item": "tea", "quantity": 1.0}
    log.add(40, ShipmentDispatched(**named, from_site="P", to_site="C", order="C1"))
    log.add(45, ShipmentReceived(**named, site="C", from_site="P"))
    assert lead_times(log, "sell") == [(5.0, True)]


def test_shipment_of_no_lane_is_counted(log):
    place(log, 10, "A", item="tea")
    place(log, 10, "B")
    _, left_out = log.read(end=100)
    assert left_out["shipments of no lane, or of several that look alike"] == 1


def test_order_under_way_at_as_of_tells_nothing(log):
    place(log, 0, "A")
    receive(log, 60, "s1", "A")
    place(log, 10, "B")
    receive(log, 60, "s2", "B")
    tables = {
        "sites": [{"site": "P", "kind": "plant"}],
        "items": [{"item": "leaf"}],
        "suppliers": [{"supplier": "V"}],
        "lanes": [
            {"lane": "buy", "from_place": "V", "to_place": "P", "item": "leaf",
             "lead_time_s": 1000},
        ],
        "stock": [{"item": "leaf", "site": "P"}],
        "open_orders": [
            {"order": "A", "kind": "purchase", "item": "leaf", "from_place": "V",
             "to_place": "P", "quantity": 5.0, "due": "2024-01-01T00:01:00Z"}
        ],
    }  # fmt: skip
    settings = {"name": "shop", "as_of": "2024-01-01T00:00:00Z"}
    (sample,), _, _ = samples_of(build(tables, settings), [log.batch()])
    assert sample.lifetimes.duration.tolist() == [50.0]
