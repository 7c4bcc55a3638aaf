"""What binds an order."""

import polars as pl
import pytest

from twin.explain.constraints import FLOW
from twin.explain.fixes import Prices
from twin.explain.why import why_late


def test_slow_lane_binds_and_has_fixes(late, asked):
    found = why_late(late, asked, prices=Prices())
    assert found.binds is not None
    assert (found.binds.kind, found.binds.lane) == ("lane", "leaf")
    gains = [one.gain_us for one in found.tried]
    assert gains == sorted(gains, reverse=True)
    best = max(one.gain_us for one in found.tried if one.constraint.kind in FLOW)
    named = next(one for one in found.tried if one.constraint == found.binds)
    assert named.gain_us == best > 0
    assert found.cheapest is not None
    texts = [fix.text for fix in found.fixes]
    assert any("by express, in 1.5 instead of 3 days" in text for text in texts)
    express = next(fix for fix in found.fixes if fix.constraint.kind == "lane")
    bought = {one.order for one in found.tree.sources if one.item == "leaf"}
    orders = late.script.orders.filter(pl.col("order").is_in(list(bought)))
    # Twice the freight of half a EUR for each leaf.
    assert express.price == pytest.approx(0.5 * orders["quantity"].sum())


def test_order_served_at_once_is_bound_by_nothing(late):
    at_once = next(key for key, one in late.outcome.served.items()
                   if one.served_us == key[3])  # fmt: skip
    found = why_late(late, at_once)
    assert (found.tried, found.binds, found.cheapest) == ((), None, None)
