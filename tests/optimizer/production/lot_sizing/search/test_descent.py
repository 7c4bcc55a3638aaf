"""Tests of `optimizer.production.lot_sizing.search.descent`."""

import math

import numpy as np
import pytest

from optimizer.production.lot_sizing import check_plan
from optimizer.production.lot_sizing.model import Limits, solve_program
from optimizer.production.lot_sizing.program import Elastic, lay_out
from optimizer.production.lot_sizing.search.descent import Descent


@pytest.fixture
def descent_of():
    """Return a descent on a problem's elastic program."""

    def make(problem, seed=0):
        elastic = Elastic(500.0, np.full(problem.n_items, np.inf))
        program = lay_out(problem, "location", elastic=elastic)
        return Descent(problem, program, seed=seed, monotonic_s=lambda: 0.0)

    return make


def test_descent_comes_from_a_first_plan_to_the_best(one_level, descent_of):
    problem = one_level(1)
    descent = descent_of(problem)
    limits = Limits(math.inf, 200)
    assert descent.fix_and_relax(2, limits)
    first = descent.cost
    for _ in range(6):
        descent.improve(limits)
    program = lay_out(problem, "location")
    best = solve_program(program.arrays, "scip", Limits(10.0))
    found = descent.found()
    assert check_plan(problem, found.plan) == ()
    assert found.cost <= first + 1e-6
    assert found.cost == pytest.approx(best.objective + program.constant, rel=1e-3)


def test_descent_never_gets_worse(any_problem, descent_of):
    problem = any_problem(5)
    descent = descent_of(problem)
    limits = Limits(math.inf, 50)
    if not descent.fix_and_relax(1, limits):
        pytest.fail("the elastic program of this seed has a plan")
    costs = [descent.cost]
    for _ in range(4):
        descent.improve(limits)
        costs.append(descent.cost)
    assert costs == sorted(costs, reverse=True)


def test_polish_gives_setups_their_best_lots(one_level, descent_of):
    problem = one_level(3)
    descent = descent_of(problem)
    every = np.ones((4, 6), dtype=np.bool_)
    assert descent.polish(every, Limits(math.inf))
    setups = problem.items.setup_cost.sum() * 6
    # With a setup in every period only what does not fit is kept.
    assert descent.cost >= setups - 1e-6
    assert not descent.polish(every, Limits(math.inf))
