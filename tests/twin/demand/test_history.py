"""Demand by row and period, from orders."""

import numpy as np
import pytest

from streams.events import OrderCancelled, OrderReceived, PurchaseOrderPlaced
from twin.demand.history import DemandHistory
from twin.state.points import NetworkView

DAY_US = 86_400_000_000


def two_markets(tables):
    tables["customers"].append({"customer": "N"})
    tables["demands"].append(dict(tables["demands"][0], customer="N"))


def order(name, customer, quantity, *, item="tea", site="shop"):
    return OrderReceived(
        order=name, customer=customer, item=item, site=site, quantity=quantity
    )


@pytest.fixture
def world(two_echelon, folding):
    return folding(two_echelon(two_markets))


@pytest.fixture
def history(world):
    return DemandHistory(world.network, NetworkView(world.network))


def test_orders_are_added_by_row_and_period(world, history):
    first = world.fold(
        (1, order("a", "M", 2)), (2, order("b", "N", 5)), (3, order("c", "M", 1))
    )
    second = world.fold((DAY_US, order("d", "N", 4)))
    assert history.book(*first).tolist() == [3.0, 5.0]
    assert history.book(*second).tolist() == [0.0, 4.0]
    assert history.values().tolist() == [[3.0, 0.0], [5.0, 4.0]]


def test_lost_orders_count_in_full(world, history):
    folded = world.fold(
        (1, order("a", "M", 7)), (2, OrderCancelled(order="a", reason="lost"))
    )
    assert history.book(*folded).tolist() == [7.0, 0.0]


def test_orders_of_no_demand_row_are_left_out(world, history):
    bought = PurchaseOrderPlaced(
        order="p", supplier="V", item="tea", site="hub", quantity=9
    )
    folded = world.fold(
        (1, order("a", "stranger", 7)),
        (2, order("b", "M", 7, item="gold")),
        (3, order("c", "M", 7, site="hub")),
        (4, bought),
    )
    assert history.book(*folded).tolist() == [0.0, 0.0]


def test_period_without_orders_is_a_period(world, history):
    history.book(*world.fold())
    assert history.values().tolist() == [[0.0], [0.0]]


def test_history_before_the_first_period_is_empty(history):
    assert history.values().shape == (2, 0)
    assert history.values().dtype == np.float64
