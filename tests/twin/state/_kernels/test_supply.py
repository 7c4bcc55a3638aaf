"""Orders, stock and shipments by examples small enough to do by hand."""

import pytest

from streams.events import (
    OrderCancelled,
    OrderChanged,
    OrderReceived,
    PurchaseOrderConfirmed,
    PurchaseOrderDelayed,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    ShipmentReceived,
    StockCounted,
    StockMoved,
)
from twin.state import tables as t
from twin.state import views

DAY = 86_400_000_000
ASKED = OrderReceived(
    order="O1", customer="shop", item="pump", site="plant", quantity=4.0, due_us=9
)
BOUGHT = PurchaseOrderPlaced(
    order="P1", supplier="acme", item="seal", site="plant", quantity=6.0, price=2.0
)


def leg(name, *, origin="plant", target="dc", quantity=4.0, order=None, item="pump"):
    return ShipmentDispatched(
        shipment=name,
        item=item,
        from_site=origin,
        to_site=target,
        quantity=quantity,
        order=order,
    )


def arrival(name, *, site="dc", quantity=4.0, order=None, item="pump"):
    return ShipmentReceived(
        shipment=name, item=item, site=site, quantity=quantity, order=order
    )


def point(state, item="pump", place="plant"):
    """What a stock point holds, without what is nothing."""
    rows = [
        row
        for row in views.stock(state).to_dicts()
        if (row["item"], row["place"]) == (item, place)
    ]
    skipped = {"item", "place", "updated_us", "inventory_position"}
    return {k: v for row in rows for k, v in row.items() if k not in skipped and v}


def wrong(state):
    return dict(views.contradictions(state).select("contradiction", "count").rows())


def test_order_is_a_backorder_until_it_is_shipped(world):
    assert point(world.fold((1, ASKED))) == {"on_hand": 10, "backorder": 4}
    sent = leg("H1", target="shop", quantity=3.0, order="O1")
    state = world.fold((2, sent))
    assert point(state) == {"on_hand": 7, "backorder": 1, "shipped": 3}
    (order,) = views.orders(state).to_dicts()
    assert (order["kind"], order["shipped"], order["due_us"]) == ("customer", 3, 9)


def test_delivered_order_closes_with_its_lead_time(world):
    world.fold((1, ASKED), (2, leg("H1", target="shop", order="O1")))
    state = world.fold((12, arrival("H1", site="shop")))
    assert views.orders(state).is_empty()
    closed = views.history(state).rows_by_key("kind", named=True, unique=True)
    assert (closed["customer"]["lead_us"], closed["customer"]["late_us"]) == (11, 3)
    assert (closed["shipment"]["lead_us"], closed["shipment"]["late_us"]) == (10, None)


def test_items_of_one_shipment_are_in_transit_each_on_its_own(world):
    loaded = [leg("H1", quantity=50.0), leg("H1", quantity=20.0, item="seal")]
    state = world.fold(*((1, event) for event in loaded))
    assert point(state, "pump", "dc") == {"in_transit": 50}
    assert point(state, "seal", "dc") == {"in_transit": 20}
    told = views.in_transit(state).select("shipment", "item", "quantity").rows()
    assert told == [("H1", "pump", 50.0), ("H1", "seal", 20.0)]
    came = [arrival("H1", quantity=50.0), arrival("H1", quantity=20.0, item="seal")]
    state = world.fold(*enumerate(came, start=2))
    assert point(state, "pump", "dc") == {"on_hand": 50, "received": 50}
    assert point(state, "seal", "dc") == {"on_hand": 20, "received": 20}
    assert views.in_transit(state).is_empty()
    assert "received_more_than_sent" not in wrong(state)


SEALS = OrderReceived(
    order="O1", customer="shop", item="seal", site="plant", quantity=2.0
)


def test_lines_of_an_order_are_owed_and_closed_each_on_its_own(world):
    state = world.fold((1, ASKED), (1, SEALS))
    assert not wrong(state)
    assert point(state, "pump")["backorder"] == 4
    assert point(state, "seal")["backorder"] == 2
    sent = leg("H1", target="shop", quantity=2.0, order="O1", item="seal")
    came = arrival("H1", site="shop", quantity=2.0, item="seal")
    state = world.fold((2, sent), (3, came))
    assert "backorder" not in point(state, "seal")
    told = views.orders(state).select("order", "item", "quantity", "shipped").rows()
    assert told == [("O1", "pump", 4.0, 0.0)]


