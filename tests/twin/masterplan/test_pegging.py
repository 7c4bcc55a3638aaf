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


def _books(*rows):
    return pl.DataFrame(rows, schema=MOVES, orient="row")


def test_what_never_came_is_pegged_as_missing(moves):
    more = _books((2, 9, "tea", "S", -3.0, "delivered", "C3"))
    pegs = pegs_of(pl.concat([moves, more])).filter(pl.col("to_order") == "C3")
    assert pegs.select("from_kind", "quantity", "since_us", "until_us").rows() == [
        ("transfer_in", 1.0, 5, 9), ("missing", 2.0, None, 9),
    ]  # fmt: skip
    assert sources(pegs, "C3")[-1].since_us is None


def test_what_left_too_early_is_served_by_what_comes_later():
    pegs = pegs_of(
        _books(
            (-1, 0, "tea", "S", -2.0, "opening", ""),
            (0, 3, "tea", "S", -1.0, "delivered", "C1"),
            (0, 5, "tea", "S", 4.0, "transfer_in", "T1"),
        )
    )
    assert pegs.select("to_kind", "quantity", "since_us", "until_us").rows() == [
        ("opening", 2.0, 5, 0), ("delivered", 1.0, 5, 3), ("stock", 1.0, 5, None),
    ]  # fmt: skip


def test_by_product_takes_its_own_share_of_what_its_order_used(moves):
    husk = _books(
        (0, 3, "husk", "P", 8.0, "made", "M1"),
        (1, 8, "husk", "P", -2.0, "delivered", "C3"),
    )
    pegs = pegs_of(pl.concat([moves, husk]))
    # A quarter of the husks; of the tea it is half, whatever husks there are.
    used = [one.quantity for one in sources(pegs, "C3") if one.depth == 1]
    assert used == [0.75, 1.25]
    assert sum(one.quantity for one in sources(pegs, "C2") if one.depth == 2) == 4.0


def test_transport_still_on_its_way_counts_what_was_sent():
    pegs = pegs_of(
        _books(
            (-1, 0, "tea", "P", 10.0, "opening", ""),
            (0, 1, "tea", "P", -10.0, "transfer_out", "T1"),
            (1, 5, "tea", "S", 4.0, "transfer_in", "T1"),
            (1, 6, "tea", "S", -4.0, "delivered", "C1"),
        )
    )
    assert [one.quantity for one in sources(pegs, "C1")] == [4.0, 4.0]


def test_what_no_order_brought_leads_nowhere():
    pegs = pegs_of(
        _books(
            (0, 1, "tea", "P", 4.0, "made", ""),
            (0, 2, "tea", "P", -1.0, "delivered", "C1"),
        )
    )
    assert [one.kind for one in sources(pegs, "C1")] == ["made"]


def test_production_of_a_plan_comes_in_at_once(plan):
    made = plan.moves.filter(pl.col("kind") == "made")
    assert len(made) == made.select("order", "item").n_unique() > 3
    assert set(made["order"]) == set(plan.tables.closed["order"])


def test_pegs_of_a_plan_are_all_that_moved(plan):
    came = plan.moves.filter(pl.col("quantity") > 0.0)["quantity"].sum()
    assert plan.pegs["quantity"].sum() == pytest.approx(came)
    assert sources(plan.pegs, "nobody") == []
