"""Explanations as lines and rows."""

import json
import time

import pytest

from optimizer.production.scheduling.formats.own import read_own
from twin.errors import InputError
from twin.planning.explaining import (
    conflicts_told,
    hours_told,
    late_told,
    prices_of_file,
)
from twin.planning.scheduling import schedule_production
from twin.planning.searching import search_options


def problem_of(**dates):
    jobs = [
        {"id": name, **dates, "operations": [
            {"id": f"cut {name}", "modes": [{"machine": "saw", "duration": 6}]}]}
        for name in ("door", "gate")
    ]  # fmt: skip
    machines = [{"id": "saw", "closed": [[6, 20]]}]
    text = {"machines": machines, "jobs": jobs, "objective": {"tardiness": 1}}
    return read_own(json.dumps(text), "problem.json")


def scheduled(problem):
    return schedule_production(problem, search_options(lambda: 0.0, 1.0, work=500))


def test_a_conflict_is_told_with_what_mends_it(tmp_path):
    file = tmp_path / "prices.json"
    file.write_text('{"kinds": {"closed": 2}, "names": {"deadline": {"gate": 1}}}')
    told = conflicts_told(
        problem_of(deadline=10),
        monotonic_s=time.monotonic, seconds=20.0, prices=prices_of_file(file),
    )  # fmt: skip
    assert told.infeasible
    (conflict,) = told.document["conflicts"]
    assert conflict["verified"]
    assert {(rule["kind"], rule["of"]) for rule in conflict["rules"]} == {
        ("deadline", "door"), ("deadline", "gate"), ("machine", "saw"),
    }  # fmt: skip
    repair = told.document["repair"]
    # The gate ends at 12: six ticks of overtime at 2, two late ones at 1.
    assert (repair["price"], repair["proven"]) == (14, True)
    assert "  - let gate end by 12, 2 ticks late: 2" in told.lines


def test_what_has_a_schedule_has_nothing_to_tell():
    told = conflicts_told(
        problem_of(), monotonic_s=time.monotonic, seconds=20.0,
        prices=prices_of_file(None),
    )  # fmt: skip
    assert (told.lines, dict(told.document), told.infeasible) == ((), {}, False)


def test_a_late_job_is_told_from_its_end_back():
    problem = problem_of(due=10)
    found = scheduled(problem)
    job = "gate" if found.end[1] > found.end[0] else "door"
    told = late_told(problem, found, job, prices=prices_of_file(None))
    chain = told.document["explained"]
    assert (chain["end"], chain["late"]) == (26, 16)
    assert [link["kind"] for link in chain["chain"]] == ["work", "closed", "work"]
    assert told.lines[0] == f"{job} ends at 26, 16 ticks late, due 10, because:"
    assert chain["fixes"][0]["gain"] == 14
    with pytest.raises(InputError, match="no job 'roof'; known are door, gate"):
        late_told(problem, found, "roof", prices=prices_of_file(None))


def test_an_hour_is_told_for_each_machine():
    problem = problem_of(due=10)
    told = hours_told(problem, scheduled(problem))
    (row,) = told.document["shadow_prices"]
    assert (row["machine"], row["value"]) == ("saw", 14.0)
    assert "open it from 6 to 20" in row["text"]


@pytest.mark.parametrize(
    "text", ["[1]", "{", '{"kinds": {"weather": 1}}', '{"other": 1}', '{"names": 3}']
)
def test_wrong_prices_are_a_mistake(text, tmp_path):
    file = tmp_path / "prices.json"
    file.write_text(text)
    with pytest.raises(InputError, match=r"prices\.json"):
        prices_of_file(file)
