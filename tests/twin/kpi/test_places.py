"""Measures by site and item are those of the whole, split."""

import pytest

from streams.events import (
    OrderReceived,
    ProductionOrderClosed,
    ProductionOrderReleased,
    ShipmentDispatched,
    StockMoved,
)
from twin.kpi.places import item_table, site_table

EVENTS = [
    (1, OrderReceived(order="A", customer="M", item="tea", site="shop", quantity=5.0)),
    (1, ShipmentDispatched(shipment="a", item="tea", from_site="shop", to_site="M",
                           quantity=4.0, order="A")),
    (2, ProductionOrderReleased(production_order="J", item="tea", site="works",
                                quantity=6.0)),
    (2, StockMoved(item="leaf", from_site="works", quantity=6.0, reason="issue",
                   production_order="J")),
    (8, StockMoved(item="tea", to_site="works", quantity=6.0, reason="receipt",
                   production_order="J")),
    (8, ProductionOrderClosed(production_order="J")),
]  # fmt: skip


def test_sites_have_their_customers_stock_and_orders(measure):
    shop, works = site_table(measure(*EVENTS).folded()).rows(named=True)
    assert (shop["site"], works["site"]) == ("shop", "works")
    assert (shop["demanded_units"], shop["fill_rate"]) == (5.0, 0.8)
    assert (works["demanded_units"], works["fill_rate"]) == (0.0, None)
    assert (shop["sold_units"], shop["sales"], works["made_units"]) == (4.0, 80.0, 6.0)
    assert works["production_lead_time_mean_s"] == 6 * 3600
    assert (works["wip_mean_orders"], works["wip_mean_units"]) == (6 / 24, 36 / 24)
    assert shop["production_orders"] == 0


def test_items_have_their_stock(measure):
    leaf, tea = item_table(measure(*EVENTS).folded()).rows(named=True)
    assert leaf["stock_mean_units"] == pytest.approx(100 - 6 * 22 / 24)
    assert tea["stock_mean_units"] == pytest.approx(10 - 4 * 23 / 24 + 6 * 16 / 24)
    assert (leaf["turns"], tea["production_orders"]) == (0.0, 1.0)


def test_parts_add_up_to_the_whole(measure):
    run = measure(*EVENTS)
    measures, tables = run.measures(), run.tables()
    for name in ("sites", "items"):
        total = tables[name].sum()
        for column in ("demanded_units", "lost_units", "sales", "handling_cost"):
            assert total[column][0] == pytest.approx(measures[column]), column
        value = total["stock_mean_value"][0]
        assert value == pytest.approx(measures["stock_mean_value"])
