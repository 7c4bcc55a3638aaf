"""Setups and batches of one machine, against all sequences."""

from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest

from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.model import SchedulingModel
from optimizer.production.scheduling.problem import Machines, Objective, Setups

WORK = [4, 2, 3, 5]
METRIC = np.array([[0, 3, 5, 4], [2, 0, 4, 3], [5, 4, 0, 2], [4, 3, 3, 0]])
CROOKED = np.array([[0, 9, 1, 9], [9, 0, 9, 1], [1, 1, 0, 9], [9, 9, 1, 0]])


def optimum(problem):
    model = SchedulingModel(problem, problem.horizon)
    costs = []
    status = model.solve(
        time_limit_s=20.0, n_workers=1, seed=0,
        on_schedule=lambda cost, _: costs.append(cost), on_bound=lambda _: None,
    )  # fmt: skip
    assert status == "optimal"
    return costs[-1]


@pytest.mark.parametrize("time", [METRIC, CROOKED], ids=["metric", "not metric"])
@pytest.mark.parametrize("first", [-1, 2])
@pytest.mark.parametrize("weight", [0, 3])
def test_setups_equal_the_best_of_all_sequences(time, first, weight):
    problem = problem_of_routes([[[(0, d)]] for d in WORK], 1, setup=[time])
    problem = replace(
        problem,
        machines=Machines(matrix=[0], first_family=[first]),
        setups=Setups(time=time[None], cost=10 * time[None]),
        objective=Objective(setup=weight),
    )
    best = 10**9
    for order in permutations(range(4)):
        changes = [time[a, b] for a, b in pairwise(order)]
        changes += [time[first, order[0]]] if first >= 0 else []
        best = min(best, sum(WORK) + (1 + 10 * weight) * sum(changes))
    assert optimum(problem) == best


def test_batches_fill_an_oven():
    problem = problem_of_routes([[[(0, d)]] for d in (5, 5, 9, 9, 4)], 1)
    oven = replace(problem, machines=Machines(matrix=[-1], batch=[2]))
    assert optimum(oven) == 9 + 5 + 4
    sizes = replace(problem.operations, size=np.array([2, 1, 1, 1, 1]))
    assert optimum(replace(oven, operations=sizes)) == 9 + 5 + 5
    families = replace(problem.operations, family=np.array([0, 0, 0, 1, 1]))
    assert optimum(replace(oven, operations=families)) == 9 + 5 + 9
