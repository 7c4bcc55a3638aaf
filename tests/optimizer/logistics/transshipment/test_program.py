from dataclasses import replace

import numpy as np

from optimizer.logistics.transshipment.program import (
    balance_of,
    layout_of,
    negligible_of,
)


def test_arcs_and_balance_say_what_is_where(network):
    problem = network(0, lead_periods=np.full(8, 2))
    layout, balance = layout_of(problem), balance_of(problem)
    assert (layout.n_held, layout.n_left, layout.n_short) == (15, 5, 20)
    # What leaves in the last two periods would arrive after the horizon.
    assert layout.lane.size == 8 * 2
    assert layout.cost.shape == layout.capacity.shape == (3, 60 + 16)
    has = problem.stock.sum() + problem.supply.sum() - problem.demand.sum()
    np.testing.assert_allclose(balance.sum(), has)
    asked = layout.capacity[:, 20:60].sum()
    np.testing.assert_allclose(asked, problem.demand.sum())


def test_what_is_rounding_of_an_item_is_its_own(network):
    given = network(0)
    demand = given.demand.copy()
    demand[4, :, 0] = [2e7, 100.0, 0.0]
    demand[:, 2] = 0.0
    least = negligible_of(replace(given, demand=demand))
    np.testing.assert_allclose(least, [1e-3, 1e-5, 1e-7])
