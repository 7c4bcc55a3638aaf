"""Rules in the planner's words."""

import pytest

from optimizer.production.scheduling.explain.rules import Relief, Rule, RuleBook
from optimizer.production.scheduling.explain.words import (
    say_relief,
    say_rule,
    say_ticks,
)

EVERYTHING = {
    "tick_s": 60,
    "machines": [{"id": "saw", "closed": [[20, 50]], "batch": 3}],
    "pools": [{"id": "crew", "capacity": 2, "away": [{"start": 1, "end": 3}]}],
    "jobs": [{"id": "J", "deadline": 80, "release": 5, "operations": [
        {"id": "cut", "release": 7,
         "modes": [{"machine": "saw", "duration": 4, "uses": {"crew": 1}}]},
        {"id": "dry", "after": [{"operation": "cut", "lag": 90}],
         "modes": [{"duration": 4}]},
    ]}],
    "locks": [{"operation": "cut", "machine": "saw", "start": 9}],
}  # fmt: skip

SAID = {
    "deadline": ("J must end by 80", "let J end by 83, 3 ticks (3 min) late"),
    "release": ("before its release at 5", "release J at 2, 3 ticks (3 min) earlier"),
    "material": ("material of cut (J) is not there before 7", "of cut (J) by 4"),
    "closed": ("saw is closed from 20 to 50", "open saw from 20 to 23, 3 ticks"),
    "lock": ("cut (J) is locked at 9 on saw", "lift the lock of cut (J)"),
    "lag": ("dry (J) waits 90 ticks (1 h 30 min) after cut (J)", "dry (J) wait 3"),
    "absence": ("crew has 1 away from 1 to 3", "stand in for 1 of crew from 1 to 3"),
    "batch": ("a batch of saw takes at most 3", "batches of saw take 3 more"),
    "machine": ("saw does one batch at a time", "add 3 machine like saw"),
    "pool": ("crew has 2 in all", "add 3 to crew"),
}


def test_each_kind_of_rule_names_whom_it_is_about(problem_of):
    problem = problem_of(EVERYTHING)
    rules = {rule.kind: rule for rule in RuleBook(problem).rules}
    assert rules.keys() == SAID.keys()
    for kind, (rule, relief) in SAID.items():
        assert rule in say_rule(problem, rules[kind])
        assert relief in say_relief(problem, Relief(rules[kind], 3, 0, 1))


def test_a_window_may_be_opened_on_both_sides(problem_of):
    problem, rule = problem_of(EVERYTHING), Rule("closed", 0)
    said = say_relief(problem, Relief(rule, 2, 1, 1))
    assert "from 20 to 22 and from 49 to 50" in said
    assert "from 20 to 50" in say_relief(problem, Relief(rule, 29, 1, 1))


@pytest.mark.parametrize(
    ("ticks", "said"),
    [(1, "1 tick (1 min)"), (0, "0 ticks"), (1500, "1500 ticks (1 d 1 h)")],
)
def test_ticks_are_told_as_a_clock_would(problem_of, ticks, said):
    assert say_ticks(problem_of(EVERYTHING), ticks) == said