def test_word_of_an_order_alone_is_about_all_its_open_lines(world):
    world.fold((1, ASKED), (1, SEALS))
    state = world.fold((2, OrderChanged(order="O1", due_us=DAY)))
    assert views.orders(state)["due_us"].to_list() == [DAY, DAY]
    state = world.fold((3, OrderCancelled(order="O1")))
    assert views.orders(state).is_empty()
    assert views.stock(state)["backorder"].to_list() == [0.0, 0.0]
    assert not wrong(state)


def test_line_confirmed_without_item_takes_the_first_that_is_named(world):
    word = PurchaseOrderConfirmed(order="P1", site="plant", quantity=6.0)
    sent = leg("H1", origin="acme", target="plant", quantity=2, order="P1", item="seal")
    state = world.fold((1, word), (2, sent))
    assert point(state, "seal") == {"on_order": 4, "in_transit": 2}
    assert not wrong(state)


def test_shipment_of_an_item_not_ordered_is_no_part_of_the_order(world):
    state = world.fold((1, ASKED), (2, leg("H1", item="seal", order="O1")))
    assert point(state)["backorder"] == 4
    assert wrong(state) == {"negative_stock": 1, "unknown_order": 1}


def test_purchase_is_on_order_then_in_transit_then_on_hand(world):
    assert point(world.fold((1, BOUGHT)), "seal") == {"on_order": 6}
    sent = leg("H1", origin="acme", target="plant", quantity=6, order="P1", item="seal")
    assert point(world.fold((2, sent)), "seal") == {"in_transit": 6}
    came = arrival("H1", site="plant", quantity=6.0, item="seal")
    state = world.fold((3, came))
    assert point(state, "seal") == {"on_hand": 6, "received": 6}
    assert not wrong(state)


def test_receipt_without_dispatch_counts_as_sent_on_arrival(world):
    came = arrival("H1", site="plant", quantity=6.0, order="P1", item="seal")
    state = world.fold((1, BOUGHT), (5, came))
    assert point(state, "seal") == {"on_hand": 6, "received": 6}
    assert views.orders(state).is_empty()
    assert not wrong(state)


def test_dispatch_and_receipt_of_one_instant_are_judged_together(world):
    """The receipt ranks first, but it is not yet known then whether it was sent."""
    state = world.fold((1, leg("H1")), (1, arrival("H1")))
    assert not wrong(state)
    assert point(state, place="dc") == {"on_hand": 4, "received": 4}


def test_dispatch_after_the_receipt_only_takes_from_its_origin(world):
    world.fold((1, arrival("H1", quantity=2.0)))
    state = world.fold((2, leg("H1", quantity=2.0)))
    assert point(state) == {"on_hand": 8}
    assert point(state, place="dc") == {"on_hand": 2, "received": 2}
    assert wrong(state) == {"fact_about_closed_order": 1}


def test_goods_that_arrive_elsewhere_leave_nothing_in_transit(world):
    state = world.fold((1, leg("H1")), (2, arrival("H1", site="attic")))
    assert "in_transit" not in point(state, place="dc")
    assert point(state, place="attic") == {"on_hand": 4, "received": 4}


def test_changed_order_takes_what_is_owed_along(world):
    moved = PurchaseOrderConfirmed(order="P1", site="dc", quantity=8.0, due_us=DAY)
    state = world.fold((1, BOUGHT), (2, moved))
    assert point(state, "seal") == {}
    assert point(state, "seal", "dc") == {"on_order": 8}
    state = world.fold((3, PurchaseOrderDelayed(order="P1", due_us=2 * DAY)))
    assert views.orders(state)["due_us"].to_list() == [2 * DAY]


def test_cancelled_order_is_owed_nothing(world):
    state = world.fold((1, ASKED), (2, OrderCancelled(order="O1")))
    assert point(state) == {"on_hand": 10}
    assert views.orders(state).is_empty()
    assert views.history(state).is_empty()


NOTHING = OrderChanged(order="O1", quantity=0.0)


