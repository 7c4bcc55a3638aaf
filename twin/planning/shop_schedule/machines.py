"""The machines of a network as rows of a scheduling problem, a row a slot."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling import Machines, Setups
from twin.planning.shop_schedule.stops import Stop, stops_of
from twin.planning.shop_schedule.windows import (
    Window,
    closed_by,
    covers,
    merged,
)
from twin.simulate.reference.setups import SetupTimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.model.network import Network
    from twin.planning.shop_schedule.work import Job
    from twin.simulate.opening.conditions import Conditions

__all__ = ["Family", "Park", "park_of"]

Family = tuple[int, int]  # setup family, operation done in batches; -1: none

NONE = -1
NOTHING: Family = (-2, NONE)
"""What a machine is set up for before its first setup."""


@dataclass(frozen=True, slots=True)
class Park:
    """Rows of machines, and what else depends on them.

    Attributes
    ----------
    machines : ndarray of shape (n_rows,), int64
        Machine of the network that each row is a slot of.
    names : tuple of str
        Of the rows.
    slots : dict of int to list of int
        Rows of each machine of the network.
    group_rows : dict
        Rows by group and site.
    closed : list
        Closed windows of each row, merged, in ticks.
    stops : list
        Repair and maintenance of each row, which the closed windows hold too.
    families : dict
        Index of each family.
    capacity : dict of int to int
        Of groups that work in batches; sizes of operations are shares of it.
    """

    machines: np.ndarray[tuple[int], np.dtype[np.int64]]
    names: tuple[str, ...]
    slots: dict[int, list[int]]
    group_rows: dict[tuple[int, int], list[int]]
    closed: list[list[Window]]
    stops: list[list[Stop]]
    families: dict[Family, int]
    capacity: dict[int, int]

    def family_of(self, network: Network, row: int) -> int:
        """Return the family of an operation, a row of `Network.routings`."""
        return self.families[_family(network, row, self.capacity)]

    def size_of(self, network: Network, row: int) -> int:
        """Return what an operation takes of the capacity of its machine."""
        routings = network.routings
        capacity = self.capacity.get(int(routings.machine_group_index[row]), 1)
        return capacity // int(routings.batch_max[row])

    def tables(
        self,
        network: Network,
        *,
        conditions: Conditions | None,
        first: dict[int, int],
        tick_us: int,
    ) -> tuple[Machines, Setups]:
        """Return the machines and setup matrices of the problem.

        Parameters
        ----------
        network : Network
            Its setups.
        conditions : Conditions or None
            What machines are set up for.
        first : dict of int to int
            Family of rows that work already.
        tick_us : int
            Microseconds of a tick.
        """
        groups = network.machines.group_index[self.machines]
        with_setups = np.unique(network.setups.group_index).tolist()
        with_setups = [group for group in with_setups if (groups == group).any()]
        matrix = {group: at for at, group in enumerate(with_setups)}
        n = len(self.families)
        time = np.zeros((len(with_setups), n, n), np.int64)
        for group, at in matrix.items():
            time[at] = _changes(network, group, self.families, tick_us)
        begins = []
        for row, machine in enumerate(self.machines.tolist()):
            known = NONE if conditions is None else conditions.machines.family[machine]
            family = (int(known), NONE) if known != NONE else NOTHING
            begins.append(first.get(row, self.families.get(family, NONE)))
        windows = [
            (row, start, end)
            for row, closed in enumerate(self.closed)
            for start, end in closed
        ]
        columns = np.array(windows, np.int64).reshape(-1, 3)
        machines = Machines(
            matrix=np.array([matrix.get(g, NONE) for g in groups.tolist()], np.int64),
            first_family=np.array(begins, np.int64),
            batch=np.array(
                [self.capacity.get(group, 0) for group in groups.tolist()], np.int64
            ),
            closed_machine=columns[:, 0],
            closed_start=columns[:, 1],
            closed_end=columns[:, 2],
        )
        return machines, Setups(time=time) if with_setups else Setups()


def park_of(
    network: Network,
    jobs: Sequence[Job],
    conditions: Conditions | None,
    *,
    ticks: int,
    tick_us: int,
    left_out: list[str],
) -> Park:
    """Lay out the machines that jobs need.

    Parameters
    ----------
    network : Network
        Its machines, calendars and setups.
    jobs : sequence of Job
        What is made.
    conditions : Conditions or None
        Which machines are down or under maintenance; None: none is.
    ticks : int
        How far calendars are looked at.
    tick_us : int
        Microseconds of a tick.
    left_out : list of str
        Gets a sentence for what a schedule does not know.

    Returns
    -------
    Park
    """
    routings, given = network.routings, network.machines
    rows = sorted({row for job in jobs for row in job.rows})
    used = {
        (int(routings.machine_group_index[row]), job.site)
        for job in jobs
        for row in job.rows
    }
    keys = list(zip(given.group_index.tolist(), given.site_index.tolist(), strict=True))
    chosen = [machine for machine, key in enumerate(keys) if key in used]
    capacity = _capacities(network, rows)
    machines: list[int] = []
    names: list[str] = []
    slots: dict[int, list[int]] = {}
    group_rows: dict[tuple[int, int], list[int]] = {}
    for machine in chosen:
        n_slots = int(given.slots[machine])
        for slot in range(n_slots):
            slots.setdefault(machine, []).append(len(machines))
            group_rows.setdefault(keys[machine], []).append(len(machines))
            machines.append(machine)
            name = given.ids[machine]
            names.append(name if n_slots == 1 else f"{name} #{slot + 1}")
    stops = {
        machine: stops_of(
            network, machine, conditions, ticks=ticks, tick_us=tick_us, told=left_out
        )
        for machine in chosen
    }
    closed = {
        machine: _closed(network, machine, stops[machine], ticks=ticks, tick_us=tick_us)
        for machine in chosen
    }
    _without_pools(network, jobs, closed, ticks=ticks, tick_us=tick_us)
    return Park(
        machines=np.array(machines, np.int64),
        names=tuple(names),
        slots=slots,
        group_rows=group_rows,
        closed=[closed[machine] for machine in machines],
        stops=[stops[machine] for machine in machines],
        families=_families(network, rows, conditions, capacity),
        capacity=capacity,
    )


def _family(network: Network, row: int, capacity: dict[int, int]) -> Family:
    routings = network.routings
    in_batches = int(routings.machine_group_index[row]) in capacity
    operation = int(routings.operation_index[row]) if in_batches else NONE
    return int(routings.setup_family_index[row]), operation


def _families(
    network: Network,
    rows: Sequence[int],
    conditions: Conditions | None,
    capacity: dict[int, int],
) -> dict[Family, int]:
    found = dict.fromkeys([NOTHING, *(_family(network, row, capacity) for row in rows)])
    if conditions is not None:
        known = np.unique(conditions.machines.family).tolist()
        found |= dict.fromkeys((family, NONE) for family in known if family != NONE)
    return {family: at for at, family in enumerate(found)}


def _capacities(network: Network, rows: Sequence[int]) -> dict[int, int]:
    """Return a capacity of groups with batches that every batch size divides."""
    routings = network.routings
    found: dict[int, int] = {}
    for row in rows:
        group = int(routings.machine_group_index[row])
        found[group] = lcm(found.get(group, 1), int(routings.batch_max[row]))
    return {group: size for group, size in found.items() if size > 1}


def _changes(
    network: Network, group: int, families: dict[Family, int], tick_us: int
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return the times of changes on machines of a group, in ticks.

    What follows an operation without a family is set up for from whatever takes
    longest: the machine is then still set up for what came before.
    """
    times = SetupTimes(network)
    others = [NONE, *sorted({family for family, _ in families if family >= 0})]
    matrix = np.zeros((len(families), len(families)), np.int64)
    for (before, _), i in families.items():
        for (after, _), j in families.items():
            if after in {NONE, NOTHING[0], before}:
                continue
            sources = others if before == NONE else [max(before, NONE)]
            longest = max(
                times.change_us(group, source, after)
                for source in sources
                if source != after
            )
            matrix[i, j] = -(-longest // tick_us)
    return matrix


def _closed(
    network: Network, machine: int, stops: Sequence[Stop], *, ticks: int, tick_us: int
) -> list[Window]:
    machines, site = network.machines, int(network.machines.site_index[machine])
    calendar = int(machines.calendar_index[machine])
    if calendar < 0:
        calendar = int(network.places.calendar_index[site])
    windows = closed_by(network, calendar, site, ticks=ticks, tick_us=tick_us)
    return merged([*windows, *((stop.start, stop.end) for stop in stops)])


def _without_pools(
    network: Network,
    jobs: Sequence[Job],
    closed: dict[int, list[Window]],
    *,
    ticks: int,
    tick_us: int,
) -> None:
    """Close machines while a pool is away without which they do nothing."""
    machines = network.machines
    needs = pools_needed(network, jobs)
    for machine, windows in closed.items():
        key = int(machines.group_index[machine]), int(machines.site_index[machine])
        for pool in sorted(set.intersection(*needs[key])):
            away = closed_by(
                network, int(network.pools.calendar_index[pool]),
                int(network.pools.site_index[pool]), ticks=ticks, tick_us=tick_us,
            )  # fmt: skip
            if not covers(windows, away):
                windows[:] = merged([*windows, *away])


def pools_needed(
    network: Network, jobs: Sequence[Job]
) -> dict[tuple[int, int], list[set[int]]]:
    """Return the pools of each operation, by group and site."""
    routings = network.routings
    found: dict[tuple[int, int], dict[int, set[int]]] = {}
    for job in jobs:
        for row in job.rows:
            key = int(routings.machine_group_index[row]), job.site
            pools = {
                int(routings.operator_pool_index[row]),
                int(routings.tool_pool_index[row]),
            }
            found.setdefault(key, {})[row] = pools - {NONE}
    return {key: list(rows.values()) for key, rows in found.items()}
