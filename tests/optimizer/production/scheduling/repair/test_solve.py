"""Repairs as a whole; each one has passed the checkers."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import FAMILIES, generated
from optimizer.errors import ProblemError
from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.formats.own import read_own
from optimizer.production.scheduling.problem import Jobs, Schedule
from optimizer.production.scheduling.repair.disruptions import (
    Absence,
    Breakdown,
    Cancellation,
    LateMaterial,
    RushJob,
    RushMode,
    RushOperation,
)
from optimizer.production.scheduling.repair.solve import reschedule
from optimizer.production.scheduling.repair.stability import Stability
from optimizer.production.scheduling.solve import schedule_production


def counted(repair):
    """Return what moved and was not displaced, from the two plans alone."""
    old, new = repair.before, repair.schedule
    moved = set()
    for row in range(old.start.size):
        if old.mode[row] < 0 or new.mode[row] < 0 or repair.displaced[row]:
            continue
        if old.mode[row] != new.mode[row] or old.start[row] != new.start[row]:
            moved.add(row)
    return moved


def test_a_breakdown_is_repaired_and_improved(repaired, busiest):
    down = [Breakdown(machine=busiest, start=40, end=120)]
    first = repaired(down, now=40)
    better = repaired(down, now=40, work=300_000)
    assert better.schedule.objective <= first.schedule.objective
    assert better.first_objective == first.first_objective
    assert better.first_feasible_s == 0.0
    assert check_schedule(better.problem, better.schedule) == ()
    begun = better.problem.locks.operation
    assert np.array_equal(better.schedule.start[begun], better.before.start[begun])
    assert set(better.moved.tolist()) == counted(better)


@pytest.mark.parametrize("changes", [0, 3, 12])
def test_the_budget_of_changes_is_kept_exactly(repaired, busiest, changes):
    down = [Breakdown(machine=busiest, start=40, end=120)]
    repair = repaired(down, now=40, work=40_000, changes=changes)
    assert len(counted(repair)) <= changes


def test_frozen_and_held_stay_where_they_are(repaired, busiest):
    down = [Breakdown(machine=busiest, start=40, end=120)]
    held = (busiest + 3) % 20
    repair = repaired(down, now=40, work=30_000, freeze=40, hold=(held,))
    old = repair.before
    machine = repair.problem.modes.machine[old.mode]
    stay = np.flatnonzero((old.start < 80) | (machine == held)).tolist()
    assert not counted(repair) & set(stay)


def test_the_same_work_gives_the_same_bytes(repaired, busiest):
    down = [Breakdown(machine=busiest, start=40, end=120)]
    one, other = (
        repaired(down, now=40, work=50_000, weight=weight).schedule for weight in (2, 2)
    )
    for name in ("mode", "start", "end"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()


def test_a_cancelled_job_is_dropped_and_the_rest_may_stay(repaired, planned):
    repair = repaired([Cancellation(job=2)], now=40, changes=0)
    left = repair.origin[repair.problem.operations.job == 2]
    assert np.all(planned[1].start[left] < 40)
    assert not counted(repair)


def test_running_work_on_a_machine_that_breaks_starts_again(planned, options):
    problem, plan = planned
    machine = problem.modes.machine[plan.mode]
    row = int(np.flatnonzero(plan.end - plan.start > 5)[5])
    now = int(plan.start[row]) + 2
    down = Breakdown(machine=int(machine[row]), start=now, end=now + 9)
    repair = reschedule(problem, plan, [down], now=now, options=options())
    assert repair.displaced[row]
    assert repair.schedule.start[row] >= now
    whole = replace(
        problem, operations=replace(problem.operations, resumable=np.ones(80, int))
    )
    kept = reschedule(whole, plan, [down], now=now, options=options())
    assert kept.schedule.start[row] == plan.start[row]
    assert kept.schedule.end[row] == plan.end[row] + 9


def test_a_deadline_that_cannot_be_kept_is_told(planned, options):
    problem, plan = planned
    jobs = Jobs(release=np.zeros(8, dtype=np.int64), deadline=plan.end[9::10].copy())
    late = [LateMaterial(job=0, release=int(plan.end[9]))]
    repair = reschedule(
        replace(problem, jobs=jobs), plan, late, now=10, options=options(2_000)
    )
    assert repair.schedule.status == "unknown"
    assert repair.diff is None
    assert repair.first_feasible_s == float("inf")


def test_a_schedule_of_another_problem_is_refused(planned, options):
    problem, plan = planned
    short = Schedule(status="feasible", objective=0.0, bound=0.0, gap=0.0)
    with pytest.raises(ProblemError, match="80 entries"):
        reschedule(problem, short, [], now=0, options=options())
    wrong = replace(plan, mode=np.full(80, 10_000))
    with pytest.raises(ProblemError, match="modes that the problem does not have"):
        reschedule(problem, wrong, [], now=0, options=options())
    with pytest.raises(ProblemError, match="hold must be below 20, was 20"):
        reschedule(
            problem, plan, [], now=0, options=options(), stability=Stability(hold=(20,))
        )


@pytest.mark.parametrize("family", FAMILIES)
def test_plans_with_every_rule_are_repaired(family, options):
    problem = generated(family, 2, n_jobs=8)
    plan = schedule_production(problem, options(5_000))
    now = int(plan.end.max()) // 3
    rush = RushJob(
        operations=(
            RushOperation(modes=(RushMode(machine=0, duration=9),)),
            RushOperation(modes=(RushMode(machine=1, duration=9),)),
        )
    )
    happens = [
        [Breakdown(machine=1, start=now, end=now + 40)],
        [Breakdown(machine=2, start=now + 15, end=now + 40), rush],
        [LateMaterial(job=3, release=now + 30), Cancellation(job=1)],
    ]
    if len(problem.pools):
        happens.append([Absence(pool=0, start=now, end=now + 30)])
    for disruptions in happens:
        for stability in (Stability(freeze=10), Stability(changes=3, hold=(4,))):
            repair = reschedule(
                problem, plan, disruptions, now=now, options=options(4_000),
                stability=stability,
            )  # fmt: skip
            if repair.schedule.status == "unknown":
                assert np.any(problem.jobs.deadline >= 0)
                continue
            assert check_schedule(repair.problem, repair.schedule) == ()
            if stability.changes is not None:
                assert len(counted(repair)) <= stability.changes


def overlapping(family):
    """Return a shop, in which what waits for others may start a little before."""
    problem = generated(family, 3, n_jobs=4)
    modes = problem.modes
    return replace(problem, modes=replace(modes, early=modes.duration // 2))


@pytest.mark.parametrize("family", [*FAMILIES, "early", "early calendars"])
def test_without_a_disruption_nothing_moves(family, options):
    if family.startswith("early"):
        problem = overlapping(family.removeprefix("early").strip() or "assembly")
    else:
        problem = generated(family, 3, n_jobs=4)
    plan = schedule_production(problem, options(2_000))
    last = int(plan.end.max())
    for now in (0, 1, last // 3, 2 * last // 3, last):
        for stability in (Stability(changes=0), Stability(freeze=last)):
            repair = reschedule(
                problem, plan, [], now=now, options=options(), stability=stability
            )
            assert not repair.displaced.any()
            assert np.array_equal(repair.schedule.start, plan.start)
            assert np.array_equal(repair.schedule.mode, plan.mode)
            assert repair.schedule.objective == plan.objective


def test_an_operation_that_overlaps_stays_with_it(options):
    text = {
        "machines": [{"id": "saw"}, {"id": "oven"}, {"id": "press"}],
        "jobs": [
            {
                "id": "door",
                "operations": [
                    {
                        "id": "cut",
                        "modes": [{"machine": "saw", "duration": 10, "early": 8}],
                    },
                    {"id": "bake", "modes": [{"machine": "oven", "duration": 10}]},
                ],
            },
            {
                "id": "gate",
                "operations": [
                    {"id": "bend", "modes": [{"machine": "press", "duration": 5}]}
                ],
            },
        ],
    }
    problem = read_own(json.dumps(text), "shop.json")
    plan = Schedule(
        status="optimal", objective=12.0, bound=12.0, gap=0.0,
        mode=np.array([0, 1, 2]), start=np.array([0, 2, 0]), end=np.array([10, 12, 5]),
    )  # fmt: skip
    down = Breakdown(machine=2, start=4, end=6)
    for happens in ([], [down]):
        repair = reschedule(
            problem, plan, happens, now=4, options=options(300),
            stability=Stability(freeze=100),
        )  # fmt: skip
        assert repair.schedule.start[:2].tolist() == [0, 2]
        assert not repair.displaced[:2].any()
