"""What is made on order, in plans."""

import time

import polars as pl
import pytest

from twin.masterplan import (
    PlanTerms,
    check_plan,
    execute,
    made_to_order,
    make_plan,
    sources,
)

N_PERIODS = 6


def on_order(tables):
    """Make tea on order, in groups of two orders or after a day and a half."""
    tables["items"][2] |= {
        "strategy": "make_to_order", "order_batch_min": 2, "order_wait_s": 129_600,
    }  # fmt: skip
    tables["stock"][2]["on_hand"] = 0
    tables["routings"][0]["setup_family"] = "green"
    tables["setups"] = [
        {"group": "filling", "from_family": "*", "to_family": "*", "setup_s": 900}
    ]
    tables["open_orders"] = [
        {"order": "A1", "kind": "customer", "item": "tea", "from_place": "P",
         "to_place": "M", "quantity": 4, "due": "2024-01-03T00:00:00Z",
         "options": "in a tin"},
        {"order": "A2", "kind": "customer", "item": "tea", "from_place": "P",
         "to_place": "M", "quantity": 8, "due": "2024-01-02T00:00:00Z"},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def made(works, expected):
    return make_plan(
        works(on_order), expected(4.0), n_periods=N_PERIODS,
        monotonic_s=time.monotonic, terms=PlanTerms(sequenced=N_PERIODS, work=500),
    )  # fmt: skip


def test_plan_holds_together_and_is_carried_out_as_it_is(made, expected):
    assert check_plan(made) == ()
    again = execute(
        made.network, made.tables.orders, expected(4.0), n_periods=N_PERIODS
    )
    assert again.state_hash == made.result.state_hash
    assert again.table.totals() == pytest.approx(
        made.result.table.totals(), rel=0.0, abs=0.0, nan_ok=True
    )


def test_everything_made_has_a_customer_and_is_begun_after_he_asked(made):
    rows = made_to_order(made.network, made.tables)
    ordered = made.tables.orders.filter(pl.col("kind") == "production")
    assert rows.height == ordered.height > 0
    assert ordered["made_for"].to_list() == rows["customer_order"].to_list()
    assert (rows["released_us"] >= rows["asked_us"]).all()
    assert rows["family"].unique().to_list() == ["green"]
    assert rows["group"][0] == rows["group"][1] == "G1"


def test_open_orders_keep_their_options_and_dates(made):
    rows = made_to_order(made.network, made.tables)
    first = rows.filter(pl.col("customer_order") == "A1")
    assert first.select("options", "pieces").rows() == [("in a tin", 5.0)]
    assert (first["end_us"] > first["start_us"]).all()
    told = dict(made.tables.orders.select("made_for", "due_us").iter_rows())
    assert told["A2"] < told["A1"]


def test_deliveries_lead_back_to_what_was_made_for_them(made):
    rows = made_to_order(made.network, made.tables)
    for order, name in rows.select("customer_order", "production_order").head(2).rows():
        own = [one.order for one in sources(made.pegs, order) if one.kind == "made"]
        assert name in own


def test_plan_without_such_items_has_no_such_rows(plan):
    assert made_to_order(plan.network, plan.tables).height == 0
