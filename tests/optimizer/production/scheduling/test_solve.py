"""The portfolio: never loses its best schedule, keeps its deadline, repeats itself."""

import time
from dataclasses import replace
from itertools import count, pairwise, permutations

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import FAMILIES, generated, large_shop
from optimizer import CheckError, OptionsError, SolveOptions
from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.costs import cost_parts, schedule_cost
from optimizer.production.scheduling.formats.projects import read_patterson
from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.formats.text import Lines
from optimizer.production.scheduling.model import SchedulingModel
from optimizer.production.scheduling.problem import (
    Baseline,
    Jobs,
    Locks,
    Machines,
    Modes,
    Objective,
    Operations,
    Pools,
    Setups,
)
from optimizer.production.scheduling.search import cores
from optimizer.production.scheduling.search.cores import CoreSearch
from optimizer.production.scheduling.solve import schedule_production, warm_up


def budget(work, seed=0):
    return SolveOptions(monotonic_s=lambda: 0.0, work_limit=work, seed=seed)


def within(seconds):
    return SolveOptions(monotonic_s=time.monotonic, time_limit_s=seconds)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_work_gives_the_same_bytes(family):
    problem = generated(family, 0, n_jobs=6)
    found = [schedule_production(problem, budget(20_000)) for _ in range(2)]
    assert check_schedule(problem, found[0]) == ()
    for name in ("mode", "start", "end"):
        one, other = (getattr(schedule, name).tobytes() for schedule in found)
        assert one == other
    assert found[0].objective == found[1].objective


def test_job_shops_repeat_too_and_more_work_is_no_worse():
    problem = large_shop(10, 6, 3)
    few, many, again = (
        schedule_production(problem, budget(work)) for work in (5_000, 300_000, 300_000)
    )
    assert many.start.tobytes() == again.start.tobytes()
    assert many.objective <= few.objective
    assert many.work >= 300_000 or many.status == "optimal"


def test_a_small_shop_is_proven_in_time_and_progress_is_told():
    problem = generated("operators", 1, n_jobs=4)
    warm_up(problem)
    told = []
    found = schedule_production(problem, within(30.0), on_progress=told.append)
    assert found.status == "optimal"
    assert found.gap == 0.0
    assert tuple(told) == found.history
    objectives = [line.objective for line in told]
    assert objectives == sorted(objectives, reverse=True)
    assert told[-1].bound == told[-1].objective == found.objective


@pytest.mark.slow
def test_a_deadline_is_kept(in_time):
    problem = generated("calendars", 2, n_jobs=25)
    warm_up(problem)
    schedule_production(problem, within(0.5))
    found = in_time(lambda: schedule_production(problem, within(1.0)), 1.2)
    assert found.status == "feasible"


@pytest.mark.slow
def test_a_deadline_is_kept_where_the_checker_takes_long(in_time):
    problem = large_shop(300, 300, 0)
    warm_up(problem)
    found = in_time(lambda: schedule_production(problem, within(4.0)), 4.2)
    assert found.status == "feasible"


def test_cores_of_a_large_shop_repeat_what_they_do(monkeypatch):
    problem = large_shop(8, 8, 1)
    found = [schedule_production(problem, budget(20_000)) for _ in range(2)]
    monkeypatch.setattr(cores, "LARGE", 1)
    found.append(schedule_production(problem, budget(20_000)))
    assert len({one.start.tobytes() for one in found}) == 1


def test_who_cancels_gets_the_best_so_far():
    problem = large_shop(20, 10, 0)
    asked = count()
    found = schedule_production(
        problem, within(60.0), cancelled=lambda: next(asked) > 3
    )
    assert found.status in {"feasible", "optimal"}
    assert found.seconds < 30.0


def test_what_is_impossible_is_proven_or_unknown():
    problem = problem_of_routes([[[(0, 3)]], [[(0, 4)]]], 1)
    late = replace(problem, jobs=Jobs(release=[0, 0], deadline=[5, 5]))
    assert schedule_production(late, within(20.0)).status == "infeasible"
    unknown = schedule_production(late, budget(1_000))
    assert unknown.status == "unknown"
    assert unknown.start.size == 0


