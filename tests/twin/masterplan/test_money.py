"""Money of a plan, added up anew."""

import polars as pl
import pytest

from twin.masterplan import planned_money, span_of
from twin.masterplan.money import demand_terms


def test_money_is_that_of_the_measures(plan):
    money = planned_money(plan.network, plan.tables, plan.moves, span_of(plan))
    for name, value in money.items():
        assert value == pytest.approx(plan.result.table.series(name).sum(), rel=1e-9)
    assert money["sales"] > 0.0
    assert money["handling"] > 0.0


def test_purchases_cost_what_their_lanes_ask(plan):
    bought = plan.tables.orders.filter(pl.col("kind") == "purchase")
    price = {"leaf": 2.0, "box": 1.0}
    paid = sum(price[lane] * q for lane, q in bought.select("lane", "quantity").rows())
    money = planned_money(plan.network, plan.tables, plan.moves, span_of(plan))
    assert money["purchase"] == pytest.approx(paid)


def test_ends_of_reviews_are_a_review_apart(plan):
    span = span_of(plan)
    assert len(span.ends_us) == plan.n_periods
    assert span.ends_us[0] - span.start_us == span.review_us
    assert span.days == 1.0


def test_terms_are_those_of_the_demands(plan):
    (row,) = demand_terms(plan.network).iter_rows(named=True)
    assert row == {
        "customer": "M", "item": "tea", "site": "P", "price": 30.0,
        "shortage_cost": 1.0, "backlogged": True,
    }  # fmt: skip
