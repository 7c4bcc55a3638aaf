"""Money by hand; hours."""

import pytest

from streams.events import (
    OrderReceived,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    StockMoved,
)
from twin.kpi.cost import PARTS, costs, handling_cost


def sent(name, quantity, **more):
    places = {"item": "tea", "from_site": "shop", "to_site": "M"}
    return ShipmentDispatched(shipment=name, quantity=quantity, **{**places, **more})


BOUGHT = {"item": "leaf", "from_site": "V", "to_site": "works"}
MADE = StockMoved(
    item="tea", to_site="works", quantity=6.0, reason="receipt", production_order="A"
)


def test_prices_of_orders_count_before_those_of_tables(measure):
    order = OrderReceived(
        order="A", customer="M", item="tea", site="shop", quantity=3.0, price=25.0
    )
    purchase = PurchaseOrderPlaced(
        order="P", supplier="V", item="leaf", site="works", quantity=9.0, price=2.5
    )
    run = measure(
        (1, order), (1, sent("a", 3, order="A")), (2, sent("b", 2)),
        (1, purchase), (2, sent("c", 9, order="P", **BOUGHT)),
        (3, sent("d", 4, **BOUGHT)),
    )  # fmt: skip
    measures = costs(run.folded())
    assert measures["sales"] == 3 * 25 + 2 * 20
    assert measures["purchase_cost"] == 9 * 2.5 + 4 * 3.0
    # By the tables: 0.2 a unit sold, 0.1 a unit and 5 an order bought.
    assert measures["transport_cost"] == pytest.approx(0.2 * 5 + 0.1 * 13 + 2 * 5)


def test_cost_of_a_dispatch_counts_before_that_of_its_lane(measure):
    run = measure((1, sent("a", 2, cost=7.0)))
    assert costs(run.folded())["transport_cost"] == 7.0


def test_handling_is_of_units_made_and_sent(measure):
    run = measure(
        (1, MADE),
        (2, sent("a", 4)),
        (3, sent("b", 5, from_site="works", to_site="shop")),
    )
    # 6 made and 5 sent at 0.5, 4 sold at 0.25.
    assert handling_cost(run.folded()).sum() == 11 * 0.5 + 4 * 0.25


def test_cost_to_serve_is_the_sum_of_its_parts(measure):
    run = measure((1, MADE), (2, sent("a", 4)), (3, sent("b", 5, **BOUGHT)))
    measures = run.measures()
    total = sum(measures[f"{part}_cost"] for part in PARTS)
    assert measures["cost_to_serve"] == pytest.approx(total)
    assert measures["cost_to_serve_per_unit"] == pytest.approx(total / 4)
    assert measures["profit"] == pytest.approx(4 * 20 - 5 * 3 - total)


def test_only_the_window_costs(measure):
    run = measure(
        (1, sent("a", 2)), (5, sent("b", 1)), (9, sent("c", 1)), window=(5, 9)
    )
    assert costs(run.folded())["sales"] == 20
