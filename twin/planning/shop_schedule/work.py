"""What a shop has to make: open production orders, and what customers wait for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from twin.model.elements import NO_STEP
from twin.model.tables import ORDER_KINDS
from twin.simulate.opening.floor import WAITS
from twin.simulate.routings import RoutingRows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.model.network import Network
    from twin.simulate.opening.conditions import Conditions

__all__ = ["Job", "Material", "Under", "jobs_of", "jobs_under_way"]

CUSTOMER = ORDER_KINDS.index("customer")
PRODUCTION = ORDER_KINDS.index("production")

SMALLEST = 1e-9
"""Units below which nothing is short: rounding."""

Point = tuple[int, int]  # item, site


@dataclass(frozen=True, slots=True)
class Under:
    """An operation under way: the phase of its seat, machine, time worked, batch."""

    phase: int
    machine: int
    worked_us: int
    batch: int


@dataclass(frozen=True, slots=True)
class Material:
    """Goods from elsewhere that a job waits for.

    Attributes
    ----------
    item : int
        Index of the network.
    ready_us : int
        When the last of them is there, microseconds UTC.
    order : str
        Of which open order that is; empty: they are not ordered yet.
    """

    item: int
    ready_us: int
    order: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """An order to make something, as far as it is not made yet.

    Attributes
    ----------
    name : str
        Its id; of what a customer waits for and nobody has ordered, who and what.
    item, site : int
        Indices of the network.
    rows : tuple of int
        Rows of `Network.routings` left to do, in order.
    pieces : float
        Units that come to the first of them.
    due_us : int
        Microseconds UTC.
    weight : int
        Of a tick of lateness, >= 1.
    release_us : int
        Nothing of it starts before, microseconds UTC: when all its materials are there.
    materials : tuple of Material
        What comes later than now, the latest last.
    under : Under or None
        Its first operation, if that is under way.
    after : tuple of int
        Positions of the jobs whose goods go into it.
    """

    name: str
    item: int
    site: int
    rows: tuple[int, ...]
    pieces: float
    due_us: int
    weight: int = 1
    release_us: int = 0
    materials: tuple[Material, ...] = ()
    under: Under | None = None
    after: tuple[int, ...] = ()


def jobs_of(
    network: Network,
    conditions: Conditions | None,
    *,
    priority: Mapping[str, float],
    left_out: list[str],
) -> list[Job]:
    """List the jobs of a network.

    Production orders are taken as they are; their materials were issued when they were
    released. Of what customers wait for, stock, open production orders and what is on
    its way are taken off, those due first before others; the rest is made at the site
    that serves them, if that makes the item, with what goes into it where that is short
    too.

    Parameters
    ----------
    network : Network
        With its open orders.
    conditions : Conditions or None
        What is under way; None: nothing.
    priority : mapping of str to float
        Of production orders, by id; others have 0.
    left_out : list of str
        Gets a sentence for what could not be taken, by kind.

    Returns
    -------
    list of Job
        A job comes after those that it waits for.
    """
    jobs = jobs_under_way(network, conditions, priority, left_out)
    return _Needs(network, jobs, left_out).with_customers()


def jobs_under_way(
    network: Network,
    conditions: Conditions | None,
    priority: Mapping[str, float],
    left_out: list[str],
) -> list[Job]:
    """List open production orders as jobs; see `jobs_of`."""
    return _Made(network, conditions, priority, left_out).jobs()


class _Made:
    """Open production orders as jobs."""

    def __init__(
        self,
        network: Network,
        conditions: Conditions | None,
        priority: Mapping[str, float],
        left_out: list[str],
    ) -> None:
        self._network, self._priority, self._left_out = network, priority, left_out
        self._routings = RoutingRows(network)
        self._seats: dict[int, Under] = {}
        if conditions is not None:
            work = conditions.work
            columns = (work.order, work.phase, work.machine, work.worked_us, work.batch)
            for order, phase, machine, worked_us, batch in zip(
                *(column.tolist() for column in columns), strict=True
            ):
                if phase != WAITS:
                    self._seats[order] = Under(phase, machine, worked_us, batch)

    def jobs(self) -> list[Job]:
        orders, as_of_us = self._network.open_orders, self._network.settings.as_of_us
        jobs, unknown = [], []
        for k in np.flatnonzero(orders.kind == PRODUCTION).tolist():
            name = orders.ids[k]
            item, site = int(orders.item_index[k]), int(orders.to_place_index[k])
            rows = self._routings.of(item, site)
            steps = self._network.routings.step[rows]
            step = int(orders.step[k])
            if step == NO_STEP or not len(rows):
                unknown.append(name)
                continue
            first = int(np.searchsorted(steps, step))
            jobs.append(
                Job(
                    name=name,
                    item=item,
                    site=site,
                    rows=tuple(rows[first:].tolist()),
                    pieces=float(orders.quantity[k]),
                    due_us=int(orders.due_us[k]),
                    weight=1 + round(max(self._priority.get(name, 0.0), 0.0)),
                    release_us=as_of_us,
                    under=self._seats.get(k),
                )
            )
        if unknown:
            self._left_out.append(
                f"{len(unknown)} production orders of which it is not known what is "
                f"left to do, such as {unknown[0]}: they come when they are due"
            )
        return jobs


@dataclass(slots=True)
class _Supply:
    """Units that come to a point at a time, from a job or by an order."""

    time_us: int
    units: float
    job: int = -1
    order: str = ""


@dataclass(slots=True)
class _Told:
    """Units and orders by what became of them."""

    elsewhere: int = 0
    unmade: int = 0
    bought: dict[Point, float] = field(default_factory=lambda: defaultdict(float))
    unbuyable: dict[Point, float] = field(default_factory=lambda: defaultdict(float))


class _Needs:
    """What customers wait for, less what there is; the rest becomes jobs."""

    def __init__(self, network: Network, jobs: list[Job], left_out: list[str]) -> None:
        self._network, self._jobs, self._left_out = network, jobs, left_out
        self._routings = RoutingRows(network)
        stock, made = network.stock, network.production
        self._on_hand = {
            (item, site): units
            for item, site, units in zip(
                stock.item_index.tolist(), stock.site_index.tolist(),
                stock.on_hand.tolist(), strict=True,
            )
        }  # fmt: skip
        self._makes = set(zip(made.first.tolist(), made.second.tolist(), strict=True))
        self._supplies = self._coming()
        self._told = _Told()
        self._names = {job.name for job in jobs}

    def with_customers(self) -> list[Job]:
        orders = self._network.open_orders
        rows = np.flatnonzero(orders.kind == CUSTOMER)
        rows = rows[np.lexsort((rows, orders.due_us[rows]))]
        for k in rows.tolist():
            point = int(orders.item_index[k]), int(orders.from_place_index[k])
            short, _ = self._taken(point, float(orders.quantity[k]))
            if short <= SMALLEST:
                continue
            if point not in self._makes:
                self._told.elsewhere += 1
                continue
            customer = int(orders.to_place_index[k])
            weight = 1 + round(float(self._network.places.priority[customer]))
            due_us = int(orders.due_us[k])
            self._make(point, short, orders.ids[k], (due_us, weight))
        self._tell()
        return self._jobs

    def _coming(self) -> dict[Point, list[_Supply]]:
        """Return what comes to each point, the soonest first."""
        coming: dict[Point, list[_Supply]] = defaultdict(list)
        network, orders = self._network, self._network.open_orders
        for at, job in enumerate(self._jobs):
            good = job.pieces * float(network.places.yield_rate[job.site])
            good *= float(np.prod(network.routings.yield_rate[list(job.rows)]))
            coming[job.item, job.site].append(_Supply(job.due_us, good, at))
        known = self._names_of_jobs()
        for k in np.flatnonzero(orders.kind != CUSTOMER).tolist():
            if orders.ids[k] in known:
                continue
            point = int(orders.item_index[k]), int(orders.to_place_index[k])
            units = float(orders.quantity[k])
            supply = _Supply(int(orders.due_us[k]), units, order=orders.ids[k])
            coming[point].append(supply)
        for supplies in coming.values():
            supplies.sort(key=lambda one: (one.time_us, one.job))
        return coming

    def _names_of_jobs(self) -> set[str]:
        return {job.name for job in self._jobs}

    def _taken(self, point: Point, units: float) -> tuple[float, list[_Supply]]:
        """Take units of a point; return what is short, and what comes for the rest."""
        there = min(units, max(self._on_hand.get(point, 0.0), 0.0))
        if there > 0.0:
            self._on_hand[point] -= there
            units -= there
        taken = []
        for supply in self._supplies.get(point, ()):
            if units <= SMALLEST:
                break
            some = min(units, supply.units)
            if some > SMALLEST:
                supply.units -= some
                units -= some
                taken.append(supply)
        return max(units, 0.0), taken

    def _make(
        self, point: Point, good: float, order: str, asked: tuple[int, int]
    ) -> tuple[list[int], list[Material]]:
        """Add the job that makes good units of an item, and what goes into it.

        What is made without a routing is no job: what it waits for is returned.
        """
        network, (item, site) = self._network, point
        rows = self._routings.of(item, site)
        share = float(np.prod(network.routings.yield_rate[rows]))
        pieces = good / (share * float(network.places.yield_rate[site]))
        after: list[int] = []
        waits: list[Material] = []
        bills = network.bills
        for row in np.flatnonzero(bills.item_index == item).tolist():
            part = int(bills.component_index[row]), site
            needed = float(bills.quantity[row] / (1.0 - bills.scrap_rate[row]))
            short, taken = self._taken(part, needed * pieces)
            after += [one.job for one in taken if one.job >= 0]
            waits += [
                Material(part[0], one.time_us, one.order)
                for one in taken
                if one.job < 0
            ]
            if short > SMALLEST:
                jobs, more = self._got(part, short, order, asked)
                after += jobs
                waits += more
        waits = self._latest(waits)
        if not len(rows):
            self._told.unmade += 1
            return after, waits
        self._jobs.append(
            Job(
                name=self._named(f"{order} {network.items.ids[item]}"),
                item=item,
                site=site,
                rows=tuple(rows.tolist()),
                pieces=pieces,
                due_us=asked[0],
                weight=asked[1],
                release_us=max(
                    [network.settings.as_of_us, *(one.ready_us for one in waits)]
                ),
                materials=tuple(waits),
                after=tuple(dict.fromkeys(after)),
            )
        )
        return [len(self._jobs) - 1], []

    def _latest(self, waits: list[Material]) -> list[Material]:
        """Return the last of each item that is not there yet, the latest last."""
        as_of_us = self._network.settings.as_of_us
        waits = sorted(waits, key=lambda one: (one.ready_us, one.item))
        last = {one.item: one for one in waits if one.ready_us > as_of_us}
        return [one for one in waits if last.get(one.item) is one]

    def _got(
        self, part: Point, short: float, order: str, asked: tuple[int, int]
    ) -> tuple[list[int], list[Material]]:
        """Make what is short, or wait for it to be bought."""
        if part in self._makes:
            return self._make(part, short, order, asked)
        lanes = self._network.lanes
        carries = self._network.lane_items
        carried = carries.first[carries.second == part[0]]
        carried = carried[lanes.to_place_index[carried] == part[1]]
        if not len(carried):
            self._told.unbuyable[part] += short
            return [], []
        self._told.bought[part] += short
        lead_us = round(float(lanes.lead_time_s[carried].min()) * 1e6)
        return [], [Material(part[0], self._network.settings.as_of_us + lead_us)]

    def _named(self, name: str) -> str:
        number, free = 2, name
        while free in self._names:
            free, number = f"{name} #{number}", number + 1
        self._names.add(free)
        return free

    def _tell(self) -> None:
        told, network = self._told, self._network
        if told.elsewhere:
            self._left_out.append(
                f"{told.elsewhere} customer orders that neither stock nor what is on "
                f"its way covers, at places that do not make the item: what is made "
                f"for them is for a plan to say"
            )
        if told.unmade:
            self._left_out.append(
                f"{told.unmade} orders made without a routing: they take no time"
            )
        for units, what in (
            (told.bought, "is neither there nor ordered: taken to come a lead time on"),
            (told.unbuyable, "is neither there nor to be had: taken to be there"),
        ):
            for (item, site), short in sorted(units.items()):
                self._left_out.append(
                    f"{short:,.6g} {network.items.unit[item]} of "
                    f"{network.items.ids[item]} at {network.places.ids[site]} {what}"
                )
