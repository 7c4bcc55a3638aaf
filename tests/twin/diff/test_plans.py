"""Plans side by side."""

from dataclasses import replace

import polars as pl
import pytest

from twin.diff import PlanSide, compare
from twin.errors import InputError

DAY_US = 86_400_000_000


@pytest.fixture
def side():
    """Five days: bought on the first and the third, made on the second."""
    orders = pl.DataFrame(
        [
            {
                "order": order,
                "kind": kind,
                "lane": "",
                "item": "tea",
                "from_place": "",
                "to_place": "P",
                "made_for": "",
                "quantity": 5.0,
                "release_us": day * DAY_US,
                "priority": None,
            }
            for order, kind, day in (
                ("P1", "purchase", 0),
                ("M1", "production", 1),
                ("P2", "purchase", 2),
            )
        ],
        schema_overrides={"priority": pl.Float64},
    )
    operations = pl.DataFrame(
        [
            {
                "order": "M1",
                "item": "tea",
                "operation": "fill",
                "machine": "F1",
                "start_us": DAY_US,
                "end_us": DAY_US + 5,
            }
        ]
    )
    sales = pl.DataFrame(
        [
            {
                "order": "C1",
                "customer": "M",
                "item": "tea",
                "site": "P",
                "asked_us": DAY_US,
                "quantity": 5.0,
                "shipped": 5.0,
            }
        ]
    )
    shipments = pl.DataFrame(
        [{"order": "C1", "kind": "delivery", "quantity": 5.0, "sent_us": 2 * DAY_US}]
    )
    return PlanSide(orders=orders, operations=operations, sales=sales,
                    shipments=shipments, kpis={"profit": 3.0}, start_us=0,
                    review_us=DAY_US, n_periods=5)  # fmt: skip


def test_a_plan_and_itself_differ_in_nothing(side):
    found = compare(side, side)
    changes = (*found.orders, *found.operations, *found.customers)
    assert {one.what for one in changes} == {"same"}
    assert len(changes) == 5
    assert found.money[0].change == 0.0


def test_operations_follow_their_renamed_order(side):
    renamed = side.orders.with_columns(pl.col("order").replace({"M1": "M9"}))
    runs = side.operations.with_columns(order=pl.lit("M9"), start_us=DAY_US + 3)
    found = compare(side, replace(side, orders=renamed, operations=runs))
    assert [one.what for one in found.operations] == ["later"]
    assert {one.what for one in found.orders} == {"same"}


def test_what_only_one_of_both_plans_is_left_out(side):
    later = replace(
        side, start_us=2 * DAY_US, sales=side.sales.clear(),
        orders=side.orders.filter(pl.col("release_us") >= 2 * DAY_US),
    )  # fmt: skip
    found = compare(side, later)
    assert [one.one.order for one in found.orders] == ["P2"]
    assert found.customers == ()
    assert (found.start_us, found.end_us) == (2 * DAY_US, 5 * DAY_US)


def test_added_order_is_not_another_of_its_number(side):
    """Ids count releases: with one order more, M2 is M3, and M2 is the new one."""
    made = side.orders.filter(pl.col("order") == "M1")
    at = {"M1": 1, "M2": 3}

    def plan(days):
        orders = [made.with_columns(order=pl.lit(name), release_us=day * DAY_US)
                  for name, day in days.items()]  # fmt: skip
        runs = [
            side.operations.with_columns(
                order=pl.lit(name), machine=pl.lit(f"F{day}"),
                start_us=day * DAY_US, end_us=day * DAY_US + 5,
            )
            for name, day in days.items()
        ]  # fmt: skip
        return replace(side, orders=pl.concat(orders), operations=pl.concat(runs))

    found = compare(plan(at), plan({"M1": 1, "M2": 2, "M3": 3}))
    assert [one.what for one in found.orders] == ["same", "added", "same"]
    assert [one.what for one in found.operations] == ["same", "added", "same"]
    assert found.stability.operations_kept == pytest.approx(2 / 3)


def test_what_only_the_longer_plan_sees_is_no_difference(side):
    """Of an order of the fourth day two are sent in time, the rest on the sixth."""
    asked = side.sales.with_columns(asked_us=4 * DAY_US, shipped=2.0)
    sent = side.shipments.with_columns(sent_us=5 * DAY_US, quantity=2.0)
    short = replace(side, sales=asked, shipments=sent)
    rest = sent.with_columns(sent_us=6 * DAY_US, quantity=3.0)
    long = replace(
        short, sales=asked.with_columns(shipped=5.0), n_periods=7,
        shipments=pl.concat([sent, rest]),
    )  # fmt: skip
    for sides in ((short, long), (long, short)):
        found = compare(*sides)
        assert [one.what for one in found.customers] == ["same"]
        assert found.customers[0].one.shipped == pytest.approx(2.0)


def test_demand_at_the_ends_is_of_the_review_before(side):
    """What a former plan has at the new start is demand of the day before."""
    days = [side.sales.with_columns(order=pl.lit(f"C{day}"), asked_us=day * DAY_US)
            for day in (2, 5)]  # fmt: skip
    before = replace(side, sales=pl.concat(days), shipments=side.shipments.clear())
    after = replace(before, start_us=2 * DAY_US, n_periods=3, sales=days[1])
    found = compare(before, after)
    assert [(one.one.order, one.what) for one in found.customers] == [("C5", "same")]
    gone = compare(before, replace(after, sales=days[1].clear()))
    assert [(one.one.order, one.what) for one in gone.customers] == [("C5", "dropped")]


def test_plans_of_no_common_time_are_not_compared(side):
    later = replace(side, start_us=5 * DAY_US)
    with pytest.raises(InputError, match="have no time in common"):
        compare(side, later)
