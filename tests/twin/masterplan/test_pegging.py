"""What serves what."""

import polars as pl
import pytest

from twin.masterplan import pegs_of, sources
from twin.masterplan.moves import MOVES

ROWS = [
    (-1, 0, "leaf", "P", 3.0, "opening", ""),
    (0, 1, "leaf", "P", 10.0, "purchase", "P1"),
    (0, 2, "leaf", "P", -8.0, "used", "M1"),
    (0, 3, "tea", "P", 4.0, "made", "M1"),
    (0, 4, "tea", "P", -4.0, "transfer_out", "T1"),
    (1, 5, "tea", "S", 4.0, "transfer_in", "T1"),
    (1, 6, "tea", "S", -1.0, "delivered", "C1"),
    (1, 7, "tea", "S", -2.0, "delivered", "C2"),
]


@pytest.fixture
def moves():
    return pl.DataFrame(ROWS, schema=MOVES, orient="row")


def test_first_in_is_first_out(moves):
    pegs = pegs_of(moves)
    leaves = pegs.filter(pl.col("item") == "leaf").select(
        "from_kind", "from_order", "to_order", "quantity"
    )
    assert leaves.rows() == [
        ("opening", "", "M1", 3.0),
        ("purchase", "P1", "M1", 5.0),
        ("purchase", "P1", "", 5.0),
    ]


def test_delivery_leads_back_to_purchase_in_its_share(moves):
    found = sources(pegs_of(moves), "C2")
    assert [(one.depth, one.kind, one.order, one.quantity) for one in found] == [
        (0, "transfer_in", "T1", 2.0),
        (1, "made", "M1", 2.0),
        (2, "opening", "", 1.5),
        (2, "purchase", "P1", 2.5),
    ]


def test_what_is_left_lies_in_stock(moves):
    left = pegs_of(moves).filter(pl.col("to_kind") == "stock")
    assert left.select("item", "place", "quantity").rows() == [
        ("leaf", "P", 5.0), ("tea", "S", 1.0),
    ]  # fmt: skip
    assert left["until_us"].null_count() == 2


def test_more_than_came_cannot_leave(moves):
    more = pl.DataFrame(
        [(2, 9, "tea", "S", -3.0, "delivered", "C3")], schema=MOVES, orient="row"
    )
    with pytest.raises(ValueError, match="2 of 3 tea leave S and never came"):
        pegs_of(pl.concat([moves, more]))


def test_pegs_of_a_plan_are_all_that_moved(plan):
    came = plan.moves.filter(pl.col("quantity") > 0.0)["quantity"].sum()
    assert plan.pegs["quantity"].sum() == pytest.approx(came)
    assert sources(plan.pegs, "nobody") == []
