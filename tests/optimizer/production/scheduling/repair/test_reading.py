"""Disruptions from JSON."""

import json
from dataclasses import replace

import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem import Names, Pools
from optimizer.production.scheduling.repair.disruptions import (
    Absence,
    Breakdown,
    Cancellation,
    LateMaterial,
    RushJob,
    RushMode,
    RushOperation,
)
from optimizer.production.scheduling.repair.reading import read_disruptions


@pytest.fixture
def named(planned):
    """Return the shop with names for all its rows, and a pool."""
    problem, _ = planned
    return replace(
        problem,
        pools=Pools(capacity=[2]),
        names=Names(
            jobs=tuple(f"job {x}" for x in range(8)),
            operations=tuple(f"step {x}" for x in range(80)),
            machines=tuple(f"saw {x}" for x in range(20)),
            pools=("staff",),
            families=("red", "blue"),
        ),
    )


def read(problem, *rows):
    return read_disruptions(json.dumps(rows), "events.json", problem)


def test_everything_is_called_by_its_id(named):
    found = read(
        named,
        {"kind": "down", "machine": "saw 3", "start": 1, "end": 5},
        {"kind": "absent", "pool": "staff", "start": 2, "end": 4},
        {"kind": "late", "job": "job 1", "release": 9, "operation": "step 12"},
        {"kind": "late", "job": "job 2", "release": 9},
        {"kind": "cancelled", "job": "job 4"},
    )
    assert found == [
        Breakdown(machine=3, start=1, end=5),
        Absence(pool=0, start=2, end=4, amount=1),
        LateMaterial(job=1, release=9, operation=12),
        LateMaterial(job=2, release=9),
        Cancellation(job=4),
    ]


def test_a_rush_job_is_one_of_our_own_form(named):
    modes = [{"machine": "saw 1", "duration": 4, "uses": {"staff": 2}}]
    bare = [{"duration": 3}]
    job = {
        "id": "new",
        "due": 50,
        "weight": 7,
        "operations": [
            {"id": "a", "modes": modes, "family": "blue", "resumable": True},
            {"id": "b", "modes": bare, "after": []},
            {"id": "c", "modes": bare, "after": ["a", {"operation": "b", "lag": 2}]},
        ],
    }
    (found,) = read(named, {"kind": "rush", "job": job})
    assert isinstance(found, RushJob)
    assert (found.name, found.due, found.deadline, found.weight) == ("new", 50, -1, 7)
    first, second, third = found.operations
    assert first == RushOperation(
        modes=(RushMode(machine=1, duration=4, uses=((0, 2),)),),
        name="a", family=1, resumable=1,
    )  # fmt: skip
    assert second.after == ()
    assert second.modes[0].machine == -1
    assert third.after == ((0, 0), (1, 2))


def test_without_ids_rows_are_called_by_number(planned):
    problem, _ = planned
    rows = [
        {"kind": "late", "job": 1, "release": 9, "operation": 2},
        {"kind": "down", "machine": "19", "start": 1, "end": 5},
    ]
    late, down = read(problem, *rows)
    assert (late.operation, down.machine) == (12, 19)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"kind": "down", "machine": "axe", "start": 1, "end": 5}, "no machine 'axe'"),
        ({"kind": "late", "job": "job 1", "release": 9, "operation": "step 2"}, "step"),
        ({"kind": "strike"}, "strike"),
        ({"kind": "cancelled", "job": "job 1", "why": "x"}, "why"),
        (
            {"kind": "rush", "job": {"id": "n", "operations": [], "skip_cost": 3}},
            "skip_cost",
        ),
        (
            {
                "kind": "rush",
                "job": {
                    "id": "n",
                    "operations": [{"id": "a", "modes": [], "start_costs": [[0, 1]]}],
                },
            },
            "start_costs",
        ),
    ],
)
def test_what_is_not_there_is_refused(named, row, said):
    with pytest.raises(ProblemError, match=f"events.json: .*{said}"):
        read(named, row)


def test_a_rush_job_may_hand_over_early(named):
    mode = {"machine": "saw 3", "duration": 9, "early": 4}
    job = {"id": "new", "operations": [{"id": "cut", "modes": [mode]}]}
    (found,) = read(named, {"kind": "rush", "job": job})
    assert found.operations[0].modes == (RushMode(machine=3, duration=9, early=4),)
