"""Time as an argument: nothing below the command line reads a clock of its own."""

import time
from typing import Protocol


class Clock(Protocol):
    """What may pace and bound work; its readings never enter state."""

    def now_us(self) -> int:
        """Return the time of day, microseconds since 1970 UTC."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards, from an arbitrary start."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait `seconds` >= 0."""
        ...


class SystemClock:
    """The machine's clock; made in `twin.cli` and handed down."""

    def now_us(self) -> int:
        """Return the time of day, microseconds since 1970 UTC."""
        return time.time_ns() // 1000

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards, from an arbitrary start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait `seconds` >= 0."""
        time.sleep(seconds)


class ManualClock:
    """A clock that moves only when told to: for tests and simulated loops.

    Examples
    --------
    >>> clock = ManualClock(now_us=5)
    >>> clock.sleep(2.0)
    >>> clock.now_us(), clock.monotonic_s()
    (2000005, 2.0)
    """

    def __init__(self, *, now_us: int = 0) -> None:
        self._start_us = now_us
        self._elapsed_s = 0.0

    def now_us(self) -> int:
        """Return the start plus all sleep."""
        return self._start_us + round(self._elapsed_s * 1e6)

    def monotonic_s(self) -> float:
        """Return the sum of all sleep."""
        return self._elapsed_s

    def sleep(self, seconds: float) -> None:
        """Move the clock by `seconds` at once."""
        self._elapsed_s += seconds
