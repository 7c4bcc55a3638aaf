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
from twin.planning.lot_sequence import (
    changeovers_of_file,
    lot_document,
    sequenced,
    warm_up,
)

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
        (
            {"saw": {"a": {"a": 5}}},
            "'saw': from 'a' to 'a' nothing is set up, .* was 5",
        ),
        ({"mill": {"a": {}}}, r"'mill': item 'a' is not made there, .* of \['d'\]"),
        ({"saw": {"a": {"d": 1}}}, "'saw': item 'd' is not made there"),
        ([], "changeovers by resource"),
    ],
)
def test_wrong_file_is_refused(tmp_path, given, told):
    problem = _two_machines(capacity=[60.0, 60.0])
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(given))
    with pytest.raises(InputError, match=told):
        changeovers_of_file(path, problem)


def _two_machines(capacity, **items):
    """Return three items of a saw and one of a mill, in two periods."""
    return LotSizingProblem(
        items=Items(holding_cost=np.ones(4), resource=np.array([0, 0, 0, 1]), **items),
        resources=Resources(capacity=np.tile(np.array(capacity)[:, None], (1, 2))),
        demand=np.full((4, 2), 10.0),
        item_names=("a", "b", "c", "d"),
        resource_names=("saw", "mill"),
    )


SHORT = {"a": {"b": 9, "c": 1}, "b": {"a": 9, "c": 9}, "c": {"a": 9, "b": 1}}
"""The short way is from a to c to b."""


@pytest.mark.parametrize(
    ("capacity", "unit_time"),
    [([60.0, 1e9], 1.0), ([np.inf, np.inf], 0.0), ([1e-7, 60.0], 1.0)],
)
def test_calendars_out_of_reach_leave_setups_their_length(
    tmp_path, capacity, unit_time
):
    problem = _two_machines(capacity, unit_time=np.full(4, unit_time))
    changeovers = _changeovers(tmp_path, problem, SHORT)
    lots = sequenced(problem, _plan(problem), changeovers, **ASKED)
    first = [lot for lot in lots if (lot.resource, lot.period) == (0, 0)]
    assert [problem.item_names[lot.item] for lot in first] == ["a", "c", "b"]
    assert first[-1].end == pytest.approx(30.0 * unit_time + 2.0)


def test_forbidden_changeover_is_avoided(tmp_path):
    problem = _two_machines([60.0, 60.0])
    times = {"a": {"b": 1e12, "c": 1}, "b": {"a": 1e12, "c": 9}, "c": {"a": 9, "b": 1}}
    changeovers = _changeovers(tmp_path, problem, times)
    lots = sequenced(problem, _plan(problem), changeovers, **ASKED)
    first = [lot for lot in lots if (lot.resource, lot.period) == (0, 0)]
    assert [problem.item_names[lot.item] for lot in first] == ["a", "c", "b"]


def test_components_of_one_machine_leave_setups_of_others_kept(tmp_path):
    problem = _two_machines([60.0, 60.0], setup_time=np.full(4, 2.0))
    items = replace(problem.items, resource=np.array([0, 0, 1, 1]))
    problem = replace(
        problem,
        items=items,
        resources=replace(problem.resources, carry_over=np.array([True, True])),
        # A d takes a c of its period: an arc of the mill.
        bill=Bill(parent=np.array([3]), component=np.array([2])),
    )
    changeovers = _changeovers(tmp_path, problem, {"b": {"a": 0}})
    lots = sequenced(problem, _plan(problem, [(1, 1)]), changeovers, **ASKED)
    saw = [lot for lot in lots if lot.resource == 0]
    assert [problem.item_names[lot.item] for lot in saw] == ["a", "b", "b", "a"]
    assert [lot.setup for lot in saw] == [2.0, 2.0, 0.0, 0.0]


def test_scheduler_is_readied_for_the_kind_of_problem(tmp_path, problem, monkeypatch):
    readied = []
    monkeypatch.setattr("twin.planning.lot_sequence.warm_up_scheduling", readied.append)
    warm_up(problem, _changeovers(tmp_path, problem, {}))
    (one,) = readied
    assert len(one.jobs) == 3
    assert one.setups.time.max() > 0
    assert one.objective.order == ("tardiness", "makespan")
