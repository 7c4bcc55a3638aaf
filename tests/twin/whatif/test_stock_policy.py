import numpy as np
import pytest

from twin.planning import base_stock_levels, planning_structure
from twin.whatif.stock_policy import StockTablePolicy


@pytest.fixture
def policy(two_echelon):
    """Make the policy of a chain whose hub and shop have the rules given."""

    def make(hub=None, shop=None):
        def rule(tables):
            for row, own in zip(tables["stock"], (hub, shop), strict=True):
                row.update(own or {})

        return StockTablePolicy(planning_structure(two_echelon(rule)), service=0.9)

    return make


def test_base_stock_restores_its_level(policy):
    found = policy({"policy": "base_stock", "order_up_to": 30})
    assert found.wanted(np.array([12.0, 1e9])).tolist() == [18.0, 0.0]
    assert found.wanted(np.array([31.0, 1e9])).tolist() == [0.0, 0.0]


def test_s_s_orders_from_the_reorder_point_down(policy):
    found = policy({"policy": "s_S", "reorder_point": 5, "order_up_to": 30})
    ordered = [found.wanted(np.array([p, 1e9]))[0] for p in (6.0, 5.0, -2.0)]
    assert ordered == [0.0, 25.0, 32.0]


def test_r_q_orders_lots_until_above_the_reorder_point(policy):
    found = policy(shop={"policy": "r_Q", "reorder_point": 5, "order_quantity": 4})
    ordered = [found.wanted(np.array([1e9, p]))[1] for p in (5.5, 5.0, 2.0, 1.0, 0.5)]
    assert ordered == [0.0, 4.0, 4.0, 8.0, 8.0]


def test_point_without_a_rule_covers_its_demand(policy, two_echelon):
    levels = base_stock_levels(planning_structure(two_echelon()), service=0.9)
    assert policy().wanted(np.zeros(2)).tolist() == levels.tolist()


def test_rules_decide_what_is_ordered(two_echelon, run_loop):
    def rule(tables):
        for row in tables["stock"]:
            row.update(policy="r_Q", reorder_point=8, order_quantity=6)

    network = two_echelon(rule)
    policy = StockTablePolicy(planning_structure(network), service=0.9)
    run = run_loop(network, policy, 6)
    quantities = np.concatenate(
        [review.decided.decisions.quantity for review in run.reviews]
    )
    assert quantities.size
    assert (quantities[quantities > 0.0] % 6.0 == 0.0).all()
