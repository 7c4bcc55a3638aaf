"""Moves of stock, from events."""

import polars as pl
import pytest

from twin.masterplan import levels


def test_moves_begin_with_the_stock_there_is(plan):
    opening = plan.moves.filter(pl.col("kind") == "opening")
    assert dict(opening.select("item", "quantity").iter_rows()) == {
        "leaf": 100.0, "box": 80.0, "tea": 40.0,
    }  # fmt: skip
    assert set(opening["review"]) == {-1}


def test_every_kind_has_its_sign_and_its_order(plan):
    signs = {
        kind: set(part["quantity"].sign().to_list())
        for (kind,), part in plan.moves.partition_by("kind", as_dict=True).items()
    }
    assert signs == {
        "opening": {1.0}, "purchase": {1.0}, "made": {1.0}, "used": {-1.0},
        "delivered": {-1.0},
    }  # fmt: skip
    assert not plan.moves.filter(pl.col("kind") != "opening")["order"].eq("").any()


def test_levels_are_what_came_less_what_left(plan):
    after = levels(plan.moves)
    last = after.group_by("item", maintain_order=True).last()
    total = plan.moves.group_by("item", maintain_order=True).agg(
        pl.col("quantity").sum()
    )
    assert last["on_hand"].to_list() == pytest.approx(total["quantity"].to_list())
    assert after["on_hand"].min() >= -1e-9
