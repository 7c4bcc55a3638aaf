"""How a plan is made."""

import time

import pytest

from twin.errors import OptionError
from twin.masterplan import check_plan, execute, make_plan


def test_plan_meets_no_chance(plan):
    """Goods come after exactly their mean lead time, whatever the laws say."""
    bought = plan.tables.shipments.filter(plan.tables.shipments["kind"] == "purchase")
    taken = (bought["arrives_us"] - bought["sent_us"]).unique().to_list()
    assert taken == [86_400_000_000]


def test_expected_demand_is_served(plan):
    assert plan.result.table.series("lost").sum() == 0.0
    assert plan.result.table.series("served").sum() == pytest.approx(
        11.0 * plan.n_periods
    )


def test_plan_is_the_same_again(plant, plan, expected):
    again = make_plan(
        plant, expected(), n_periods=plan.n_periods, monotonic_s=time.monotonic
    )
    assert again.result.state_hash == plan.result.state_hash
    assert again.tables.orders.equals(plan.tables.orders)


def test_chain_of_places_is_planned_and_holds_together(two_echelon, expected):
    def stepped(tables):
        tables["lanes"][0] |= {"minimum": 30.0, "multiple": 12.0}

    network = two_echelon(stepped)
    made = make_plan(network, expected(4.0), n_periods=8, monotonic_s=time.monotonic)
    assert check_plan(made) == ()
    bought = made.tables.orders.filter(made.tables.orders["lane"] == "buy")["quantity"]
    assert len(bought)
    assert (bought % 12.0 == 0.0).all()
    assert bought.min() >= 36.0
    again = execute(network, made.tables.orders, expected(4.0), n_periods=8)
    assert again.state_hash == made.result.state_hash


def test_more_reviews_than_are_expected_are_refused(plant, expected):
    with pytest.raises(OptionError, match=r"n_periods must be in 1\.\.4"):
        make_plan(plant, expected(n=4), n_periods=5, monotonic_s=time.monotonic)
