import math
from dataclasses import dataclass

import pytest

from twin.model.elements import DISPATCH_RULES
from twin.simulate.reference.dispatch import best
from twin.simulate.reference.emission import NEVER

S = 1_000_000


@dataclass
class Waiting:
    expected_s: float
    left_s: float
    due_us: int
    priority: float = math.nan


# Now is 100 s. Slack: -10, 0, 10, 1, none; due over work: .5, 1, 2, 1.05, none.
QUEUE = [
    Waiting(5.0, 20.0, 110 * S, 3.0),
    Waiting(4.0, 20.0, 120 * S, 2.0),
    Waiting(3.0, 10.0, 120 * S, 2.0),
    Waiting(9.0, 20.0, 121 * S),
    Waiting(1.0, 1.0, NEVER),
]


def anyone(_):
    return True


@pytest.mark.parametrize(
    ("rule", "order"),
    [
        ("fifo", [0, 1, 2, 3, 4]),
        ("edd", [0, 1, 2, 3, 4]),
        ("spt", [4, 2, 1, 0, 3]),
        ("slack", [0, 1, 3, 2, 4]),
        ("critical_ratio", [0, 1, 3, 2, 4]),
        ("plan", [1, 2, 0, 3, 4]),
    ],
)
def test_rule_takes_the_least_and_who_came_first_of_equals(rule, order):
    queue, taken = list(enumerate(QUEUE)), []
    while queue:
        waiting = [one for _, one in queue]
        place = best(DISPATCH_RULES.index(rule), waiting, 100 * S, anyone)
        taken.append(queue.pop(place)[0])
    assert taken == order


def test_flow_factor_makes_slack_the_due_date_of_the_operation():
    # With 3: slack is -50, -40, -10, -39, none.
    slack, queue = DISPATCH_RULES.index("slack"), list(QUEUE)
    taken = []
    while queue:
        place = best(slack, queue, 100 * S, anyone, flow_factor=3.0)
        taken.append(QUEUE.index(queue.pop(place)))
    assert taken == [0, 1, 3, 2, 4]
    # With 0, what is left does not matter: the due date alone.
    assert best(slack, QUEUE[2:4], 100 * S, anyone, flow_factor=0.0) == 0
    assert best(slack, QUEUE[2:4], 100 * S, anyone) == 1


def test_apparent_tardiness_cost_takes_waiting_ahead_into_account():
    # k m = 5: exp(-2) / 3 against exp(-3.6) / 2. With 10 neither has slack.
    atc = DISPATCH_RULES.index("atc")
    few = [Waiting(3.0, 10.0, 120 * S), Waiting(2.0, 2.0, 120 * S)]
    assert best(atc, few, 100 * S, anyone) == 0
    assert best(atc, few, 100 * S, anyone, flow_factor=10.0) == 1


def test_apparent_tardiness_cost_weighs_time_against_slack():
    # m = 22 / 5: indices are 3/5, 2/4, 2/3 exp(-10 / 8.8) = .214, .099 and 0.
    atc = DISPATCH_RULES.index("atc")
    assert best(atc, QUEUE, 100 * S, anyone) == 0
    assert best(atc, QUEUE[1:], 100 * S, anyone) == 0
    # Alone with the short one that has time, m = 6 makes k m = 12: .290 against .099.
    assert best(atc, QUEUE[2:], 100 * S, anyone) == 0
    assert best(atc, QUEUE[3:], 100 * S, anyone) == 0
    # When there is no slack left, the short one of the two equal weights comes first.
    assert best(atc, QUEUE[1:3], 120 * S, anyone) == 1


def test_only_those_that_may_are_taken():
    spt = DISPATCH_RULES.index("spt")
    assert best(spt, QUEUE, 100 * S, lambda one: one.expected_s > 4.0) == 0
    assert best(0, QUEUE, 100 * S, lambda one: one.due_us == NEVER) == 4
    assert best(spt, QUEUE, 100 * S, lambda _: False) is None
    assert best(spt, [], 100 * S, anyone) is None
