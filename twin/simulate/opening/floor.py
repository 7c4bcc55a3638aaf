"""Which order is where on the shop floor, as far as a model allows what state says."""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from twin.model.elements import NO_LIMIT, ON_FAILURE
from twin.model.network import Network
from twin.simulate.opening.machines import FAILED, MAINTAINED, MachineConditions
from twin.simulate.opening.progress import NONE, OrderProgress
from twin.simulate.reference.setups import SetupTimes
from twin.state import tables as t

WAITS, SETS_UP, WORKS = range(3)
"""What an order does at its operation."""

_RESTART = ON_FAILURE.index("restart")
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Seat:
    """Where an order is.

    Attributes
    ----------
    row : int
        Of its operation in `Network.routings`.
    phase : int
        `WAITS`, `SETS_UP` or `WORKS`.
    machine : int
        That sets up for it, works on it, or holds it; -1 if none does.
    since_us : int
        Since when, microseconds UTC.
    worked_us : int
        How long of that its machine worked on it, or was set up for it.
    batch : int
        Place of the first of those worked on together; its own if alone.
    """

    row: int
    phase: int
    machine: int
    since_us: int
    worked_us: int
    batch: int


class Floor:
    """Gives orders their places.

    Operations that state says are under way keep their machines, those that began first
    before others, as long as the model allows: the machine is of the group of the
    operation, has a slot, and is not under maintenance. Others wait.

    State does not say for which order a machine is set up. It is taken to be the one
    that came first of those that were there when the setup began and need one. An order
    that finds no place in the queue of its next group is held by the machine it comes
    from, if that has a slot.

    Parameters
    ----------
    network : Network
        The model.
    machines : MachineConditions
        As state has them.
    at_us : int
        Time of the state, microseconds UTC.
    """

    def __init__(
        self, network: Network, machines: MachineConditions, at_us: int
    ) -> None:
        self._network, self._conditions, self._at_us = network, machines, at_us
        self._free = network.machines.slots.tolist()
        self._family = machines.family.tolist()
        self._setups = SetupTimes(network)
        self._n_excess = self._n_idle_setups = 0

    def seats(self, orders: list[OrderProgress]) -> list[Seat]:
        """Return where orders are.

        Parameters
        ----------
        orders : list of OrderProgress
            Those with an operation left, in the order in which they came to it.

        Returns
        -------
        list of Seat
            One an order.
        """
        seats = [
            Seat(one.row, WAITS, NONE, one.since_us, 0, place)
            for place, one in enumerate(orders)
        ]
        self._put_on_machines(orders, seats)
        self._set_up(orders, seats)
        self._hold(orders, seats)
        return seats

    def machines(self) -> MachineConditions:
        """Return the machines, with the families that they are set up for by now."""
        return replace(self._conditions, family=np.array(self._family, np.int64))

    def left_out(self) -> list[str]:
        """Return where state contradicts the model, one sentence each."""
        told = []
        if self._n_excess:
            told.append(
                f"{self._n_excess} operations on machines that cannot have them by the "
                f"model: they wait"
            )
        if self._n_idle_setups:
            told.append(
                f"{self._n_idle_setups} setups for which no order waits: their "
                f"machines are idle"
            )
        return told

    def _group(self, row: int, machine: int) -> bool:
        """Whether a machine is of the group of an operation."""
        group = self._network.machines.group_index[machine]
        return bool(group == self._network.routings.machine_group_index[row])

    def _put_on_machines(self, orders: list[OrderProgress], seats: list[Seat]) -> None:
        running: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        routings = self._network.routings
        for place, one in enumerate(orders):
            if one.is_running:
                operation = int(routings.operation_index[one.row])
                running[one.since_us, one.machine, operation].append(place)
        for (_, machine, _), places in sorted(running.items()):
            # Most of a batch is that of its first: one that allows for all of them.
            sizes = [int(routings.batch_max[orders[place].row]) for place in places]
            size = max(sizes)
            places.insert(0, places.pop(sizes.index(size)))
            for first in range(0, len(places), size):
                batch = places[first : first + size]
                if self._takes(machine, orders[batch[0]]):
                    self._free[machine] -= 1
                    for place in batch:
                        seats[place] = replace(
                            seats[place], phase=WORKS, machine=machine, batch=batch[0],
                            worked_us=self._worked_us(machine, orders[place]),
                        )  # fmt: skip
                else:
                    self._n_excess += len(batch)

    def _takes(self, machine: int, one: OrderProgress) -> bool:
        if machine == NONE or self._conditions.cause[machine] == MAINTAINED:
            return False
        site = self._network.machines.site_index[machine]
        return (
            site == one.site and self._group(one.row, machine)
            and self._free[machine] > 0
        )  # fmt: skip

    def _worked_us(self, machine: int, one: OrderProgress) -> int:
        if self._network.machines.on_failure[machine] != _RESTART:
            return one.worked_us
        if self._conditions.cause[machine] == FAILED:
            return 0  # it is done anew
        return min(one.worked_us, int(self._conditions.busy_us[machine]))

    def _waiting(
        self, orders: list[OrderProgress], seats: list[Seat]
    ) -> dict[Key, list[int]]:
        """Places of those that wait, by group and site, in the order they came."""
        waiting: dict[Key, list[int]] = defaultdict(list)
        groups = self._network.routings.machine_group_index
        for place, seat in enumerate(seats):
            if seat.phase == WAITS:
                waiting[int(groups[seat.row]), orders[place].site].append(place)
        return waiting

    def _set_up(self, orders: list[OrderProgress], seats: list[Seat]) -> None:
        conditions, network = self._conditions, self._network
        machines = np.flatnonzero(conditions.state == t.STATE_SETUP).tolist()
        machines.sort(key=lambda machine: (conditions.since_us[machine], machine))
        waiting = self._waiting(orders, seats) if machines else {}
        for machine in machines:
            rows = network.machines
            key = int(rows.group_index[machine]), int(rows.site_index[machine])
            queue = waiting.get(key, [])
            batch = self._set_up_for(machine, queue, seats)
            if not batch:
                self._n_idle_setups += 1
                continue
            since_us = int(conditions.since_us[machine])
            self._free[machine] -= 1
            family = network.routings.setup_family_index[seats[batch[0]].row]
            self._family[machine] = int(family)
            for place in batch:
                queue.remove(place)
                seats[place] = replace(
                    seats[place], phase=SETS_UP, machine=machine, batch=batch[0],
                    since_us=since_us, worked_us=self._at_us - since_us,
                )  # fmt: skip

    def _set_up_for(
        self, machine: int, queue: list[int], seats: list[Seat]
    ) -> list[int]:
        if self._free[machine] <= 0:
            return []
        routings = self._network.routings
        since_us = self._conditions.since_us[machine]
        there = [place for place in queue if seats[place].since_us <= since_us]
        for first in there:
            if self._setup_us(machine, seats[first].row) <= 0:
                continue
            operation = routings.operation_index[seats[first].row]
            same = [
                place for place in there
                if routings.operation_index[seats[place].row] == operation
                and place != first
            ]  # fmt: skip
            size = int(routings.batch_max[seats[first].row])
            return [first, *same[: size - 1]]
        return []

    def _setup_us(self, machine: int, row: int) -> int:
        family = int(self._network.routings.setup_family_index[row])
        before = self._family[machine]
        if family in {NONE, before}:
            return 0
        group = int(self._network.machines.group_index[machine])
        return self._setups.change_us(group, before, family)

    def _hold(self, orders: list[OrderProgress], seats: list[Seat]) -> None:
        for (group, site), places in self._waiting(orders, seats).items():
            for place in places[self._capacity(group, site) :]:
                machine = orders[place].machine
                if machine != NONE and self._free[machine] > 0:
                    self._free[machine] -= 1
                    seats[place] = replace(seats[place], machine=machine)

    def _capacity(self, group: int, site: int) -> int:
        rules = self._network.group_rules
        for place in (site, -1):  # a row of the site before one of any
            fits = (rules.group_index == group) & (rules.site_index == place)
            if fits.any():
                return int(rules.capacity[np.flatnonzero(fits)[0]])
        return NO_LIMIT
