"""What a network buys, as a problem; plans as documents."""

from dataclasses import replace

import numpy as np
import pytest

from twin.errors import InputError
from twin.model import build, example_folder, load
from twin.planning.procurement import (
    Futures,
    buy,
    document_of,
    problem_of_file,
    purchasing_problem,
)


@pytest.fixture(scope="module")
def example():
    return purchasing_problem(load(example_folder()), n_periods=40, safety_reviews=2.0)


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


def test_a_plan_is_a_document(example):
    few = replace(
        example,
        items=example.items[:2],
        offers=tuple(
            o for o in example.offers if o.item in {i.name for i in example.items[:2]}
        ),
        open_orders=(),
    )
    plan, risk = buy(few, monotonic_s=lambda: 0.0, seconds=5.0)
    document = document_of(few, plan, risk)
    assert document["status"] == "optimal"
    assert document["risk"] == {}
    needed = sum(sum(item.needs) for item in few.items)
    assert sum(peg["quantity"] for peg in document["pegs"]) == pytest.approx(needed)
    futures = Futures(np.random.default_rng(0), 50)
    _, risk = buy(few, monotonic_s=lambda: 0.0, seconds=5.0, lateness=futures)
    assert risk["expected_cost"] <= risk["expected_cost_trusting"]


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


def test_a_file_is_read(tmp_path):
    path = tmp_path / "buy.json"
    path.write_text(
        '{"items": [{"name": "a", "needs": [1]}], "suppliers": [{"name": "s"}], '
        '"offers": [{"item": "a", "supplier": "s", "price": 2}]}'
    )
    assert problem_of_file(path).offers[0].prices[0].price == 2.0
