"""The calendar of a simulation: SimPy's, with ties broken by content.

Two things that happen in the same microsecond are ordered by what they are, never by
which was scheduled first: by rank, entity and running number. What follows from one of
them within the instant is done before the next, first in, first out.
"""

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, TypeVar, TypeVarTuple, cast

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


class Pause(simpy.Event):
    """What a process waits for."""

    # Like those of a `simpy.Timeout`, known from the start.
    _ok = True
    _value = None

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.callbacks: list[Callable[[simpy.Event], None]] = []


class Call:
    """An action that stands in the calendar, and what it is about."""

    __slots__ = ("action", "value")

    def __init__(self, action: Callable[[Any, int], None], value: object) -> None:
        self.action = action
        self.value = value

    def cancel(self) -> None:
        """Let nothing happen; not after it happened."""
        self.action = _do_nothing


def _do_nothing(_value: object, _now_us: int) -> None:
    pass


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


class Schedule(simpy.Environment):
    """A calendar in microseconds: the environment of SimPy, with calls in its heap.

    A call is not an event of SimPy, and takes half as long.

    Parameters
    ----------
    start_us : int
        Time at the start, microseconds UTC.

    Attributes
    ----------
    following : deque
        Actions that are still to be done within the instant, and what they take.
    """

    def __init__(self, start_us: int) -> None:
        super().__init__(initial_time=start_us)
        # SimPy has names for two priorities, and compares any number.
        self._heap = cast("list[tuple[int, int, int, simpy.Event | Call]]", self._queue)
        self.following: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()

    def wait(self, at_us: int, key: int) -> Pause:
        """Return what a process yields to go on at `at_us`.

        Parameters
        ----------
        at_us : int
            Microseconds UTC, not in the past.
        key : int
            See `tie_key`.

        Returns
        -------
        Pause
        """
        pause = Pause(self)
        heappush(self._heap, (at_us, key, next(self._eid), pause))
        return pause

    def call(
        self, at_us: int, key: int, action: Callable[[T, int], None], value: T
    ) -> Call:
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
        Call
            To cancel it.
        """
        call = Call(action, value)
        heappush(self._heap, (at_us, key, next(self._eid), call))
        return call

    def follow(self, action: Callable[[*Ts], None], *values: *Ts) -> None:
        """Run an action within the instant, after all that was said to follow before.

        The last that an action does may be done at once if nothing is `following`.

        Parameters
        ----------
        action : callable
            Takes `values`.
        *values : Any
            What the action is about.
        """
        self.following.append((action, values))

    def advance(self, until_us: int) -> None:
        """Let everything happen up to and including `until_us`.

        Parameters
        ----------
        until_us : int
            Microseconds UTC.
        """
        heap, following = self._heap, self.following
        while heap and heap[0][0] <= until_us:
            now_us, _, _, event = heap[0]
            if isinstance(event, Call):
                heappop(heap)
                self._now = now_us
                event.action(event.value, now_us)
            else:
                self.step()  # a process goes on
            while following:
                action, values = following.popleft()
                action(*values)
