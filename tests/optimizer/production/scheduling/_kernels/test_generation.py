"""Schedules of lists."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import FAMILIES, generated
from optimizer.production.scheduling._kernels.generation import (
    Genes,
    empty_timeline,
    generate,
)
from optimizer.production.scheduling.check import check_schedule, schedule_cost
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import (
    Buffers,
    Locks,
    Machines,
    Schedule,
)
from optimizer.production.scheduling.search.laying import rules_of
from optimizer.result import relative_gap


@pytest.fixture
def made():
    """Return cost, faults and schedule of a list."""

    def make(problem, order, *, choice=None, join=None):
        rules, n = rules_of(problem), problem.n_operations
        genes = Genes(
            order=np.array(order, dtype=np.int32),
            choice=np.full(n, -1, np.int32) if choice is None else np.int32(choice),
            join=np.zeros(n, np.uint8) if join is None else np.uint8(join),
            skip=np.zeros(len(problem.jobs), np.uint8),
            wait=np.zeros(n, np.int64),
        )
        line = empty_timeline(rules)
        cost, faults = generate(rules, line, genes)
        schedule = Schedule(
            status="feasible", objective=float(cost), bound=0.0,
            gap=relative_gap(float(cost), 0.0),
            mode=line.mode.astype(np.int64), start=line.start, end=line.end,
        )  # fmt: skip
        return cost, faults, schedule

    return make


def drawn_list(problem, seed):
    """Return a random list that precedence allows."""
    rng = np.random.default_rng(seed)
    rank = np.empty(problem.n_operations, dtype=np.int64)
    rank[problem.order] = np.arange(problem.n_operations)
    key = rng.random(problem.n_operations)
    for before, after in zip(problem.arcs.before, problem.arcs.after, strict=True):
        key[after] = max(key[after], key[before])
    return np.lexsort((rank, key))


@pytest.mark.parametrize("family", FAMILIES)
def test_any_list_gives_a_schedule_that_passes_the_checker(family, made):
    problem = generated(family, 1, n_jobs=6)
    for seed in range(20):
        cost, faults, schedule = made(problem, drawn_list(problem, seed))
        assert cost == schedule_cost(problem, schedule)
        if not faults:
            assert check_schedule(problem, schedule) == ()
        elif family != "maintenance":
            pytest.fail(f"list {seed} breaks rules")


@pytest.mark.parametrize("family", ["batching", "calendars", "setups", "wear"])
def test_any_list_keeps_to_the_places_of_buffers(family, made):
    """Also before an oven: who joins its batches may have to be placed again."""
    plain = generated(family, 3, n_jobs=6)
    problem = replace(
        plain,
        machines=replace(plain.machines, buffer=np.array([0, 1, 0, 2, 1, -1])),
        buffers=Buffers(capacity=[1, 1, 2]),
    )
    kept = 0
    for seed in range(10):
        cost, faults, schedule = made(problem, drawn_list(problem, seed))
        if not faults:
            kept += 1
            assert cost == schedule_cost(problem, schedule)
            assert check_schedule(problem, schedule) == ()
    assert kept > 4


def test_a_locked_operation_may_take_no_time(made):
    problem = problem_of_routes([[[(0, 3)]], [[(0, 0)]]], 1)
    kept = replace(problem, locks=Locks(operation=[0, 1], machine=[0, 0], start=[2, 2]))
    assert made(kept, [0, 1])[1] == 0


def test_an_operation_goes_into_a_gap(made):
    problem = problem_of_routes([[[(0, 2)], [(1, 2)], [(0, 2)]], [[(0, 2)]]], 2)
    _, _, schedule = made(problem, [0, 1, 2, 3])
    assert schedule.start.tolist() == [0, 2, 4, 2]


def test_closed_windows_hold_up_or_interrupt(made):
    problem = problem_of_routes([[[(0, 4)]]], 1)
    closed = Machines(
        matrix=[-1], closed_machine=[0], closed_start=[3], closed_end=[10]
    )
    _, _, whole = made(replace(problem, machines=closed), [0])
    assert (whole.start[0], whole.end[0]) == (10, 14)
    operations = replace(problem.operations, resumable=np.array([1]))
    resumable = replace(problem, machines=closed, operations=operations)
    _, _, parts = made(resumable, [0])
    assert (parts.start[0], parts.end[0]) == (0, 11)


def test_joining_a_batch_is_a_choice(made):
    problem = problem_of_routes([[[(0, 5)]], [[(1, 2)], [(0, 5)]]], 2)
    oven = replace(problem, machines=Machines(matrix=[-1, -1], batch=[2, 0]))
    _, _, eager = made(oven, [0, 1, 2])
    assert eager.start.tolist() == [0, 0, 5]
    jobs = replace(oven.jobs, release=np.array([0, 0]))
    cost, _, joined = made(replace(oven, jobs=jobs), [1, 2, 0], join=[1, 1, 1])
    assert joined.start.tolist() == [2, 0, 2]
    assert cost == 7


def test_what_is_locked_stays_and_faults_are_counted(made):
    problem = problem_of_routes([[[(0, 3)], [(1, 2)]], [[(1, 4)]]], 2)
    kept = replace(problem, locks=Locks(operation=[1], machine=[1], start=[5]))
    _, faults, schedule = made(kept, [0, 1, 2])
    assert faults == 0
    assert schedule.start.tolist() == [0, 5, 0]
    early = replace(problem, locks=Locks(operation=[1], machine=[1], start=[1]))
    _, faults, _ = made(early, [0, 1, 2])
    assert faults == 2


def test_a_mode_may_be_told(made):
    problem = problem_of_routes([[[(0, 3), (1, 9)]]], 2)
    assert made(problem, [0])[0] == 3
    assert made(problem, [0], choice=[1])[0] == 9


def test_who_joins_a_batch_has_no_neighbours_by_chance():
    problem = generated("batching", 2, n_jobs=6)
    rules, n = rules_of(problem), problem.n_operations
    line = empty_timeline(rules)
    line.before_on[:], line.after_on[:] = 2_000_000_000, 2_000_000_000
    genes = Genes(
        order=problem.order.astype(np.int32),
        choice=np.full(n, -1, np.int32),
        join=np.ones(n, np.uint8),
        skip=np.zeros(6, np.uint8),
        wait=np.zeros(n, np.int64),
    )
    assert generate(rules, line, genes)[1] == 0
    oven = rules.mode_machine[line.mode] == 5
    assert np.unique(line.start[oven]).size < oven.sum()
    for links in (line.before_on, line.after_on):
        assert np.all((links >= -1) & (links < n))
