import numpy as np
import pytest

from streams.batch import NO_TIME
from streams.events import (
    OperationStarted,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
    ShipmentDispatched,
)
from twin.errors import OptionError
from twin.simulate.opening.conditions import conditions_of, lane_of

SECOND_US = 1_000_000
RELEASES = [
    {"release": "R", "item": "tea", "site": "P", "interval_s": 80},
    {"release": "S", "item": "box", "site": "P", "interval_s": 80},
]


def released(name, item="tea"):
    return ProductionOrderReleased(
        production_order=name, item=item, site="P", quantity=1
    )


def sent(name, item="leaf"):
    return ShipmentDispatched(
        shipment=name, order="B", item=item, from_site="V", to_site="P", quantity=3
    )


def network_start_us(found):
    return found.network.settings.as_of_us - 9 * SECOND_US


def test_goods_on_the_way_have_their_lane_and_when_they_left(steady, told):
    order = PurchaseOrderPlaced(
        order="B", supplier="V", item="leaf", site="P", quantity=10
    )
    found = told(steady(), (1, order), (5, sent("H1")), at_s=9)
    transit, network = found.conditions.transit, found.network
    assert [network.open_orders.ids[k] for k in transit.order] == ["H1"]
    assert [network.lanes.ids[k] for k in transit.lane] == ["leaf"]
    start_us = network_start_us(found)
    assert transit.since_us.tolist() == [start_us + 5 * SECOND_US]


def test_shipment_with_the_id_of_its_order_is_what_is_on_the_way(steady, told):
    order = PurchaseOrderPlaced(
        order="B", supplier="V", item="leaf", site="P", quantity=6
    )
    same = ShipmentDispatched(
        shipment="B", order="B", item="leaf", from_site="V", to_site="P", quantity=3
    )
    found = told(steady(), (1, order), (5, same), at_s=9)
    orders, transit = found.network.open_orders, found.conditions.transit
    assert sorted(orders.ids) == ["B", "B#2"]
    assert [orders.ids[k] for k in transit.order] == ["B"]
    start_us = network_start_us(found)
    assert transit.since_us.tolist() == [start_us + 5 * SECOND_US]
    # Both halves have a lead time from when they left, or were ordered.
    lead_us = orders.due_us[transit.order[0]] - transit.since_us[0]
    other = orders.ids.index("B#2")
    assert orders.due_us[other] == start_us + 1 * SECOND_US + lead_us


def test_lane_is_the_first_that_fits(steady):
    network = steady()
    origin, target = network.place_index["V"], network.place_index["P"]
    leaf, tea = network.item_index["leaf"], network.item_index["tea"]
    assert network.lanes.ids[lane_of(network, origin, target, leaf)] == "leaf"
    assert lane_of(network, target, origin, leaf) == -1
    assert lane_of(network, origin, target, tea) == -1


def test_streams_know_when_they_released_the_last(steady, told):
    routings = [
        {"item": item, "step": 1, "operation": "fill", "machine_group": "filling",
         "duration_s": 5}
        for item in ("tea", "box")
    ]  # fmt: skip
    network = steady(routings=routings, releases=RELEASES)
    events = [(3, released("A")), (7, released("B"))]
    found = told(network, *events, at_s=9).conditions
    assert (found.released_us - found.at_us).tolist()[0] == -2 * SECOND_US
    assert found.released_us[1] == NO_TIME
    both = [row | {"item": "tea"} for row in RELEASES]
    network = steady(routings=routings, releases=both)
    # Nobody knows of which of the two an order was.
    assert (told(network, *events, at_s=9).conditions.released_us == NO_TIME).all()


def test_order_with_the_name_of_another_is_found(steady, told):
    bought = PurchaseOrderPlaced(
        order="A", supplier="V", item="leaf", site="P", quantity=10
    )
    begun = OperationStarted(production_order="A", operation="fill", machine="F1")
    found = told(steady(), (1, bought), (2, released("A")), (3, begun), at_s=9)
    assert [seat[0] for seat in found.seats] == ["A#2"]
    assert found.seats[0][3] == 6.0


def test_other_laws_do_not_change_where_orders_are(steady, told):
    begun = OperationStarted(production_order="A", operation="fill", machine="F1")
    found = told(steady(), (2, released("A")), (3, begun), at_s=9)
    faster = steady(machine={"speed": 2}, open_orders=[
        {"order": "A", "kind": "production", "item": "tea", "to_place": "P",
         "quantity": 1, "due": "2024-01-02T00:00:00Z", "step": 10}
    ])  # fmt: skip
    at_us = faster.settings.as_of_us
    work = conditions_of(found.state, faster, at_us=at_us).work
    assert work.machine.tolist() == found.conditions.work.machine.tolist()
    with pytest.raises(OptionError, match="at_us must be"):
        conditions_of(found.state, faster, at_us=at_us + 1)


def test_nothing_told_is_nothing_under_way(steady, told):
    found = told(steady(), (1, released("A")), at_s=9).conditions
    assert found.work.order.tolist() == [0]
    assert len(found.transit.order) == 0
    assert np.array_equal(found.machines.busy_us, [0, 0])
