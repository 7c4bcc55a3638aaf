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
    Operations,
    Setups,
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


def _with_setups(problem, seed):
    """Let machines take more power while they are set up."""
    rng = np.random.Generator(np.random.Philox(seed))
    tables = generated("setups", seed, n_jobs=6)
    machines = replace(
        tables.machines,
        busy_power=problem.machines.busy_power,
        setup_power=rng.integers(0, 30, 6),
        idle_power=rng.integers(0, 4, 6),
        first_family=rng.integers(-1, 4, 6),
    )
    return replace(
        problem, machines=machines, setups=tables.setups, operations=tables.operations
    )


@pytest.mark.parametrize("family", ["tariff", "setup power", "wear"])
def test_a_schedule_never_gets_dearer(family, laid):
    for seed in range(8):
        problem = generated("wear" if family == "wear" else "tariff", seed, n_jobs=6)
        if family == "setup power":
            problem = _with_setups(problem, seed)
        if family == "wear":
            problem = replace(
                problem, jobs=replace(problem.jobs, deadline=np.full(12, -1))
            )
        assert laid(problem)[0] <= laid(problem, timed=False)[0]


def test_setups_before_the_work_take_power_too(laid):
    # The work is free from 40 on, but the setup before it would be in the dear hours.
    dear = replace(
        problem_of_routes([[[(0, 3)]]], 1),
        operations=Operations(job=[0], family=[1]),
        setups=Setups(time=[[[0, 5], [5, 0]]]),
        machines=Machines(
            matrix=[0], first_family=[0], busy_power=[1], setup_power=[10]
        ),
        tariff=Tariff(start=[0, 20, 40], price=[1, 100, 0]),
        objective=Objective(makespan=0, energy=1),
    )
    assert laid(dear) == (53, [17])
