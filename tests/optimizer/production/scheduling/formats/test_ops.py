"""Online printing shops, by hand and from the published instances."""

import json
from dataclasses import replace

import numpy as np
import pytest

from optimizer import ProblemError, SolveOptions
from optimizer.production.scheduling import (
    Schedule,
    check_schedule,
    read_problem,
    schedule_production,
)
from optimizer.production.scheduling.formats.ops import read_ops


def operation(number, times, *, after=(), **more):
    return {
        "id": number, "size": 1, "color": 1, "varnish": 1, "starting": -1,
        "release": 0, "overlap": 1.0, "resources": list(times),
        "time": list(times.values()), "sucessors": list(after), **more,
    }  # fmt: skip


def shop(*operations, n_resources=2, availability=(0, 100)):
    return {
        "resources": [
            {"id": row + 1, "setup_size": [2, 3], "setup_color": 4,
             "setup_varnish": 5, "availability": list(availability)}
            for row in range(n_resources)
        ],
        "jobs": [{"id": 1, "topology": list(operations)}],
    }  # fmt: skip


def read(given):
    return read_ops(json.dumps(given), "ops")


def solved(problem, work=3000):
    options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=work)
    found = schedule_production(problem, options)
    assert check_schedule(problem, found) == ()
    return found


def test_setups_are_by_size_colour_and_varnish():
    problem = read(
        shop(
            operation(1, {1: 10}, size=5),
            operation(2, {1: 10}, size=2, color=2),
            operation(3, {1: 10}, size=5, varnish=3),
        )
    )
    times = problem.setups.time[0]
    assert times[:3, :3].tolist() == [[0, 6, 5], [7, 0, 12], [5, 11, 0]]
    assert times[3, :3].tolist() == [12, 12, 12]
    assert solved(problem).objective == 12 + 30 + 5 + 6


def test_what_follows_overlaps_and_ends_no_earlier():
    given = shop(operation(1, {1: 10}, after=[2], overlap=0.55), operation(2, {2: 3}))
    problem = read(given)
    assert problem.modes.early.tolist() == [4, 0]  # after 5.5 ticks, rounded up
    found = solved(problem)
    assert found.start.tolist() == [12, 19]
    assert found.end.tolist() == [22, 22]
    for start, said in ((17, "before 1 has worked 6"), (18, "2 ends at 21, before 1")):
        wrong = replace(
            found, start=np.array([12, start]), end=np.array([22, start + 3])
        )
        assert any(said in fault for fault in check_schedule(problem, wrong))


def test_closed_time_interrupts_work_but_no_setup():
    problem = read(
        shop(operation(1, {1: 10}), n_resources=1, availability=(0, 11, 20, 35, 50, 60))
    )
    found = solved(problem)
    # A setup of 12 does not fit before 11.
    assert (found.start.tolist(), found.end.tolist()) == ([32], [57])
    early = Schedule(
        status="feasible", objective=33.0, bound=0.0, gap=1.0, mode=found.mode,
        start=np.array([21]), end=np.array([31]),
    )  # fmt: skip
    assert any(
        "needs a setup of 12" in fault for fault in check_schedule(problem, early)
    )


def test_fixed_operations_stay_and_the_others_keep_out_of_their_way():
    problem = read(
        shop(
            operation(1, {1: 10}, starting=30, color=2), operation(2, {1: 12}),
            operation(3, {1: 5}), n_resources=1,
        )
    )  # fmt: skip
    found = solved(problem)
    assert found.start[0] == 30
    assert found.objective == 40 + 4 + 5
    assert problem.locks.start.tolist() == [30]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sucessors": [7]}, "no operation 7"),
        ({"resources": [9], "time": [3]}, "no resource 9"),
        ({"time": [3]}, "a time for each"),
        ({"starting": 4}, "fixed at 4"),
        ({"overlap": 1.5}, "overlap"),
    ],
)
def test_what_does_not_fit_is_refused(change, said):
    with pytest.raises(ProblemError, match=said):
        read(shop(operation(1, {1: 3, 2: 4}) | change))


@pytest.mark.parametrize("name", ["sops1", "sops3"])
def test_published_shops_are_read_and_scheduled(public_data, name):
    problem = read_problem(public_data / "opt" / "ops" / f"{name}.json.gz")
    found = solved(problem, work=2000)
    assert found.status in {"feasible", "optimal"}
    assert found.objective >= found.bound > 0
