from dataclasses import replace

import numpy as np

from optimizer.procurement.check import purchase_cost
from optimizer.procurement.program import program_of
from optimizer.procurement.search.descent import Descent


def test_the_best_plan_never_gets_worse(random_problem):
    problem = random_problem(5, n_items=6, n_suppliers=3, n_periods=4)
    program = program_of(problem)
    descent = Descent(program, np.random.default_rng(0))
    descent.build(share=1.0)
    costs = [descent.cost]
    for _ in range(30):
        descent.shake()
        costs.append(descent.cost)
    assert costs == sorted(costs, reverse=True)
    again = sum(purchase_cost(problem, program.orders(descent.lots)).values())
    assert abs(again - descent.cost) < 1e-9 * again


def test_binding_contracts_are_kept_without_buying_all_there_is(random_problem):
    problem = random_problem(2, n_items=6, n_suppliers=3, n_periods=4)
    suppliers = tuple(
        replace(one, minimum_spend=60.0, take_or_pay=False) if one.name == "s1" else one
        for one in problem.suppliers
    )
    program = program_of(replace(problem, suppliers=suppliers))
    descent = Descent(program, np.random.default_rng(0))
    descent.build(share=1.0)
    descent.fit_contracts()
    assert descent.shared.spend[1] + 1e-6 >= 60.0
    assert descent.shared.spend[1] < 120.0
