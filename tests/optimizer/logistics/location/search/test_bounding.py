import numpy as np

from optimizer.logistics.location.search.bounding import Bounding
from optimizer.logistics.location.search.network import network_of


def test_bound_rises_and_stays_below_the_best(staged, best_by_force):
    for seed in range(3):
        problem = staged(seed)
        best = best_by_force(problem)
        bounding = Bounding(network_of(problem), staged=True)
        bounding.advance(1, np.inf)
        first = bounding.bound
        while not bounding.done:
            bounding.advance(20, best)
        assert first <= bounding.bound <= best + 1e-6


def test_what_is_certain_holds_in_all_better_plans(staged, cheapest_flow):
    problem = staged(1)
    bounding = Bounding(network_of(problem), staged=True)
    while not bounding.done:
        bounding.advance(20, np.inf)
    everything = [0, 1, 2], [0, 1, 2, 3]
    cost = cheapest_flow(problem, *everything)
    cost += problem.fixed_cost.sum() + problem.plant_fixed_cost.sum()
    closed, opened = bounding.certain(cost)
    # A plan with everything open costs that much: what it opens is not ruled out by a
    # higher cost.
    closed_above, opened_above = bounding.certain(cost * 2.0)
    assert not closed_above.any()
    assert not opened_above.any()
    assert not (closed & opened).any()
