import polars as pl
import pytest

from streams.events import (
    OrderReceived,
    ShipmentDispatched,
    ShipmentReceived,
    StockMoved,
)
from twin.state import views

ASKED = OrderReceived(
    order="O1", customer="shop", item="pump", site="plant", quantity=4.0, price=2.5
)
SENT = ShipmentDispatched(
    shipment="H1",
    item="pump",
    from_site="plant",
    to_site="dc",
    quantity=3.0,
    due_us=99,
)


@pytest.mark.parametrize("name", views.TABLES)
def test_tables_of_an_empty_state_have_typed_columns(world, name):
    frame = views.TABLES[name](world.state)
    assert len(frame) == (name in {"stock", "machines"})  # those of the model
    assert pl.Null not in frame.schema.values()


def test_stock_shows_the_inventory_position(world):
    state = world.fold((1, ASKED), (2, SENT))
    told = {row["place"]: row for row in views.stock(state).to_dicts()}
    assert told["plant"]["inventory_position"] == 10 - 3 - 4
    assert told["dc"]["inventory_position"] == 3
    assert told["dc"]["updated_us"] == 2


def test_unknown_numbers_and_times_are_null(world):
    (order,) = views.orders(world.fold((1, ASKED))).to_dicts()
    assert (order["price"], order["due_us"], order["ordered_us"]) == (2.5, None, 1)
    (machine,) = views.machines(world.state).to_dicts()
    assert machine["since_us"] is None


def test_orders_come_by_due_date_those_without_last(world):
    lines = [("a", None), ("b", 9), ("c", 5)]
    events = [
        OrderReceived(
            order=name, customer="shop", item="pump", site="dc", quantity=1, due_us=due
        )
        for name, due in lines
    ]
    state = world.fold(*((1, event) for event in events))
    assert views.orders(state)["order"].to_list() == ["c", "b", "a"]


def test_in_transit_shows_what_is_left(world):
    came = ShipmentReceived(shipment="H1", item="pump", site="dc", quantity=1.0)
    state = world.fold((1, SENT), (2, came))
    assert views.in_transit(state).to_dicts() == [
        {
            "shipment": "H1",
            "item": "pump",
            "from": "plant",
            "to": "dc",
            "quantity": 2.0,
            "dispatched_us": 1,
            "due_us": 99,
        }
    ]


def test_order_shipped_in_full_is_open_until_the_customer_has_it(world):
    """No receipt is ever taken for granted; nothing is owed meanwhile."""
    sent = {"shipment": "H2", "item": "pump", "quantity": 4.0}
    leaves = ShipmentDispatched(
        **sent, from_site="plant", to_site="shop", order="O1", due_us=5
    )
    late = StockMoved(item="seal", quantity=1.0, to_site="plant")
    state = world.fold((1, ASKED), (2, leaves), (10**15, late))
    assert views.orders(state).select("order", "shipped").rows() == [("O1", 4.0)]
    assert views.in_transit(state)["shipment"].to_list() == ["H2"]
    assert views.stock(state)["backorder"].sum() == 0.0
    came = ShipmentReceived(**sent, site="shop")
    state = world.fold((10**15 + 1, came))
    assert views.orders(state).is_empty()
    assert views.in_transit(state).is_empty()


def test_coverage_lists_only_what_the_model_does_not_know(world):
    assert views.coverage(world.fold((1, ASKED))).is_empty()
    events = [StockMoved(item=f"new{n}", quantity=1.0) for n in range(5)]
    state = world.fold(*((2, event) for event in events))
    (row,) = views.coverage(state).to_dicts()
    assert (row["kind"], row["ids"], row["events"]) == ("item", 5, 5)
    assert row["examples"] == "new0, new1, new2"


def test_contradictions_show_first_and_last_time(world):
    taken = StockMoved(item="pump", quantity=20.0, from_site="plant")
    state = world.fold((3, taken), (8, taken))
    assert views.contradictions(state).to_dicts() == [
        {"contradiction": "negative_stock", "count": 2, "first_us": 3, "last_us": 8}
    ]
