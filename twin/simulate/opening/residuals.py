"""What is left, at the start, of all that has begun before: drawn given its age.

Both engines take what is drawn here. An operation, a repair, a failure that will come,
a lead time and the time to the next order of a stream are drawn by the uniform number
that they would have had if they began now; a constant time is what it has left.
"""

from dataclasses import dataclass

import numpy as np

from streams.batch import NO_TIME
from twin.model.elements import CLOCKS
from twin.model.laws import CONSTANT
from twin.model.network import Network
from twin.simulate.opening.conditions import Conditions
from twin.simulate.opening.floor import SETS_UP, WAITS, WORKS
from twin.simulate.opening.machines import FAILED, MAINTAINED
from twin.simulate.random import (
    ARRIVAL,
    DURATION,
    FAILURE,
    LEAD_TIME,
    REPAIR,
    SAMPLING,
    SECOND_US,
    DurationLaw,
    Sampler,
)
from twin.simulate.reference.setups import SetupTimes
from twin.simulate.tables import OPENED

SHORTEST_US = 1
"""Least time to an end: in an instant ends are told before what begins then."""

_HOUR_US = 3_600_000_000
_BUSY_TIME = CLOCKS.index("busy")


@dataclass(frozen=True, slots=True)
class BegunOrder:
    """An order at its operation.

    Attributes
    ----------
    order : int
        Index in `Network.open_orders`.
    number : int
        Its running number.
    phase, machine : int
        As of `twin.simulate.opening.conditions.WorkInProgress`.
    since_us : int
        Since when it waits, is set up for, or is worked on; microseconds UTC.
    unit_s : float
        Time of a piece at speed 1.
    whole_us, remaining_us : int
        Of the operation, or of the setup, that is under way: all, and what is left.
    comes : bool
        Whether it only comes now: by chance it skips the operation it waited for.
    mates : tuple of int
        Places of those that are worked on with it, if it is the first of a batch.
    is_first : bool
        Whether it is alone, or the first of its batch.
    """

    order: int
    number: int
    phase: int
    machine: int
    since_us: int
    unit_s: float
    whole_us: int
    remaining_us: int
    comes: bool
    mates: tuple[int, ...]
    is_first: bool


