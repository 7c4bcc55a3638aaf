import time
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from optimizer import ProblemError, SolveOptions
from optimizer.logistics.routing import (
    Breaks,
    Clients,
    Route,
    check_routes,
    plan_routes,
    routing_cost,
)


@pytest.mark.parametrize("seed", range(3))
def test_small_problems_get_the_best_plan(town, cheapest, options, seed):
    problem = town(6, seed=seed)
    plan = plan_routes(problem, options)
    assert plan.objective == cheapest(problem)
    assert plan.bound <= plan.objective
    assert check_routes(problem, plan.routes) == ()


def test_work_repeats_and_progress_never_rises(town, options):
    problem = town(25, seed=5)
    lines = []
    one = plan_routes(problem, options, on_progress=lines.append)
    other = plan_routes(problem, options)
    assert one.routes == other.routes
    assert one.work == 400
    costs = [line.objective for line in lines]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == one.objective == one.history[-1].objective


def test_breaks_are_kept(town, options):
    rest = Breaks(vehicle=[0], earliest=[60], latest=[110], duration=[30])
    problem = replace(town(8, seed=1), breaks=rest)
    few = replace(options, work_limit=30)
    plan = plan_routes(problem, few)
    assert check_routes(problem, plan.routes) == ()
    assert plan.routes == plan_routes(problem, few).routes


def test_limit_of_time_is_kept(town, in_time):
    options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=0.4)
    plan = in_time(lambda: plan_routes(town(40, seed=1), options), 0.4 + 0.5)
    assert plan.status == "feasible"


def test_infeasible_and_empty_problems_are_answers(town, line, changed, options):
    impossible = changed(line, "clients", close=[99, 99, 29])
    assert plan_routes(impossible, options).status == "infeasible"
    nobody = replace(
        line, clients=Clients(location=np.empty(0, np.int64), delivery=np.empty((0, 1)))
    )
    empty = plan_routes(nobody, options)
    assert (empty.status, empty.objective, empty.routes) == ("optimal", 0, ())
    tight = changed(town(4, capacity=5, available=4), "clients", delivery=[[3]] * 4)
    short = changed(tight, "vehicles", available=[3], capacity=[[4]])
    assert plan_routes(short, options).status == "infeasible"
    five = changed(town(5, available=2, capacity=10), "clients", delivery=[[4]] * 5)
    assert plan_routes(five, options).status == "unknown"


def test_a_proof_after_the_search_keeps_the_limit(town, changed, monkeypatch):
    monkeypatch.setattr("optimizer.logistics.routing.solve.PAIRS_AT_ONCE", 16)
    # Each look at the clock takes a hundredth of a second.
    looks = count()
    same = {"open": [200] * 40, "close": [200] * 40}
    problem = changed(town(40, available=2, capacity=999), "clients", **same)
    options = SolveOptions(monotonic_s=lambda: next(looks) / 100, time_limit_s=1.0)
    assert plan_routes(problem, options).status == "unknown"
    assert next(looks) / 100 < 1.2
    few = replace(options, time_limit_s=float("inf"), work_limit=2)
    assert plan_routes(problem, few).status == "infeasible"


def test_start_is_judged_and_kept(line, options):
    good = (Route(vehicle=0, visits=(0, 1, 2)),)
    plan = plan_routes(line, replace(options, work_limit=2), start=good)
    assert plan.objective == routing_cost(line, good) == 60
    with pytest.raises(ProblemError, match="client 2 is not visited"):
        plan_routes(line, options, start=(Route(vehicle=0, visits=(0, 1)),))


def test_scale_turns_cost_into_the_objective(line, options):
    assert plan_routes(replace(line, scale=10.0), options).objective == 6.0
