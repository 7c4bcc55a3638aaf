"""A plan without one of its constraints."""

import polars as pl
import pytest

from twin.explain.constraints import Constraint, tree_of
from twin.explain.relaxing import (
    ALWAYS,
    PLENTY,
    QUICK,
    open_always,
    removed,
)
from twin.model.changes.apply import rebuilt


@pytest.fixture
def tree(late, asked):
    return tree_of(late, asked)


def without(late, tree, kind, **of):
    return removed(late, tree, Constraint(kind, kind, **of))


def test_lane_takes_no_time(late, tree):
    grounds, script = without(late, tree, "lane", lane="leaf")
    lanes = grounds.network.tables["lanes"]
    times = dict(lanes.select("lane", "lead_time_s").iter_rows())
    assert times == {"leaf": 0.0, "box": 86_400.0}
    assert script.orders.equals(late.script.orders)


def test_machines_are_quick_and_open(late, tree):
    grounds, script = without(late, tree, "machines", item="packing", place="P")
    machines = grounds.network.tables["machines"]
    rows = {row["machine"]: row for row in machines.iter_rows(named=True)}
    assert rows["K1"]["speed"] == 2.0 * QUICK
    assert rows["K1"]["calendar"] == ALWAYS
    assert rows["F1"]["calendar"] is None
    made = [row for row in tree.rows if script.orders["kind"][row] == "production"]
    assert all(script.steps[row].hold == 0 for row in made)


def test_stock_is_there_and_nobody_waits_for_it(late, tree):
    grounds, script = without(late, tree, "stock", item="leaf", place="P")
    stock = grounds.network.tables["stock"].filter(pl.col("item") == "leaf")
    assert stock["on_hand"].to_list() == [PLENTY]
    waits = [need.item for row in tree.rows for need in script.steps[row].needs]
    assert "leaf" not in waits


def test_nobody_asked_before(late, tree):
    grounds, _ = without(late, tree, "queue", item="tea", place="P")
    review = (tree.asked[3] - 1 - late.start_us) // late.review_us
    assert grounds.demand.means[0, :review].sum() == 0.0
    assert grounds.demand.means[0, review] == 11.0


def test_order_that_was_ahead_is_not_made(late, tree):
    gone = late.script.steps[tree.rows[0]].order
    _, script = without(late, tree, "before", order=gone)
    assert script.orders.height == late.script.orders.height - 1
    assert gone not in script.orders["order"].to_list()


def test_tables_in_place_of_others_are_as_if_built_anew(late):
    network = late.grounds.network
    frames = open_always(network, "packing", "P")
    grounds, _ = removed(
        late, tree_of(late, next(iter(late.outcome.served))),
        Constraint("lane", "", lane="leaf"),
    )  # fmt: skip
    built = rebuilt(network, {"lanes": grounds.network.tables["lanes"]})
    assert grounds.network.hash == built.hash
    assert set(frames) == {"machines", "calendars"}