@dataclass(frozen=True, slots=True)
class BegunMachine:
    """A machine that is not new.

    Attributes
    ----------
    cause : int
        `WORKS`, `FAILED` or `MAINTAINED` of `twin.simulate.opening.machines`.
    since_us, ends_us : int
        Since when it stands, and until when; microseconds UTC.
    family : int
        What it is set up for, -1 if nothing.
    busy_us : int
        Busy time since it was new.
    left_us : float
        Time to its failure, as of a machine without wear.
    until_due_us : int
        Time until maintenance falls due, by the clock it goes by.
    """

    cause: int
    since_us: int
    ends_us: int
    family: int
    busy_us: int
    left_us: float
    until_due_us: int


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a simulation begins with, besides stock and open orders.

    Attributes
    ----------
    orders : tuple of BegunOrder
        In the order in which they came to their operations.
    machines : tuple of BegunMachine
        All of the network.
    arrives_us : dict of int to int
        When goods on the way arrive, by open order; microseconds UTC.
    first_us : tuple of int
        Time to the next order of each stream of orders; -1 where it is not known.
    numbers : dict of int to int
        Running numbers of `orders`, by open order.
    """

    orders: tuple[BegunOrder, ...]
    machines: tuple[BegunMachine, ...]
    arrives_us: dict[int, int]
    first_us: tuple[int, ...]
    numbers: dict[int, int]

    def number(self, order: int) -> int:
        """Return the running number of an open order; those begun come first."""
        return self.numbers.get(order, OPENED + len(self.orders) + order)


def begun(network: Network, conditions: Conditions, *, seed: int) -> Beginning:
    """Draw what is left of all that has begun.

    Parameters
    ----------
    network : Network
        Whose laws are drawn from.
    conditions : Conditions
        Of this network.
    seed : int
        Of the simulation.

    Returns
    -------
    Beginning
    """
    draws = _Draws(network, conditions, seed)
    orders = draws.orders()
    return Beginning(
        orders=orders,
        numbers={one.order: one.number for one in orders},
        machines=tuple(map(draws.machine, range(len(network.machines.ids)))),
        arrives_us=draws.arrivals(),
        first_us=tuple(map(draws.first_us, range(len(network.releases.ids)))),
    )


class _Draws:
    def __init__(self, network: Network, conditions: Conditions, seed: int) -> None:
        self._network, self._conditions = network, conditions
        self._now_us = conditions.at_us
        self._sampler = Sampler(seed, network.laws)
        self._setups = SetupTimes(network)

    def _left_us(
        self, law: DurationLaw, age_us: float, stream: int, *, of: tuple[int, int]
    ) -> int:
        """Draw what is left of a duration for entity and number, microseconds."""
        if law.law == CONSTANT:
            return max(0, round(law.mean_s * SECOND_US) - round(age_us))
        left_s = self._sampler.residual_s(law, stream, *of, age_s=age_us / SECOND_US)
        return round(left_s * SECOND_US)

    def orders(self) -> tuple[BegunOrder, ...]:
        work = self._conditions.work
        n = len(work.order)
        members: list[list[int]] = [[] for _ in range(n)]
        for place, first in enumerate(work.batch.tolist()):
            members[first].append(place)
        times = [self._times(place) for place in range(n)]
        found = []
        for place in range(n):
            batch = members[place]
            unit_s, whole_us, remaining_us = times[place]
            if len(batch) > 1 and work.phase[place] == WORKS:
                whole_us = max(times[one][1] for one in batch)
                remaining_us = max(times[one][2] for one in batch)
            found.append(
                BegunOrder(
                    order=int(work.order[place]),
                    number=OPENED + place,
                    phase=int(work.phase[place]),
                    machine=int(work.machine[place]),
                    since_us=int(work.since_us[place]),
                    unit_s=unit_s,
                    whole_us=whole_us,
                    remaining_us=remaining_us,
                    comes=self._skips(place),
                    mates=tuple(one for one in batch if one != place),
                    is_first=bool(batch),
                )
            )
        return tuple(found)

    def _times(self, place: int) -> tuple[float, int, int]:
        """Time of a piece, and of the operation or setup under way: all, and left."""
        work, phase = self._conditions.work, int(self._conditions.work.phase[place])
        if phase == WAITS:
            row = int(work.row[place])
            law, number = self._law_of(row), OPENED + place
            return self._sampler.duration_s(law, DURATION, row, number), 0, 0
        if phase == SETS_UP:
            return self._setup(place)
        routings, row = self._network.routings, int(work.row[place])
        law = self._law_of(row)
        pieces = float(self._network.open_orders.quantity[work.order[place]])
        speed = self._speed(int(work.machine[place]), int(work.worked_us[place]))
        setup_s, worked_us = float(routings.setup_s[row]), int(work.worked_us[place])
        unit_s = law.mean_s
        if law.law != CONSTANT:
            age_s = max(0.0, (worked_us / SECOND_US - setup_s) * speed / pieces)
            left_s = self._sampler.residual_s(
                law, DURATION, row, OPENED + place, age_s=age_s
            )
            unit_s = age_s + left_s
            if age_s > 0.0:
                left_us = round(left_s * pieces / speed * SECOND_US)
                remaining_us = max(SHORTEST_US, left_us)
                return unit_s, worked_us + remaining_us, remaining_us
        # As engines compute it, in the same order of operations.
        whole_us = round((setup_s + unit_s * pieces / speed) * SECOND_US)
        remaining_us = max(SHORTEST_US, whole_us - worked_us)
        return unit_s, max(whole_us, remaining_us), remaining_us

    def _skips(self, place: int) -> bool:
        work = self._conditions.work
        row = int(work.row[place])
        rate = float(self._network.routings.sampling_rate[row])
        if work.phase[place] != WAITS or rate == 1.0:
            return False
        # As engines decide it when the order comes.
        return self._sampler.uniform(SAMPLING, row, OPENED + place) >= rate

    def _setup(self, place: int) -> tuple[float, int, int]:
        work = self._conditions.work
        row, machine = int(work.row[place]), int(work.machine[place])
        first = int(work.batch[place])
        unit_s = self._sampler.duration_s(
            self._law_of(row), DURATION, row, OPENED + place
        )
        family = int(self._network.routings.setup_family_index[work.row[first]])
        whole_us = self._setups.change_us(
            int(self._network.machines.group_index[machine]),
            int(self._conditions.machines.before[machine]), family,
        )  # fmt: skip
        remaining_us = max(SHORTEST_US, whole_us - int(work.worked_us[place]))
        return unit_s, whole_us, remaining_us

    def _law_of(self, row: int) -> DurationLaw:
        routings = self._network.routings
        return DurationLaw(
            int(routings.duration_law[row]),
            float(routings.duration_s[row]),
            float(routings.duration_cv[row]),
        )

    def _speed(self, machine: int, worked_us: int) -> float:
        """Speed of the machine when the operation began."""
        rows = self._network.machines
        speed, loss = float(rows.speed[machine]), float(rows.wear_speed[machine])
        if loss == 0.0:
            return speed
        busy_us = max(0, int(self._conditions.machines.busy_us[machine]) - worked_us)
        worn = float(rows.wear_per_h[machine]) * (busy_us / _HOUR_US)
        return speed * (1.0 - loss * min(worn, 1.0))

    def machine(self, machine: int) -> BegunMachine:
        machines, rows = self._conditions.machines, self._network.machines
        cause, since_us = int(machines.cause[machine]), int(machines.since_us[machine])
        ends_us, left_us, until_due_us = 0, 0.0, 0
        if cause == FAILED:
            law = self._machine_law("repair", float(rows.mttr_s[machine]), machine)
            stood_us = self._now_us - since_us
            rest_us = self._left_us(law, stood_us, REPAIR, of=(machine, 0))
            ends_us = self._now_us + max(SHORTEST_US, rest_us)
        elif cause == MAINTAINED:
            whole_us = round(float(rows.maintenance_s[machine]) * SECOND_US)
            ends_us = max(self._now_us + SHORTEST_US, since_us + whole_us)
        elif rows.mttf_s[machine] < np.inf:
            law = self._machine_law("failure", float(rows.mttf_s[machine]), machine)
            used_us = self._used_us(machine)
            left_us = float(self._left_us(law, used_us, FAILURE, of=(machine, 0)))
        every_s = float(rows.maintenance_every_s[machine])
        if every_s < np.inf:
            every_us = round(every_s * SECOND_US)
            passed_us = int(machines.unmaintained_us[machine])
            until_due_us = max(0, every_us - passed_us)
        return BegunMachine(
            cause=cause,
            since_us=since_us,
            ends_us=ends_us,
            family=int(machines.family[machine]),
            busy_us=int(machines.busy_us[machine]),
            left_us=left_us,
            until_due_us=until_due_us,
        )

    def _machine_law(self, name: str, mean_s: float, machine: int) -> DurationLaw:
        rows = self._network.machines
        law = int(getattr(rows, f"{name}_law")[machine])
        return DurationLaw(law, mean_s, float(getattr(rows, f"{name}_cv")[machine]))

    def _used_us(self, machine: int) -> float:
        """Time of an unworn machine that is used up; wear as if it grew evenly."""
        machines, rows = self._conditions.machines, self._network.machines
        busy_us = int(machines.busy_us[machine])
        by_busy = rows.failure_clock[machine] == _BUSY_TIME
        age_us = busy_us if by_busy else int(machines.age_us[machine])
        worn = float(rows.wear_per_h[machine]) * (busy_us / _HOUR_US)
        return age_us + 0.5 * float(rows.wear_hazard[machine]) * worn * age_us

    def arrivals(self) -> dict[int, int]:
        transit, lanes = self._conditions.transit, self._network.lanes
        found = {}
        for order, lane, since_us in zip(
            transit.order.tolist(), transit.lane.tolist(), transit.since_us.tolist(),
            strict=True,
        ):  # fmt: skip
            law = DurationLaw(
                int(lanes.lead_time_law[lane]),
                float(lanes.lead_time_s[lane]),
                float(lanes.lead_time_cv[lane]),
            )
            left_us = self._left_us(
                law, self._now_us - since_us, LEAD_TIME, of=(lane, OPENED + order)
            )
            found[order] = self._now_us + max(SHORTEST_US, left_us)
        return found

    def first_us(self, stream: int) -> int:
        """Time to the next order of a stream, microseconds; -1 if it is not known."""
        releases, now_us = self._network.releases, self._now_us
        row = int(np.flatnonzero(releases.release_index == stream)[0])
        law = DurationLaw(
            int(releases.interval_law[row]),
            float(releases.interval_s[row]),
            float(releases.interval_cv[row]),
        )
        begin_us = self._conditions.begin_us
        since_us = int(self._conditions.released_us[stream])
        first_s = float(releases.first_s[row])
        if since_us == NO_TIME and begin_us != NO_TIME:
            if np.isnan(first_s):
                since_us = begin_us
            elif begin_us + round(first_s * SECOND_US) > now_us:
                return begin_us + round(first_s * SECOND_US) - now_us
        if since_us == NO_TIME:
            return -1
        return self._left_us(law, now_us - since_us, ARRIVAL, of=(stream, 0))
