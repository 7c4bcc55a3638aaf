"""The lots of a period in sequence, with what changeovers take.

Lot sizing counts one setup time an item; on the floor a setup takes what lies between
the item before and the item after. The scheduler finds the sequence, in whole ticks;
the times are then counted from it without rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from optimizer.production.lot_sizing import Quantities
from optimizer.production.lot_sizing.check import components_taken
from optimizer.production.scheduling import (
    Arcs,
    Jobs,
    Machines,
    Modes,
    Objective,
    Operations,
    SchedulingProblem,
    Setups,
    schedule_production,
)
from optimizer.production.scheduling import warm_up as warm_up_scheduling
from twin.errors import InputError
from twin.planning.searching import search_options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from optimizer import SolveOptions
    from optimizer.production.lot_sizing import LotSizingProblem

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = [
    "Changeovers",
    "Lot",
    "changeovers_of_file",
    "lot_document",
    "sequenced",
    "warm_up",
]

NOTHING = -1
"""Nothing set up."""

TICKS = 10_000
"""Ticks of the longest load: the sequence is found as if times were whole ticks."""

COST_MOST = 2**51
"""What lots times the square of the last tick must stay below, for the scheduler."""

WARM_UP_LOTS = 3
"""Lots of the tiny period that readies the scheduler."""

WORK_A_STEP = 500
"""Operations that the scheduler looks at for a step of the lot sizing's budget."""


