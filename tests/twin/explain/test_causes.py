"""Causes that hold when they are taken back."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from twin.diff.customers import Served
from twin.explain import causes
from twin.explain.causes import causes_of
from twin.explain.differences import Difference, pair_of
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
    monkeypatch.setattr(causes, "reverted", lambda pair, chosen: (chosen,))

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


def test_set_that_may_be_too_large_is_kept_and_told(six_pairs):
    found = causes_of(six_pairs, tries=1)
    rows = [{one.row for one in cause.differences} for cause in found.causes]
    assert all(rows[n] >= {n, 11 - n} for n in range(6))
    assert len(rows[0]) > 2
    assert all(cause.is_whole and cause.ran_out for cause in found.causes)


def test_plan_that_looks_further_has_no_cause_for_it(late):
    short = late.until(late.end_us - 2 * late.review_us)
    for pair in (pair_of(late, short), pair_of(short, late)):
        found = causes_of(pair)
        assert (found.causes, found.n_differences) == ((), 0)
