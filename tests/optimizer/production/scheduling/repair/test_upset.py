"""The problem after a disruption."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from benchmarks.workloads.schedules.families import FAMILIES, generated
from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem import Machines, Names, Pools, Schedule
from optimizer.production.scheduling.repair.disruptions import (
    Absence,
    Breakdown,
    Cancellation,
    LateMaterial,
    RushJob,
    RushMode,
    RushOperation,
)
from optimizer.production.scheduling.repair.upset import upset

RUSH = RushJob(
    name="rush",
    release=3,
    due=90,
    operations=(
        RushOperation(modes=(RushMode(machine=0, duration=4),)),
        RushOperation(
            modes=(RushMode(machine=1, duration=5), RushMode(machine=2, duration=6))
        ),
    ),
)


def test_what_has_not_begun_starts_from_now_on(planned):
    problem, plan = planned
    after = upset(problem, plan, [], now=40)
    assert after.begun.tolist() == (plan.start < 40).tolist()
    release = after.problem.operations.release
    assert np.all(release[~after.begun] == 40)
    assert np.all(release[after.begun] == 0)


def test_a_breakdown_closes_the_machine_from_now_on_and_joins_windows(planned):
    problem, plan = planned
    closed = Machines(
        matrix=np.full(20, -1), closed_machine=[2, 2], closed_start=[900, 990],
        closed_end=[950, 995],
    )  # fmt: skip
    problem = replace(problem, machines=closed)
    down = [
        Breakdown(machine=2, start=10, end=940),
        Breakdown(machine=4, start=50, end=60),
    ]
    machines = upset(problem, plan, down, now=30).problem.machines
    found = list(
        zip(
            machines.closed_machine.tolist(),
            machines.closed_start.tolist(),
            machines.closed_end.tolist(),
            strict=True,
        )
    )
    assert found == [(2, 30, 950), (2, 990, 995), (4, 50, 60)]


def test_a_rush_job_comes_behind_the_others(planned):
    problem, plan = planned
    after = upset(problem, plan, [RUSH], now=7)
    new = after.problem
    assert after.origin.tolist() == [*range(80), -1, -1]
    assert new.operations.job[-2:].tolist() == [8, 8]
    assert new.operations.release[-2:].tolist() == [7, 7]
    assert (new.jobs.release[8], new.jobs.due[8]) == (3, 90)
    assert new.modes.machine[-3:].tolist() == [0, 1, 2]
    assert (new.arcs.before[-1], new.arcs.after[-1]) == (80, 81)
    assert np.all(after.mode[-2:] == -1)


def test_of_a_cancelled_job_only_what_has_begun_is_left(planned):
    problem, plan = planned
    now = int(plan.start[3 * 10 + 4]) + 1
    after = upset(problem, plan, [Cancellation(job=3)], now=now)
    left = np.flatnonzero(after.problem.operations.job == 3)
    assert after.origin[left].tolist() == [30, 31, 32, 33, 34]
    origin = after.origin
    old = problem.modes
    new = after.problem.modes
    assert np.array_equal(new.machine[after.mode], old.machine[plan.mode[origin]])
    assert np.array_equal(new.duration[after.mode], old.duration[plan.mode[origin]])
    before, then = after.problem.arcs.before, after.problem.arcs.after
    assert np.array_equal(origin[then], origin[before] + 1)


def test_late_material_holds_what_has_not_begun(planned):
    problem, plan = planned
    late = [
        LateMaterial(job=2, release=300),
        LateMaterial(job=1, release=400, operation=15),
    ]
    release = upset(problem, plan, late, now=20).problem.operations.release
    begun = plan.start[20:30] < 20
    assert np.all(release[20:30][~begun] == 300)
    assert release[15] == 400
    assert release[14] <= 20


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (Breakdown(machine=20, start=0, end=99), "machine.*0..19, was 20"),
        (Absence(pool=0, start=0, end=99), "pool.*was 0"),
        (Cancellation(job=8), "job.*0..7, was 8"),
        (LateMaterial(job=1, release=5, operation=3), "of job 1, was 3"),
        (Breakdown(machine=0, start=0, end=9), "after now \\(10\\), ended at 9"),
    ],
)
def test_disruptions_of_what_is_not_there_are_refused(planned, happens, said):
    problem, plan = planned
    with pytest.raises(ProblemError, match=said):
        upset(problem, plan, [happens], now=10)


def test_where_there_are_names_a_rush_job_needs_one(planned):
    problem, plan = planned
    names = Names(jobs=tuple(f"j{x}" for x in range(8)))
    named = replace(problem, names=names)
    assert upset(named, plan, [RUSH], now=0).problem.names.jobs[-1] == "rush"
    with pytest.raises(ProblemError, match="name of its own, had 'j3'"):
        upset(named, plan, [replace(RUSH, name="j3")], now=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_without_a_disruption_all_tables_stay(family):
    problem = generated(family, 1, n_jobs=3)
    modes = problem.modes
    if family in {"assembly", "calendars", "operators"}:
        problem = replace(problem, modes=replace(modes, early=modes.duration // 3))
    first = problem.mode_start[:-1]
    start = np.arange(problem.n_operations)
    plan = Schedule(
        status="feasible", objective=0.0, bound=0.0, gap=0.0, mode=first, start=start,
        end=start + modes.duration[first],
    )  # fmt: skip
    now = problem.n_operations // 2
    after = upset(problem, plan, [], now=now).problem
    for table in fields(problem):
        mine, theirs = (getattr(one, table.name) for one in (problem, after))
        if not is_dataclass(mine):
            assert np.array_equal(mine, theirs)
            continue
        for column in fields(mine):
            old, new = (getattr(one, column.name) for one in (mine, theirs))
            if (table.name, column.name) == ("operations", "release"):
                old = np.where(start < now, old, np.maximum(old, now))
            assert np.array_equal(old, new), f"{table.name}.{column.name}"


def test_modes_of_a_rush_job_may_hand_over_early(planned):
    mode = RushMode(machine=0, duration=9, early=4)
    rush = RushJob(operations=(RushOperation(modes=(mode,)),))
    modes = upset(*planned, [rush], now=7).problem.modes
    assert modes.early[-1] == 4
    assert not modes.early[:-1].any()


def test_a_rush_job_too_large_for_its_machines_is_refused(planned):
    problem, plan = planned
    machines = replace(problem.machines, batch=np.array([4, *[0] * 19]))
    problem = replace(problem, machines=machines, pools=Pools(capacity=[2]))

    def rush(*modes):
        operation = RushOperation(name="bake", size=9, modes=modes)
        return [RushJob(name="gate", operations=(operation,))]

    oven, crew = (
        RushMode(machine=0, duration=5),
        RushMode(machine=1, duration=5, uses=((0, 3),)),
    )
    said = "'bake' of rush job 'gate'.*size is 9, a batch of machine 0 takes 4"
    with pytest.raises(ProblemError, match=said):
        upset(problem, plan, rush(oven), now=7)
    with pytest.raises(ProblemError, match="takes 3 of pool 0, which has 2"):
        upset(problem, plan, rush(oven, crew), now=7)
    upset(problem, plan, rush(oven, RushMode(machine=1, duration=5)), now=7)
