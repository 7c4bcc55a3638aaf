import pytest

from optimizer.logistics.routing.check import check_routes
from optimizer.logistics.routing.model.iterated import (
    IteratedSearch,
    Tuning,
    cost_of,
)
from optimizer.logistics.routing.model.translation import Translation


def after(n):
    """Return what says that n iterations are over."""
    left = iter([False] * n)
    return lambda: next(left, True)


@pytest.fixture
def translation(town):
    return Translation(town(15, seed=2))


def test_search_finds_a_plan_and_repeats(translation):
    costs = []
    for _ in range(2):
        search = IteratedSearch(translation.data, seed=3)
        search.improve(after(200))
        assert search.iterations == 200
        routes = translation.routes(search.best)
        assert check_routes(translation.problem, routes) == ()
        costs.append(search.cost)
    assert costs[0] == costs[1] == cost_of(search.best)


def test_better_plan_is_taken_over_and_a_worse_one_is_not(translation):
    good, bad = (IteratedSearch(translation.data, seed=s) for s in (1, 2))
    good.improve(after(300))
    bad.improve(after(1))
    before = bad.cost
    good.adopt(bad.best)
    bad.adopt(good.best)
    assert good.cost == bad.cost <= before


def test_penalties_begin_at_the_size_of_costs(translation):
    search = IteratedSearch(translation.data, seed=0, tuning=Tuning(first_penalty=1.0))
    assert search.penalties is None
    search.improve(after(1))
    loads, time, distance = search.penalties
    assert 0.1 <= loads[0] < 1000
    assert 0.1 <= time < 1000
    assert distance == 1.0
    plain = IteratedSearch(translation.data, seed=0, tuning=Tuning(first_penalty=0.0))
    plain.improve(after(1))
    assert plain.penalties[0][0] > 10_000
