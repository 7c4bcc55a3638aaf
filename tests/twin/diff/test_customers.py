"""Orders of customers in two plans."""

import polars as pl
import pytest

from twin.diff.customers import (
    CustomerChange,
    Served,
    compare_customers,
    served_of_tables,
    until,
)


def one(served_us, shipped=5.0):
    return Served("C1", 5.0, shipped, served_us)


@pytest.mark.parametrize(
    ("before", "after", "what", "shift_us"),
    [
        (one(4), one(4), "same", 0),
        (one(4), one(9), "later", 5),
        (one(4), one(1), "earlier", -3),
        (one(4), one(None, 2.0), "unserved", None),
        (one(None, 2.0), one(4), "served", None),
        (one(None, 2.0), one(None, 2.0), "same", None),
        (one(None, 2.0), one(None, 3.0), "more", None),
        (one(None, 2.0), one(None, 1.0), "less", None),
        (None, one(4), "added", None),
        (one(4), None, "dropped", None),
    ],
)
def test_change_is_named(before, after, what, shift_us):
    change = CustomerChange("M", "tea", "shop", 0, before, after)
    assert (change.what, change.shift_us) == (what, shift_us)


@pytest.fixture
def tables():
    """Two orders that are alike, one of them served in two parts, and one short."""
    sales = pl.DataFrame(
        [
            {
                "order": name,
                "customer": "M",
                "item": "tea",
                "site": "shop",
                "asked_us": 7,
                "quantity": 5.0,
                "shipped": shipped,
            }
            for name, shipped in (("C1", 5.0), ("C2", 5.0), ("C3", 4.0))
        ]
    )
    shipments = pl.DataFrame(
        [
            {"order": name, "kind": kind, "sent_us": sent_us}
            for name, kind, sent_us in (
                ("C1", "delivery", 7), ("C1", "delivery", 12), ("C2", "delivery", 8),
                ("C3", "delivery", 9), ("C2", "transport", 99),
            )
        ]
    )  # fmt: skip
    return sales, shipments


def test_served_is_when_the_last_of_it_is_shipped(tables):
    found = served_of_tables(*tables)
    point = ("M", "tea", "shop", 7)
    assert [found[*point, k].served_us for k in range(3)] == [12, 8, None]


def test_alike_orders_are_compared_in_turn(tables):
    before = served_of_tables(*tables)
    after = served_of_tables(tables[0].head(2), tables[1])
    found = compare_customers(before, after)
    assert [change.what for change in found] == ["same", "same", "dropped"]


def test_what_is_sent_after_an_end_is_not_known_before(tables):
    sales, shipments = tables
    shipments = shipments.with_columns(quantity=pl.Series([3.0, 2.0, 5.0, 4.0, 1.0]))
    found = served_of_tables(*until(sales, shipments, 9))
    ends = [(one.served_us, one.shipped) for one in found.values()]
    assert ends == [(None, 3.0), (8, 5.0), (None, 4.0)]
    assert served_of_tables(*until(sales, shipments, 99)) == served_of_tables(*tables)
    assert served_of_tables(*until(sales, shipments, 6)) == {}
