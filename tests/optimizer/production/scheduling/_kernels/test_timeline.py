"""Open time, and what is put into a schedule and taken out again."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import generated
from optimizer.production.scheduling._kernels.timeline import (
    clear,
    empty_timeline,
    finish,
    hold,
    open_before,
    opening,
    put,
    take_out,
    way,
)
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import Machines, Transport
from optimizer.production.scheduling.search.laying import rules_of


@pytest.fixture
def rules():
    problem = problem_of_routes([[[(0, 4)]], [[(1, 2)]]], 2)
    machines = Machines(
        matrix=[-1, -1], closed_machine=[0, 0], closed_start=[3, 20], closed_end=[9, 22]
    )
    return rules_of(
        replace(problem, machines=machines, transport=Transport(time=[[0, 5], [6, 0]]))
    )


def test_open_time_goes_around_windows(rules):
    assert opening(rules, 0, 0, 4, 0) == 9
    assert opening(rules, 0, 0, 4, 1) == 0
    assert finish(rules, 0, 1, 4) == 11
    assert open_before(rules, 0, 11, 4) == 1
    assert open_before(rules, 0, 9, 2) == 1
    assert open_before(rules, 0, 23, 2) == 19


def test_ways_are_between_machines(rules):
    time = rules.transport
    assert (way(time, 0, 1), way(time, 1, 0), way(time, -1, 0)) == (5, 6, 0)


def test_what_is_taken_out_leaves_nothing():
    problem = generated("operators", 1, n_jobs=3)
    rules = rules_of(problem)
    line = empty_timeline(rules)
    clear(rules, line)
    machine = rules.mode_machine[rules.mode_start[:-1]]
    kept, gone = np.flatnonzero(machine == machine[0])[:2]
    for i, s in ((kept, 0), (gone, 50)):
        k = int(rules.mode_start[i])
        put(rules, line, int(i), k, s, s + 10, kept if i == gone else -1)
    take_out(rules, line, int(gone))
    assert line.mode[gone] == -1
    assert line.last_on[machine[0]] == kept
    assert line.after_on[kept] == -1
    assert line.times[: line.steps[0]].tolist() == [0, 10]
    hold(rules, line, int(rules.mode_start[kept]), 0, 10)
    assert line.used[0].sum() == 2 * rules.use_amount[rules.mode_start[kept]]


def test_a_cleared_schedule_links_nothing():
    rules = rules_of(generated("batching", 1, n_jobs=3))
    line = empty_timeline(rules)
    line.before_on[:], line.after_on[:] = 2_000_000_000, 2_000_000_000
    clear(rules, line)
    assert np.all(line.before_on == -1)
    assert np.all(line.after_on == -1)
