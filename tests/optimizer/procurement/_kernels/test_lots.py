from itertools import product

import numpy as np
import pytest

from optimizer.procurement._kernels.lots import solve_item
from optimizer.procurement.check import purchase_cost
from optimizer.procurement.program import program_of


@pytest.mark.parametrize("seed", range(6))
def test_an_item_costs_no_more_than_the_best_of_all(random_problem, seed):
    problem = random_problem(seed, n_items=1, n_periods=2, coupled=False)
    program = program_of(problem)
    shape = program.limit.shape
    lots = np.zeros(shape, np.int64)
    zeros = np.zeros(shape)
    found = solve_item(
        program.table, 0, zeros, zeros, np.zeros(shape[0]), program.limit, lots
    )
    best = np.inf
    choices = []
    for k in range(shape[0]):
        step, least = program.table.multiple[k], program.table.minimum[k]
        allowed = [0, *(n for n in range(step, 10, step) if n >= least)]
        room = program.limit[k] > 0
        choices += [allowed if room[period] else [0] for period in range(shape[1])]
    for tried in product(*choices):
        orders = program.orders(np.array(tried, np.int64).reshape(shape))
        best = min(best, sum(purchase_cost(problem, orders).values()))
    assert found == pytest.approx(best)
    costs = purchase_cost(problem, program.orders(lots))
    assert found == pytest.approx(sum(costs.values()))
