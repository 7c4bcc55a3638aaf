"""Tests of `optimizer.production.lot_sizing.search.annealing`."""

import numpy as np
import pytest

from optimizer.production.lot_sizing import check_plan, plan_cost
from optimizer.production.lot_sizing.echelon import echelon_of
from optimizer.production.lot_sizing.model import Limits, solve_program
from optimizer.production.lot_sizing.program import lay_out
from optimizer.production.lot_sizing.search.annealing import Annealing, planned


@pytest.mark.parametrize("seed", range(3))
def test_annealing_comes_near_to_the_best_plan(one_level, seed):
    problem = one_level(seed)
    annealing = Annealing(problem, echelon_of(problem), seed=7)
    annealing.begin(2)
    while not annealing.ended:
        annealing.improve()
    cost, plan = annealing.plan()
    assert check_plan(problem, plan) == ()
    assert cost == pytest.approx(plan_cost(problem, plan))
    program = lay_out(problem, "location")
    best = solve_program(program.arrays, "scip", Limits(10.0)).objective
    assert best - 1e-6 <= cost <= 1.03 * best


def test_annealing_repeats(one_level):
    problem = one_level(0)
    found = []
    for _ in range(2):
        annealing = Annealing(problem, echelon_of(problem), seed=3)
        annealing.begin(1)
        annealing.improve()
        found.append(annealing.plan())
    np.testing.assert_array_equal(found[0][1].quantities, found[1][1].quantities)


def test_annealing_goes_on_from_setups(one_level):
    problem = one_level(0)
    annealing = Annealing(problem, echelon_of(problem), seed=3)
    annealing.begin(3)
    while not annealing.ended:
        annealing.improve()
    first = annealing.cost
    annealing.begin(1, annealing.setups)
    annealing.improve()
    assert annealing.cost <= 1.05 * first


def test_annealing_plans_several_levels(table):
    annealing = Annealing(table, echelon_of(table), seed=1)
    annealing.begin(1)
    annealing.improve()
    cost, plan = annealing.plan()
    assert check_plan(table, plan) == ()
    program = lay_out(table, "location")
    best = solve_program(program.arrays, "scip", Limits(10.0))
    assert cost <= 1.2 * (best.objective + program.constant)


def test_planned_refuses_lots_beyond_capacity(one_level):
    problem = one_level(0)
    lots = np.zeros(problem.demand.shape)
    lots[:, 0] = problem.demand.sum(axis=1)
    assert planned(problem, lots) is None
