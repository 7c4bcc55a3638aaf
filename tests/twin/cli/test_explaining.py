"""Sentences on what binds, what can be done, and why plans differ."""

import pytest

from twin.cli.console import Console
from twin.cli.explaining import (
    binding_text,
    cause_text,
    fix_text,
    show_causes,
)
from twin.diff import CustomerChange
from twin.diff.customers import Served
from twin.explain.causes import Cause, Causes
from twin.explain.constraints import Constraint, Tree
from twin.explain.differences import Difference
from twin.explain.document import causes_document
from twin.explain.fixes import Fix
from twin.explain.why import Tried, Why
from twin.said import Said

DAY_US = 86_400_000_000
LANE = Constraint("lane", "lane buy from V to P", lane="buy")


def why(*tried, fixes=()):
    tree = Tree(("M", "tea", "P", 0, 0), (), (), ())
    return Why("C7", tree, 3 * DAY_US, tried, fixes)


def test_what_binds_is_said_with_what_it_gains():
    found = why(Tried(LANE, DAY_US, 2 * DAY_US))
    assert binding_text(found) == (
        "C7 is bound by lane buy from V to P: 2.00 days sooner without (1 constraints "
        "were removed one by one)"
    )
    nothing = why(Tried(LANE, 3 * DAY_US, 0))
    assert "no single lead time, capacity or release binds it" in binding_text(nothing)


@pytest.mark.parametrize(
    ("price", "told"), [(380.0, "EUR 380.00"), (None, "no price is known")]
)
def test_fix_is_said_with_its_price(price, told):
    fix = Fix(
        LANE, Said("send 4 leaf by express"), price, DAY_US, 2 * DAY_US, on_time=True
    )
    said = fix_text(fix, "EUR")
    assert said == f"send 4 leaf by express: 2.00 days earlier, on time, {told}"


def test_causes_are_said_in_words(capsys):
    ends = [Served("C7", 5.0, 5.0, day * DAY_US) for day in (1, 3)]
    change = CustomerChange("M", "tea", "P", 0, *ends)
    late = Difference("date", Said("purchase order P1 of 5 leaf, 2 days later"), row=0)
    slow = Difference("network", Said("lanes: buy"), "lanes", ("buy",))
    whole = Cause(change, (slow, late), is_whole=True)
    assert cause_text(whole) == (
        "the network changed, lanes: buy, and purchase order P1 of 5 leaf, 2 days later"
    )
    assert cause_text(Cause(change, (late,), is_whole=False)).startswith("partly ")
    assert "no difference" in cause_text(Cause(change, (), is_whole=False))
    spent = Cause(change, (slow, late), is_whole=True, ran_out=True)
    assert "the executions for this order were spent" in cause_text(spent)
    assert "were spent" in cause_text(Cause(change, (), is_whole=False, ran_out=True))
    assert causes_document(Causes((spent,), 2, 2), str)["causes"][0]["ran_out"]
    found = Causes((whole,), 2, 2)
    show_causes(found, Console(None, quiet=False), limit=5)
    assert "1 of 1 are explained in full" in capsys.readouterr().out
    assert causes_document(found, str)["causes"][0]["because"][0]["kind"] == "network"
