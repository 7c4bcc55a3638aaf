import math

import pytest

from twin.report.comparison.style import (
    VERDICTS,
    branch_colour,
    branch_meaning,
    spread,
    verdict_colour,
)
from twin.report.palette import LIGHT


def test_no_branch_has_the_colour_of_a_verdict():
    branches = {branch_colour(position) for position in range(12)}
    assert not branches & {verdict_colour("better"), verdict_colour("worse")}
    assert branch_meaning(0) not in {branch_meaning(k) for k in range(1, 6)}


def test_better_and_worse_differ_by_word_as_well_as_by_colour():
    assert verdict_colour("better") == LIGHT["service"]
    assert verdict_colour("worse") == LIGHT["shortage"]
    assert verdict_colour("same") == verdict_colour("unclear") == LIGHT["muted"]
    assert VERDICTS["unclear"] == "not told from chance"


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ((83_629.4, 1_846.0, "EUR"), "83,629 ± 1,846\xa0EUR"),
        ((0.0844, 0.0752, ""), "0.084 ± 0.075"),
        ((-3.04, 0.74, "%"), "\N{MINUS SIGN}3.04 ± 0.74\u202f%"),
        ((5.0, 0.0, "h"), "5\xa0h"),
        ((5.0, math.nan, "h"), "5\xa0h"),
        ((math.nan, math.nan, "h"), "\N{EN DASH}"),
        ((98_765_432.0, 1e6, "EUR"), "98.8\u202fM\xa0EUR"),
        ((1.0, 1e-12, ""), "1"),
    ],
)
def test_digits_follow_the_interval(number, written):
    assert spread(*number) == written


def test_gain_has_a_sign():
    assert spread(2.0, 1.0, "", signed=True) == "+2.0 ± 1.0"
    assert spread(0.0, 0.0, "", signed=True) == "0"