def test_order_changed_to_nothing_is_cancelled_when_the_instant_closes(world):
    state = world.fold((1, ASKED), (2, NOTHING))
    assert views.orders(state).is_empty()
    assert state.tables.counts[t.ORDER, t.N_CANCELLED] == 1
    assert point(state) == {"on_hand": 10}
    assert not wrong(state)


def test_order_changed_to_nothing_and_back_in_one_instant_stays_open(world):
    more = OrderChanged(order="O1", quantity=5.0)
    state = world.fold((1, ASKED), (2, NOTHING), (2, more))
    assert views.orders(state)["quantity"].to_list() == [5.0]


def test_order_confirmed_without_quantity_asks_for_an_unknown_one(world):
    """It must not be taken for an order of nothing."""
    word = PurchaseOrderConfirmed(order="P1", item="seal", site="plant", due_us=9)
    sent = leg("H1", origin="acme", target="plant", order="P1", item="seal")
    state = world.fold((1, word), (2, sent))
    assert views.orders(state)["shipped"].to_list() == [4.0]
    assert not wrong(state)


def test_more_shipped_than_ordered_is_counted_once(world):
    trips = [leg(f"H{n}", target="shop", quantity=3.0, order="O1") for n in range(3)]
    state = world.fold((1, ASKED), *((2 + n, trip) for n, trip in enumerate(trips)))
    assert wrong(state) == {"shipped_more_than_ordered": 1}


def test_more_shipped_after_the_order_was_delivered_is_seen(world):
    first = [ASKED, leg("H1", target="shop", order="O1"), arrival("H1", site="shop")]
    state = world.fold(*enumerate(first, start=1))
    assert not wrong(state)
    state = world.fold((9, leg("H2", target="shop", quantity=1.0, order="O1")))
    assert wrong(state) == {"shipped_more_than_ordered": 1}


def test_quantity_raised_in_the_instant_of_a_shipment_counts(world):
    """The dispatch of an instant is judged with the change that allows it."""
    more = OrderChanged(order="O1", quantity=6.0)
    sent = leg("H1", target="shop", quantity=6.0, order="O1")
    assert not wrong(world.fold((1, ASKED), (2, sent), (2, more)))


def test_order_at_another_site_is_a_transfer(world):
    transfer = PurchaseOrderPlaced(
        order="T1", supplier="plant", item="pump", site="dc", quantity=1.0
    )
    assert views.orders(world.fold((1, transfer)))["kind"].to_list() == ["transfer"]


def test_count_beats_what_was_computed(world):
    state = world.fold((1, StockCounted(item="pump", site="plant", quantity=3)))
    assert point(state) == {"on_hand": 3}


def test_stock_is_not_followed_at_customers_and_suppliers(world):
    gone = StockMoved(item="pump", quantity=2.0, from_site="plant", to_site="shop")
    came = StockMoved(item="seal", quantity=2.0, from_site="acme")
    state = world.fold((1, gone), (2, came))
    assert views.stock(state).select("item", "place").rows() == [("pump", "plant")]
    assert point(state) == {"on_hand": 8}


TAKEN = StockMoved(item="pump", quantity=11.0, from_site="plant")


@pytest.mark.parametrize(
    ("events", "kinds"),
    [
        ([TAKEN], {"negative_stock": 1}),
        ([OrderChanged(order="?", quantity=1.0)], {"unknown_order": 1}),
        ([OrderCancelled(order="?")], {"unknown_order": 1}),
        ([ASKED, ASKED], {"repeated_order": 1}),
        (
            [ASKED, OrderCancelled(order="O1"), OrderChanged(order="O1", quantity=1.0)],
            {"fact_about_closed_order": 1},
        ),
        ([leg("H1"), arrival("H1", quantity=5.0)], {"received_more_than_sent": 1}),
        (
            [
                arrival("H1", site="plant", quantity=6.0, order="P1", item="seal"),
                BOUGHT,
            ],
            {"unknown_order": 1, "received_before_ordered": 1},
        ),
    ],
)
def test_what_does_not_fit_is_counted_by_kind(world, events, kinds):
    state = world.fold(*enumerate(events, start=1))
    assert wrong(state) == kinds


def test_stock_below_nothing_within_an_instant_is_no_contradiction(world):
    back = StockMoved(item="pump", quantity=11.0, to_site="plant")
    assert not wrong(world.fold((1, TAKEN), (1, back)))
