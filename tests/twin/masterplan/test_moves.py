"""Moves of stock, from events."""

import polars as pl
import pytest

from streams.events import ShipmentDispatched, ShipmentReceived
from twin.masterplan import levels, pegs_of, sources
from twin.masterplan.moves import stock_moves


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


def test_receipt_without_an_order_is_of_that_of_its_shipment(two_echelon, folding):
    """The chain goes on through a transport whose receipts name their shipment only."""
    network = two_echelon()
    fold = folding(network)
    line = {"item": "tea", "quantity": 2.0}
    sent = ShipmentDispatched(
        shipment="S1", order="T1", from_site="hub", to_site="shop", **line
    )
    came = {"site": "shop", "from_site": "hub", **line}
    batches = (
        fold.batch((0, sent)),
        fold.batch((5, ShipmentReceived(shipment="S1", **came))),
        fold.batch((6, ShipmentReceived(shipment="S0", **came))),
    )
    moves = stock_moves(network, batches)
    moved = moves.filter(pl.col("kind") != "opening").select("kind", "order")
    assert moved.rows() == [
        ("transfer_out", "T1"), ("transfer_in", "T1"), ("transfer_in", "S0"),
    ]  # fmt: skip
    pegs = pegs_of(moves)
    brought = pegs.filter(pl.col("from_kind") == "transfer_in")["from_order"]
    assert brought.to_list() == ["T1", "S0"]
    assert [one.place for one in sources(pegs, "T1")] == ["hub"]
