"""Transport and blocking in the model."""

from dataclasses import replace

import pytest

from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.model import SchedulingModel
from optimizer.production.scheduling.model.moving import (
    early_handovers,
    is_plain_holding,
)
from optimizer.production.scheduling.problem import Machines, Setups, Transport


@pytest.fixture
def makespan():
    def solve(problem):
        model = SchedulingModel(problem, problem.horizon)
        costs = []
        status = model.solve(
            time_limit_s=20.0, n_workers=1, seed=0,
            on_schedule=lambda cost, _: costs.append(cost), on_bound=lambda _: None,
        )  # fmt: skip
        assert status == "optimal"
        return costs[-1]

    return solve


def test_the_way_decides_for_the_slower_machine(makespan):
    problem = problem_of_routes([[[(0, 3)], [(0, 7), (1, 4)]]], 2)
    assert makespan(problem) == 7
    near = replace(problem, transport=Transport(time=[[0, 2], [0, 0]]))
    assert makespan(near) == 9
    far = replace(problem, transport=Transport(time=[[0, 8], [0, 0]]))
    assert makespan(far) == 10


def test_blocked_machines_hold_work_up(makespan):
    # Three short steps before a long one: without room the short ones wait.
    routes = [[[(0, 1)], [(1, 5)], [(0, 1)]] for _ in range(2)]
    problem = problem_of_routes(routes, 2)
    assert makespan(problem) == 12
    blocking = replace(problem, machines=Machines(matrix=[-1, -1], blocking=[1, 0]))
    assert makespan(blocking) == 12
    both = replace(problem, machines=Machines(matrix=[-1, -1], blocking=[1, 1]))
    # The two change places at tick 6.
    assert makespan(both) == 12


def test_a_line_without_room_takes_longer(makespan):
    routes = [[[(0, 1)], [(1, 9)]], [[(0, 1)], [(1, 1)]], [[(0, 9)], [(1, 1)]]]
    problem = problem_of_routes(routes, 2)
    blocking = replace(problem, machines=Machines(matrix=[-1, -1], blocking=[1, 0]))
    assert (makespan(problem), makespan(blocking)) == (12, 12)
    last = replace(problem, arcs=problem.arcs)
    assert makespan(last) <= makespan(blocking)


def test_setups_behind_a_stay_are_left_to_the_checker():
    problem = problem_of_routes([[[(0, 3)], [(1, 4)]]], 2)
    machines = Machines(matrix=[0, -1], blocking=[1, 1])
    rich = replace(problem, machines=machines, setups=Setups(time=[[[0]]]))
    assert not is_plain_holding(rich, 0)
    assert is_plain_holding(rich, 1)
    assert not SchedulingModel(rich, rich.horizon).is_strict
    assert SchedulingModel(problem, problem.horizon).is_strict


def test_what_overlaps_is_bounded_and_left_to_the_checker(makespan):
    problem = problem_of_routes([[[(0, 10)], [(1, 3)]]], 2)
    modes = replace(problem.modes, early=[4, 0])
    overlapping = replace(problem, modes=modes)
    assert early_handovers(overlapping) == {0: 6}
    assert makespan(overlapping) == 10
    assert not SchedulingModel(overlapping, 20).is_strict
