"""The calendar of a simulation: SimPy's, with ties broken by content.

Two things that happen in the same microsecond are ordered by what they are, never by
which was scheduled first: by rank, entity and running number. What follows from one of
them within the instant is done before the next, first in, first out.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple

import simpy

Ts = TypeVarTuple("Ts")
T = TypeVar("T")

REPAIR, FAILURE, COMPLETION, DEMAND, COST_TICK, POLICY_REVIEW, RELEASE = range(1, 8)
"""Ranks of what stands in the calendar, see the event order of `twin.simulate`."""

_ENTITY_BITS = 40
_COUNT_BITS = 40

RESPONSE_US = 1
"""Time from a decision to what it makes happen.

Within an instant, cancellations, receipts and stock movements rank before orders, so
those that answer an order of this instant come a microsecond later. Twice as many would
do no harm.
"""


class Appointment(simpy.Event):
    """Something that will happen: a process waits for it, or an action is called."""

    # Like those of a `simpy.Timeout`, known from the start.
    _ok = True
    _value = None

    def __init__(self, env: simpy.Environment, at_us: int, key: int) -> None:
        self.env = env
        self.callbacks: list[Callable[[simpy.Event], None]] = []
        # SimPy has names for two priorities, and compares any number.
        env.schedule(self, key, at_us - env.now)  # type: ignore[arg-type]

    def cancel(self) -> None:
        """Let nothing happen; not after it happened."""
        self.callbacks.clear()


def tie_key(rank: int, entity: int, n: int) -> int:
    """Return what orders appointments of one instant.

    Parameters
    ----------
    rank : int
        In [0, 8].
    entity, n : int
        >= 0 and below 2**40: who, and its running number.

    Returns
    -------
    int
        Distinct for distinct arguments, ordered as they are.

    Examples
    --------
    >>> tie_key(3, 9, 9) < tie_key(4, 0, 0) < tie_key(4, 0, 1) < tie_key(4, 1, 0)
    True
    """
    return (((rank << _ENTITY_BITS) | entity) << _COUNT_BITS) | n


class Schedule:
    """A calendar in microseconds.

    Parameters
    ----------
    start_us : int
        Time at the start, microseconds UTC.
    """

    def __init__(self, start_us: int) -> None:
        self.env = simpy.Environment(initial_time=start_us)
        self._following: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()

    def wait(self, at_us: int, key: int) -> Appointment:
        """Return what a process yields to go on at `at_us`.

        Parameters
        ----------
        at_us : int
            Microseconds UTC, not in the past.
        key : int
            See `tie_key`.

        Returns
        -------
        Appointment
        """
        return Appointment(self.env, at_us, key)

    def call(
        self, at_us: int, key: int, action: Callable[[T, int], None], value: T
    ) -> Appointment:
        """Run an action at `at_us`.

        Parameters
        ----------
        at_us : int
            Microseconds UTC, not in the past.
        key : int
            See `tie_key`.
        action : callable
            Takes `value` and the time.
        value : Any
            What the action is about.

        Returns
        -------
        Appointment
            To cancel it.
        """
        appointment = Appointment(self.env, at_us, key)
        appointment.callbacks.append(lambda _: action(value, at_us))
        return appointment

    def follow(self, action: Callable[[*Ts], None], *values: *Ts) -> None:
        """Run an action within the instant, after all that was said to follow before.

        Parameters
        ----------
        action : callable
            Takes `values`.
        *values : Any
            What the action is about.
        """
        self._following.append((action, values))

    def run(self, until_us: int) -> None:
        """Let everything happen up to and including `until_us`.

        Parameters
        ----------
        until_us : int
            Microseconds UTC.
        """
        env, following = self.env, self._following
        while env.peek() <= until_us:
            env.step()
            while following:
                action, values = following.popleft()
                action(*values)
