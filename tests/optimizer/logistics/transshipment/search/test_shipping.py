from itertools import pairwise

import numpy as np
import pytest

from optimizer.logistics.transshipment.search.shipping import ShippingSearch, relaxed


def never():
    return False


def test_threads_do_not_change_the_relaxation(network):
    problem = network(1)
    one, two = (relaxed(problem, never, n_threads=n) for n in (1, 2))
    assert one.bound == two.bound
    np.testing.assert_array_equal(one.flow, two.flow)


def test_saving_and_settling_only_make_it_cheaper(network):
    problem = network(2, n_items=6, n_periods=6)
    search = ShippingSearch(relaxed(problem, never, n_threads=1), seed=0, tries=3)
    costs = [search.cost]
    while not search.calm:
        search.improve(5)
        if search.fresh:
            for item in range(6):
                search.settle(item)
        costs.append(search.cost)
    assert all(after <= before + 1e-9 for before, after in pairwise(costs))
    assert costs[-1] < costs[0]
    # What was added up on the way is what it costs.
    assert search.cost == pytest.approx(search._counted())
    load = problem.volume @ search.flow[:, search._s.first_lane :]
    np.testing.assert_allclose(load, search._s.loaded, atol=1e-9)
    assert (load <= search.vehicles * search._s.room + 1e-6).all()


def test_too_many_vehicles_are_forced_off(network):
    problem = network(2, n_items=6, n_periods=6, vehicles_max=np.ones(8, dtype=int))
    search = ShippingSearch(relaxed(problem, never, n_threads=1), seed=0, tries=3)
    assert search.vehicles.max() > 1
    search.force(never)
    assert search.vehicles.max() == 1
    hasty = ShippingSearch(relaxed(problem, never, n_threads=1), seed=0, tries=3)
    hasty.force(lambda: True)
    assert hasty.vehicles.max() <= 1


def renewed(network, **changes):
    problem = network(2, n_items=6, n_periods=6, **changes)
    search = ShippingSearch(relaxed(problem, never, n_threads=1), seed=0, tries=3)
    search.force(never)
    while not search.calm:
        search.improve(50)
    return search


def test_lanes_loaded_afresh_only_make_it_cheaper(network):
    search = renewed(network, vehicles_max=np.full(8, 4))
    first, at = search._s.first_lane, search.cost
    for _ in range(20):
        before = search.cost
        assert search.renew(never) >= 1
        assert search.cost <= before
    assert search.cost < at
    assert search.cost == pytest.approx(search._counted())
    load = search._relaxation.problem.volume @ search.flow[:, first:]
    assert (load <= search.vehicles * search._s.room + 1e-6).all()
    assert search.vehicles.max() <= 4


def test_renewal_that_is_ended_leaves_all_as_it_was(network):
    search = renewed(network)
    flow, vehicles, cost = search.flow.copy(), search.vehicles.copy(), search.cost
    asked = iter(range(100))
    search.renew(lambda: next(asked) > 3)
    np.testing.assert_array_equal(search.flow, flow)
    np.testing.assert_array_equal(search.vehicles, vehicles)
    assert search.cost == pytest.approx(cost)
