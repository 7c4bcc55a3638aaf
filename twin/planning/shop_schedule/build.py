"""State to problem: jobs, machines, calendars and setups put into one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.scheduling import (
    Arcs,
    Jobs,
    Locks,
    Modes,
    Names,
    Objective,
    Operations,
    Pools,
    SchedulingProblem,
)
from twin.errors import InputError
from twin.model.elements import NO_LIMIT
from twin.planning.shop_schedule.machines import Park, park_of, pools_needed
from twin.planning.shop_schedule.windows import closed_by, covers, first_open
from twin.planning.shop_schedule.work import Job, jobs_of
from twin.simulate.opening.floor import SETS_UP, WORKS
from twin.simulate.reference.setups import SetupTimes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.model.network import Network
    from twin.planning.shop_schedule.stops import Stop
    from twin.planning.shop_schedule.work import Material
    from twin.simulate.opening.conditions import Conditions

__all__ = ["OBJECTIVE", "ShopProblem", "problem_of_jobs", "shop_problem"]

TICK_US = 1_000_000
"""A tick is a second, to which durations are rounded up; of a minute it would show."""

OBJECTIVE = Objective(makespan=1, tardiness=10)
"""A second of lateness costs as much as ten at the end of the schedule."""

NONE = -1
DAY_TICKS = 86_400
LEAST_DAYS, FACTOR = 28, 4
"""Calendars are looked at so far: at least, and as a multiple of the work of the
narrowest group. Work beyond it would be done day and night, which is told."""


@dataclass(frozen=True, slots=True)
class ShopProblem:
    """A shop as it stands, for the scheduler.

    Attributes
    ----------
    problem : SchedulingProblem
        Tick 0 is `at_us`.
    at_us : int
        Time of the state, microseconds UTC.
    until_us : int
        How far calendars are known.
    time_zone : str
        Of the network.
    left_out : tuple of str
        What a schedule does not know or was assumed, one sentence each.
    stops : tuple of tuple of Stop
        Repair and maintenance of each machine of the problem.
    materials : tuple of tuple of Material
        What each job of the problem waits for, the latest last.
    items : tuple of str
        Names of items, by their index.
    """

    problem: SchedulingProblem
    at_us: int
    until_us: int
    time_zone: str
    left_out: tuple[str, ...]
    stops: tuple[tuple[Stop, ...], ...]
    materials: tuple[tuple[Material, ...], ...]
    items: tuple[str, ...]


def shop_problem(
    network: Network,
    conditions: Conditions | None = None,
    *,
    priority: Mapping[str, float] | None = None,
    left_out: tuple[str, ...] = (),
) -> ShopProblem:
    """Return the scheduling problem of a network as it stands.

    Parameters
    ----------
    network : Network
        With its open orders: its own, or those of a live state, see
        `twin.whatif.network_of_state`.
    conditions : Conditions or None
        What is under way, see `twin.simulate.opening.conditions`; None: nothing.
    priority : mapping of str to float
        Of production orders, by id; others have 0.
    left_out : tuple of str
        What was left out before.

    Returns
    -------
    ShopProblem
        Jobs are production orders, and what customers wait for beyond them; machines
        are slots. Operations stop while their machine is closed and go on after it.

    Raises
    ------
    InputError
        If there is nothing to make.
    """
    told = list(left_out)
    if conditions is not None:
        told += conditions.left_out
    jobs = jobs_of(network, conditions, priority=priority or {}, left_out=told)
    return problem_of_jobs(network, jobs, conditions, told=told)


def problem_of_jobs(
    network: Network,
    jobs: list[Job],
    conditions: Conditions | None,
    *,
    told: list[str],
) -> ShopProblem:
    """Return the scheduling problem of given jobs.

    Parameters
    ----------
    network : Network
        Where they are made.
    jobs : list of Job
        Those without operations are left out.
    conditions : Conditions or None
        What is under way.
    told : list of str
        What was left out before; gets more.

    Raises
    ------
    InputError
        If there is nothing to make.
    """
    jobs = _kept(jobs)
    if not jobs:
        said = "; ".join(told) or "it has no open production orders"
        msg = f"network {network.settings.name!r}: nothing to schedule: {said}"
        raise InputError(msg)
    ticks = _ticks(network, jobs)
    park = park_of(
        network, jobs, conditions, ticks=ticks, tick_us=TICK_US, left_out=told
    )
    problem = _Builder(network, jobs, park, conditions).problem(ticks, told)
    told += _not_planned(network, jobs)
    at_us = network.settings.as_of_us
    until_us = at_us + ticks * TICK_US
    zone = network.settings.time_zone
    return ShopProblem(
        problem, at_us, until_us, zone, tuple(told),
        stops=tuple(tuple(row) for row in park.stops),
        materials=tuple(job.materials for job in jobs),
        items=network.items.ids,
    )  # fmt: skip


def _kept(jobs: list[Job]) -> list[Job]:
    """Leave out jobs that are done but for being closed; nobody waits for them."""
    left = [k for k, job in enumerate(jobs) if job.rows]
    place = {old: new for new, old in enumerate(left)}
    return [
        replace(
            jobs[k], after=tuple(place[one] for one in jobs[k].after if one in place)
        )
        for k in left
    ]


def _ticks(network: Network, jobs: list[Job]) -> int:
    """Return how far calendars are looked at."""
    routings, machines = network.routings, network.machines
    load: dict[tuple[int, int], float] = {}
    longest = 0.0
    for job in jobs:
        pieces, path = job.pieces, 0.0
        for row in job.rows:
            work = float(routings.setup_s[row] + pieces * routings.duration_s[row])
            key = int(routings.machine_group_index[row]), job.site
            load[key] = load.get(key, 0.0) + work
            path += work
            pieces *= float(routings.yield_rate[row])
        longest = max(longest, path)
    pace: dict[tuple[int, int], float] = {}
    keys = zip(machines.group_index.tolist(), machines.site_index.tolist(), strict=True)
    for key, slots, speed in zip(
        keys, machines.slots.tolist(), machines.speed.tolist(), strict=True
    ):
        pace[key] = pace.get(key, 0.0) + slots * speed
    widest = max((work / pace[key] for key, work in load.items()), default=0.0)
    latest = max(job.release_us for job in jobs) - network.settings.as_of_us
    # A week of one shift has a fifth of its hours.
    open_part = 5.0
    reach = FACTOR * open_part * (widest + longest) * 1e6 / TICK_US
    return int(reach) + max(latest, 0) // TICK_US + LEAST_DAYS * DAY_TICKS


def _not_planned(network: Network, jobs: list[Job]) -> list[str]:
    """Name what the network has and a schedule does not know."""
    routings = network.routings
    rows = sorted({row for job in jobs for row in job.rows})
    groups = np.unique(routings.machine_group_index[rows])
    rules = network.group_rules
    limited = np.isin(rules.group_index, groups) & (rules.capacity < NO_LIMIT)
    found = {
        "batches of at least so many orders begin with fewer": routings.batch_min[rows]
        > 1,
        "operations that only some orders have are planned for all": (
            routings.sampling_rate[rows] < 1.0
        ),
        "rework is not planned": routings.rework_rate[rows] > 0.0,
        "room before machines is taken to be without limit": limited,
    }
    return [text for text, applies in found.items() if np.any(applies)]


class _Builder:
    """Rows of the tables, in the order of jobs and their operations."""

    def __init__(
        self,
        network: Network,
        jobs: list[Job],
        park: Park,
        conditions: Conditions | None,
    ) -> None:
        self.network, self.jobs, self.park = network, jobs, park
        self.conditions = conditions
        self.operations = [(k, row) for k, job in enumerate(jobs) for row in job.rows]
        counts = [len(job.rows) for job in jobs]
        self.first = np.cumsum([0, *counts]).tolist()
        self.seats = self._seats()

    def problem(self, ticks: int, told: list[str]) -> SchedulingProblem:
        """Return the problem."""
        network, jobs = self.network, self.jobs
        first = {
            slot: self.park.family_of(network, jobs[job].rows[0])
            for job, slot in self.seats.items()
        }
        machines, setups = self.park.tables(
            network, conditions=self.conditions, first=first, tick_us=TICK_US
        )
        modes, pools = self._modes(), self._pools(ticks, told)
        return SchedulingProblem(
            jobs=Jobs(
                release=self._ticks_of([job.release_us for job in jobs]),
                due=self._ticks_of([job.due_us for job in jobs]),
                weight=np.array([job.weight for job in jobs], np.int64),
            ),
            operations=Operations(
                job=np.array([job for job, _ in self.operations], np.int64),
                family=self._column(self.park.family_of),
                resumable=np.ones(len(self.operations), np.int64),
                size=self._column(self.park.size_of),
            ),
            modes=modes,
            arcs=self._arcs(),
            machines=machines,
            setups=setups,
            pools=pools,
            locks=self._locks(),
            objective=OBJECTIVE,
            names=Names(
                jobs=tuple(job.name for job in jobs),
                operations=self._operation_names(),
                machines=self.park.names,
                pools=network.pools.ids,
            ),
            tick_us=TICK_US,
        )

    def _column(self, of_row: object) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        values = [of_row(self.network, row) for _, row in self.operations]  # type: ignore[operator]
        return np.array(values, np.int64)

    def _ticks_of(
        self, times_us: list[int]
    ) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Return times in ticks; what is past is now."""
        at_us = self.network.settings.as_of_us
        return np.array([max(t - at_us, 0) // TICK_US for t in times_us], np.int64)

    def _operation_names(self) -> tuple[str, ...]:
        routings, names = self.network.routings, []
        for job in self.jobs:
            own = [
                self.network.operations[routings.operation_index[row]]
                for row in job.rows
            ]
            for row, name in zip(job.rows, own, strict=True):
                again = own.count(name) > 1
                names.append(f"{name} {routings.step[row]}" if again else name)
        return tuple(names)

    def _seats(self) -> dict[int, int]:
        """Return the row of a machine that each job under way is on."""
        taken: dict[int, int] = {}
        batches: dict[int, int] = {}
        seats: dict[int, int] = {}
        for k, job in enumerate(self.jobs):
            if job.under is None or job.under.phase not in {SETS_UP, WORKS}:
                continue
            machine, batch = job.under.machine, job.under.batch
            slots = self.park.slots.get(machine, [])
            if batch not in batches:
                at = taken.get(machine, 0)
                if at >= len(slots):
                    continue
                batches[batch] = slots[at]
                taken[machine] = at + 1
            seats[k] = batches[batch]
        return seats

    def _modes(self) -> Modes:
        routings, machines = self.network.routings, self.network.machines
        rows: list[tuple[int, int, int]] = []
        uses: list[tuple[int, int, int]] = []
        for k, job in enumerate(self.jobs):
            pieces = job.pieces
            for step, row in enumerate(job.rows):
                seat = self.seats.get(k) if step == 0 else None
                key = int(routings.machine_group_index[row]), job.site
                for slot in self.park.group_rows[key] if seat is None else [seat]:
                    speed = float(machines.speed[self.park.machines[slot]])
                    work_s = float(routings.duration_s[row]) * pieces / speed
                    left_us = round((float(routings.setup_s[row]) + work_s) * 1e6)
                    if seat is not None:
                        left_us = self._left_us(job, left_us)
                    pools = (
                        (routings.operator_pool_index[row], routings.operators[row]),
                        (routings.tool_pool_index[row], 1),
                    )
                    uses += [
                        (len(rows), int(pool), int(amount))
                        for pool, amount in pools
                        if pool >= 0 and amount > 0
                    ]
                    rows.append((self.first[k] + step, slot, _in_ticks(left_us)))
                pieces *= float(routings.yield_rate[row])
        mode, use = np.array(rows, np.int64), np.array(uses, np.int64).reshape(-1, 3)
        return Modes(
            operation=mode[:, 0], machine=mode[:, 1], duration=mode[:, 2],
            use_mode=use[:, 0], use_pool=use[:, 1], use_amount=use[:, 2],
        )  # fmt: skip

    def _left_us(self, job: Job, whole_us: int) -> int:
        """Return what is left of the operation of a job that is under way."""
        under = job.under
        assert under is not None
        if under.phase == WORKS:
            return whole_us - under.worked_us
        assert self.conditions is not None, "only a state says that a machine is set up"
        routings = self.network.routings
        change_us = SetupTimes(self.network).change_us(
            int(routings.machine_group_index[job.rows[0]]),
            int(self.conditions.machines.before[under.machine]),
            int(routings.setup_family_index[job.rows[0]]),
        )
        return whole_us + max(change_us - under.worked_us, 0)

    def _locks(self) -> Locks:
        rows = [
            (self.first[job], slot, first_open(self.park.closed[slot]))
            for job, slot in sorted(self.seats.items())
        ]
        columns = np.array(rows, np.int64).reshape(-1, 3)
        return Locks(
            operation=columns[:, 0], machine=columns[:, 1], start=columns[:, 2]
        )

    def _arcs(self) -> Arcs:
        rows = []
        for k, job in enumerate(self.jobs):
            rows += [(at, at + 1) for at in range(self.first[k], self.first[k + 1] - 1)]
            rows += [(self.first[one + 1] - 1, self.first[k]) for one in job.after]
        columns = np.array(rows, np.int64).reshape(-1, 2)
        return Arcs(before=columns[:, 0], after=columns[:, 1])

    def _pools(self, ticks: int, told: list[str]) -> Pools:
        """Return pools, away only while a machine that needs them is open."""
        pools, away = self.network.pools, []
        users: dict[int, list[int]] = {}
        for key, rows in pools_needed(self.network, self.jobs).items():
            for pool in set.union(*rows):
                users.setdefault(pool, []).extend(self.park.group_rows[key])
        for pool, slots in sorted(users.items()):
            windows = closed_by(
                self.network, int(pools.calendar_index[pool]),
                int(pools.site_index[pool]), ticks=ticks, tick_us=TICK_US,
            )  # fmt: skip
            if all(covers(self.park.closed[slot], windows) for slot in slots):
                continue
            away += [(pool, start, end) for start, end in windows]
            told.append(
                f"{pools.ids[pool]} is away while machines are open that need it for "
                f"some operations: those are done before or after, not interrupted"
            )
        columns = np.array(away, np.int64).reshape(-1, 3)
        return Pools(
            capacity=np.array(pools.size, np.int64),
            away_pool=columns[:, 0],
            away_start=columns[:, 1],
            away_end=columns[:, 2],
            away_amount=np.array(pools.size, np.int64)[columns[:, 0]],
        )


def _in_ticks(microseconds: int) -> int:
    """Return a duration in ticks, at least one: sequences need that."""
    return max(-(-microseconds // TICK_US), 1)
