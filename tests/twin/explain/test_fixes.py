"""Fixes in the order in which to take them."""

import pytest

from twin.errors import OptionError
from twin.explain.constraints import Constraint
from twin.explain.fixes import Fix, Prices, ranked
from twin.said import Said


def fix(name, price, gain_us, *, on_time=False):
    return Fix(Constraint("lane", name), Said(name), price, 0, gain_us, on_time)


def test_on_time_comes_first_and_then_the_cheapest():
    fixes = [
        fix("soon", 5.0, 9),
        fix("sooner", 90.0, 12),
        fix("dear", 80.0, 20, on_time=True),
        fix("cheap", 3.0, 20, on_time=True),
        fix("unknown", None, 20, on_time=True),
    ]
    names = [one.text for one in ranked(fixes)]
    assert names == ["cheap", "dear", "unknown", "sooner", "soon"]


@pytest.mark.parametrize(
    "wrong", [{"overtime": 0.5}, {"express": float("nan")}, {"express_time": 1.0}]
)
def test_price_that_is_none_is_refused(wrong):
    with pytest.raises(OptionError, match=next(iter(wrong))):
        Prices(**wrong)
