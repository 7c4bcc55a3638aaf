"""Bounds in a moment."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import FAMILIES, generated
from optimizer import SolveOptions
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import Jobs, Objective
from optimizer.production.scheduling.search import bounds
from optimizer.production.scheduling.search.bounds import cost_bound
from optimizer.production.scheduling.search.laying import rules_of
from optimizer.production.scheduling.solve import schedule_production


def bound_of(problem):
    return cost_bound(problem, rules_of(problem))


def test_paths_machines_and_all_machines_together_bound_the_makespan():
    assert bound_of(problem_of_routes([[[(0, 3)], [(1, 4)]]], 2)) == 7
    assert bound_of(problem_of_routes([[[(0, 3)]], [[(0, 4)]], [[(0, 5)]]], 1)) == 12
    either = [(0, 4), (1, 4)]
    assert bound_of(problem_of_routes([[either], [either], [either]], 2)) == 6


def test_many_operations_on_machines_get_a_plainer_bound(monkeypatch):
    problem = generated("assembly", 3, n_jobs=8)
    exact = bound_of(problem)
    monkeypatch.setattr(bounds, "MOST_PAIRS", 0)
    assert 0 < bound_of(problem) <= exact


def test_due_dates_that_cannot_be_met_bound_the_tardiness():
    problem = problem_of_routes([[[(0, 3)], [(1, 4)]], [[(1, 2)]]], 2)
    jobs = Jobs(release=[0, 0], due=[5, 9], weight=[3, 1])
    objective = Objective(makespan=0, tardiness=2)
    late = replace(problem, jobs=jobs, objective=objective)
    assert bound_of(late) == 2 * 3 * (7 - 5)
    skip = replace(jobs, skip_cost=np.array([1, -1]))
    assert bound_of(replace(late, jobs=skip)) == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_no_schedule_is_below_the_bound(family):
    problem = generated(family, 7, n_jobs=4)
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=10_000)
    assert bound_of(problem) <= schedule_production(problem, options).objective
