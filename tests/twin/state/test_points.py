"""State through a network: points, lanes, demands, and what is under way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.events import (
    OperationCompleted,
    OperationStarted,
    OrderCancelled,
    OrderReceived,
    ProductionOrderClosed,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    ShipmentReceived,
    StockMoved,
)
from twin.state.points import KeyIndex, NetworkView

KEYS = st.lists(st.tuples(*[st.integers(0, 3)] * 3), max_size=12)
ASKED = st.lists(st.tuples(*[st.integers(-1, 4)] * 3), max_size=12)


def columns(keys):
    return np.array(keys, np.int32).reshape(-1, 3).T


@given(keys=KEYS, asked=ASKED)
def test_key_index_finds_the_first_row_of_a_key_or_none(keys, asked):
    found = KeyIndex(*columns(keys)).find(*columns(asked))
    expected = [keys.index(key) if key in keys else -1 for key in asked]
    assert found.tolist() == expected


def test_key_index_keeps_the_largest_networks_apart():
    top = 1_999_999
    index = KeyIndex(*columns([(0, 0, top), (0, 1, 0), (1, 0, 0), (0, top, 0)]))
    asked = columns([(0, 0, top), (0, 1, -1), (1, 0, 0), (1, -1, 0)])
    assert index.find(*asked).tolist() == [0, -1, 2, -1]


@pytest.fixture
def chain(two_echelon, folding):
    return folding(two_echelon())


def order(name, quantity, **more):
    about = {"customer": "M", "item": "tea", "site": "shop", **more}
    return OrderReceived(order=name, quantity=quantity, **about)


def sent(name, quantity, a="hub", b="shop", **more):
    return ShipmentDispatched(
        shipment=name, item="tea", from_site=a, to_site=b, quantity=quantity, **more
    )


def test_points_of_strangers_are_none(chain):
    view = NetworkView(chain.network)
    hub, shop = (chain.network.place_index[name] for name in ("hub", "shop"))
    items = np.array([0, 0, 0, -1, 7], np.int32)
    places = np.array([hub, shop, 99, hub, -1], np.int32)
    assert view.points(items, places).tolist() == [0, 1, -1, -1, -1]


def test_lanes_are_found_by_places_and_item(chain):
    network, view = chain.network, NetworkView(chain.network)
    hub, shop, supplier = (network.place_index[name] for name in ("hub", "shop", "V"))
    origins = np.array([supplier, hub, shop, -1], np.int32)
    targets = np.array([hub, shop, hub, shop], np.int32)
    found = view.lanes(origins, targets, np.zeros(4, np.int32))
    buy, ship = network.lane_index["buy"], network.lane_index["ship"]
    assert found.tolist() == [buy, ship, -1, -1]


def test_network_without_lanes_finds_none(works):
    network = works(items=[{"item": "tea"}], bills=[], lanes=[], suppliers=[], stock=[])
    none = np.zeros(2, np.int32)
    assert NetworkView(network).lanes(none, none, none).tolist() == [-1, -1]


def test_stock_column_is_in_the_order_of_the_network(chain):
    moved = StockMoved(item="tea", quantity=3.0, from_site="hub")
    elsewhere = StockMoved(item="tea", quantity=3.0, to_site="moon")
    _, state = chain.fold((1, moved), (2, elsewhere), (3, sent("S", 4.0)))
    view = NetworkView(chain.network)
    assert view.stock_column(state, "on_hand").tolist() == [13.0, 10.0]
    assert view.stock_column(state, "in_transit").tolist() == [0.0, 4.0]


def test_backlog_counts_what_is_open_of_customer_orders(chain):
    part = sent("S", 3.0, "shop", "M", order="a")
    _, state = chain.fold(
        (1, order("a", 5.0)), (2, part), (3, order("b", 4.0)), (4, order("c", 9.0)),
        (5, OrderCancelled(order="c")), (6, order("d", 1.0, site="hub")),
        (7, order("e", 1.0, customer="stranger")),
    )  # fmt: skip
    assert NetworkView(chain.network).backlog(state).tolist() == [6.0]


def test_backlog_is_by_demand(two_echelon, folding):
    def two_markets(tables):
        tables["customers"].append({"customer": "N"})
        tables["demands"].append(dict(tables["demands"][0], customer="N"))

    world = folding(two_echelon(two_markets))
    _, state = world.fold((1, order("a", 5.0)), (1, order("b", 2.0, customer="N")))
    assert NetworkView(world.network).backlog(state).tolist() == [5.0, 2.0]


def test_on_the_way_is_what_was_not_received(chain):
    half = ShipmentReceived(shipment="S", item="tea", site="shop", quantity=1.5)
    whole = ShipmentReceived(shipment="R", item="tea", site="shop", quantity=2.0)
    _, state = chain.fold(
        (1, sent("S", 4.0)), (2, sent("R", 2.0)), (3, half), (4, whole)
    )
    shipments, left = NetworkView(chain.network).on_the_way(state)
    assert len(shipments) == 1
    assert left.tolist() == [2.5]


def test_on_order_is_what_was_not_sent(chain):
    def placed(name, supplier, quantity):
        return PurchaseOrderPlaced(
            order=name, supplier=supplier, item="tea", site="hub", quantity=quantity
        )

    _, state = chain.fold(
        (1, placed("bought", "V", 9.0)), (2, placed("moved", "shop", 2.0)),
        (3, placed("gone", "V", 5.0)), (4, placed("sent", "V", 5.0)),
        (5, order("customer", 7.0)), (6, OrderCancelled(order="gone")),
        (7, sent("S", 5.0, "V", "hub", order="sent")),
        (8, sent("T", 4.0, "V", "hub", order="bought")),
    )  # fmt: skip
    orders, left = NetworkView(chain.network).on_order(state)
    assert sorted(left.tolist()) == [2.0, 5.0]
    assert (orders["place"] == chain.network.place_index["hub"]).all()


def test_in_production_is_what_was_not_scrapped(works, folding):
    world = folding(works())

    def released(name, quantity):
        return ProductionOrderReleased(
            production_order=name, item="tea", site="P", quantity=quantity
        )

    step = {"production_order": "M1", "operation": "fill", "machine": "F1"}
    _, state = world.fold(
        (1, released("M1", 10.0)), (2, OperationStarted(**step)),
        (3, OperationCompleted(**step, good=7.0, scrap=3.0)),
        (4, released("M2", 5.0)), (5, ProductionOrderClosed(production_order="M2")),
        (6, released("M3", None)),
    )  # fmt: skip
    orders, left = NetworkView(world.network).in_production(state)
    assert left.tolist() == [7.0]
    assert orders["quantity"].tolist() == [10.0]
