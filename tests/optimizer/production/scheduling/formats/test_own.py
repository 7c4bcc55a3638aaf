"""The format of `problem.json`."""

import json

import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.formats.own import read_own, read_setup_shop

MACHINES = [
    {"id": "saw", "closed": [[40, 50]], "setups": "colours", "family": "red"},
    {"id": "oven", "batch": 4},
]
STEPS = [
    {
        "id": "cut",
        "family": "red",
        "modes": [{"machine": "saw", "duration": 5, "uses": {"crew": 2}}],
    },
    {
        "id": "bake",
        "family": "blue",
        "size": 2,
        "modes": [{"machine": "oven", "duration": 9}],
    },
]
GIVEN = {
    "tick_s": 60,
    "machines": MACHINES,
    "pools": [{"id": "crew", "capacity": 3, "away": [{"start": 5, "end": 9}]}],
    "setups": [
        {"id": "colours", "families": ["red", "blue"], "times": [[0, 4], [6, 0]]}
    ],
    "jobs": [
        {"id": "door", "due": 30, "operations": STEPS},
        {
            "id": "gate",
            "operations": [
                {
                    "id": "join",
                    "family": "blue",
                    "after": ["cut", {"operation": "bake", "lag": 3}],
                    "modes": [{"duration": 7}],
                    "resumable": True,
                }
            ],
        },
    ],
    "locks": [{"operation": "cut", "machine": "saw", "start": 2}],
    "objective": {"tardiness": 10},
}


def changed(change):
    text = json.loads(json.dumps(GIVEN))
    change(text)
    return json.dumps(text)


def test_ids_become_rows():
    problem = read_own(json.dumps(GIVEN), "p")
    assert problem.names.machines == ("saw", "oven")
    assert problem.tick_us == 60_000_000
    assert problem.jobs.due.tolist() == [30, -1]
    assert problem.modes.machine.tolist() == [0, 1, -1]
    assert problem.operations.family.tolist() == [0, 1, 1]
    assert problem.machines.first_family.tolist() == [0, -1]
    assert problem.machines.batch.tolist() == [0, 4]
    assert problem.setups.time[0].tolist() == [[0, 4], [6, 0]]
    assert problem.pools.away_amount.tolist() == [1]
    assert problem.locks.start.tolist() == [2]
    assert (problem.objective.makespan, problem.objective.tardiness) == (0, 10)


def test_nothing_stands_for_no_date():
    text = changed(lambda p: p["jobs"][0].update(due=None, deadline=None))
    jobs = read_own(text, "p").jobs
    assert jobs.due.tolist() == jobs.deadline.tolist() == [-1, -1]


def test_operations_follow_each_other_unless_told():
    arcs = read_own(json.dumps(GIVEN), "p").arcs
    rows = zip(
        arcs.before.tolist(), arcs.after.tolist(), arcs.lag.tolist(), strict=True
    )
    assert list(rows) == [(0, 1, 0), (0, 2, 0), (1, 2, 3)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p.pop("jobs"), "missing required field `jobs`"),
        (lambda p: p.update(speed=1), "unknown field `speed`"),
        (lambda p: p["jobs"][0].update(due="x"), r"Expected `int.*\$.jobs\[0\].due"),
        (lambda p: p["machines"].append({"id": "saw"}), "machine 'saw' is there twice"),
        (
            lambda p: p["locks"][0].update(machine="mill"),
            "no machine 'mill'; known are",
        ),
        (lambda p: p["objective"].update(joy=1), "objective 'joy' is not one of"),
        (lambda p: p["setups"][0].update(times=[[0]]), "'colours' must be 2 by 2"),
        (
            lambda p: p["jobs"][1]["operations"][0].pop("family"),
            "operation 'join' has no family, but there are setups",
        ),
        (
            lambda p: p["jobs"][1]["operations"][0].update(after=["nail"]),
            "no operation 'nail'; known are cut, bake, join",
        ),
        (
            lambda p: p["jobs"][0]["operations"][0].update(family="green"),
            "operation 'cut' has the family 'green', .* of machine 'saw' does not",
        ),
        (
            lambda p: p["machines"][0].update(family="green"),
            "machine 'saw' has the family 'green', which",
        ),
        (lambda p: p["jobs"][0].update(due=2**63), r"p: .*<= 9.*\$.jobs\[0\].due"),
        (lambda p: p["objective"].update(tardiness=2**70), r"p: .*\$.objective"),
        (lambda p: p["objective"].update(tardiness=2**50), "p: .* cost: tardiness 2"),
        (lambda p: p["jobs"][0].update(due=-1), r">= 0.*\$.jobs\[0\].due"),
        (lambda p: p["jobs"][0].update(deadline=-1), r">= 0.*\$.jobs\[0\].deadline"),
        (lambda p: p["jobs"][1].update(skip_cost=-1), r">= 0.*jobs\[1\].skip_cost"),
    ],
)
def test_faults_are_named(change, said):
    with pytest.raises(ProblemError, match=said):
        read_own(changed(change), "p")


