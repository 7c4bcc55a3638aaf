from dataclasses import replace

import pytest

from optimizer.logistics.routing.check import check_routes, routing_cost
from optimizer.logistics.routing.problem import Breaks, Lock, Shipments
from optimizer.logistics.routing.search.resting import RestingSearch, without_breaks


def after(n):
    left = iter([False] * n)
    return lambda: next(left, True)


@pytest.fixture
def resting(town):
    rest = Breaks(vehicle=[0], earliest=[60], latest=[110], duration=[30])
    return replace(town(8, seed=1), breaks=rest)


def test_search_from_nothing_keeps_every_rule_and_repeats(resting):
    plans = []
    for _ in range(2):
        search = RestingSearch(resting, (), seed=3)
        begun = search.cost
        search.improve(after(15))
        assert search.cost <= begun
        assert search.cost == routing_cost(resting, search.best)
        assert check_routes(resting, search.best) == ()
        plans.append(search.best)
    assert plans[0] == plans[1]


def test_best_plan_of_few_clients_is_found(town, cheapest):
    rest = Breaks(vehicle=[0], earliest=[50], latest=[90], duration=[25])
    problem = replace(town(5, seed=2), breaks=rest)
    search = RestingSearch(problem, (), seed=0)
    search.improve(after(60))
    assert search.cost == cheapest(problem)


def test_locks_stay_and_shipments_stay_together(resting, changed):
    free = changed(resting, "clients", delivery=[[0], [0], *[[2]] * 6], open=[0] * 8)
    goods = Shipments(pickup=[0], delivery=[1], amount=[[3]])
    locked = replace(free, shipments=goods, locks=(Lock(vehicle=0, visits=(5, 3)),))
    roomy = changed(locked, "clients", close=[900] * 8)
    start = RestingSearch(replace(roomy, locks=()), (), seed=1).best
    kept = [r for r in start if not {5, 3} & set(r.clients)]
    lock = replace(start[0], visits=(5, 3))
    search = RestingSearch(roomy, [lock, *kept], seed=1)
    search.improve(after(5))
    assert check_routes(roomy, search.best) == ()


def test_breaks_shorten_what_a_vehicle_may_be_out(resting, changed):
    limited = without_breaks(changed(resting, "vehicles", max_duration=[200]))
    assert limited.vehicles.max_duration.tolist() == [170]
    assert len(limited.breaks) == 0
