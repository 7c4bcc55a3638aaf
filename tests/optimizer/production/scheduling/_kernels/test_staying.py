"""Jobs stay on machines and in buffers as long as they must."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.production.scheduling._kernels.generation import Genes, generate
from optimizer.production.scheduling._kernels.staying import (
    has_room,
    keep_locked,
    left,
    occupy,
    settle,
    stay,
    stay_home,
)
from optimizer.production.scheduling._kernels.timeline import (
    clear,
    empty_timeline,
    put,
)
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import Buffers, Locks, Machines
from optimizer.production.scheduling.search.laying import rules_of


@pytest.fixture
def shop():
    """Three jobs of a tick on machine 0 wait for machine 1; one place between."""
    routes = [[[(0, 1)], [(1, 10)]], [[(0, 1)], [(1, 1)]], [[(0, 1)], [(1, 1)]]]
    return replace(
        problem_of_routes(routes, 2),
        machines=Machines(matrix=[-1, -1], buffer=[0, -1]),
        buffers=Buffers(capacity=[1]),
    )


@pytest.fixture
def placed(shop):
    """The jobs one after the other on machine 0, from 0, 1 and 2 on."""
    rules = rules_of(shop)
    line = empty_timeline(rules)
    clear(rules, line)
    for at, row in enumerate((0, 2, 4)):
        put(rules, line, row, row, at, at + 1, line.last_on[0])
    return rules, line


def test_places_are_taken_and_given_back(placed):
    rules, line = placed
    occupy(line, 0, 3, 7, 1)
    assert has_room(rules, line, 0, 0, 3, 1)
    assert not has_room(rules, line, 0, 2, 4, 1)
    assert not has_room(rules, line, 0, 7, 9, 2)
    assert line.steps[0] == 3
    occupy(line, 0, 5, 5, 1)
    occupy(line, 0, 3, 7, -1)
    assert has_room(rules, line, 0, 0, 9, 1)
    assert line.steps[0] == 1


def test_only_who_must_leave_a_machine_takes_a_place(placed):
    rules, line = placed
    assert stay(rules, line, 4, 12)
    assert (line.free[4], line.gone[4]) == (12, 12)
    assert stay(rules, line, 2, 11)
    assert (line.free[2], line.gone[2]) == (2, 11)
    # The machine is free behind the last one once there is a place for that.
    assert left(rules, line, 4) == 11
    assert not stay(rules, line, 0, 4)
    assert (line.free[0], line.gone[0]) == (1, 1)
    # Another operation that waits starts later still: the place is kept.
    assert stay(rules, line, 2, 15)
    assert left(rules, line, 4) == 12
    assert stay_home(rules, line, 2) == 0
    assert (line.free[2], line.gone[2]) == (2, 2)
    assert left(rules, line, 4) == 3


def test_a_job_leaves_when_another_one_follows(placed):
    rules, line = placed
    assert stay(rules, line, 4, 12)
    line.start[1], line.end[1], line.mode[1] = 7, 8, 1
    line.after_on[4] = 1
    settle(rules, line, 4)
    assert line.free[4] == 7
    assert not has_room(rules, line, 0, 7, 8, 1)
    line.after_on[4] = -1
    settle(rules, line, 4)
    settle(rules, line, -1)
    assert line.free[4] == 12
    assert has_room(rules, line, 0, 0, 12, 1)


def test_without_a_buffer_a_job_stays_on_its_machine(shop):
    machines = Machines(matrix=[-1, -1], blocking=[1, 0])
    rules = rules_of(replace(shop, machines=machines))
    line = empty_timeline(rules)
    clear(rules, line)
    put(rules, line, 0, 0, 0, 1, -1)
    stay(rules, line, 0, 9)
    assert (line.free[0], line.gone[0]) == (9, 9)


def test_locked_jobs_find_room_if_there_is_any(shop):
    """The second one leaves for the third at 12, when the first one's place is free."""
    start = np.array([0, 5, 1, 15, 12, 16])
    kept = replace(
        shop,
        locks=Locks(operation=np.arange(6), machine=[0, 1, 0, 1, 0, 1], start=start),
    )
    for capacity, faults in ((1, 0), (0, 2)):
        rules = rules_of(replace(kept, buffers=Buffers(capacity=[capacity])))
        line = empty_timeline(rules)
        genes = Genes(
            order=np.arange(6, dtype=np.int32),
            choice=np.full(6, -1, np.int32),
            join=np.zeros(6, np.uint8),
            skip=np.zeros(3, np.uint8),
            wait=np.zeros(6, np.int64),
        )
        assert generate(rules, line, genes)[1] == faults
        assert line.start.tolist() == start.tolist()
    assert keep_locked(rules_of(shop), line) == 0
