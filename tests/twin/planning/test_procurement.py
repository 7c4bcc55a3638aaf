"""What a network buys, as a problem; plans as documents."""

import numpy as np
import pytest

from twin.errors import InputError
from twin.model import build, example_folder, load
from twin.planning.procurement import purchasing_problem


@pytest.fixture(scope="module")
def example():
    network = load(example_folder())
    return purchasing_problem(network, n_periods=40, safety_reviews=2.0).problem


def test_offers_are_the_lanes_from_suppliers(example):
    assert {offer.item for offer in example.offers} == {i.name for i in example.items}
    far = next(one for one in example.offers if one.supplier == "plastic_far")
    near = next(one for one in example.offers if one.supplier == "plastic_near")
    assert far.lead_periods > near.lead_periods
    assert far.prices[0].price < near.prices[0].price
    assert far.lateness.late > 0.0
    for item in example.items:
        assert all(need == round(need) for need in item.needs)
        assert item.safety_stock == pytest.approx(2.0 * np.mean(item.needs), abs=1.0)


def test_open_orders_are_on_their_way(example):
    assert example.open_orders
    assert all(order.period < 40 for order in example.open_orders)


def test_a_network_that_buys_nothing_is_told():
    network = build(
        {
            "sites": [{"site": "dc", "kind": "warehouse"},
                      {"site": "idle", "kind": "warehouse"}],
            "suppliers": [{"supplier": "S"}],
            "customers": [{"customer": "C"}],
            "items": [{"item": "pump", "unit_cost": 4.0}],
            "demands": [{"customer": "C", "item": "pump", "site": "dc",
                         "mean_per_day": 6.0, "price": 9.0}],
            "lanes": [{"lane": "out", "from_place": "dc", "to_place": "C",
                       "item": "pump", "lead_time_s": 0},
                      {"lane": "in", "from_place": "S", "to_place": "idle",
                       "item": "pump", "lead_time_s": 0, "price": 3.0}],
        },
        {"name": "small", "as_of": "2024-01-01T00:00:00Z"},
    )  # fmt: skip
    with pytest.raises(InputError, match="nothing that is used is bought"):
        purchasing_problem(network, n_periods=3)


DAY_US = 86_400_000_000


def shop(*, items=(), lanes=(), stock=(), orders=(), **settings):
    """A shop that customers buy at every day, and that buys itself."""
    return build(
        {
            "sites": [{"site": "dc", "kind": "warehouse"}],
            "suppliers": [{"supplier": "S"}],
            "customers": [{"customer": "C"}],
            "items": [{"item": "pump", "unit_cost": 4.0}, *items],
            "demands": [{"customer": "C", "item": "pump", "site": "dc",
                         "mean_per_day": 6.0, "price": 9.0}],
            "lanes": [
                {"lane": "out", "from_place": "dc", "to_place": "C", "item": "pump",
                 "lead_time_s": 0},
                {"lane": "sea", "from_place": "S", "to_place": "dc", "item": "pump",
                 "lead_time_s": 86_400 * 20, "price": 3.0},
                *lanes,
            ],
            "stock": list(stock),
            "open_orders": list(orders),
        },
        {"name": "shop", "as_of": "2024-01-01T00:00:00Z", **settings},
    )  # fmt: skip


def test_two_lanes_from_a_supplier_are_two_offers():
    air = {"lane": "air", "from_place": "S", "to_place": "dc", "item": "pump",
           "lead_time_s": 86_400, "price": 3.0, "unit_cost": 1.0}  # fmt: skip
    problem = purchasing_problem(shop(lanes=[air]), n_periods=30).problem
    assert {one.name: one.lead_periods for one in problem.offers} == {
        "pump@dc from S by sea": 19,
        "pump@dc from S by air": 0,
    }
    (alone,) = purchasing_problem(shop(), n_periods=30).problem.offers
    assert alone.name == "pump@dc from S"


def test_what_is_left_out_is_told():
    lane = {"lane": "seals", "from_place": "S", "to_place": "dc", "item": "seal",
            "lead_time_s": 0, "price": 1.0}  # fmt: skip
    late = {"order": "PO9", "kind": "purchase", "item": "pump", "from_place": "S",
            "to_place": "dc", "quantity": 5, "due": "2025-01-01T00:00:00Z"}  # fmt: skip
    network = shop(items=[{"item": "seal"}], lanes=[lane], orders=[late])
    found = purchasing_problem(network, n_periods=5)
    assert "seal@dc: nobody asks for it" in found.left_out
    assert "offer of pump@dc from S: takes 19 reviews, 5 are planned" in found.left_out
    assert "open order PO9: comes after what is planned" in found.left_out


@pytest.mark.parametrize(("days", "period"), [(1, 0), (2, 1), (8, 1), (9, 2)])
def test_open_orders_count_as_orders_do(days, period):
    """A week is reviewed, and customers ask every day: day 2 is too late for day 1."""
    due = f"2024-01-{1 + days:02d}T00:00:00Z"
    order = {"order": "PO1", "kind": "purchase", "item": "pump", "from_place": "S",
             "to_place": "dc", "quantity": 5, "due": due}  # fmt: skip
    weekly = shop(orders=[order], period_s=86_400, review_s=7 * 86_400)
    (one,) = purchasing_problem(weekly, n_periods=9).problem.open_orders
    assert one.period == period
