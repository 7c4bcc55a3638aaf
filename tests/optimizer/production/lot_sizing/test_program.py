"""Tests of `optimizer.production.lot_sizing.program`."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.production.lot_sizing import check_plan, plan_cost
from optimizer.production.lot_sizing.following import quantities_of
from optimizer.production.lot_sizing.model import Limits, solve_program
from optimizer.production.lot_sizing.program import Elastic, lay_out


def _best(problem, form, elastic=None):
    program = lay_out(problem, form, elastic=elastic)
    answer = solve_program(program.arrays, "scip", Limits(10.0))
    if answer.values is None:
        return None, answer
    plan = quantities_of(problem, program, answer.values)
    if elastic is None:
        assert check_plan(problem, plan) == ()
        cost = plan_cost(problem, plan)
        assert cost == pytest.approx(answer.objective + program.constant)
    return plan, answer


@pytest.mark.parametrize("seed", [*range(6), *range(7, 13), 14, 15, 16, 18])
def test_both_forms_have_the_same_best_plan(any_problem, seed):
    problem = any_problem(seed)
    plain, _ = _best(problem, "plain")
    location, _ = _best(problem, "location")
    if plain is None or location is None:
        assert plain is location
    else:
        assert plan_cost(problem, plain) == pytest.approx(plan_cost(problem, location))


def test_best_plan_by_hand(table):
    # Five tables kept for two periods cost 40, less than another setup of tables and
    # one of legs; the first two tables take the legs in stock.
    plan, _ = _best(table, "location")
    assert plan.quantities[0].tolist() == [2, 8, 0, 0]
    assert plan.quantities[1].tolist() == [32, 0, 0, 0]
    assert plan.quantities[2].sum() == 7


def test_location_form_bounds_better(one_level):
    problem = one_level(0)
    bounds = []
    for form in ("plain", "location"):
        program = lay_out(problem, form)
        relaxed = program.arrays._replace(
            integer=np.zeros(program.arrays.cost.size, dtype=np.bool_)
        )
        bounds.append(solve_program(relaxed, "highs", Limits(5.0)).objective)
    assert bounds[0] < bounds[1] - 1.0


def test_elastic_program_has_a_plan_where_there_is_none(table):
    demand = np.where(table.demand > 0, 9.0, 0.0)
    short = replace(table, demand=demand)
    assert _best(short, "location")[0] is None
    elastic = Elastic(50.0, np.array([1000.0, np.inf, np.inf]))
    plan, answer = _best(short, "location", elastic)
    assert answer.status == "optimal"
    # Legs for two tables are there in the first period, none can come in time.
    assert plan.lost[0, 0] == pytest.approx(7.0)
