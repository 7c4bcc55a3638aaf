"""Lots and their sequence in turn: what does not fit is planned again."""

import json
from dataclasses import replace
from itertools import count

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
    status_of,
)
from twin.planning.lot_sequence import changeovers_of_file
from twin.planning.searching import search_options

ASKED = search_options(lambda: 0.0, 9.0, work=2)


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
    return plan_in_rounds(problem, changeovers, ASKED)


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
    found = plan_in_rounds(replace(problem, resources=wide), changeovers, ASKED)
    assert len(found.rounds) == 1
    assert found.plan.status == "optimal"


def test_what_never_fits_is_told_with_its_late_work(problem, changeovers):
    narrow = Resources(capacity=np.array([[0.0, 100.0]]))
    problem = replace(problem, resources=narrow)
    found = plan_in_rounds(problem, changeovers, ASKED)
    assert not found.fits
    assert found.plan.status == "feasible"
    assert status_of(found) == feedback_document(problem, found)["status"]
    assert status_of(found) == "infeasible"
    assert found.last.status == "infeasible"
    assert check_plan(problem, found.plan.quantities) == ()
    lines = feedback_lines(problem, found)
    assert lines[-2:] == [
        "with less capacity: infeasible",
        "no round fits; the best has 11 of work late",
    ]


def _with_overtime(problem, cost, limit=50.0):
    resources = Resources(
        capacity=np.array([[0.0, 100.0]]),
        overtime_limit=np.array([[0.0, limit]]),
        overtime_cost=np.array([cost]),
    )
    return replace(problem, resources=resources)


def test_overtime_of_the_sequence_is_planned_and_paid(problem, changeovers):
    problem = _with_overtime(problem, 4.0)
    found = plan_in_rounds(problem, changeovers, ASKED)
    # Two setups at 5 each, and 11 of overtime at 4 each: nothing can be made before.
    assert found.fits
    assert found.plan.objective == pytest.approx(54.0)
    assert found.plan.quantities.overtime[0].tolist() == pytest.approx([0.0, 11.0])
    assert check_plan(problem, found.plan.quantities) == ()
    assert (found.plan.status, found.plan.bound) == ("feasible", pytest.approx(10.0))
    assert found.plan.gap == pytest.approx(44.0 / 54.0)
    assert found.plan.history[-1].objective == pytest.approx(54.0)
    told = "round 1: objective 54.0 with 11 of overtime for changeovers, all lots fit"
    assert feedback_lines(problem, found)[0].startswith(told)


def test_rounds_are_compared_with_their_overtime_paid(problem, changeovers):
    resources = _with_overtime(problem, 4.0).resources
    resources = replace(resources, capacity=np.array([[60.0, 100.0]]))
    found = plan_in_rounds(
        replace(problem, resources=resources),
        changeovers,
        replace(ASKED, work_limit=10),
    )
    first, second = found.rounds
    assert first.fits
    assert first.plan.objective == pytest.approx(54.0)
    # Three setups, and 11 kept for a period, leave room for the changeover.
    assert found.best is second
    assert found.plan.objective == pytest.approx(26.0)


def test_overtime_that_costs_nothing_leaves_the_first_plan_best(problem, changeovers):
    problem = _with_overtime(problem, 0.0)
    found = plan_in_rounds(problem, changeovers, ASKED)
    assert len(found.rounds) == 1
    assert found.plan.status == "optimal"
    assert found.plan.quantities.overtime[0].tolist() == pytest.approx([0.0, 11.0])


def test_time_counts_from_the_first_round(problem, changeovers):
    shown, ticks = [], count()
    found = plan_in_rounds(
        problem,
        changeovers,
        search_options(lambda: float(next(ticks)), 1e6, work=2),
        on_progress=shown.append,
    )
    begun_s = found.rounds[0].plan.seconds
    assert found.best is found.rounds[1]
    assert found.plan.history[0].seconds > begun_s
    assert found.plan.history[-1].seconds < found.plan.seconds
    assert found.plan.history[-1].objective == pytest.approx(found.plan.objective)
    assert max(line.bound for line in found.plan.history) <= found.plan.bound
    assert max(line.seconds for line in shown) > begun_s
