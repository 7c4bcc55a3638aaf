import pytest
import pyvrp

from optimizer.logistics.routing.check import check_routes
from optimizer.logistics.routing.model.iterated import (
    IteratedSearch,
    Penalties,
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
    search = IteratedSearch(translation.data, seed=0)
    assert search.penalties is None
    search.improve(after(1))
    load, time, distance = search.penalties
    assert 0.1 <= load < 1000
    assert 0.1 <= time < 1000
    assert distance == 1.0


def test_penalties_follow_what_is_seen(translation):
    search = IteratedSearch(translation.data, seed=0)
    search.improve(after(50))
    tuning = Tuning(update_every=10, increase=2.0, decrease=0.5)
    penalties = Penalties([8.0, 8.0, 1e9], tuning)
    for _ in range(10):
        penalties.register(search.best)
    assert penalties.values == [4.0, 4.0, 50_000.0]
    visits = [pyvrp.Activity(pyvrp.ActivityType.CLIENT, at) for at in range(15)]
    crowded = pyvrp.Solution(
        translation.data, [pyvrp.Route(translation.data, visits, 0)]
    )
    for _ in range(10):
        penalties.register(crowded)
    assert penalties.values[0] == 8.0
    assert penalties.values[2] == 25_000.0
