"""Variance of orders over variance of demand."""

import numpy as np
import pytest

from streams.events import OrderReceived, PurchaseOrderPlaced
from twin.kpi.bullwhip import bullwhip, echelon_table, echelons, variance_ratio


def asked(day, quantity):
    order = OrderReceived(
        order=f"C{day}", customer="M", item="tea", site="shop", quantity=quantity
    )
    return 24 * day, order


def placed(day, quantity, item, *, supplier, site):
    order = PurchaseOrderPlaced(
        order=f"{site}{day}", supplier=supplier, item=item, site=site, quantity=quantity
    )
    return 24 * day, order


def run_of(measure, demand, transfers, purchases):
    events = [asked(*pair) for pair in enumerate(demand)]
    events += [
        placed(day, units, "tea", supplier="works", site="shop")
        for day, units in enumerate(transfers)
    ]
    events += [
        placed(day, units, "leaf", supplier="V", site="works")
        for day, units in enumerate(purchases)
    ]
    return measure(*events, window=(0, 24 * len(demand)))


def test_ratio_grows_from_echelon_to_echelon(measure):
    run = run_of(measure, [9, 11, 9, 11], [8, 12, 8, 12], [50, 150, 50, 150])
    table = echelon_table(run.folded())
    assert table["echelon"].to_list() == [1, 2]
    # Relative variances .01, .04 and .25; pieces of leaf and of tea do not mix.
    assert table["bullwhip"].to_list() == pytest.approx([4.0, 25.0])
    assert table["ordered"].to_list() == [10 * 8, 100 * 2]
    assert bullwhip(run.folded())["bullwhip"] == pytest.approx(25.0)


def test_flat_orders_answer_flat_demand(measure):
    run = run_of(measure, [5] * 4, [5] * 4, [5] * 4)
    assert bullwhip(run.folded())["bullwhip"] == 1.0


def test_bucket_may_be_another_than_the_review(measure):
    events = [asked(day, 9 + 2 * (day % 2)) for day in range(4)]
    events += [
        placed(day, 5 + day, "leaf", supplier="V", site="works") for day in range(4)
    ]
    run = measure(*events, window=(0, 96), bucket_s=2 * 86_400)
    # By two days demand is flat, and orders are not.
    assert run.measures()["bullwhip"] == np.inf


def test_days_before_the_first_demand_do_not_count():
    orders, demand = np.array([0.0, 8.0, 12.0]), np.array([0.0, 9.0, 11.0])
    assert variance_ratio(orders, demand) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("orders", "demand"), [([0, 0], [1, 2]), ([1, 2], [0, 0]), ([1], [1]), ([], [])]
)
def test_ratio_of_nothing_is_no_number(orders, demand):
    assert np.isnan(variance_ratio(np.array(orders, float), np.array(demand, float)))


def test_echelons_count_the_steps_to_customers(small):
    network = small()
    level = dict(zip(network.places.ids[:2], echelons(network).tolist(), strict=True))
    assert level == {"shop": 1, "works": 2}
    no_lane = small(lambda tables: tables["lanes"].pop(1))
    level = dict(zip(no_lane.places.ids[:2], echelons(no_lane).tolist(), strict=True))
    assert level == {"shop": 1, "works": 0}
