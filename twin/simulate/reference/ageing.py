"""Machines as they are now, and how they age: time left to failure, and wear."""

import math
from dataclasses import dataclass, field

from twin.simulate.reference.emission import NONE
from twin.simulate.reference.orders import Operation
from twin.simulate.reference.queues import Group

UNKNOWN, OFF, IDLE, SETUP, BUSY, BLOCKED, DOWN, MAINTENANCE = range(-1, 7)
"""Positions in `streams.events.MachineState`; unknown is before the first event."""

HOUR_US = 3_600_000_000


@dataclass(slots=True)
class Age:
    """The age of a machine since it was new, was repaired or had maintenance.

    Wear grows with busy time: after `busy_us` it is `wear_per_h` times that. What is
    left to the failure, `left_us`, falls 1 + `hazard` x wear times as fast as time goes
    on, all the time or only while the machine is busy.

    Attributes
    ----------
    by_clock : bool
        Whether it gets nearer to its failure while it is not busy, too.
    wear_per_h, hazard : float
        See the columns ``wear_per_h`` and ``wear_hazard`` of machines; >= 0.
    since_us : int
        Up to when the rest is counted, microseconds UTC.
    is_busy : bool
        Whether it is since then.
    busy_us : int
        Busy time.
    left_us : float
        Of the time to failure, as of a machine without wear.
    until_due_us : int
        Busy time left to maintenance, where that goes by busy time; neither repair nor
        wear changes it.

    References
    ----------
    Cox, Oakes (1984), Analysis of Survival Data, section 5.2: accelerated life, here
    with a factor that grows.
    """

    by_clock: bool
    wear_per_h: float
    hazard: float
    since_us: int
    is_busy: bool = False
    busy_us: int = 0
    left_us: float = 0.0
    until_due_us: int = 0

    def wear(self, now_us: int) -> float:
        """Return the wear at a time not before `since_us`.

        Examples
        --------
        >>> age = Age(False, 0.5, 0.0, since_us=0, is_busy=True, busy_us=HOUR_US)
        >>> age.wear(2 * HOUR_US)
        1.5
        """
        busy_us = self.busy_us + (now_us - self.since_us) * self.is_busy
        return self.wear_per_h * (busy_us / HOUR_US)

    def renew(self, now_us: int, left_us: float) -> None:
        """Make the machine as new, with a time to its next failure."""
        self.since_us, self.busy_us, self.left_us = now_us, 0, left_us

    def turn(self, now_us: int, *, is_busy: bool) -> None:
        """Count up to now; from now on the machine is busy, or is not."""
        elapsed = float(now_us - self.since_us)
        if self.is_busy or self.by_clock:
            used = self._pace() * elapsed + 0.5 * self._gain() * elapsed * elapsed
            self.left_us = max(0.0, self.left_us - used)
        if self.is_busy:
            self.busy_us += now_us - self.since_us
            self.until_due_us -= now_us - self.since_us
        self.since_us, self.is_busy = now_us, is_busy

    def time_left_us(self) -> int | None:
        """Return the time from `since_us` to the failure, None if it is not coming.

        Examples
        --------
        With wear that doubles the pace in an hour, 1.5 hours are used up in one.

        >>> age = Age(False, 1.0, 1.0, since_us=0, is_busy=True, left_us=1.5 * HOUR_US)
        >>> age.time_left_us() / HOUR_US
        1.0
        """
        if not self.is_busy and not self.by_clock:
            return None
        pace = self._pace()
        root = math.sqrt(pace * pace + 2.0 * self._gain() * self.left_us)
        return round(2.0 * self.left_us / (pace + root))

    def _pace(self) -> float:
        return 1.0 + self.hazard * (self.wear_per_h * (self.busy_us / HOUR_US))

    def _gain(self) -> float:
        # How much the pace grows in a microsecond.
        return self.hazard * self.wear_per_h / HOUR_US if self.is_busy else 0.0


@dataclass(slots=True, eq=False)
class Machine:
    """A machine of a group; `causes` says why it stands still, once a cause that holds.

    `name` is the number of its name, `family` what it is set up for, -1 if nothing.
    `running` has the first of every batch, `held` the next operations of orders that
    cannot move on; each takes a slot. A machine whose maintenance `is_due` takes no new
    work. If it `ages`, it matters
    when it is busy: to its wear, its failure or its maintenance.
    """

    index: int
    name: int
    group: Group
    slots: int
    speed: float
    age: Age
    wear_speed: float = 0.0
    wear_yield: float = 0.0
    state: int = UNKNOWN
    family: int = NONE
    ages: bool = False
    is_due: bool = False
    causes: list[int] = field(default_factory=list)
    running: list[Operation] = field(default_factory=list)
    held: list[Operation] = field(default_factory=list)

    @property
    def is_free(self) -> bool:
        """Whether it can take an operation."""
        if self.causes or self.is_due:
            return False
        return len(self.running) + len(self.held) < self.slots

    @property
    def works(self) -> bool:
        """Whether one of its operations has begun and goes on, if it does not stand."""
        return any(not operation.sets_up for operation in self.running)

    def speed_now(self, now_us: int) -> float:
        """Return the speed of an operation that begins now."""
        if self.wear_speed == 0.0:
            return self.speed
        return self.speed * (1.0 - self.wear_speed * min(self.age.wear(now_us), 1.0))

    def yield_now(self, now_us: int) -> float:
        """Return what is left of the yield of an operation that ends now."""
        if self.wear_yield == 0.0:
            return 1.0
        return 1.0 - self.wear_yield * min(self.age.wear(now_us), 1.0)
