"""Why a job is late."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.explain.lateness import why_late
from optimizer.production.scheduling.explain.laying import relaid
from optimizer.production.scheduling.explain.words import say_link
from optimizer.production.scheduling.problem import Schedule


@pytest.fixture
def schedule(late):
    """A before B on the press, C last."""
    first = Schedule(
        status="feasible", objective=0.0, bound=0.0, gap=1.0, mode=late.mode_start[:-1],
        start=np.array([0, 8, 50, 58, 58, 96]), end=np.array([8, 13, 58, 63, 61, 102]),
    )  # fmt: skip
    return relaid(late, first)


@pytest.fixture
def overlapped(problem_of):
    """Work that is handed over after two of ten ticks, from its release at 1 on."""
    problem = problem_of({
        "machines": [{"id": "A", "closed": [[12, 14]]}, {"id": "B"}],
        "jobs": [{"id": "J", "due": 11, "release": 1, "operations": [
            {"id": "a", "modes": [{"machine": "A", "duration": 10, "early": 8}]},
            {"id": "b", "modes": [{"machine": "B", "duration": 10}]}]}],
        "objective": {"tardiness": 1, "makespan": 1},
    })  # fmt: skip
    return problem, Schedule(
        status="feasible", objective=15.0, bound=0.0, gap=1.0,
        mode=np.array([0, 1]), start=np.array([1, 3]), end=np.array([11, 13]),
    )  # fmt: skip


def test_the_chain_fills_the_time_up_to_the_end(late, schedule):
    chain = why_late(late, schedule, 1)
    assert (chain.end, chain.due, chain.late) == (63, 30, 33)
    assert [(one.kind, one.operation, one.ticks) for one in chain.links] == [
        ("work", 0, 8), ("closed", 2, 42), ("work", 2, 8), ("work", 3, 5),
    ]  # fmt: skip
    assert [one.start for one in chain.links[1:]] == [
        one.end for one in chain.links[:-1]
    ]


def test_the_cheapest_fix_is_the_least_that_makes_it_in_time(late, schedule):
    (fix,) = why_late(late, schedule, 1).fixes
    assert fix.relief[:3] == (("closed", 0), 6, 0)
    assert (fix.relief.price, fix.end, fix.gain) == (30, 21, 42)


def test_a_release_that_binds_is_named(late, schedule):
    chain = why_late(late, schedule, 3)
    assert [(one.kind, one.ticks) for one in chain.links] == [
        ("release", 96), ("work", 6),
    ]  # fmt: skip
    assert chain.fixes[0].relief[:2] == (("release", 3), 2)


def test_a_machine_that_is_set_up_and_a_lag_are_told_apart(problem_of):
    problem = problem_of({
        "machines": [{"id": "m", "setups": "s"}, {"id": "n"}],
        "setups": [{"id": "s", "families": ["x", "y"], "times": [[0, 3], [3, 0]]}],
        "jobs": [
            {"id": "A", "operations": [
                {"id": "a", "family": "x",
                 "modes": [{"machine": "m", "duration": 4}]}]},
            {"id": "B", "due": 1, "operations": [
                {"id": "b", "family": "y", "modes": [{"machine": "m", "duration": 5}]},
                {"id": "c", "family": "y", "after": [{"operation": "b", "lag": 2}],
                 "modes": [{"machine": "n", "duration": 1}]}]},
        ],
    })  # fmt: skip
    schedule = Schedule(
        status="feasible", objective=15.0, bound=0.0, gap=1.0,
        mode=np.array([0, 1, 2]), start=np.array([0, 7, 14]), end=np.array([4, 12, 15]),
    )  # fmt: skip
    chain = why_late(problem, schedule, 1)
    assert [(one.kind, one.ticks) for one in chain.links] == [
        ("work", 4), ("setup", 3), ("work", 5), ("lag", 2), ("work", 1),
    ]  # fmt: skip
    assert [fix.relief.rule.kind for fix in chain.fixes] == ["lag"]


def test_a_job_that_is_not_there_is_a_mistake(late, schedule):
    with pytest.raises(ProblemError, match=r"must be in 0\.\.3, was 9"):
        why_late(late, schedule, 9)


def test_work_that_is_handed_over_early_holds_nobody_longer(overlapped):
    problem, schedule = overlapped
    chain = why_late(problem, schedule, 0)
    assert [(one.kind, one.operation, one.ticks) for one in chain.links] == [
        ("release", 0, 1), ("work", 0, 2), ("work", 1, 10),
    ]  # fmt: skip
    assert [(fix.relief.rule.kind, fix.end) for fix in chain.fixes] == [("release", 12)]


def test_a_fix_ends_earlier_than_in_the_schedule_given(overlapped):
    problem, schedule = overlapped
    later = replace(schedule, start=schedule.start + 20, end=schedule.end + 20)
    assert all(fix.end < 13 for fix in why_late(problem, later, 0).fixes)


def test_a_machine_with_no_room_behind_it_is_blocked(problem_of):
    steps = (("X", "B", 20), ("J", "A", 5), ("J", "B", 5), ("K", "A", 5))
    problem = problem_of({
        "machines": [{"id": "A", "blocking": True}, {"id": "B"}],
        "jobs": [
            {"id": name, "due": 12, "operations": [
                {"id": f"{name}{at}", "modes": [{"machine": machine, "duration": long}]}
                for at, (job, machine, long) in enumerate(steps) if job == name]}
            for name in "XJK"
        ],
    })  # fmt: skip
    schedule = Schedule(
        status="feasible", objective=25.0, bound=0.0, gap=1.0, mode=np.arange(4),
        start=np.array([0, 0, 20, 20]), end=np.array([20, 5, 25, 25]),
    )  # fmt: skip
    links = why_late(problem, schedule, 2).links
    # What was on the machine that the blocked job waited for is in the chain.
    assert [(one.kind, one.operation, one.start, one.ticks) for one in links] == [
        ("work", 0, 0, 20), ("blocked", 1, 20, 0), ("work", 3, 20, 5),
    ]  # fmt: skip
    assert say_link(problem, schedule, links[1]) == (
        "A is blocked by J1 (J), done at 5, for want of room behind"
    )


def test_the_chain_goes_on_to_the_machine_that_is_truly_busy(problem_of):
    """P cannot begin on A: Q stands there, for R stands on B, for S works on C."""
    routes = {"S": "C", "R": "BC", "Q": "AB", "P": "A"}
    long = {"S": 30, "R": 4, "Q": 2, "P": 5}
    problem = problem_of({
        "machines": [{"id": "A", "blocking": True}, {"id": "B", "buffer": "rack"},
                     {"id": "C"}],
        "buffers": [{"id": "rack", "capacity": 0}],
        "jobs": [
            {"id": job, "operations": [
                {"id": f"{job}{on}", "modes": [{"machine": on, "duration": long[job]}]}
                for on in route]}
            for job, route in routes.items()
        ],
    })  # fmt: skip
    schedule = Schedule(
        status="feasible", objective=35.0, bound=0.0, gap=1.0, mode=np.arange(6),
        start=np.array([0, 0, 30, 1, 30, 30]), end=np.array([30, 4, 34, 3, 32, 35]),
    )  # fmt: skip
    assert check_schedule(problem, schedule) == ()
    links = why_late(problem, schedule, 3).links
    assert [(one.kind, one.operation, one.start, one.ticks) for one in links] == [
        ("work", 0, 0, 30), ("blocked", 1, 30, 0), ("blocked", 3, 30, 0),
        ("work", 5, 30, 5),
    ]  # fmt: skip


def test_who_frees_the_place_of_a_buffer_is_followed(problem_of):
    """J2 stands on A until the place is free that J1 leaves for B, after X."""
    steps = {"X": ["B", 20], "J1": ["A", 5], "J2": ["A", 5], "K": ["A", 5]}
    jobs = [
        {"id": job, "operations": [
            {"id": f"{job}.0", "modes": [{"machine": on, "duration": ticks}]},
            *([{"id": f"{job}.1", "modes": [{"machine": "B", "duration": 3}]}]
              if job in {"J1", "J2"} else [])]}
        for job, (on, ticks) in steps.items()
    ]  # fmt: skip
    problem = problem_of({
        "machines": [{"id": "A", "buffer": "rack"}, {"id": "B"}],
        "buffers": [{"id": "rack", "capacity": 1}], "jobs": jobs,
    })  # fmt: skip
    schedule = Schedule(
        status="feasible", objective=26.0, bound=0.0, gap=1.0, mode=np.arange(6),
        start=np.array([0, 0, 20, 5, 23, 20]), end=np.array([20, 5, 23, 10, 26, 25]),
    )  # fmt: skip
    assert check_schedule(problem, schedule) == ()
    links = why_late(problem, schedule, 3).links
    assert [(one.kind, one.operation, one.start, one.ticks) for one in links] == [
        ("work", 0, 0, 20), ("blocked", 3, 20, 0), ("work", 5, 20, 5),
    ]  # fmt: skip


def test_a_job_that_stays_for_its_own_material_blocks_nobody(problem_of):
    """Both steps are on A, and the second waits for its material there."""
    problem = problem_of({
        "machines": [{"id": "A", "blocking": True}],
        "jobs": [{"id": "J", "operations": [
            {"id": "a", "modes": [{"machine": "A", "duration": 5}]},
            {"id": "b", "release": 9, "modes": [{"machine": "A", "duration": 5}]}]}],
    })  # fmt: skip
    schedule = Schedule(
        status="feasible", objective=14.0, bound=0.0, gap=1.0, mode=np.arange(2),
        start=np.array([0, 9]), end=np.array([5, 14]),
    )  # fmt: skip
    links = why_late(problem, schedule, 0).links
    assert [(one.kind, one.operation, one.ticks) for one in links] == [
        ("material", 1, 9), ("work", 1, 5),
    ]  # fmt: skip
