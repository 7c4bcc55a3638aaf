"""Decisions become orders with ids that anybody can derive again."""

import numpy as np
import pytest

from streams.events import OrderDispatched
from twin.planning import decisions_of, order_id, orders_of, planning_structure
from twin.simulate.decisions import Decisions

DAY_US = 86_400_000_000
NOW_US = 1_704_067_200_000_000


def wanted(**fields):
    named = {"order": "?", "kind": "purchase", "item": "a", "site": "b", "source": "c"}
    return OrderDispatched(**named | fields)


def test_id_depends_on_what_is_asked_where_and_when_but_not_on_how_much():
    first = order_id("run/0", wanted(quantity=1.0))
    assert first == order_id("run/0", wanted(quantity=2.0, due_us=5, plan="p"))
    others = {
        order_id("run/1", wanted()),
        order_id("run/0", wanted(), 1),
        order_id("run/0", wanted(item="ab", site="")),
        order_id("run/0", wanted(item="a", site="bc", source="")),
        order_id("run/0", wanted(kind="transport")),
        order_id("run/0", wanted(source=None)),
    }
    assert len(others | {first}) == 7


@pytest.mark.parametrize("shape", ["two_echelon", "works"])
def test_each_decision_is_one_order_that_says_what_is_to_be_done(request, shape):
    network = request.getfixturevalue(shape)()
    structure = planning_structure(network)
    amounts = np.arange(1.0, 1.0 + structure.problem.n_activities)
    decisions = decisions_of(structure, amounts)
    orders = orders_of(structure, decisions, occasion="o", plan="plan-1", now_us=NOW_US)
    assert len({order.order for order in orders}) == len(amounts)
    assert [order.expected for order in orders] == pytest.approx(amounts)
    made = [order for order in orders if order.kind == "production"]
    assert [order.quantity for order in made] == pytest.approx(decisions.make_quantity)
    assert all(order.source is None for order in made)
    assert all(order.due_us > NOW_US and order.plan == "plan-1" for order in orders)


def test_order_of_a_lane_names_where_it_comes_from(two_echelon, lane_orders):
    network = two_echelon()
    decisions = lane_orders(network, ("buy", "tea", 7), ("ship", "tea", 3))
    buy, ship = orders_of(
        planning_structure(network), decisions, occasion="o", plan=None, now_us=NOW_US
    )
    assert (buy.kind, buy.source, buy.site, buy.quantity) == ("purchase", "V", "hub", 7)
    assert (ship.kind, ship.source, ship.site) == ("transport", "hub", "shop")
    # Two days on the way, one of which passes before the first demand.
    assert ship.due_us == NOW_US + 2 * DAY_US


def test_equal_orders_of_one_occasion_have_ids_of_their_own(two_echelon, lane_orders):
    network = two_echelon()
    decisions = lane_orders(
        network, ("buy", "tea", 7), ("buy", "tea", 7), ("buy", "tea", 0)
    )
    structure = planning_structure(network)
    orders = orders_of(structure, decisions, occasion="o", plan=None, now_us=NOW_US)
    again = orders_of(structure, decisions, occasion="o", plan=None, now_us=NOW_US)
    assert orders == again
    assert len({order.order for order in orders}) == 2


def test_nothing_decided_is_no_order(two_echelon):
    structure = planning_structure(two_echelon())
    nothing = orders_of(structure, Decisions(), occasion="o", plan=None, now_us=NOW_US)
    assert nothing == ()