def test_nothing_to_do_is_done_at_once():
    none = np.zeros(0, dtype=np.int64)
    problem = problem_of_routes([[[(0, 3)]]], 1)
    empty = replace(
        problem,
        jobs=Jobs(release=none),
        operations=Operations(job=none),
        modes=Modes(operation=none, machine=none, duration=none),
    )
    found = schedule_production(empty, within(1.0))
    assert (found.status, found.objective) == ("optimal", 0.0)


def test_a_schedule_that_breaks_a_rule_does_not_leave(monkeypatch):
    problem = generated("calendars", 0, n_jobs=3)
    wrong = "optimizer.production.scheduling.solve.check_schedule"
    monkeypatch.setattr(wrong, lambda *_: ("operation 3 flies",))
    with pytest.raises(CheckError, match="refused: operation 3 flies"):
        schedule_production(problem, budget(100))


def test_a_fault_in_a_thread_is_raised(monkeypatch):
    def fail(self: CoreSearch, work: int) -> int:
        raise ZeroDivisionError(work)

    target = "optimizer.production.scheduling.search.lists.ListSearch.improve"
    monkeypatch.setattr(target, fail)
    with pytest.raises(ZeroDivisionError):
        schedule_production(generated("calendars", 0, n_jobs=5), within(1.0))


def test_options_are_judged():
    with pytest.raises(OptionsError, match="work_limit"):
        budget(0)


def solved_in_time(problem):
    return schedule_production(problem, within(20.0))


def test_windows_in_which_units_are_away_may_overlap():
    problem = problem_of_routes([[[(0, 3)]]], 1)
    away = replace(
        problem,
        modes=replace(
            problem.modes,
            use_mode=np.array([0]),
            use_pool=np.array([0]),
            use_amount=np.array([1]),
        ),
        pools=Pools(
            capacity=[1], away_pool=[0, 0], away_start=[10, 12], away_end=[14, 16],
            away_amount=[1, 1],
        ),
        locks=Locks(operation=[0], machine=[0], start=[16]),
    )  # fmt: skip
    assert solved_in_time(away).objective == 19.0


def test_locked_batches_last_as_long_as_their_longest():
    problem = problem_of_routes([[[(0, 3)]], [[(0, 5)]], [[(0, 2)]]], 1)
    oven = replace(
        problem,
        machines=Machines(matrix=[-1], batch=[2]),
        locks=Locks(operation=[0, 1], machine=[0, 0], start=[0, 0]),
    )
    found = schedule_production(oven, budget(1_000))
    assert found.end.tolist() == [5, 5, 7]


@pytest.mark.parametrize(
    "change",
    [
        {"jobs": Jobs(release=[5])},
        {"jobs": Jobs(release=[0], deadline=[3])},
        {
            "machines": Machines(
                matrix=[-1], closed_machine=[0], closed_start=[3], closed_end=[9]
            )
        },
    ],
)
def test_locks_that_break_a_rule_are_no_schedule(change):
    problem = problem_of_routes([[[(0, 4)]]], 1)
    lock = Locks(operation=[0], machine=[0], start=[2])
    bad = replace(problem, locks=lock, **change)
    assert schedule_production(bad, budget(1_000)).status == "unknown"
    assert solved_in_time(bad).status == "infeasible"


def test_a_lock_leaves_the_choice_among_modes_of_its_machine():
    problem = problem_of_routes([[[(0, 5), (0, 3)]]], 1)
    kept = replace(problem, locks=Locks(operation=[0], machine=[0], start=[0]))
    assert schedule_production(kept, budget(1_000)).objective == 3.0
    assert solved_in_time(kept).objective == 3.0


def test_what_is_too_large_for_one_oven_goes_into_another():
    problem = problem_of_routes([[[(0, 3), (1, 9)]]], 2)
    ovens = replace(
        problem,
        machines=Machines(matrix=[-1, -1], batch=[4, 8]),
        operations=replace(problem.operations, size=np.array([5])),
    )
    assert schedule_production(ovens, budget(1_000)).objective == 9.0
    assert solved_in_time(ovens).objective == 9.0


