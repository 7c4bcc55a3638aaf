"""A scheduling problem as a whole."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import (
    Arcs,
    Locks,
    Machines,
    Modes,
    Names,
    Objective,
    Setups,
)

ROUTES = [[[(0, 3), (1, 4)], [(1, 2)]], [[(1, 5)]]]


@pytest.fixture
def problem():
    return problem_of_routes(ROUTES, 2)


def test_modes_of_an_operation_lie_together(problem):
    assert problem.mode_start.tolist() == [0, 2, 3, 4]
    assert problem.order.tolist() == [0, 2, 1]
    assert (problem.n_operations, problem.n_machines) == (3, 2)


def test_all_work_fits_before_the_horizon(problem):
    assert problem.horizon == 4 + 2 + 5
    late = replace(problem, jobs=replace(problem.jobs, release=np.array([0, 100])))
    assert late.horizon == 111


def test_rows_are_called_by_number_or_name(problem):
    assert problem.names.operation(1) == "operation 1"
    assert Names(jobs=("red", "blue")).job(1) == "blue"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arcs": Arcs(before=[0, 1], after=[1, 0])}, "cycle, operation 0 is in it"),
        ({"arcs": Arcs(before=[0], after=[3])}, "after an arc must be below 3.* had 3"),
        ({"machines": Machines(matrix=[-1])}, "machine of a mode must be below 1"),
        ({"machines": Machines(matrix=[0, -1])}, "setup matrix of a machine"),
        (
            {"modes": Modes(operation=[0, 2], machine=[0, 0], duration=[1, 1])},
            "operation 1 has no mode",
        ),
        (
            {"modes": Modes(operation=[1, 0, 2], machine=[0] * 3, duration=[1] * 3)},
            "modes must be ordered by operation, row 1 was 0",
        ),
        (
            {"locks": Locks(operation=[2], machine=[0], start=[0])},
            "operation 2 is locked on machine 0, which none of its modes is on",
        ),
        ({"tick_us": 0}, "tick_us must be >= 1"),
        (
            {
                "machines": Machines(matrix=[0, -1], first_family=[4, -1]),
                "setups": Setups(time=np.zeros((1, 2, 2), dtype=int)),
            },
            "first family of a machine must be below 2, was 4",
        ),
    ],
)
def test_contradictions_are_named(problem, change, said):
    with pytest.raises(ProblemError, match=said):
        replace(problem, **change)


def test_weights_below_zero_are_refused():
    with pytest.raises(ProblemError, match="weight of setup must be >= 0, was -1"):
        Objective(setup=-1)
