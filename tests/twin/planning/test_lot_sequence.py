"""The lots of a period in sequence."""

import json
from dataclasses import replace

import numpy as np
import pytest

from optimizer.production.lot_sizing import (
    Bill,
    Items,
    LotSizingProblem,
    Quantities,
    Resources,
)
from twin.errors import InputError
from twin.planning.lot_sequence import changeovers_of_file, lot_document, sequenced

ASKED = {"monotonic_s": lambda: 0.0, "seconds": 9.0, "work": 5}


@pytest.fixture
def problem():
    return LotSizingProblem(
        items=Items(holding_cost=np.ones(3), setup_time=np.full(3, 2.0)),
        resources=Resources(capacity=np.full((1, 2), 100.0)),
        demand=np.full((3, 2), 10.0),
        item_names=("a", "b", "c"),
        resource_names=("saw",),
    )


def _changeovers(tmp_path, problem, times):
    path = tmp_path / "changeovers.json"
    path.write_text(json.dumps({"saw": times}))
    return changeovers_of_file(path, problem)


def _plan(problem, carried=()):
    """Return a plan that makes ten of each item in each period."""
    made = np.full((problem.n_items, problem.n_periods), 10.0)
    none = np.zeros_like(made)
    kept = np.zeros(made.shape, dtype=np.bool_)
    for place in carried:
        kept[place] = True
    return Quantities(
        setups=(made > 0.0) & ~kept,
        carried=kept,
        quantities=made,
        stock=none,
        backlog=none,
        lost=none,
        discarded=none,
        overtime=np.zeros((problem.n_resources, problem.n_periods)),
    )


def test_sequence_takes_the_short_changeovers(problem, tmp_path):
    times = {"a": {"b": 9, "c": 1}, "b": {"a": 9, "c": 9}, "c": {"a": 9, "b": 1}}
    changeovers = _changeovers(tmp_path, problem, times)
    lots = sequenced(problem, _plan(problem), changeovers, **ASKED)
    first = [lot for lot in lots if lot.period == 0]
    assert [problem.item_names[lot.item] for lot in first] == ["a", "c", "b"]
    assert [lot.setup for lot in first] == [2.0, 1.0, 1.0]
    assert first[-1].end == pytest.approx(34.0)
    rows = lot_document(problem, lots)
    assert rows[0] == {
        "period": "1", "resource": "saw", "item": "a", "quantity": 10.0,
        "setup": 2.0, "start": 2.0, "end": 12.0,
    }  # fmt: skip


def test_kept_setup_ends_a_period_and_begins_the_next(problem, tmp_path):
    resources = replace(problem.resources, carry_over=np.array([True]))
    problem = replace(problem, resources=resources)
    changeovers = _changeovers(tmp_path, problem, {})
    lots = sequenced(problem, _plan(problem, [(1, 1)]), changeovers, **ASKED)
    assert problem.item_names[lots[2].item] == "b"
    assert (problem.item_names[lots[3].item], lots[3].setup) == ("b", 0.0)


def test_lot_waits_for_components_of_its_own_period(problem, tmp_path):
    bill = Bill(parent=np.array([0]), component=np.array([2]))
    problem = replace(problem, bill=bill)
    changeovers = _changeovers(tmp_path, problem, {"a": {"c": 0}, "c": {"a": 50}})
    lots = sequenced(problem, _plan(problem), changeovers, **ASKED)
    place = {problem.item_names[lot.item]: lot for lot in lots if lot.period == 0}
    assert place["a"].start >= place["c"].end


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"drill": {}}, "resource 'drill' is not known"),
        ({"saw": {"x": {}}}, "item 'x' is not known"),
        ({"saw": {"a": {"b": -1}}}, "must take a time >= 0, was -1"),
        ([], "changeovers by resource"),
    ],
)
def test_wrong_file_is_refused(problem, tmp_path, given, told):
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(given))
    with pytest.raises(InputError, match=told):
        changeovers_of_file(path, problem)