def test_a_deadline_goes_before_any_cost():
    problem = problem_of_routes([[[(0, 151)]], [[(0, 100)]]], 1)
    closed = Machines(
        matrix=[-1], closed_machine=[0], closed_start=[260], closed_end=[3_000_000]
    )
    jobs = Jobs(release=[0, 150], deadline=[-1, 250])
    found = schedule_production(
        replace(problem, machines=closed, jobs=jobs), budget(20_000)
    )
    assert found.objective == 3_000_151.0


def test_setups_between_batches_that_are_no_metric_prove_nothing_wrong():
    rng = np.random.default_rng(4)
    for _ in range(5):
        time_of = rng.integers(0, 12, (1, 3, 3))
        problem = problem_of_routes([[[(0, int(d))]] for d in rng.integers(1, 9, 5)], 1)
        family = rng.integers(0, 3, 5)
        oven = replace(
            problem,
            machines=Machines(matrix=[0], batch=[1]),
            operations=replace(problem.operations, family=family),
            setups=Setups(time=time_of),
        )
        best = min(
            int(problem.modes.duration.sum())
            + sum(int(time_of[0, family[a], family[b]]) for a, b in pairwise(order))
            for order in permutations(range(5))
        )
        found = schedule_production(oven, within(1.0))
        assert found.bound <= best <= found.objective


def test_levels_are_kept_in_their_order():
    problem = generated("tardiness", 3, n_jobs=4)
    late_first = Objective(makespan=1, tardiness=1, order=("tardiness", "makespan"))
    late = schedule_production(
        replace(problem, objective=Objective(makespan=0, tardiness=1)), budget(60_000)
    )
    levels = replace(problem, objective=late_first)
    found = schedule_production(levels, budget(60_000))
    parts = cost_parts(levels, found)
    assert parts["tardiness"] <= late.objective * 1.02
    assert found.objective == schedule_cost(levels, found)
    assert found.objective == (
        levels.weights.tardiness * parts["tardiness"] + parts["makespan"]
    )


def test_a_schedule_stays_close_to_the_one_before():
    problem = generated("assembly", 5, n_jobs=5)
    before = schedule_production(problem, budget(30_000))
    close = replace(
        problem,
        jobs=replace(problem.jobs, release=np.array([9, 0, 0, 0, 0])),
        baseline=Baseline(
            operation=np.arange(20),
            machine=problem.modes.machine[before.mode],
            start=before.start,
            move_cost=np.full(20, 50),
        ),
    )
    free = schedule_production(close, budget(30_000))
    kept = schedule_production(
        replace(close, objective=Objective(makespan=1, stability=1)), budget(30_000)
    )
    ours, theirs = (cost_parts(close, one)["stability"] for one in (kept, free))
    assert ours < theirs / 2


def test_a_model_is_not_built_beyond_the_deadline():
    problem = generated("tariff", 0)
    asked = []

    def in_time():
        asked.append(1)
        return len(asked) < 3

    model = SchedulingModel(problem, problem.horizon, in_time=in_time)
    assert not model.is_whole
    assert len(asked) == 3
    assert SchedulingModel(problem, problem.horizon).is_whole


def test_blocking_with_setups_passes_the_checker():
    """There the model leaves rules out: what CP-SAT finds is judged."""
    problem = generated("setups", 2, n_jobs=4)
    machines = replace(problem.machines, blocking=np.array([1, 0, 1, 0, 0, 0]))
    problem = replace(problem, machines=machines)
    warm_up(problem)
    found = schedule_production(problem, within(1.0))
    assert found.status in {"feasible", "optimal"}
    assert check_schedule(problem, found) == ()


def test_a_project_has_no_machines_and_a_proven_end():
    problem = read_patterson(
        Lines("4 1\n3\n0 0 2 2 3\n3 2 1\n4\n4 1 1 4\n0 0 0\n", "p")
    )
    found = schedule_production(problem, within(20.0))
    assert (found.status, found.objective) == ("optimal", 4.0)
    assert check_schedule(problem, found) == ()
