"""Energy, start costs and deviation cost in the model what they cost in truth."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import generated
from optimizer.production.scheduling.costs import schedule_cost
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.model import SchedulingModel
from optimizer.production.scheduling.problem import (
    Baseline,
    Machines,
    Objective,
    Schedule,
    StartCosts,
    Tariff,
)


@pytest.fixture
def optimum():
    def solve(problem):
        model = SchedulingModel(problem, problem.horizon)
        found = []
        status = model.solve(
            time_limit_s=20.0, n_workers=1, seed=0,
            on_schedule=lambda cost, answer: found.append((cost, answer)),
            on_bound=lambda _: None,
        )  # fmt: skip
        assert status == "optimal"
        cost, (start, end, mode) = found[-1]
        schedule = Schedule(
            status="feasible", objective=0.0, bound=0.0, gap=0.0,
            start=start, end=end, mode=mode,
        )  # fmt: skip
        assert schedule_cost(problem, schedule) == cost
        return cost, start.tolist()

    return solve


@pytest.mark.parametrize("resumable", [0, 1])
def test_energy_is_least_over_all_starts(optimum, resumable):
    problem = problem_of_routes([[[(0, 5)]]], 1)
    problem = replace(
        problem,
        operations=replace(problem.operations, resumable=np.array([resumable])),
        machines=Machines(
            matrix=[-1], closed_machine=[0, 0], closed_start=[0, 14],
            closed_end=[2, 20], busy_power=[3],
        ),
        tariff=Tariff(start=[0, 4, 8, 12, 30], price=[9, 4, 6, 2, 5]),
        objective=Objective(makespan=1, energy=2),
    )  # fmt: skip
    price = np.repeat([9, 4, 6, 2, 5], [4, 4, 4, 18, 70])
    price[[0, 1, *range(14, 20)]] = -1
    best = np.inf
    for start in range(60):
        opened = np.flatnonzero(price[start:] >= 0)[:5] + start
        whole = opened[-1] - opened[0] == 4 or resumable
        if opened[0] == start and whole:
            best = min(best, 2 * 3 * price[opened].sum() + opened[-1] + 1)
    assert optimum(problem)[0] == best


def test_lines_and_deviation_are_weighed(optimum):
    problem = problem_of_routes([[[(0, 3), (1, 3)]], [[(0, 3)]]], 2)
    problem = replace(
        problem,
        start_costs=StartCosts(operation=[1, 1, 1], time=[0, 7, 9], cost=[10, 0, 8]),
        baseline=Baseline(operation=[0], machine=[0], start=[6], move_cost=[3]),
        objective=Objective(makespan=0, stability=1),
    )
    # Side by side on both machines for 3; or at 4 and at 7, for 2.
    assert optimum(problem) == (2, [4, 7])


def test_an_optional_job_that_is_left_out_costs_only_that(optimum):
    problem = generated("wear", 3, n_jobs=2)
    jobs = replace(problem.jobs, skip_cost=np.array([-1, -1, 0, 0, 0, 0, 0, 0]))
    free = replace(problem, jobs=jobs, objective=Objective(makespan=0))
    assert optimum(free)[0] == 0
