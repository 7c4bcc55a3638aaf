from dataclasses import replace

import numpy as np
import pytest

from optimizer.logistics.distribution import (
    ReplenishmentProblem,
    check_replenishment,
    plan_replenishment,
    replenishment_profit,
)


@pytest.fixture(scope="module")
def problem(divergent):
    rng = np.random.default_rng(3)
    return ReplenishmentProblem(
        network=replace(
            divergent(backlogged=False),
            order_upper=np.full(11, 60.0),
        ),
        stock=np.array([100.0, 110.0, 80.0, 400.0, 350.0, 380.0]),
        demand=rng.poisson(20.0, (1, 30)).astype(float),
        capacity=np.full((3, 30), 90.0),
    )


@pytest.fixture(scope="module")
def solution(problem, options):
    return plan_replenishment(problem, options)


def planted(solution, name, position, value):
    array = getattr(solution, name).copy()
    array[position] = value
    return replace(solution, **{name: array})


def test_check_accepts_the_solver_s_plan(problem, solution):
    assert check_replenishment(problem, solution) == ()
    profit = replenishment_profit(problem, solution)
    assert profit == pytest.approx(solution.objective)


@pytest.mark.parametrize(
    ("name", "position", "value", "message"),
    [
        ("stock", (2, 4), 9999.0, "point 2, period 4: stock 9999, its balance gives"),
        ("sales", (0, 2), 9999.0, "point 0, period 2: sales leave -"),
        ("sales", (0, 2), 9999.0, "demand 0, period 2: sales 9999 exceed what is"),
        ("sales", (0, 5), -1.0, "demand 0, period 5: sales -1 are negative"),
        ("orders", (0, 0), 9999.0, "point 1, period 0: orders take 9999 units of 110"),
        ("orders", (3, 1), -1.0, "activity 3, period 1: order -1 is negative"),
        ("orders", (7, 2), 61.0, "activity 7, period 2: order 61 is over its upper"),
        ("orders", (4, 3), 91.0, "capacity 1, period 3: orders use 91 of 90"),
        ("backlog", (0, 9), 4.0, "demand 0, period 9: backlog 4, its balance gives 0"),
    ],
)
def test_check_tells_a_planted_error(
    problem, solution, *, name, position, value, message
):
    found = check_replenishment(problem, planted(solution, name, position, value))
    assert any(line.startswith(message) for line in found), found


def test_check_tells_unserved_demand_that_vanishes(shop, options):
    problem = ReplenishmentProblem(
        network=shop(), stock=np.zeros(1), demand=np.array([[4.0, 0.0]])
    )
    solution = plan_replenishment(problem, options)
    found = check_replenishment(problem, planted(solution, "backlog", (0, 0), 1.0))
    assert "demand 0, period 0: backlog 1, its balance gives 4" in found


def test_check_tells_a_wrong_objective_and_a_beaten_bound(problem, solution):
    profit = solution.objective
    found = check_replenishment(problem, replace(solution, objective=profit + 1.0))
    assert [line.split()[0] for line in found] == ["objective"]
    found = check_replenishment(problem, replace(solution, bound=profit - 1.0))
    assert [line.split()[0] for line in found] == ["bound"]
    assert check_replenishment(problem, replace(solution, bound=float("nan")))


def test_check_tells_wrong_shapes_and_missing_numbers(problem, solution):
    wrong = replace(solution, sales=np.zeros((1, 29)))
    assert check_replenishment(problem, wrong) == (
        "sales: shape must be (1, 30), was (1, 29)",
    )
    wrong = planted(solution, "orders", (0, 0), np.nan)
    assert check_replenishment(problem, wrong) == ("orders: entries must be finite",)


def test_check_counts_what_it_does_not_tell(problem, solution):
    wrong = replace(solution, stock=solution.stock + 1.0)
    found = check_replenishment(problem, wrong)
    assert "... and 177 more like the last" in found


def test_profit_adds_up_by_hand(shop, options):
    """Pipeline is paid inside the horizon only, terminal value on what is left."""
    network = shop(
        lead_periods=np.array([3]),
        pipeline_cost=np.array([0.25]),
        terminal_value=np.array([0.2]),
        backlogged=np.array([False]),
    )
    problem = ReplenishmentProblem(
        network=network, stock=np.array([10.0]), demand=np.array([[4.0, 9.0]])
    )
    idle = plan_replenishment(problem, options)
    plan = planted(idle, "orders", (0, 0), 1.0)
    plan = replace(plan, sales=np.array([[4.0, 5.0]]), stock=np.array([[6.0, 1.0]]))
    profit = 9 * 5.0 - 3.0 - 2 * 0.25 - 7 * 0.1 - 4 * 0.5 + 0.2
    assert replenishment_profit(problem, plan) == pytest.approx(profit)
