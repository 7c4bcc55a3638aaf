"""What can be done about a constraint."""

import pytest

from twin.explain.constraints import Constraint, tree_of
from twin.explain.drafting import fixes_of
from twin.explain.fixes import Prices
from twin.explain.why import tried_without


def test_stock_that_is_enough_is_found_and_priced(late, asked):
    leaf = Constraint("stock", "stock of leaf at P", item="leaf", place="P")
    tree = tree_of(late, asked)
    plenty = tried_without(late, tree, leaf)
    assert plenty.gain_us > 0
    (fix,) = fixes_of(late, tree, [(leaf, plenty.served_us)], prices=Prices())
    assert fix.served_us == plenty.served_us
    units = float(fix.text.split()[0].replace(",", ""))
    assert fix.price == pytest.approx(2.0 * units, rel=1e-5)


def test_machines_that_never_stand_get_another_one(late, asked):
    packing = Constraint("machines", "machines", item="packing", place="P")
    found = fixes_of(late, tree_of(late, asked), [(packing, None)], prices=Prices())
    for fix in found:
        assert fix.text.startswith("one more machine of packing at P, ")
        hours = float(fix.text.split(", ")[1].split()[0])
        assert fix.price == pytest.approx(72.0 * hours, abs=72.0 * 0.05)
