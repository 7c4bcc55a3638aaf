"""Tables of a plan."""

import time

import numpy as np
import polars as pl
import pytest

from streams.names import Names
from twin.masterplan import check_plan, decisions_from, make_plan, orders_of
from twin.masterplan.tables import with_names
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant

DAY_S = 86_400


def test_orders_are_read_back_as_the_decisions_they_were(plan):
    network = plan.network
    for (release_us,), part in plan.tables.orders.partition_by(
        "release_us", as_dict=True
    ).items():
        again = orders_of(network, release_us, decisions_from(network, part))
        assert again.equals(part.with_columns(order=pl.lit("")))
        named = decisions_from(network, part, named=True)
        assert orders_of(network, release_us, named).equals(part)


def test_orders_have_the_names_that_events_give_them(plan):
    orders = plan.tables.orders
    assert orders["order"].n_unique() == orders.height
    bought = set(orders.filter(pl.col("kind") == "purchase")["order"])
    assert bought == set(
        plan.tables.shipments.filter(pl.col("kind") == "purchase")["order"]
    )
    made = set(orders.filter(pl.col("kind") == "production")["order"])
    assert made >= set(plan.tables.operations["order"])


def test_orders_of_two_lanes_between_the_same_places_keep_their_names(works, expected):
    def dear_and_quick(tables):
        tables["stock"][0]["on_hand"] = 0
        tables["lanes"][0] |= {"lead_time_s": 3 * DAY_S, "capacity_per_period": 18.0}
        quick = {"lane": "quick", "lead_time_s": DAY_S // 2, "price": 4.0}
        tables["lanes"].append(tables["lanes"][0] | quick)

    network = works(dear_and_quick)
    made = make_plan(network, expected(), n_periods=6, monotonic_s=time.monotonic)
    orders = made.tables.orders.filter(pl.col("item") == "leaf")
    assert orders.group_by("release_us").len()["len"].max() == 2
    sent = made.tables.shipments.join(orders, on="order")
    took_s = (sent["arrives_us"] - sent["sent_us"]) / 1e6
    assert took_s.to_list() == [
        DAY_S // 2 if lane == "quick" else 3 * DAY_S for lane in sent["lane"]
    ]
    assert sent["quantity"].to_list() == pytest.approx(sent["quantity_right"].to_list())
    assert check_plan(made) == ()


def test_order_that_cannot_begin_does_not_take_the_name_of_one_under_way(works):
    def started(tables):
        tables["stock"][0]["on_hand"] = 0
        tables["open_orders"] = [
            {"order": "old", "kind": "production", "item": "tea", "to_place": "P",
             "quantity": 5, "due": "2024-01-02T00:00:00Z"},
        ]  # fmt: skip

    network = works(started)
    now_us, tea = network.settings.as_of_us, network.item_index["tea"]
    decisions = Decisions(
        make_item=np.array([tea], np.int32),
        make_site=np.zeros(1, np.int32),
        make_quantity=np.array([4.0]),
    )
    plant = Plant(network, Names(), seed=0)
    plant.release(decisions)
    events = plant.advance(now_us + DAY_S)
    decided = orders_of(network, now_us, decisions)
    assert with_names(decided, events, under_way={"old"})["order"].to_list() == [""]
    assert with_names(decided, events)["order"].to_list() == ["old"]


def test_operations_come_in_steps_on_their_machines(plan):
    operations = plan.tables.operations
    assert set(operations.select("operation", "machine").rows()) == {
        ("fill", "F1"), ("pack", "K1"),
    }  # fmt: skip
    assert (operations["end_us"] > operations["start_us"]).all()


def test_sales_say_what_was_asked_and_shipped(plan):
    sales = plan.tables.sales
    assert sales["quantity"].to_list() == [11.0] * plan.n_periods
    served = plan.result.table.series("sales").sum() / 30.0
    assert sales["shipped"].sum() == pytest.approx(served)
