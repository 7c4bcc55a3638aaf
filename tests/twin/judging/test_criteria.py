"""What candidates are compared by, on costs made up by hand."""

import numpy as np
import pytest

from twin.judging.criteria import CRITERIA, certainty_of, criterion_of
from twin.simulate.replicate.ranking import rank

COST = np.array([3.0, 1.0, 2.0, 4.0])


@pytest.mark.parametrize(
    ("criterion", "value"), [("mean", 2.5), ("p50", 2.5), ("p90", 3.7), ("cvar", 3.5)]
)
def test_criterion_of_few_costs(criterion, value):
    assert criterion_of(COST, criterion, cvar_level=0.5) == pytest.approx(value)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_certainty_is_of_pairs_and_not_of_luck_that_all_share(criterion):
    luck = np.random.default_rng(3).normal(0.0, 1e4, 12)
    less = luck - 1.0 - np.arange(12) / 100.0
    assert certainty_of(less, luck, criterion, cvar_level=0.5) > 0.99
    assert certainty_of(luck, less, criterion, cvar_level=0.5) < 0.01
    assert certainty_of(luck, luck, criterion, cvar_level=0.5) == 0.5


def test_certainty_of_the_mean_is_that_of_the_ranking():
    rng = np.random.default_rng(5)
    one, other = rng.normal(0.0, 1.0, 9), rng.normal(0.3, 1.0, 9)
    ranked = {each.scenario: each for each in rank({"a": one, "b": other})}
    assert certainty_of(one, other, "mean", cvar_level=None) == ranked["a"].certainty
    assert certainty_of(other, one, "mean", cvar_level=None) == ranked["b"].certainty


def test_certainty_of_a_tail_is_less_than_of_a_median_where_futures_are_few():
    rng = np.random.default_rng(1)
    cost = rng.exponential(10.0, 20)
    other = cost + rng.normal(1.5, 3.0, 20)
    sure = [certainty_of(cost, other, one, cvar_level=None) for one in ("p50", "p90")]
    assert 0.0 < sure[1] < sure[0] < 1.0


def test_certainty_repeats():
    other = COST[::-1] + 0.5
    first, again = (certainty_of(COST, other, "p90", cvar_level=None) for _ in "ab")
    assert first == again
