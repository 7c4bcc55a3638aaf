"""The seam between files, schedules and rows."""

import json

import pytest

from optimizer.production.scheduling.formats.shops import problem_of_routes
from optimizer.production.scheduling.problem import Objective
from twin.errors import InputError
from twin.planning.scheduling import (
    closed_windows,
    document_of,
    lateness,
    locked,
    objective_of,
    problem_of_file,
    schedule_production,
    setups_before,
)
from twin.planning.searching import search_options

OWN = {
    "machines": [
        {"id": "saw", "setups": "colours", "family": "red", "closed": [[30, 40]]}
    ],
    "setups": [
        {"id": "colours", "families": ["red", "blue"], "times": [[0, 4], [6, 0]]}
    ],
    "jobs": [
        {
            "id": job,
            "due": 9,
            "operations": [
                {
                    "id": f"cut {job}",
                    "family": family,
                    "modes": [{"machine": "saw", "duration": 5}],
                }
            ],
        }
        for job, family in (("door", "blue"), ("gate", "red"))
    ],
}
LATE_LOCK = {
    "job": "door", "operation": "cut door", "machine": "saw", "start": 2**63,
}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(OWN))
    return path


def solved(problem):
    return schedule_production(problem, search_options(lambda: 0.0, 1.0, work=2_000))


def test_a_file_becomes_rows_by_name(file):
    problem = problem_of_file(file)
    found = solved(problem)
    document = document_of(problem, found)
    assert document["objective"] == 14.0
    assert document["operations"] == [
        {
            "job": "gate",
            "operation": "cut gate",
            "machine": "saw",
            "start": 0,
            "end": 5,
        },
        {
            "job": "door",
            "operation": "cut door",
            "machine": "saw",
            "start": 9,
            "end": 14,
        },
    ]
    assert setups_before(problem, found).tolist() == [4, 0]
    assert lateness(problem, found) == [("door", 9, 14, 5)]
    assert closed_windows(problem) == [("saw", 30, 40)]
    json.dumps(document, allow_nan=False)


def test_a_batch_has_one_setup(tmp_path):
    path = tmp_path / "problem.json"
    oven = {"id": "saw", "setups": "colours", "family": "blue", "batch": 2}
    jobs = json.loads(json.dumps(OWN["jobs"]))
    jobs[0]["operations"][0]["family"] = "red"
    setups = [OWN["setups"][0] | {"times": [[3, 4], [6, 0]]}]
    changed = {"machines": [oven], "jobs": jobs, "setups": setups}
    path.write_text(json.dumps(OWN | changed))
    problem = problem_of_file(path)
    found = solved(problem)
    assert found.start.tolist() == [6, 6]
    assert sorted(setups_before(problem, found).tolist()) == [0, 6]


def test_what_was_scheduled_before_can_stay(file, tmp_path):
    problem = problem_of_file(file)
    before = tmp_path / "before.json"
    rows = [{"job": "door", "operation": "cut door", "machine": "saw", "start": 4}]
    before.write_text(json.dumps({"operations": rows}))
    kept = locked(problem, before, freeze=None)
    found = solved(kept)
    assert found.start.tolist() == [4, 15]
    assert len(locked(problem, before, freeze=4).locks) == 0
    assert len(locked(problem, before, freeze=5).locks) == 1


def test_locks_of_the_file_stay_beside_those_told(file, tmp_path):
    locks = [
        {"operation": "cut door", "machine": "saw", "start": 41},
        {"operation": "cut gate", "machine": "saw", "start": 5},
    ]
    file.write_text(json.dumps(OWN | {"locks": locks}))
    told = [{"job": "door", "operation": "cut door", "machine": "saw", "start": 20}]
    before = tmp_path / "before.json"
    before.write_text(json.dumps(told))
    kept = problem_of_file(file, locks=before).locks
    assert dict(zip(kept.operation, kept.start, strict=True)) == {0: 20, 1: 5}
    assert kept.machine.tolist() == [0, 0]


def test_numbers_stand_for_names_that_are_not_there():
    problem = problem_of_routes([[[(1, 3)], [(0, 2)]]], 2)
    rows = document_of(problem, solved(problem))["operations"]
    assert rows[1] == {"job": 0, "operation": 1, "machine": 0, "start": 3, "end": 5}


def test_objectives_are_read():
    assert objective_of("tardiness") == Objective(makespan=0, tardiness=1)
    assert objective_of("setup=2, makespan=3") == Objective(makespan=3, setup=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [("joy", "objective 'joy' must be one of"), ("setup=x", "weight of setup must be")],
)
def test_wrong_objectives_are_named(text, said):
    with pytest.raises(InputError, match=said):
        objective_of(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("3", "must hold a list of operations"),
        ('[{"job": "door"}]', "cannot lock"),
        (
            json.dumps([LATE_LOCK]),
            "a start must be in 0..",
        ),
        (
            '[{"job": "x", "operation": "y", "machine": "saw", "start": 1}]',
            "cannot lock",
        ),
    ],
)
def test_wrong_locks_are_named(file, tmp_path, text, said):
    path = tmp_path / "locks.json"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        problem_of_file(file, locks=path)


def test_freeze_needs_a_schedule(file):
    with pytest.raises(InputError, match="--freeze needs --lock"):
        problem_of_file(file, freeze=3)
