import numpy as np
import polars as pl
import pytest

from streams.events import PurchaseOrderPlaced, ShipmentReceived
from twin.model.draft.collect import collect
from twin.model.draft.flows import (
    demands,
    item_prices,
    lanes,
    law_of,
    stock_points,
    unknown_lanes,
)
from twin.model.draft.places import find_places

DAY_S = 86_400


@pytest.fixture
def seen(batch_of, timed_events):
    return collect([batch_of(timed_events)])


def test_lanes_have_the_observed_law(seen):
    found = lanes(seen, find_places(seen)).rows(named=True)
    assert [row["lane"] for row in found] == ["P>D>tea", "V>P>leaf"]
    transfer, purchase = found
    days = np.arange(1, 11)
    assert purchase["lead_time_s"] == pytest.approx(days.mean() * DAY_S)
    assert purchase["lead_time_cv"] == pytest.approx(days.std(ddof=1) / days.mean())
    assert purchase["median_s"] == pytest.approx(5.5 * DAY_S)
    assert purchase["n_receipts"] == 10
    assert purchase["lead_time_law"] == "lognormal"
    assert purchase["price"] == pytest.approx((10 * 2.0 + 4.2) / 11)
    assert transfer["lead_time_s"] == 2 * DAY_S
    assert transfer["lead_time_law"] == "constant"
    assert transfer["n_receipts"] == 5


def test_lane_of_few_receipts_takes_the_law_of_its_places(batch_of):
    events = []
    for k in range(9):
        item, order = ("rare" if k == 0 else "often"), f"o{k}"
        placed = PurchaseOrderPlaced(
            order=order, supplier="V", item=item, site="P", quantity=1
        )
        received = ShipmentReceived(
            shipment=order, item=item, site="P", quantity=1, order=order
        )
        events += [(0, placed), (DAY_S * (10 if k == 0 else 1), received)]
    seen = collect([batch_of(events)])
    often, rare = lanes(seen, find_places(seen)).rows(named=True)
    assert (often["n_receipts"], often["lead_time_s"]) == (8, DAY_S)
    assert (often["is_pooled"], rare["is_pooled"]) == (False, True)
    assert (rare["n_receipts"], rare["lead_time_s"]) == (9, 2 * DAY_S)


def test_receipt_before_its_order_is_no_lead_time(batch_of):
    order = PurchaseOrderPlaced(order="o", supplier="V", item="i", site="P", quantity=1)
    early = ShipmentReceived(shipment="s", item="i", site="P", quantity=1, order="o")
    seen = collect([batch_of([(5, order), (1, early)])])
    (row,) = lanes(seen, find_places(seen)).rows(named=True)
    assert row["n_receipts"] == 0
    assert row["lead_time_law"] == "constant"


def test_receipt_without_an_order_still_names_its_lane(batch_of):
    received = ShipmentReceived(
        shipment="s", item="i", site="P", quantity=1, from_site="V"
    )
    seen = collect([batch_of([(1, received)])])
    (row,) = lanes(seen, find_places(seen)).rows(named=True)
    assert (row["lane"], row["n_receipts"]) == ("V>P>i", 0)
    assert (row["lead_time_s"], row["lead_time_cv"]) == (7 * DAY_S, 0.0)


def test_demands_count_days_without_orders(seen):
    tea, cup = sorted(demands(seen).rows(named=True), key=lambda row: row["customer"])
    daily = np.array([8.0, 0.0] * 5)
    assert tea["mean_per_day"] == pytest.approx(4.0)
    assert tea["dispersion"] == pytest.approx((daily.var() - 4.0) / 16.0)
    assert (tea["price"], tea["n_orders"]) == (9.0, 5)
    assert cup["mean_per_day"] == pytest.approx(0.1)
    assert cup["dispersion"] == 0.0


def test_prices_and_stock_points(seen):
    prices = {row["item"]: row for row in item_prices(seen).rows(named=True)}
    assert prices["tea"]["price"] == 9.0
    assert prices["leaf"]["unit_cost"] == pytest.approx(24.2 / 11)
    assert stock_points(seen).rows() == [("tea", "D")]


def test_unknown_lanes_say_that_they_are_a_guess():
    row = unknown_lanes(pl.DataFrame({"item": ["a"], "site": ["S"]})).row(0, named=True)
    assert row["lane"] == "unknown_supplier>S>a"
    assert row["n_receipts"] == 0


def test_law_of_one_value_does_not_vary():
    law = pl.DataFrame({"x": [3.0]}).select(**law_of(pl.col("x"))).row(0, named=True)
    assert law == {"mean": 3.0, "median": 3.0, "cv": 0.0, "n": 1}
