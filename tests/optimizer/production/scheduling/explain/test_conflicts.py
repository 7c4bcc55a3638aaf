"""Disjoint minimal conflicts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.production.scheduling.explain.conflicts import (
    find_conflicts,
    find_core,
    smallest,
    with_rules,
)


def test_all_conflicts_are_found_and_none_is_too_large(tight, asked):
    ask = asked(tight)
    found = find_conflicts(ask.oracle, ask.kept)
    assert found.rest == "feasible"
    assert all(conflict.verified for conflict in found.conflicts)
    assert {conflict.rules for conflict in found.conflicts} == {
        (("deadline", 3), ("release", 3)),
        (("deadline", 0), ("deadline", 1), ("closed", 0), ("machine", 0)),
        (("pool", 0),),
    }
    for conflict in found.conflicts:
        numbers = [ask.book.number[rule] for rule in conflict.rules]
        assert ask.oracle.contradicts(with_rules(ask.kept, numbers))
        for spared in numbers:
            rest = [number for number in numbers if number != spared]
            assert ask.oracle.verdict(with_rules(ask.kept, rest)) == "feasible"


def test_what_has_a_schedule_has_no_conflict(late, asked):
    ask = asked(late)
    assert find_core(ask.oracle, ask.kept) == (None, "feasible")


@settings(max_examples=20, deadline=None)
@given(core=st.sets(st.integers(0, 30), min_size=1))
def test_exactly_the_core_is_left_of_many_rules(core):
    assert smallest(range(31), lambda rules: core <= set(rules)) == sorted(core)


def test_what_no_rule_can_mend_comes_to_an_end(late, asked, monkeypatch):
    ask = asked(late)
    monkeypatch.setattr(ask.oracle, "refuted", lambda setting: True)
    monkeypatch.setattr(ask.oracle, "verdict", lambda setting: "infeasible")
    assert find_conflicts(ask.oracle, ask.kept) == ((), "infeasible")
