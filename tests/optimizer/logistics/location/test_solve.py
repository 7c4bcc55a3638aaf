import itertools
import time

import numpy as np
import pytest

from optimizer import SolveOptions
from optimizer.logistics.location import (
    LocationProblem,
    check_location,
    conflicts_of,
    locate_facilities,
    warm_up,
)


def options(work=3_000, **changes):
    return SolveOptions(monotonic_s=lambda: 0.0, work_limit=work, **changes)


@pytest.mark.parametrize("seed", range(4))
def test_staged_small_equals_brute_force(staged, best_by_force, seed):
    problem = staged(seed)
    plan = locate_facilities(problem, options())
    assert plan.objective == pytest.approx(best_by_force(problem))
    assert plan.bound <= plan.objective
    assert not check_location(problem, plan)


@pytest.mark.parametrize("seed", range(2))
def test_without_plants_equals_brute_force(staged, best_by_force, seed):
    given = staged(seed, n_depots=5)
    problem = LocationProblem(
        capacity=given.capacity,
        fixed_cost=given.fixed_cost,
        demand=given.demand,
        service_cost=given.service_cost,
    )
    plan = locate_facilities(problem, options())
    assert plan.objective == pytest.approx(best_by_force(problem))
    assert plan.supply.shape == (0, 5)


@pytest.mark.parametrize("seed", range(3))
def test_single_source_equals_brute_force(direct, best_assignment, seed):
    problem = direct(seed)
    plan = locate_facilities(problem, options(work=500))
    assert plan.objective == pytest.approx(best_assignment(problem))
    assert set(np.unique(plan.service)) <= {0.0, 1.0}


@pytest.mark.parametrize(
    ("capacity", "asked"),
    [([5.0, 5.0, 7.0], 0.0), ([0.0, 0.0, 0.0], 0.0), ([5.0, 5.0, 7.0], 4.0)],
)
def test_single_source_serves_who_asks_for_nothing(best_assignment, capacity, asked):
    problem = LocationProblem(
        capacity=np.array(capacity),
        fixed_cost=np.array([10.0, 12.0, 3.0]),
        demand=np.array([0.0, asked, 0.0, 0.0]),
        service_cost=np.random.default_rng(3).integers(0, 20, (3, 4)).astype(float),
        single_source=True,
    )
    plan = locate_facilities(problem, options(work=500))
    assert plan.objective == best_assignment(problem) > plan.bound >= 0.0
    assert (plan.service.sum(axis=0) == 1.0).all()
    assert not plan.open_depots[plan.service.sum(axis=1) == 0.0].any()
    assert check_location(problem, plan) == ()


def test_bound_never_beats_brute_force(staged, best_by_force):
    for seed in range(10, 14):
        problem = staged(seed, tight=3.0)
        plan = locate_facilities(problem, options(work=40))
        assert plan.bound <= best_by_force(problem) + 1e-6


def test_same_work_same_plan(staged):
    problem = staged(5, n_plants=8, n_depots=16, n_clients=32, tight=4.0)
    one, other = (locate_facilities(problem, options()) for _ in range(2))
    assert one.objective == other.objective
    assert one.service.tobytes() == other.service.tobytes()
    assert one.supply.tobytes() == other.supply.tobytes()
    assert one.work == other.work


@pytest.mark.parametrize("single", [False, True])
def test_against_time_small_is_proven(staged, direct, single):
    problem = direct(1) if single else staged(1, n_plants=5, n_depots=8, n_clients=12)
    warm_up(problem)
    watched = SolveOptions(monotonic_s=time.monotonic, time_limit_s=20.0)
    plan = locate_facilities(problem, watched)
    assert plan.status == "optimal"
    assert plan.bound == plan.objective
    assert plan.history[-1].objective == pytest.approx(plan.objective)


def test_deadline_is_kept(staged, in_time):
    problem = staged(3, n_plants=30, n_depots=60, n_clients=120, tight=8.0)
    warm_up(problem)
    options = SolveOptions(monotonic_s=time.monotonic, time_limit_s=0.5)
    # A second over would be no deadline at all.
    plan = in_time(lambda: locate_facilities(problem, options), 1.5)
    assert plan.status in {"feasible", "optimal"}


def test_capacity_too_small_is_infeasible(staged):
    given = staged(2)
    for name in ("capacity", "plant_capacity"):
        tables = {key: getattr(given, key) for key in TABLES}
        tables[name] = tables[name] * 0.1
        plan = locate_facilities(LocationProblem(**tables), options())
        assert plan.status == "infeasible"
        assert plan.bound == np.inf


def test_nothing_asked_for_costs_nothing():
    problem = LocationProblem(
        capacity=np.ones(2),
        fixed_cost=np.ones(2),
        demand=np.empty(0),
        service_cost=np.empty((2, 0)),
    )
    plan = locate_facilities(problem, options())
    assert (plan.status, plan.objective) == ("optimal", 0.0)
    assert not plan.open_depots.any()


def test_clients_that_ask_for_nothing_are_served_free():
    problem = LocationProblem(
        capacity=np.array([4.0, 4.0]),
        fixed_cost=np.array([3.0, 5.0]),
        demand=np.array([0.0, 2.0]),
        service_cost=np.array([[0.0, 4.0], [0.0, 1.0]]),
    )
    plan = locate_facilities(problem, options())
    assert plan.objective == pytest.approx(6.0)
    assert not check_location(problem, plan)


def test_cancelled_keeps_the_best_so_far(staged):
    asked = itertools.count()
    problem = staged(4, n_plants=10, n_depots=20, n_clients=40)
    plan = locate_facilities(
        problem, options(work=10**9), cancelled=lambda: next(asked) > 5
    )
    assert plan.status in {"feasible", "optimal"}


TABLES = (
    "capacity", "fixed_cost", "demand", "service_cost", "plant_capacity",
    "plant_fixed_cost", "supply_cost",
)  # fmt: skip


def test_clients_without_demand_get_the_cheapest_depot():
    problem = LocationProblem(
        capacity=np.array([5.0, 5.0]),
        fixed_cost=np.array([10.0, 3.0]),
        demand=np.zeros(2),
        service_cost=np.zeros((2, 2)),
    )
    plan = locate_facilities(problem, options())
    assert (plan.status, plan.objective, plan.bound) == ("optimal", 3.0, 3.0)
    assert plan.open_depots.tolist() == [False, True]
    assert check_location(problem, plan) == ()
    assert plan.history[-1].objective == 3.0


def test_rounding_of_decimals_is_no_lack_of_capacity():
    for demand, capacity in (([0.1, 0.2], [0.3]), ([0.6], [0.1, 0.2, 0.3])):
        problem = LocationProblem(
            capacity=np.array(capacity),
            fixed_cost=np.ones(len(capacity)),
            demand=np.array(demand),
            service_cost=np.ones((len(capacity), len(demand))),
        )
        assert conflicts_of(problem) == ()
        plan = locate_facilities(problem, options())
        assert plan.status in {"optimal", "feasible"}
        assert all(plan.open_depots)
