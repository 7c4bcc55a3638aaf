"""The check of a plan finds what does not hold."""

from dataclasses import replace

import polars as pl
import pytest

from twin.masterplan import check_plan, pegs_of


def test_a_plan_holds_together(plan):
    assert check_plan(plan) == ()


def _moved(plan, change):
    return replace(plan, moves=plan.moves.with_columns(quantity=change))


def _booked(plan, moves):
    return replace(plan, moves=moves, pegs=pegs_of(moves))


def _table(plan, name, *columns):
    frame = getattr(plan.tables, name).with_columns(*columns)
    return replace(plan, tables=replace(plan.tables, **{name: frame}))


CHANGES = {
    "more comes": (
        lambda plan: _moved(
            plan,
            pl.when(pl.col("kind") == "made")
            .then(pl.col("quantity") * 1.001)
            .otherwise("quantity"),
        ),
        "by its moves",
    ),
    "less was there": (
        lambda plan: replace(plan, moves=plan.moves.filter(pl.col("item") != "box")),
        "by its moves",
    ),
    "components appear": (
        lambda plan: _table(plan, "orders", pl.col("quantity") * 0.9),
        "instead of",
    ),
    "too early": (
        lambda plan: _table(plan, "operations", pl.col("start_us") - 10**12),
        "before it can",
    ),
    "two at once": (
        lambda plan: _table(plan, "operations", pl.col("start_us").min()),
        "at once",
    ),
    "on the way too long": (
        lambda plan: _table(plan, "shipments", pl.col("arrives_us") + 10**9),
        "instead of",
    ),
    "nothing was taken": (
        lambda plan: replace(plan, moves=plan.moves.filter(pl.col("kind") != "used")),
        "took 0",
    ),
    "a peg is lost": (
        lambda plan: replace(plan, pegs=plan.pegs.head(3)),
        "are pegged",
    ),
    "more leaves than comes": (
        lambda plan: _booked(plan, plan.moves.filter(pl.col("kind") != "purchase")),
        "stock of leaf at P falls to -",
    ),
    "needs are not served": (
        lambda plan: _booked(plan, plan.moves.filter(pl.col("kind") != "purchase")),
        "leaf leave P for",
    ),
    "sold twice": (
        lambda plan: _table(plan, "shipments", pl.col("quantity") * 2.0),
        "sales is",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_does_not_hold_is_told(plan, name):
    change, sentence = CHANGES[name]
    assert any(sentence in told for told in check_plan(change(plan)))


def test_orders_below_the_minimum_of_their_lane_are_told(plan):
    lanes = plan.network.lanes
    strict = replace(lanes, minimum=lanes.minimum + 1e6, multiple=lanes.multiple + 7.3)
    told = check_plan(replace(plan, network=replace(plan.network, lanes=strict)))
    assert any("are below" in sentence for sentence in told)
    assert any("are no multiple of 7.3" in sentence for sentence in told)
