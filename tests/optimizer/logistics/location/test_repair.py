from dataclasses import replace

import pytest

from optimizer import SolveOptions
from optimizer.logistics.location import conflicts_of, repair_location

OPTIONS = SolveOptions(monotonic_s=lambda: 0.0, work_limit=500)


def test_missing_capacity_of_both_kinds_is_told_and_added_once(staged):
    given = staged(0)
    total = given.demand.sum()
    problem = replace(
        given,
        capacity=given.capacity / given.capacity.sum() * (total - 7.0),
        plant_capacity=given.plant_capacity / given.plant_capacity.sum() * (total - 3),
    )
    repair = repair_location(problem, OPTIONS)
    assert len(repair.conflicts) == 2
    assert "7 are missing" in repair.conflicts[0]
    assert {one.kind: one.units for one in repair.extensions} == {
        "depot": pytest.approx(7.0),
        "plant": pytest.approx(3.0),
    }
    assert repair.plan.status in {"feasible", "optimal"}
    assert all(repair.plan.open_depots)


def test_extension_is_where_flow_costs_least(staged, cheapest_flow):
    given = staged(3)
    short = given.capacity.sum() - given.demand.sum() + 5.0
    problem = replace(given, capacity=given.capacity - short / given.n_depots)
    repair = repair_location(problem, OPTIONS)
    (extension,) = repair.extensions

    def cost(row):
        capacity = problem.capacity.copy()
        capacity[row] += 5.0 + 1e-9
        everything = [0, 1, 2], [0, 1, 2, 3]
        return cheapest_flow(replace(problem, capacity=capacity), *everything)

    best = min(cost(row) for row in range(4))
    assert cost(extension.row) == pytest.approx(best, rel=1e-6)


def test_client_too_large_for_any_depot_is_named(direct):
    given = direct(0)
    demand = given.demand.copy()
    demand[2] = given.capacity.max() + 4.0
    problem = replace(given, demand=demand)
    assert any("client 2 asks for" in line for line in conflicts_of(problem))
    repair = repair_location(problem, OPTIONS)
    assert repair.plan.status in {"feasible", "optimal"}
    assert repair.extensions


def test_feasible_problem_has_no_conflict(staged, direct):
    assert conflicts_of(staged(0)) == ()
    assert conflicts_of(direct(0)) == ()
