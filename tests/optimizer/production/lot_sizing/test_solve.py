"""Tests of `optimizer.production.lot_sizing.solve`."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.production.lot_sizing import (
    Items,
    LotSizingProblem,
    Resources,
    check_plan,
    plan_cost,
    plan_lots,
    solve,
)
from optimizer.production.lot_sizing.model import Limits, solve_program
from optimizer.production.lot_sizing.program import lay_out


def _by_work(problem, work=6, seed=0):
    return plan_lots(
        problem, SolveOptions(monotonic_s=lambda: 0.0, work_limit=work, seed=seed)
    )


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5])
def test_plan_of_any_problem_passes_the_check_and_is_best(any_problem, seed):
    problem = any_problem(seed)
    plan = _by_work(problem, 60)
    program = lay_out(problem, "plain")
    best = solve_program(program.arrays, "scip", Limits(10.0))
    if best.values is None:
        assert plan.status == "infeasible"
        return
    assert check_plan(problem, plan.quantities) == ()
    assert plan.objective == pytest.approx(plan_cost(problem, plan.quantities))
    assert plan.objective == pytest.approx(best.objective + program.constant, rel=1e-4)
    assert plan.bound <= plan.objective


def test_same_work_gives_the_same_plan(one_level):
    first, second = (_by_work(one_level(4), 3, seed=3) for _ in range(2))
    np.testing.assert_array_equal(
        first.quantities.quantities, second.quantities.quantities
    )
    assert (first.objective, first.bound) == (second.objective, second.bound)


def test_solve_in_seconds_keeps_its_deadline_and_tells(one_level, in_time):
    told = []
    options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=0.7)
    plan = in_time(
        lambda: plan_lots(one_level(5), options, on_progress=told.append), 3.0
    )
    assert check_plan(one_level(5), plan.quantities) == ()
    assert told[-1].objective == plan.objective
    costs = [line.objective for line in plan.history]
    assert costs == sorted(costs, reverse=True)


def test_cancelled_solve_ends_with_what_it_has(one_level, in_time):
    options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=60.0)
    plan = in_time(
        lambda: plan_lots(one_level(6), options, cancelled=lambda: True), 5.0
    )
    assert plan.status in {"unknown", "feasible", "optimal"}


def test_infeasible_problem_is_an_answer(one_level):
    problem = one_level(0)
    resources = Resources(capacity=np.full((1, 6), 40.0))
    plan = _by_work(replace(problem, resources=resources))
    assert plan.status == "infeasible"
    assert plan.quantities is None


def test_nothing_to_plan_is_planned():
    problem = LotSizingProblem(
        items=Items(holding_cost=np.empty(0)),
        resources=Resources(capacity=np.ones((1, 2))),
        demand=np.empty((0, 2)),
    )
    plan = _by_work(problem)
    assert (plan.status, plan.objective) == ("optimal", 0.0)


def test_kept_setups_save_what_they_cost():
    problem = LotSizingProblem(
        items=Items(
            holding_cost=np.full(2, 50.0),
            setup_cost=np.array([10.0, 10.0]),
            setup_time=np.array([1.0, 1.0]),
        ),
        resources=Resources(capacity=np.full((1, 3), 9.0), carry_over=np.array([True])),
        demand=np.array([[4.0, 4.0, 4.0], [0.0, 3.0, 0.0]]),
    )
    plan = _by_work(problem, 20)
    assert plan.status == "optimal"
    # The first item is kept set up into the second period, then again for the third.
    assert plan.objective == pytest.approx(30.0)


class FindsNothing:
    """Stands for annealing that ends without a plan."""

    cost, ended = math.inf, True

    def __init__(self, problem, echelon, *, seed):
        pass

    def begin(self, length, setups):
        assert length > 0


def test_several_levels_begin_with_the_whole_where_annealing_finds_nothing(
    monkeypatch, table
):
    monkeypatch.setattr(solve, "Annealing", FindsNothing)
    monkeypatch.setattr(solve._Solve, "_prove", lambda _: None)
    seen = []
    first = solve._Solve._first_whole
    monkeypatch.setattr(
        solve._Solve, "_first_whole", lambda it: seen.append(first(it)) or seen[-1]
    )
    options = SolveOptions(monotonic_s=time.monotonic, time_limit_s=1.0)
    plan = plan_lots(table, options)
    program = lay_out(table, "plain")
    best = solve_program(program.arrays, "scip", Limits(10.0))
    assert seen == [True]
    assert check_plan(table, plan.quantities) == ()
    assert plan.objective == pytest.approx(best.objective + program.constant)
