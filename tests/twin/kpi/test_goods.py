"""Stock and transport by hand; hours."""

import numpy as np
import pytest

from streams.events import ShipmentDispatched, ShipmentReceived, StockCounted
from twin.kpi.goods import (
    cost_of_goods,
    goods,
    holding_cost,
    lane_table,
    pipeline_cost,
    received,
    stock_value,
    transit_us,
    yearly,
)

H = 3600.0


def sent(name, quantity, **more):
    places = {"item": "leaf", "from_site": "V", "to_site": "works"}
    return ShipmentDispatched(shipment=name, quantity=quantity, **{**places, **more})


def got(name, quantity, site="works", item="leaf"):
    return ShipmentReceived(shipment=name, item=item, site=site, quantity=quantity)


def sold(name, quantity):
    return sent(name, quantity, item="tea", from_site="shop", to_site="M")


def test_stock_is_valued_for_as_long_as_it_lies(measure):
    run = measure((6, sold("a", 4)), (12, got("x", 20)), (18, sold("b", 6)))
    # Tea at 8: 10, then 6 from 6 h, none from 18 h. Leaf at 2: 100, 120 from noon.
    tea, leaf = 8 * (10 * 6 + 6 * 12) / 24, 2 * 110
    assert stock_value(run.folded()).sum() == pytest.approx(tea + leaf)
    assert cost_of_goods(run.folded()).sum() == 80.0
    measures = goods(run.folded())
    assert measures["stock_mean_value"] == pytest.approx(tea + leaf)
    assert measures["turns"] == pytest.approx(80 * 365.25 / (tea + leaf))
    # 0.4 a day for tea, 0.1 for leaf.
    assert holding_cost(run.folded()).sum() == pytest.approx(0.4 * tea / 8 + 0.1 * 110)


def test_count_beats_what_was_computed(measure):
    run = measure((12, StockCounted(item="leaf", site="works", quantity=40)))
    assert stock_value(run.folded()).sum() == 2 * 70 + 80


def test_lead_times_are_of_shipments_received_in_full(measure):
    run = measure(
        (1, sent("a", 10)), (3, got("a", 4)), (5, got("a", 6)),
        (2, sent("b", 10)), (8, got("b", 10)),
        (3, sent("c", 10)), (9, got("c", 9)),
        (4, got("unannounced", 5)),
    )  # fmt: skip
    measures = goods(run.folded())
    assert measures["lane_lead_time_mean_s"] == 5 * H
    assert measures["lane_lead_time_p95_s"] == pytest.approx(5.9 * H)
    assert sorted(transit_us(received(run.folded())) / 3.6e9) == [4, 6]
    table = lane_table(run.folded())
    assert table["lane"].to_list() == ["buy", "sell", "ship"]
    row = table.row(0, named=True)
    assert (row["sent_units"], row["shipments"]) == (30, 2)
    assert row["lead_time_p50_s"] == 5 * H
    # a: 10 for 2 h, 6 for 2 h; b: 10 for 6 h; c: 10 for 6 h, and 1 to the end.
    unit_hours = 20 + 12 + 60 + 60 + 15
    assert row["in_transit_mean_units"] == pytest.approx(unit_hours / 24)
    assert row["pipeline_cost"] == pytest.approx(0.02 * unit_hours / 24)
    assert pipeline_cost(run.folded()).sum() == pytest.approx(row["pipeline_cost"])
    assert (table["shipments"][1], table["lead_time_p50_s"][1]) == (0, None)


def test_receipt_in_the_instant_of_its_dispatch_was_never_on_the_way(measure):
    # Canonical order puts it before the dispatch.
    run = measure((1, sold("a", 4)), (1, got("a", 4, site="M", item="tea")))
    table = lane_table(run.folded())
    assert table["in_transit_mean_units"].to_list() == [0.0, 0.0, 0.0]
    assert goods(run.folded())["lane_lead_time_mean_s"] == 0.0


def test_year_has_365_days_and_a_quarter(measure):
    folded = measure(window=(0, 48)).folded()
    assert yearly(folded, np.array([2.0])).tolist() == [365.25]