def test_a_shop_with_setups_between_jobs():
    text = {"jobs": [[[0, 3]], [[0, 4]]], "setup": [[[0, 2], [5, 0]]], "name": "tiny"}
    problem = read_setup_shop(json.dumps(text), "tiny")
    assert problem.setups.time[0].tolist() == [[0, 2], [5, 0]]
    for wrong in ([], [[[0, 2], [5]]], [[[0, 2]]]):
        ragged = json.dumps(text | {"setup": wrong or [[[0]]]})
        with pytest.raises(ProblemError, match=r"tiny: setup\[0\] must be 2 by 2"):
            read_setup_shop(ragged, "tiny")
    text["jobs"][1][0][0] = 1
    with pytest.raises(ProblemError, match="tiny: the machine of a mode must be below"):
        read_setup_shop(json.dumps(text), "tiny")
    text["jobs"][1][0][0] = -1
    with pytest.raises(ProblemError, match=r"tiny: .*>= 0 - at `\$.jobs\[1\]"):
        read_setup_shop(json.dumps(text), "tiny")
    with pytest.raises(ProblemError, match="tiny: "):
        read_setup_shop("{}", "tiny")


def test_prices_ways_and_the_plan_before_become_rows():
    def grow(p):
        p["machines"][0].update(blocking=True, power={"busy": 4, "idle": 1})
        p["transport"] = {"machines": ["oven", "saw"], "times": [[0, 3], [5, 0]]}
        p["tariff"] = [[0, 12], [480, 30]]
        p["baseline"] = [{"operation": "cut", "machine": "saw", "start": 2}]
        p["jobs"][0]["operations"][1]["start_costs"] = [[0, 9], [50, 0]]
        p["objective"] = ["energy", "makespan"]

    problem = read_own(changed(grow), "p")
    machines = problem.machines
    assert machines.blocking.tolist() == [1, 0]
    assert (machines.busy_power[0], machines.idle_power[0]) == (4, 1)
    assert problem.transport.time.tolist() == [[0, 5], [3, 0]]
    assert problem.tariff.price.tolist() == [12, 30]
    assert problem.baseline.tick_cost.tolist() == [1]
    assert problem.start_costs.operation.tolist() == [1, 1]
    assert problem.objective.order == ("energy", "makespan")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"machines": ["saw"], "times": [[0, 1]]}, "transport must be 1 by 1"),
        ({"machines": ["saw", "saw"], "times": [[0, 1]]}, "names a machine twice"),
        ({"machines": ["mill"], "times": [[0]]}, "no machine 'mill'"),
    ],
)
def test_ways_that_lead_nowhere_are_refused(given, said):
    with pytest.raises(ProblemError, match=said):
        read_own(changed(lambda p: p.update(transport=given)), "p")


def test_overlaps_and_whole_setups_become_columns():
    text = {
        "machines": [{"id": "m", "whole_setups": True}],
        "jobs": [
            {"id": "j", "operations": [
                {"id": "o", "modes": [{"machine": "m", "duration": 5, "early": 2}]}
            ]}
        ],
    }  # fmt: skip
    problem = read_own(json.dumps(text), "p.json")
    assert problem.modes.early.tolist() == [2]
    assert problem.machines.whole_setup.tolist() == [1]


def test_buffers_become_rows_and_machines_name_them():
    def grow(p):
        p["buffers"] = [{"id": "rack", "capacity": 2}, {"id": "cart", "capacity": 1}]
        p["machines"][0]["buffer"] = "cart"

    problem = read_own(changed(grow), "p")
    assert problem.machines.buffer.tolist() == [1, -1]
    assert problem.buffers.capacity.tolist() == [2, 1]
    assert problem.names.buffer(1) == "cart"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"buffer": "bin"}, "there is no buffer 'bin'; known are rack"),
        ({"buffer": "rack", "blocking": True}, "must not have a buffer, it is bl"),
    ],
)
def test_room_that_is_not_there_or_told_twice_is_refused(given, said):
    def grow(p):
        p["buffers"] = [{"id": "rack", "capacity": 2}]
        p["machines"][0].update(given)

    with pytest.raises(ProblemError, match=said):
        read_own(changed(grow), "p")
