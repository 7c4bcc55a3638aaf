"""Starting later where that costs less."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import generated
from optimizer.production.scheduling._kernels.generation import (
    Genes,
    empty_timeline,
    generate,
)
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import (
    Baseline,
    Locks,
    Machines,
    Objective,
    StartCosts,
    Tariff,
)
from optimizer.production.scheduling.search.laying import rules_of


@pytest.fixture
def laid():
    def lay(problem, *, timed=True):
        rules, n = rules_of(problem), problem.n_operations
        genes = Genes(
            order=problem.order.astype(np.int32),
            choice=np.full(n, -1, np.int32),
            join=np.zeros(n, np.uint8),
            skip=np.zeros(len(problem.jobs), np.uint8),
            wait=np.zeros(n, np.int64),
        )
        line = empty_timeline(rules)
        rules = rules._replace(timed=np.array([timed]))
        cost, faults = generate(rules, line, genes)
        assert faults == 0
        return cost, line.start.tolist()

    return lay


@pytest.fixture
def pair():
    """Two operations after each other, each on a machine of its own."""
    problem = problem_of_routes([[[(0, 4)], [(1, 4)]]], 2)
    return replace(problem, objective=Objective(makespan=0))


def test_work_waits_for_cheap_hours(pair, laid):
    cheap = replace(
        pair,
        machines=Machines(matrix=[-1, -1], busy_power=[1, 2]),
        tariff=Tariff(start=[0, 20, 40], price=[9, 1, 5]),
        objective=Objective(makespan=1, energy=1),
    )
    assert laid(cheap, timed=False) == (8 + 36 + 72, [0, 4])
    # The second goes into the cheap hours, as early as it can; the first behind it.
    cost, start = laid(cheap)
    assert start == [16, 20]
    assert cost == 24 + 36 + 8


def test_lines_and_the_plan_before_attract(pair, laid):
    drawn = replace(
        pair,
        start_costs=StartCosts(operation=[1, 1], time=[0, 30], cost=[30, 0]),
        baseline=Baseline(operation=[0], machine=[0], start=[11]),
        objective=Objective(makespan=0, stability=1),
    )
    assert laid(drawn) == (0, [11, 30])
    dated = replace(drawn, jobs=replace(pair.jobs, deadline=np.array([20])))
    assert laid(dated) == (14, [11, 16])
    locked = replace(drawn, locks=Locks(operation=[1], machine=[1], start=[9]))
    assert laid(locked)[1] == [5, 9]


@pytest.mark.parametrize("family", ["tariff", "wear"])
def test_a_schedule_never_gets_dearer(family, laid):
    for seed in range(8):
        problem = generated(family, seed, n_jobs=6)
        if family == "wear":
            problem = replace(
                problem, jobs=replace(problem.jobs, deadline=np.full(12, -1))
            )
        assert laid(problem)[0] <= laid(problem, timed=False)[0]