@dataclass(frozen=True, slots=True)
class Changeovers:
    """What a setup takes, by what was set up before.

    Attributes
    ----------
    time : ndarray of shape (n_resources, n_items + 1, n_items), float64
        Capacity from the row's item to the column's, >= 0; the last row is from nothing
        set up. The diagonal is 0.
    """

    time: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A lot in its place.

    Attributes
    ----------
    resource, item, period : int
        Where, what and when.
    quantity : float
        Units; 0 for a setup that is made for the period after.
    setup, start, end : float
        Time of its setup; from when to when it is made, counted from the period's
        begin, in units of the capacity. The setup lies before the start.
    """

    resource: int
    item: int
    period: int
    quantity: float
    setup: float
    start: float
    end: float


def changeovers_of_file(path: Path, problem: LotSizingProblem) -> Changeovers:
    """Return the changeovers of a file.

    Parameters
    ----------
    path
        JSON: resource, item before, item after, time. What it does not name takes the
        item's own setup time.
    problem
        Whose resources and items.

    Raises
    ------
    InputError
        If the file is not of that form, names what is not there or an item that the
        resource does not make, or gives an item a time after itself.
    """
    form = dict[str, dict[str, dict[str, float]]]
    try:
        given = msgspec.json.decode(path.read_bytes(), type=form)
    except msgspec.MsgspecError as error:
        msg = f"{path.name}: changeovers by resource, item before, item after: {error}"
        raise InputError(msg) from error
    items = {name: row for row, name in enumerate(problem.item_names)}
    resources = {name: row for row, name in enumerate(problem.resource_names)}
    time = _own_times(problem)
    for resource, rows in given.items():
        row = _known(resources, resource, f"{path.name}: resource")
        where = f"{path.name}: {resource!r}"
        made = {
            name: at for name, at in items.items() if problem.items.resource[at] == row
        }
        for before, columns in rows.items():
            one = _made(items, made, before, where)
            for after, value in columns.items():
                other = _made(items, made, after, where)
                _judge_time(value, before, after, where)
                time[row, one, other] = value
    return Changeovers(time)


def _judge_time(value: float, before: str, after: str, where: str) -> None:
    """Refuse what is no time, or a time from an item to itself."""
    if not 0.0 <= value < math.inf:
        msg = (
            f"{where}: from {before!r} to {after!r} must take a time >= 0, was {value}"
        )
        raise InputError(msg)
    if before == after and value:
        msg = (
            f"{where}: from {before!r} to {after!r} nothing is set up, so it must take "
            f"0, was {value}"
        )
        raise InputError(msg)


def _made(items: dict[str, int], made: dict[str, int], name: str, where: str) -> int:
    """Return the row of an item that a resource makes."""
    row = _known(items, name, f"{where}: item")
    if name not in made:
        msg = (
            f"{where}: item {name!r} is not made there, must be one of "
            f"{list(made)[:20]}"
        )
        raise InputError(msg)
    return row


def _own_times(problem: LotSizingProblem) -> FloatArray:
    n = problem.n_items
    time = np.tile(problem.items.setup_time, (problem.n_resources, n + 1, 1))
    time[:, np.arange(n), np.arange(n)] = 0.0
    return time


def _known(rows: dict[str, int], name: str, what: str) -> int:
    if name not in rows:
        msg = f"{what} {name!r} is not known, must be one of {list(rows)[:20]}"
        raise InputError(msg)
    return rows[name]


def sequenced(
    problem: LotSizingProblem,
    plan: Quantities,
    changeovers: Changeovers,
    *,
    monotonic_s: Callable[[], float],
    seconds: float,
    work: int | None = None,
    seed: int = 0,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Lot, ...]:
    """Put the lots of each period in sequence.

    Parameters
    ----------
    problem, plan
        What was planned. A lot that needs components made in its own period waits for
        them. Where setups are kept, a period begins with what is set up at its start.
    changeovers
        What setups take.
    monotonic_s, seconds, work, seed, cancelled
        Clock, time for all periods, budget instead, seed, and whether to end early.

    Returns
    -------
    tuple of Lot
        By period and resource, in sequence.
    """
    until_s = monotonic_s() + seconds
    last = problem.resources.initial_setup.copy()
    found: list[Lot] = []
    for period in range(problem.n_periods):
        last[~problem.resources.carry_over] = NOTHING
        left_s = max(until_s - monotonic_s(), 0.0) / (problem.n_periods - period)
        budget = None if work is None else WORK_A_STEP * work
        options = search_options(monotonic_s, max(left_s, 0.02), work=budget, seed=seed)
        one = _Period(problem, plan, changeovers.time, period=period, first=last)
        lots = one.lots(options, cancelled)
        for lot in lots:
            last[lot.resource] = lot.item
        found += lots
    return tuple(sorted(found, key=lambda lot: (lot.period, lot.resource, lot.end)))


def warm_up(problem: LotSizingProblem, changeovers: Changeovers) -> None:
    """Compile or load what a sequence needs, so that its time is its own.

    Parameters
    ----------
    problem, changeovers
        What will be put in sequence; of a tiny part of it, nothing is solved.
    """
    made = np.zeros((problem.n_items, problem.n_periods))
    limited = np.flatnonzero(problem.items.resource != NOTHING)[:WARM_UP_LOTS]
    if not made[limited].size:
        return
    made[limited, 0] = 1.0
    none = np.zeros_like(made)
    plan = Quantities(
        setups=made > 0.0,
        carried=none > 0.0,
        quantities=made,
        stock=none,
        backlog=none,
        lost=none,
        discarded=none,
        overtime=np.zeros_like(problem.resources.capacity),
    )
    first = np.full(problem.n_resources, NOTHING)
    period = _Period(problem, plan, changeovers.time, period=0, first=first)
    warm_up_scheduling(period.scheduling())


class _Period:
    """The lots of one period, as a scheduling problem and back."""

    def __init__(
        self,
        problem: LotSizingProblem,
        plan: Quantities,
        time: FloatArray,
        *,
        period: int,
        first: IntArray,
    ) -> None:
        self.problem, self.plan, self.time = problem, plan, time
        self.period, self.first = period, first.copy()
        items = problem.items
        made = (plan.quantities[:, period] > 0.0) | plan.setups[:, period]
        self.item = np.flatnonzero(made & (items.resource != NOTHING))
        self.resource = items.resource[self.item]
        self.amount = plan.quantities[self.item, period]
        self.takes = items.unit_time[self.item] * self.amount
        there = self.first[self.first != NOTHING]
        self.families = np.union1d(self.item, there).astype(np.int64)

    def lots(
        self, options: SolveOptions, cancelled: Callable[[], bool]
    ) -> tuple[Lot, ...]:
        """Return the lots in the best sequence found, with times of their own."""
        if not self.item.size:
            return ()
        schedule = schedule_production(self.scheduling(), options, cancelled=cancelled)
        order = (
            np.argsort(schedule.start, kind="stable")
            if schedule.start.size
            else self._topological()
        )
        return self._timed(order.tolist())

    def _topological(self) -> IntArray:
        """Return an order in which components come first."""
        place = np.empty(self.problem.n_items, dtype=np.int64)
        place[self.problem.order] = np.arange(self.problem.n_items)
        return np.argsort(-place[self.item], kind="stable")

    def _calendar(self) -> FloatArray:
        resources = self.problem.resources
        limit = resources.capacity + resources.overtime_limit
        return np.asarray(limit[:, self.period])

    def scheduling(self) -> SchedulingProblem:
        """Return the period as the scheduler takes it, in ticks."""
        n, n_families = self.item.size, self.families.size
        # Levels of the objective multiply, so ticks have a last one: lots take a
        # quarter of them, setups half, calendars an eighth.
        last = math.isqrt(COST_MOST // n)
        scale = self._scale(last // 4)
        due = np.floor(scale * self._calendar()[self.resource])
        due = np.where(due <= last // 8, due, -1.0).astype(np.int64)
        before, after = np.array(self._arcs(), dtype=np.int64).reshape(-1, 2).T
        return SchedulingProblem(
            jobs=Jobs(release=np.zeros(n, dtype=np.int64), due=due),
            operations=Operations(job=np.arange(n), family=self._columns()),
            modes=Modes(
                operation=np.arange(n),
                machine=self.resource,
                duration=np.maximum(np.rint(scale * self.takes), 1).astype(np.int64),
            ),
            machines=Machines(
                matrix=np.arange(self.problem.n_resources),
                first_family=np.where(
                    self.first == NOTHING,
                    n_families,
                    np.searchsorted(self.families, self.first),
                ),
            ),
            setups=Setups(time=self._matrices(scale, last // (2 * n))),
            arcs=Arcs(before=before, after=after),
            objective=Objective(
                makespan=1, tardiness=1, order=("tardiness", "makespan")
            ),
        )

    def _scale(self, most: int) -> float:
        """Return ticks in a unit of time; all lots take so many ticks at most.

        Calendars that lots never reach, and setups that calendars never hold, say
        nothing of how fine a tick must be.
        """
        setups = self._setups()[self.resource, :, self._columns()]
        shortest = np.where(setups > 0.0, setups, np.inf).min(axis=1)
        shortest = np.where(np.isinf(shortest), 0.0, shortest)
        least, most_load = np.zeros((2, self.problem.n_resources))
        np.add.at(least, self.resource, self.takes + shortest)
        np.add.at(most_load, self.resource, self.takes + setups.max(axis=1))
        reached = np.clip(self._calendar(), least, most_load)
        longest = float(reached.max()) or 1.0
        work = float(self.takes.sum())
        return min(TICKS / longest, most / work if work else math.inf)

    def _columns(self) -> IntArray:
        return np.searchsorted(self.families, self.item)

    def _setups(self) -> FloatArray:
        """Return setup times between families; the last row is from nothing set up."""
        rows = np.append(self.families, self.problem.n_items)
        return self.time[:, rows[:, None], self.families]

    def _matrices(self, scale: float, most: int) -> IntArray:
        """Return setup times in ticks; the last family is nothing set up.

        A setup longer than the most ends late in any case.
        """
        n_resources, n = self.time.shape[0], self.families.size
        ticks = np.zeros((n_resources, n + 1, n + 1), dtype=np.int64)
        ticks[:, :, :n] = np.minimum(np.rint(scale * self._setups()), most)
        return ticks

    def _arcs(self) -> list[tuple[int, int]]:
        """Return which lot waits for which: components first, then what is kept."""
        place = {int(item): at for at, item in enumerate(self.item)}
        bill, period = self.problem.bill, self.period
        taken = components_taken(self.problem, self.plan.quantities)[:, period]
        there = (
            self.plan.stock[:, period - 1]
            if period
            else self.problem.items.initial_stock
        )
        short = taken > there + 1e-6 * np.maximum(taken, 1.0)
        short &= self.problem.items.lead_periods == 0
        arcs = [
            (place[part], place[parent])
            for part, parent in zip(
                bill.component.tolist(), bill.parent.tolist(), strict=True
            )
            if short[part] and part in place and parent in place
        ]
        ordered = {int(self.resource[at]) for arc in arcs for at in arc}
        return arcs + self._kept(place, ordered)

    def _kept(self, place: dict[int, int], ordered: set[int]) -> list[tuple[int, int]]:
        """Return arcs by which what is kept set up ends one period, begins the next.

        Where components order lots of a resource, that order goes first: what is then
        set up again is counted.
        """
        carried, period = self.plan.carried, self.period
        arcs = []
        for item, at in place.items():
            if int(self.resource[at]) in ordered:
                continue
            others = [
                other
                for other in range(self.item.size)
                if other != at and self.resource[other] == self.resource[at]
            ]
            begins = bool(carried[item, period]) and not self.plan.setups[item, period]
            ends = period + 1 < carried.shape[1] and carried[item, period + 1]
            if begins and self.first[self.resource[at]] == item and not ends:
                arcs += [(at, other) for other in others]
            elif ends:
                arcs += [(other, at) for other in others]
        return list(dict.fromkeys(arcs))

    def _timed(self, order: list[int]) -> tuple[Lot, ...]:
        """Count times along a sequence, each lot as early as it can be."""
        waits: dict[int, list[int]] = {}
        for before, after in self._arcs():
            waits.setdefault(after, []).append(before)
        free = np.zeros(self.problem.n_resources)
        last, ends, found = self.first.copy(), np.zeros(self.item.size), []
        for at in order:
            row, item = int(self.resource[at]), int(self.item[at])
            # Row -1 of the table is from nothing set up.
            setup = float(self.time[row, last[row], item])
            ready = max((float(ends[one]) for one in waits.get(at, [])), default=0.0)
            start = max(float(free[row]) + setup, ready)
            ends[at] = free[row] = start + float(self.takes[at])
            last[row] = item
            found.append(
                Lot(
                    resource=row,
                    item=item,
                    period=self.period,
                    quantity=float(self.amount[at]),
                    setup=setup,
                    start=start,
                    end=float(ends[at]),
                )
            )
        return tuple(found)


def lot_document(problem: LotSizingProblem, lots: tuple[Lot, ...]) -> list[Any]:
    """Return lots in sequence as rows of JSON.

    Parameters
    ----------
    problem, lots
        What was put in sequence.
    """
    return [
        {
            "period": problem.period_names[lot.period],
            "resource": problem.resource_names[lot.resource],
            "item": problem.item_names[lot.item],
            "quantity": lot.quantity,
            "setup": lot.setup,
            "start": lot.start,
            "end": lot.end,
        }
        for lot in lots
    ]
