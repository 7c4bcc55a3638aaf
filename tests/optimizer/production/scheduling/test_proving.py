"""CP-SAT beside the searches: it proves, ends in time, begins again when behind."""

import itertools
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import generated
from optimizer import SolveOptions
from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.model import SchedulingModel
from optimizer.production.scheduling.problem import Jobs
from optimizer.production.scheduling.proving import Prover, feasible
from optimizer.production.scheduling.search.incumbent import Found, Incumbent
from optimizer.production.scheduling.solve import schedule_production


def started(problem, *, seconds=20.0, ended=lambda: False):
    begun_s = time.monotonic()
    incumbent = Incumbent(lambda: time.monotonic() - begun_s, bound=0)
    prover = Prover(
        problem,
        incumbent,
        monotonic_s=time.monotonic,
        left_s=lambda: seconds - (time.monotonic() - begun_s),
        ended=ended,
    )
    return prover, incumbent


@pytest.mark.parametrize("family", ["optional", "batching", "tardiness"])
def test_a_small_problem_is_proven_from_nothing(family):
    problem = generated(family, 3, n_jobs=3)
    prover, incumbent = started(problem)
    prover.prove(n_workers=2, seed=0)
    assert incumbent.proven
    assert check_schedule(problem, feasible(incumbent.best)) == ()
    assert not prover.infeasible


def test_what_is_impossible_is_told():
    problem = problem_of_routes([[[(0, 3)]], [[(0, 4)]]], 1)
    late = replace(problem, jobs=Jobs(release=[0, 0], deadline=[5, 5]))
    prover, incumbent = started(late)
    prover.prove(n_workers=1, seed=0)
    assert prover.infeasible
    assert incumbent.best is None


def test_no_time_is_no_answer():
    problem = generated("optional", 0, n_jobs=4)
    prover, incumbent = started(problem, seconds=-1.0)
    prover.prove(n_workers=1, seed=0)
    assert incumbent.best is None
    stopped, incumbent = started(problem, ended=lambda: True)
    stopped.prove(n_workers=1, seed=0)
    assert incumbent.best is None


def test_who_is_behind_begins_again_from_the_best(monkeypatch):
    problem = generated("optional", 0, n_jobs=4)
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=2_000)
    good = schedule_production(problem, options)
    prover, incumbent = started(problem)
    cost = int(good.objective)
    incumbent.offer(Found(cost + 5, good.start, good.end, good.mode))
    stopped, runs, hinted = threading.Event(), itertools.count(), []

    def solve(_, *, time_limit_s, n_workers, seed, on_schedule, on_bound):
        assert time_limit_s > 0.0
        if next(runs):
            on_bound(cost)
            return "optimal"
        incumbent.offer(Found(cost, good.start, good.end, good.mode))
        assert stopped.wait(10.0), "nobody stopped who was behind"
        return "feasible"

    monkeypatch.setattr(SchedulingModel, "solve", solve)
    monkeypatch.setattr(SchedulingModel, "stop", lambda _: stopped.set())
    monkeypatch.setattr(
        SchedulingModel, "hint", lambda _, start, mode: hinted.append(np.copy(start))
    )
    prover.prove(n_workers=2, seed=0)
    assert len(hinted) == 2
    assert incumbent.proven
