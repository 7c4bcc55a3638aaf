"""Tests of `optimizer.production.lot_sizing.following`."""

import numpy as np

from optimizer.production.lot_sizing import check_plan
from optimizer.production.lot_sizing.following import arrivals, followed, quantities_of
from optimizer.production.lot_sizing.model import Limits, solve_program
from optimizer.production.lot_sizing.program import lay_out


def test_arrivals_come_a_lead_time_later(table):
    made = np.arange(12.0).reshape(3, 4)
    assert arrivals(table, made).tolist() == [[0, 1, 2, 3], [0, 4, 5, 6], [0, 8, 9, 10]]


def test_followed_counts_stock_again(any_problem):
    problem = any_problem(1)
    program = lay_out(problem, "location")
    answer = solve_program(program.arrays, "scip", Limits(5.0))
    plan = quantities_of(problem, program, answer.values)
    wrong = plan._replace(stock=plan.stock + 1.0, overtime=plan.overtime * 0.0)
    again = followed(problem, wrong)
    assert check_plan(problem, again) == ()
    np.testing.assert_array_equal(again.stock, plan.stock)


def test_quantities_leave_out_setups_that_nothing_needs(one_level):
    problem = one_level(2)
    program = lay_out(problem, "location")
    answer = solve_program(program.arrays, "scip", Limits(5.0))
    values = answer.values.copy()
    values[program.setup] = 1.0
    assert quantities_of(problem, program, values).setups.sum() < program.setup.size
