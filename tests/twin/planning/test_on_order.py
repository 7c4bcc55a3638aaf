"""Customers' orders that become production orders."""

import numpy as np
import pytest

from streams.names import Names
from twin.cycle import Decided
from twin.errors import OptionError
from twin.loop import Loop
from twin.planning import planning_structure
from twin.planning.on_order import OnOrder, items_on_order
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant

DAY_US = 86_400_000_000


def ordered(*orders, **cells):
    """Make tea on order, with these orders (name, units, due day) open."""

    def change(tables):
        tables["items"][2] |= {"strategy": "make_to_order", **cells}
        tables["stock"][2]["on_hand"] = 0
        tables["open_orders"] = [
            {"order": name, "kind": "customer", "item": "tea", "from_place": "P",
             "to_place": "M", "quantity": units, "due": f"2024-01-{day:02}T00:00:00Z"}
            for name, units, day in orders
        ]  # fmt: skip

    return change


@pytest.fixture
def released():
    """Release what is due at each of some reviews, and make it."""

    def run(network, n_reviews=1):
        own = OnOrder(planning_structure(network))
        seen = []

        class Follow:
            name = information = "follow"

            def observe(self, asked):
                pass

            def decide(self, state, now_us):
                seen.append(own.release(state, now_us))
                columns = list(
                    zip(*((m.item, m.site, m.quantity) for m in seen[-1]), strict=True)
                )
                if not columns:
                    return Decided(Decisions())
                item, site, quantity = (np.array(column) for column in columns)
                return Decided(
                    Decisions(
                        make_item=item.astype(np.int32),
                        make_site=site.astype(np.int32),
                        make_quantity=quantity.astype(np.float64),
                        make_for=tuple(one.order for one in seen[-1]),
                    )
                )

        names = Names()
        idle = np.zeros(len(network.demands.item_index))
        source = type("Nobody", (), {"draw": lambda *_: idle})()
        plant = Plant(network, names, seed=0, demand=source)
        Loop(network, plant, Follow(), names=names).run(n_reviews)
        return seen

    return run


def test_each_order_becomes_one_production_order_once(works, released):
    """Of what is started a fifth is lost; the later order is due first."""
    network = works(ordered(("b", 4, 9), ("a", 8, 5)))
    first, second = released(network, 2)
    assert [(one.order, one.quantity) for one in first] == [("a", 10.0), ("b", 5.0)]
    assert second == []


def test_stock_serves_who_came_first(works, released):
    def some_left(tables):
        ordered(("a", 8, 5), ("b", 4, 9))(tables)
        tables["stock"][2]["on_hand"] = 10

    ((one,),) = released(works(some_left))
    assert (one.order, one.quantity) == ("b", 3.0)  # two good units lack


def test_orders_wait_for_each_other_until_there_are_enough(works, released):
    few = works(ordered(("a", 1, 5), ("b", 1, 5), order_batch_min=3))
    assert released(few, 3) == [[], [], []]
    enough = works(ordered(*((k, 1, 5) for k in "abc"), order_batch_min=3))
    (now,) = released(enough)
    assert {one.order for one in now} == {"a", "b", "c"}
    assert len({one.group for one in now}) == 1


def test_order_waits_no_longer_than_it_may(works, released):
    """Its wait would be over before the third review."""
    change = ordered(("a", 1, 5), order_batch_min=9, order_wait_s=1.5 * 86_400)
    waiting, released_now, after = released(works(change), 3)
    assert (waiting, after) == ([], [])
    assert [one.order for one in released_now] == ["a"]


def test_order_waits_for_all_its_materials(works, released):
    def scarce(tables):
        ordered(("a", 80, 5), ("b", 4, 6))(tables)
        tables["stock"][1]["on_hand"] = 20

    (now,) = released(works(scarce))
    assert [one.order for one in now] == ["b"]


def test_parts_made_for_nothing_else_are_made_on_order_too(works, released):
    def brewed(tables):
        tables["items"].append({"item": "brew", "unit_cost": 3.0})
        tables["bills"] = [
            {"item": "tea", "component": "brew", "quantity": 2},
            {"item": "brew", "component": "leaf", "quantity": 1},
        ]

    def deep(tables):
        ordered(("a", 4, 5))(tables)
        brewed(tables)

    network = works(deep)
    assert [network.items.ids[k] for k in np.flatnonzero(items_on_order(network))] == [
        "brew", "tea",
    ]  # fmt: skip
    first, second = released(network, 2)
    assert [network.items.ids[one.item] for one in first] == ["brew"]
    assert [network.items.ids[one.item] for one in second] == ["tea"]
    assert {one.order for one in (*first, *second)} == {"a"}

    def shallow(tables):
        deep(tables)
        tables["items"][2]["strategy"] = "assemble_to_order"

    assert items_on_order(works(shallow)).sum() == 1


def test_network_without_such_items_releases_nothing(works, released):
    assert released(works()) == [[]]


def test_item_that_cannot_come_to_its_customers_is_named(works):
    def apart(tables):
        ordered()(tables)
        tables["sites"].append({"site": "S", "kind": "warehouse"})
        tables["demands"][0]["site"] = "S"

    with pytest.raises(OptionError, match="'tea' is made on order, and no site"):
        OnOrder(planning_structure(works(apart)))
