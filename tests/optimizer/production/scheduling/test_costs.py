"""Costs are counted part by part, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.production.scheduling.costs import (
    cost_parts,
    held_until,
    open_time,
    schedule_cost,
)
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import (
    Baseline,
    Machines,
    Objective,
    Schedule,
    Setups,
    StartCosts,
    Tariff,
)


@pytest.fixture
def problem():
    """One machine, closed in 6..8, set up between two families."""
    shop = problem_of_routes([[[(0, 3)]], [[(0, 4)]]], 1)
    return replace(
        shop,
        operations=replace(shop.operations, family=[0, 1], resumable=[0, 1]),
        machines=Machines(
            matrix=[0], closed_machine=[0], closed_start=[6], closed_end=[8],
            busy_power=[10], setup_power=[100], idle_power=[1],
        ),
        setups=Setups(time=[[[0, 2], [2, 0]]], cost=[[[0, 5], [5, 0]]]),
        tariff=Tariff(start=[0, 4, 9], price=[1, 3, 2]),
        start_costs=StartCosts(operation=[1, 1], time=[0, 10], cost=[0, 20]),
        baseline=Baseline(
            operation=[0, 1], machine=[0, 0], start=[2, 0], tick_cost=[1, 4]
        ),
        objective=Objective(energy=1, stability=1, setup=1),
    )  # fmt: skip


@pytest.fixture
def schedule():
    """From 0 to 3, and from 9 to 13 after a setup in 5..6 and 8..9."""
    return Schedule(
        status="feasible", objective=0.0, bound=0.0, gap=0.0,
        mode=np.array([0, 1]), start=np.array([0, 9]), end=np.array([3, 13]),
    )  # fmt: skip


def test_each_part_is_counted(problem, schedule):
    parts = cost_parts(problem, schedule)
    # Busy 3 x 1 and 4 x 2; set up for 3 + 3; idle in 3..5 for 1 + 3.
    assert parts["energy"] == 10 * (3 + 8) + 100 * 6 + 1 * 4
    assert parts["maintenance"] == 18
    assert parts["stability"] == 2 + 4 * 9
    assert (parts["makespan"], parts["setup"], parts["tardiness"]) == (13, 5, 0)
    assert schedule_cost(problem, schedule) == 13 + 714 + 18 + 38 + 5
    assert open_time(problem, 0, np.array([13])).tolist() == [11]


def test_another_machine_costs_a_move(problem, schedule):
    moved = replace(problem.baseline, machine=np.array([-1, 0]), move_cost=[7, 7])
    parts = cost_parts(replace(problem, baseline=moved), schedule)
    assert parts["stability"] == 2 + 7 + 36


def test_levels_are_one_number(problem, schedule):
    levels = replace(problem, objective=Objective(setup=1, order=("setup", "makespan")))
    weights = levels.weights
    assert schedule_cost(levels, schedule) == (
        weights.setup * 5 + 13 + weights.maintenance * 18
    )


def test_work_stays_on_a_blocking_machine_until_all_that_waits_has_started():
    shop = problem_of_routes([[[(0, 3)], [(1, 2)]], [[(0, 1)]]], 2)
    blocking = replace(shop, machines=Machines(matrix=[-1, -1], blocking=[1, 1]))
    schedule = Schedule(
        status="feasible", objective=0.0, bound=0.0, gap=0.0,
        mode=np.array([0, 1, 2]), start=np.array([0, 5, 5]), end=np.array([3, 7, 6]),
    )  # fmt: skip
    assert held_until(blocking, schedule).tolist() == [5, 7, 6]
    assert held_until(shop, schedule).tolist() == [3, 7, 6]
