"""Lots and their sequence in turn: what does not fit is planned again."""

import json
from dataclasses import replace

import numpy as np
import pytest

from optimizer.production.lot_sizing import (
    Items,
    LotSizingProblem,
    Resources,
    check_plan,
)
from twin.planning.lot_feedback import (
    feedback_document,
    feedback_lines,
    plan_in_rounds,
)
from twin.planning.lot_sequence import changeovers_of_file

ASKED = {"monotonic_s": lambda: 0.0, "seconds": 9.0, "work": 2}


@pytest.fixture(scope="module")
def problem():
    """Return two items for the second of two periods; setups count as one each."""
    return LotSizingProblem(
        items=Items(
            holding_cost=np.ones(2),
            setup_cost=np.full(2, 5.0),
            setup_time=np.ones(2),
        ),
        resources=Resources(capacity=np.array([[60.0, 100.0]])),
        demand=np.array([[0.0, 40.0], [0.0, 40.0]]),
        item_names=("a", "b"),
        resource_names=("saw",),
        period_names=("mon", "tue"),
    )


@pytest.fixture(scope="module")
def changeovers(problem, tmp_path_factory):
    path = tmp_path_factory.mktemp("lots") / "changeovers.json"
    path.write_text(json.dumps({"saw": {"a": {"b": 30}, "b": {"a": 30}}}))
    return changeovers_of_file(path, problem)


@pytest.fixture(scope="module")
def found(problem, changeovers):
    return plan_in_rounds(problem, changeovers, **ASKED)


def test_second_round_fits_what_the_first_did_not(problem, found):
    first, second = found.rounds
    # A setup from nothing, 40, a changeover of 30, 40: 111 of 100.
    assert first.used[0].tolist() == pytest.approx([0.0, 111.0])
    assert first.late[0].tolist() == pytest.approx([0.0, 11.0])
    # 82 were counted for it: 71 may be, next time.
    assert second.asked[0].tolist() == pytest.approx([60.0, 71.0])
    assert second.fits
    assert found.best is second
    assert check_plan(problem, found.plan.quantities) == ()
    assert found.plan.bound == pytest.approx(first.plan.objective)
    assert found.plan.objective > first.plan.objective
    assert found.plan.status == "feasible"


def test_rounds_are_told_in_words_and_numbers(problem, found):
    lines = feedback_lines(problem, found)
    assert lines[0].endswith("lots do not fit: 'saw' in tue by 11")
    assert lines[1].endswith("all lots fit their calendars")
    document = feedback_document(problem, found)
    assert document["fits"]
    assert [one["late_total"] for one in document["rounds"]] == pytest.approx([11, 0])
    assert all(row["end"] <= 100.0 for row in document["schedule"])


def test_lots_that_fit_at_once_take_one_round(problem, changeovers):
    wide = Resources(capacity=np.array([[60.0, 120.0]]))
    found = plan_in_rounds(replace(problem, resources=wide), changeovers, **ASKED)
    assert len(found.rounds) == 1
    assert found.plan.status == "optimal"


def test_what_never_fits_is_told_with_its_late_work(problem, changeovers):
    narrow = Resources(capacity=np.array([[0.0, 100.0]]))
    problem = replace(problem, resources=narrow)
    found = plan_in_rounds(problem, changeovers, **ASKED)
    assert not found.best.fits
    assert found.last.status == "infeasible"
    assert check_plan(problem, found.plan.quantities) == ()
    lines = feedback_lines(problem, found)
    assert lines[-2:] == [
        "with less capacity: infeasible",
        "no round fits; the best has 11 of work late",
    ]
