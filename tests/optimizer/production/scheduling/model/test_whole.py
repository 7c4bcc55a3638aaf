"""The model for CP-SAT agrees with the checker and with lists."""

import numpy as np
import pytest
from ortools.sat.python import cp_model

from benchmarks.workloads.schedules.families import FAMILIES, generated
from optimizer.errors import OptimizerError
from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.model import SchedulingModel, n_pairs
from optimizer.production.scheduling.problem import Machines, Schedule
from optimizer.production.scheduling.search.laying import rules_of
from optimizer.production.scheduling.search.lists import ListSearch


def solved(problem, *, horizon=None, hint=None):
    model = SchedulingModel(problem, horizon or problem.horizon)
    if hint is not None:
        model.hint(*hint)
    found, bounds = [], []
    status = model.solve(
        time_limit_s=20.0, n_workers=1, seed=0,
        on_schedule=lambda cost, answer: found.append((cost, answer)),
        on_bound=bounds.append,
    )  # fmt: skip
    return status, found, bounds


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_the_optimum_passes_the_checker_and_no_list_is_better(family):
    problem = generated(family, 11, n_jobs=3)
    status, found, bounds = solved(problem)
    cost, (start, end, mode) = found[-1]
    assert status == "optimal"
    assert bounds[-1] == cost
    schedule = Schedule(
        status="optimal", objective=float(cost), bound=float(cost), gap=0.0,
        start=start, end=end, mode=mode,
    )  # fmt: skip
    assert check_schedule(problem, schedule) == ()
    search = ListSearch(rules_of(problem), problem.order, seed=0, bound=cost)
    search.improve(200_000)
    assert cost <= search.cost <= 1.2 * cost


def test_a_hint_is_where_the_search_begins():
    problem = problem_of_routes([[[(0, 3)], [(1, 4)]], [[(1, 2)], [(0, 5)]]], 2)
    search = ListSearch(rules_of(problem), problem.order, seed=0, bound=0)
    start, _, mode = search.schedule()
    status, found, _ = solved(problem, hint=(start, mode.astype(np.int64)))
    assert status == "optimal"
    assert found[0][0] <= search.cost


@pytest.mark.parametrize("family", FAMILIES)
def test_schedules_of_every_family_are_taken_as_hints(family):
    problem = generated(family, 12, n_jobs=3)
    search = ListSearch(rules_of(problem), problem.order, seed=0, bound=0)
    search.improve(5_000)
    assert search.feasible
    start, _, mode = search.schedule()
    status, found, _ = solved(problem, hint=(start, mode.astype(np.int64)))
    assert status in {"optimal", "feasible"}
    assert min(cost for cost, _ in found) <= search.cost


def test_a_model_that_cp_sat_refuses_is_told(monkeypatch):
    problem = generated("assembly", 12, n_jobs=2)
    model = SchedulingModel(problem, problem.horizon)
    monkeypatch.setattr(cp_model.CpSolver, "solve", lambda *_: cp_model.MODEL_INVALID)
    with pytest.raises(OptimizerError, match="CP-SAT refuses the model"):
        model.solve(
            time_limit_s=1.0, n_workers=1, seed=0,
            on_schedule=lambda *_: None, on_bound=lambda _: None,
        )  # fmt: skip


def test_parts_are_improved_from_a_hint():
    problem = generated("optional", 12, n_jobs=12)
    search = ListSearch(rules_of(problem), problem.order, seed=0, bound=0)
    start, _, mode = search.schedule()
    model = SchedulingModel(problem, problem.horizon)
    model.hint(start, mode.astype(np.int64))
    model.emphasize("improve")
    found, bounds = [], []
    status = model.solve(
        time_limit_s=1.0, n_workers=2, seed=0,
        on_schedule=lambda cost, _: found.append(cost), on_bound=bounds.append,
    )  # fmt: skip
    assert status in {"feasible", "optimal"}
    assert min(found) < search.cost


def test_what_cannot_be_is_infeasible():
    problem = problem_of_routes([[[(0, 3)]], [[(0, 4)]]], 1)
    assert solved(problem, horizon=6)[0] == "infeasible"


def test_pairs_are_counted_where_machines_need_them():
    problem = problem_of_routes([[[(0, 3)]], [[(0, 4)]], [[(0, 4)]]], 1)
    assert n_pairs(problem) == 0
    object.__setattr__(problem, "machines", Machines(matrix=[-1], batch=[2]))
    assert n_pairs(problem) == 3
