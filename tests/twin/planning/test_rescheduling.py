"""The seam between files, repairs and rows."""

import json

import pytest

from twin.errors import InputError
from twin.planning.rescheduling import (
    Asked,
    Stability,
    curve_of,
    disruptions_of_file,
    machines_held,
    places_before,
    repair_document,
    repaired,
    schedule_of_file,
)
from twin.planning.scheduling import document_of, problem_of_file, schedule_production
from twin.planning.searching import search_options

OWN = {
    "machines": [{"id": "saw", "closed": [[20, 25]]}, {"id": "oven", "batch": 3}],
    "pools": [{"id": "staff", "capacity": 2}],
    "jobs": [
        {
            "id": job,
            "operations": [
                {
                    "id": f"cut {job}",
                    "resumable": True,
                    "modes": [
                        {"machine": "saw", "duration": 5, "uses": {"staff": 1}},
                        {"machine": "saw", "duration": 4, "uses": {"staff": 2}},
                    ],
                },
                {"id": f"bake {job}", "modes": [{"machine": "oven", "duration": bake}]},
                {"id": f"rest {job}", "modes": [{"duration": 2}]},
            ],
        }
        for job, bake in (("door", 9), ("gate", 7), ("hatch", 7))
    ],
}


@pytest.fixture
def planned(tmp_path):
    """Return a problem, its schedule, and the file of that."""
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(OWN))
    problem = problem_of_file(path)
    plan = schedule_production(problem, search_options(lambda: 0.0, 1.0, work=3_000))
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document_of(problem, plan)))
    return problem, plan, file


def test_a_schedule_comes_back_from_its_file(planned):
    problem, plan, file = planned
    found = schedule_of_file(problem, file)
    for name in ("mode", "start", "end"):
        assert getattr(found, name).tolist() == getattr(plan, name).tolist()
    assert found.objective == plan.objective


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[0].pop("machine"), "cannot read .*'machine' is missing"),
        (lambda rows: rows[0].update(start=1.5), "a time must be .* start was 1.5"),
        (lambda rows: rows[0].update(end=True), "a time must be .* end was True"),
        (lambda rows: rows[0].update(start=-1), "must both be -1"),
        (lambda rows: rows[0].update(start=-1, end=-1), "no schedule of this problem"),
        (lambda rows: rows[0].update(job="table"), "no operation .* of job 'table'"),
        (lambda rows: rows[0].update(machine="axe"), "on machine 'axe'; allowed are"),
        (lambda rows: rows[0].update(machine=None), "on no machine; allowed are saw"),
        (lambda rows: rows.append(rows[0]), "tells twice of"),
        (lambda rows: rows.append(7), "one of them was 7"),
        (lambda rows: rows.pop(), "tells nothing of"),
        (lambda rows: rows[0].update(end=rows[0]["end"] + 1), "no schedule of this"),
        (
            lambda rows: rows[0].update(machine="oven"),
            "cut .* cannot be on machine 'oven'; allowed are saw",
        ),
    ],
)
def test_a_schedule_of_something_else_is_refused(planned, change, said):
    problem, _, file = planned
    document = json.loads(file.read_text())
    change(document["operations"])
    file.write_text(json.dumps(document))
    with pytest.raises(InputError, match=said):
        schedule_of_file(problem, file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"operations": null}', "`operations` was None"),
        ('{"operations": {"a": 1}}', "`operations` was {'a': 1}"),
        ("[1]", "has no `operations`"),
        ("{}", "has no `operations`"),
        ("{", "must be a schedule, JSON"),
    ],
)
def test_a_file_that_is_no_schedule_is_refused(planned, text, said):
    problem, _, file = planned
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        schedule_of_file(problem, file)


def test_a_repair_becomes_rows_by_name(planned, tmp_path):
    problem, plan, _ = planned
    path = tmp_path / "events.json"
    path.write_text('[{"kind": "down", "machine": "saw", "start": 3, "end": 9}]')
    asked = Asked(
        problem=problem, schedule=plan, disruptions=disruptions_of_file(problem, path),
        now=3, stability=Stability(), monotonic_s=lambda: 0.0, seconds=1.0, work=2_000,
    )  # fmt: skip
    repair = repaired(asked)
    document = repair_document(repair)
    moved = document["diff"]["moved"]
    assert moved
    assert {row["job"] for row in moved} <= {"door", "gate", "hatch"}
    assert all(
        row["machine"] != row["machine_before"] or row["start"] != row["start_before"]
        for row in moved
    )
    assert len(places_before(repair)) == len(moved)
    assert document["diff"]["objective_before"] == plan.objective
    json.dumps(document, allow_nan=False)
    curve = curve_of(asked, (0, None))
    assert curve[0].objective >= curve[1].objective
    assert curve_of(asked, (0, None), cancelled=lambda: True) == ()


def test_held_machines_are_called_by_name(planned):
    problem, _, _ = planned
    assert machines_held(problem, ["oven", "saw"]) == (1, 0)
    with pytest.raises(InputError, match=r"no machine 'axe'.*saw, oven"):
        machines_held(problem, ["axe"])
