"""Causes that hold when they are taken back."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from twin.diff.customers import Served
from twin.explain import causes
from twin.explain.causes import causes_of
from twin.explain.differences import Difference
from twin.explain.pairing import pair_of
from twin.explain.played import played
from twin.said import Said


def test_planted_delay_is_the_cause_of_all_that_moved(late):
    steps, kinds = late.script.steps, late.script.orders["item"].to_list()
    sources = {need.source for step in steps for need in step.needs}
    first = next(step for step in steps
                 if kinds[step.row] == "leaf" and step.order in sources)  # fmt: skip
    later = replace(first, earliest=first.release + 1)
    outcome = late.again(script=late.script.with_steps({first.row: later}))
    after = played(late.grounds, outcome.tables.orders, n_periods=late.n_periods)
    found = causes_of(pair_of(late, after))
    assert found.causes
    assert (found.n_differences, found.n_tried) == (1, 1)
    for cause in found.causes:
        assert cause.is_whole
        assert cause.change.what in {"later", "unserved"}
        (one,) = cause.differences
        assert one.kind == "date"


def test_a_plan_and_itself_need_no_cause(late):
    assert causes_of(pair_of(late, late)).causes == ()


@pytest.fixture
def six_pairs(monkeypatch):
    """Six orders of a day later, each undone by two of twelve differences together."""
    found = tuple(Difference("date", Said(f"{n}"), row=n) for n in range(12))
    monkeypatch.setattr(causes, "differences_of", lambda pair: found)
    monkeypatch.setattr(causes, "reverted", lambda pair, chosen, built: (chosen,))

    def served(chosen):
        rows = {one.row for one in chosen}
        return {
            ("M", "tea", "P", n, 0): Served(
                f"C{n}", 5.0, 5.0, 20 if {n, 11 - n} <= rows else 30
            )
            for n in range(6)
        }

    def again(chosen):
        return SimpleNamespace(served=served(chosen))

    before = SimpleNamespace(outcome=again(found))
    after = SimpleNamespace(
        outcome=again(()), again=again, start_us=0, n_periods=9, review_us=10, end_us=90
    )
    return SimpleNamespace(before=before, after=after)


def test_each_order_has_executions_of_its_own(six_pairs):
    found = causes_of(six_pairs, tries=12)
    rows = [{one.row for one in cause.differences} for cause in found.causes]
    assert rows == [{n, 11 - n} for n in range(6)]
    assert all(cause.is_whole and not cause.ran_out for cause in found.causes)


def test_search_tells_its_steps_and_hears_a_stop_in_each_execution(six_pairs):
    told = []
    found = causes_of(six_pairs, tries=12, on_step=lambda *step: told.append(step))
    assert told == sorted(told)
    assert told[-1] == (12 + len(found.causes), 12 + len(found.causes))
    among_orders = [done for done, _ in told if done >= 12]
    assert len(among_orders) > len(found.causes) + 1  # sets of differences, too

    def stops(done, _):
        if done == 12 and told.pop() is None:
            raise KeyboardInterrupt

    told[:] = [None, 1, 1]  # the third execution for an order
    with pytest.raises(KeyboardInterrupt):
        causes_of(six_pairs, tries=12, on_step=stops)


def test_set_that_may_be_too_large_is_kept_and_told(six_pairs):
    found = causes_of(six_pairs, tries=1)
    rows = [{one.row for one in cause.differences} for cause in found.causes]
    assert all(rows[n] >= {n, 11 - n} for n in range(6))
    assert len(rows[0]) > 2
    assert all(cause.is_whole for cause in found.causes)
    told = [cause.ran_out for cause in found.causes]
    assert told == [len(one) > 2 for one in rows]


@pytest.fixture
def never_served(monkeypatch):
    """Return plans: one serves an order at its very end, the other does not at all.

    The first difference taken back brings a part of it, the second all.
    """
    found = tuple(Difference("date", Said(f"{n}"), row=n) for n in range(2))
    monkeypatch.setattr(causes, "differences_of", lambda pair: found)
    monkeypatch.setattr(causes, "reverted", lambda pair, chosen, built: (chosen,))
    key = ("M", "tea", "P", 80, 0)

    def again(chosen):
        rows = {one.row for one in chosen}
        units = 5.0 if 1 in rows else 3.0 if 0 in rows else 0.0
        served = Served("C1", 5.0, units, 90 if units == 5.0 else None)
        return SimpleNamespace(served={key: served})

    before = SimpleNamespace(outcome=again(found), end_us=90)
    after = SimpleNamespace(outcome=again(()), again=again, end_us=90)
    return SimpleNamespace(before=before, after=after)


def test_served_at_the_very_end_is_not_taken_for_never_served(never_served):
    (cause,) = causes_of(never_served).causes
    assert cause.change.what == "unserved"
    assert [one.row for one in cause.differences] == [1]
    assert cause.is_whole


def test_never_served_is_not_taken_for_served_at_the_very_end(never_served):
    before, after = never_served.before, never_served.after
    after.outcome, before.outcome = before.outcome, after.outcome
    after.again = lambda chosen: before.outcome if len(chosen) == 2 else after.outcome
    (cause,) = causes_of(never_served).causes
    assert cause.change.what == "served"
    assert len(cause.differences) == 2
    assert cause.is_whole


def test_plan_that_looks_further_has_no_cause_for_it(late):
    short = late.until(late.end_us - 2 * late.review_us)
    for pair in (pair_of(late, short), pair_of(short, late)):
        found = causes_of(pair)
        assert (found.causes, found.n_differences) == ((), 0)
