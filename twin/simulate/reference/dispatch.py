"""Dispatch rules: which of the operations that wait is taken next."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from twin.model.elements import DISPATCH_RULES
from twin.simulate._kernels.elementary import exp
from twin.simulate.random import SECOND_US
from twin.simulate.reference.emission import NEVER

LEAST_S = 1e-6  # shortest time that is divided by
LOOK_AHEAD = 2.0  # k of the apparent tardiness cost; less looks at slack more sharply


class Waiting(Protocol):
    """What the rules look at; times are means at speed 1, no draw is known before.

    `expected_s` is that of the operation, `left_s` of it and all that follow, without
    setups by family, rework, and operations that are skipped. `due_us` is `NEVER` and
    `priority` NaN if there is none.
    """

    @property
    def expected_s(self) -> float:
        """Mean time of it."""
        ...

    @property
    def left_s(self) -> float:
        """Mean time of it and of what follows."""
        ...

    @property
    def due_us(self) -> int:
        """When its order is due."""
        ...

    @property
    def priority(self) -> float:
        """Of its order."""
        ...


W = TypeVar("W", bound=Waiting)


class Standard(NamedTuple):
    """What those that wait are compared with: the time, their queue, its parameter."""

    now_us: int
    mean_s: float
    flow_factor: float


def best(
    rule: int,
    queue: Sequence[W],
    now_us: int,
    may: Callable[[W], bool],
    *,
    flow_factor: float = 1.0,
) -> int | None:
    """Return the place in a queue of what a rule takes next.

    Parameters
    ----------
    rule : int
        Code of `twin.model.elements.DISPATCH_RULES`.
    queue : sequence of Waiting
        Who came first stands first, and is taken first of those that a rule holds
        equal.
    now_us : int
        Microseconds UTC.
    may : callable
        Which of the queue can be taken; the others count where a rule compares with
        the whole queue.
    flow_factor : float
        Time that an order is taken to need to its end, waiting included, over the work
        that is left.

    Returns
    -------
    int or None
        None if none can be taken.

    References
    ----------
    Vepsalainen, Morton (1987), Priority rules for job shops with weighted tardiness
    costs, Management Science 33(8), 1035-1047.
    Rose (2003), Comparison of due-date oriented dispatch rules in semiconductor
    manufacturing, Proc. Industrial Engineering Research Conference: operation due
    dates by a flow factor.
    """
    places = (place for place, one in enumerate(queue) if may(one))
    if DISPATCH_RULES[rule] == "fifo":
        return next(places, None)
    total_s = 0.0
    for one in queue:
        total_s += one.expected_s
    score = RULES[DISPATCH_RULES[rule]]
    standard = Standard(now_us, total_s / max(len(queue), 1), flow_factor)
    return min(places, key=lambda place: score(queue[place], standard), default=None)


def _until_due_s(one: Waiting, now_us: int) -> float:
    return math.inf if one.due_us == NEVER else (one.due_us - now_us) / SECOND_US


def _due(one: Waiting, _standard: Standard) -> float:
    return math.inf if one.due_us == NEVER else one.due_us


def _time(one: Waiting, _standard: Standard) -> float:
    return one.expected_s


def _slack(one: Waiting, standard: Standard) -> float:
    return _until_due_s(one, standard.now_us) - standard.flow_factor * one.left_s


def _cost(one: Waiting, standard: Standard) -> float:
    if one.due_us == NEVER:
        return 0.0
    weight = one.priority if one.priority > 0.0 else 1.0
    slack_s = max(_slack(one, standard), 0.0)
    hurry = exp(-slack_s / (LOOK_AHEAD * max(standard.mean_s, LEAST_S)))
    return -(weight / max(one.expected_s, LEAST_S)) * float(hurry)


def _sequence(one: Waiting, _standard: Standard) -> float:
    return math.inf if math.isnan(one.priority) else one.priority


def _ratio(one: Waiting, standard: Standard) -> float:
    return _until_due_s(one, standard.now_us) / max(one.left_s, LEAST_S)


RULES: dict[str, Callable[[Waiting, Standard], float]] = {
    "edd": _due,
    "spt": _time,
    "slack": _slack,
    "atc": _cost,
    "plan": _sequence,
    "critical_ratio": _ratio,
}
"""What each rule takes the least of; without a due date, or a number, an order is last.

- edd: the due date.
- spt: the time of the operation.
- slack: time until the due date less f times the work that is left, with the flow
  factor f of the group. That of 1 takes no waiting into account; with the factor that
  orders usually have it is the due date of the operation.
- critical_ratio: time until the due date over the work that is left.
- atc: less the apparent tardiness cost w / p exp(-max(0, slack) / (k m)): w is the
  priority (1 if there is none above 0), p the time of the operation, m the mean of p
  over the queue, k = 2; waiting times ahead are those of the flow factor.
- plan: the priority, as the number in the sequence of a plan.
"""
