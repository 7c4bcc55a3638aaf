"""Tables of a plan."""

import polars as pl
import pytest

from twin.masterplan import decisions_from, orders_of


def test_orders_are_read_back_as_the_decisions_they_were(plan):
    network = plan.network
    for (release_us,), part in plan.tables.orders.partition_by(
        "release_us", as_dict=True
    ).items():
        again = orders_of(network, release_us, decisions_from(network, part))
        assert again.equals(part.drop("order"))


def test_orders_have_the_names_that_events_give_them(plan):
    orders = plan.tables.orders
    assert orders["order"].n_unique() == orders.height
    bought = set(orders.filter(pl.col("kind") == "purchase")["order"])
    assert bought == set(
        plan.tables.shipments.filter(pl.col("kind") == "purchase")["order"]
    )
    made = set(orders.filter(pl.col("kind") == "production")["order"])
    assert made >= set(plan.tables.operations["order"])


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
