"""Tests of `optimizer.production.lot_sizing.echelon`."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.production.lot_sizing.echelon import Need, echelon_of


def test_net_demand_of_components_comes_a_lead_time_earlier(table):
    # 10 tables take 40 legs, 8 are there; none can arrive in the first period.
    echelon = echelon_of(table)
    assert echelon.net.tolist() == [[2, 3, 0, 5], [0, 12, 0, 20], [0, 2, 0, 5]]
    assert echelon.exact.all()
    assert not echelon.single.any()
    assert echelon.needs[1] == (Need(1, 0, 1.0), Need(0, 0, 4.0))


def test_stock_inside_of_parents_counts(table):
    stock = np.array([2.0, 8.0, 3.0])
    echelon = echelon_of(
        replace(table, items=replace(table.items, initial_stock=stock))
    )
    assert echelon.net[1].tolist() == [0, 4, 0, 20]
    assert echelon.exact.tolist() == [True, False, False]


def test_prices_for_late_and_lost_reach_components(table):
    items = replace(table.items, lost_cost=np.array([9.0, np.inf, np.inf]))
    echelon = echelon_of(replace(table, items=items))
    assert echelon.may_lose.tolist() == [True, True, True]
    assert not echelon.may_wait.any()


@pytest.mark.parametrize("seed", range(20))
def test_net_demand_never_exceeds_all_that_is_asked_for(any_problem, seed):
    problem = any_problem(seed)
    echelon = echelon_of(problem)
    asked = [
        sum(need.units * problem.demand[need.item].sum() for need in needs)
        for needs in echelon.needs
    ]
    assert (echelon.net >= 0.0).all()
    assert (echelon.net.sum(axis=1) <= np.array(asked) + 1e-9).all()
    assert (np.array(asked) <= echelon.most + 1e-9).all()
