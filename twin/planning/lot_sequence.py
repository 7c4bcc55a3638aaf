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

from optimizer import SolveOptions
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
from twin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from optimizer.production.lot_sizing import LotSizingProblem, Quantities

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["Changeovers", "Lot", "changeovers_of_file", "lot_document", "sequenced"]

NOTHING = -1
"""Nothing set up."""

TICKS = 10_000
"""Ticks of the longest calendar: the sequence is found as if times were whole ticks."""

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
        If the file is not of that form, or names what is not there.
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
        for before, columns in rows.items():
            one = _known(items, before, f"{path.name}: {resource!r}: item")
            for after, value in columns.items():
                other = _known(items, after, f"{path.name}: {resource!r}: item")
                if not 0.0 <= value < math.inf:
                    msg = (
                        f"{path.name}: {resource!r}: from {before!r} to {after!r} must "
                        f"take a time >= 0, was {value}"
                    )
                    raise InputError(msg)
                time[row, one, other] = value
    return Changeovers(time)


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
        options = SolveOptions(
            monotonic_s=monotonic_s,
            time_limit_s=math.inf if work is not None else max(left_s, 0.02),
            work_limit=None if work is None else WORK_A_STEP * work,
            seed=seed,
        )
        one = _Period(problem, plan, changeovers.time, period=period, first=last)
        lots = one.lots(options, cancelled)
        for lot in lots:
            last[lot.resource] = lot.item
        found += lots
    return tuple(sorted(found, key=lambda lot: (lot.period, lot.resource, lot.end)))


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

    def lots(
        self, options: SolveOptions, cancelled: Callable[[], bool]
    ) -> tuple[Lot, ...]:
        """Return the lots in the best sequence found, with times of their own."""
        if not self.item.size:
            return ()
        schedule = schedule_production(self._scheduling(), options, cancelled=cancelled)
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
        return np.asarray(limit[self.resource, self.period])

    def _scheduling(self) -> SchedulingProblem:
        calendar = self._calendar()
        finite = np.isfinite(calendar)
        longest = float(calendar[finite].max(initial=0.0)) or float(self.takes.max())
        scale = TICKS / max(longest, 1e-9)
        n = self.item.size
        due = np.full(n, -1, dtype=np.int64)
        due[finite] = np.floor(scale * calendar[finite]).astype(np.int64)
        machines = self.problem.n_resources
        before, after = np.array(self._arcs(), dtype=np.int64).reshape(-1, 2).T
        return SchedulingProblem(
            jobs=Jobs(release=np.zeros(n, dtype=np.int64), due=due),
            operations=Operations(job=np.arange(n), family=self.item),
            modes=Modes(
                operation=np.arange(n),
                machine=self.resource,
                duration=np.maximum(np.rint(scale * self.takes), 1).astype(np.int64),
            ),
            machines=Machines(
                matrix=np.arange(machines),
                first_family=np.where(
                    self.first == NOTHING, self.problem.n_items, self.first
                ),
            ),
            setups=Setups(time=self._matrices(scale)),
            arcs=Arcs(before=before, after=after),
            objective=Objective(
                makespan=1, tardiness=1, order=("tardiness", "makespan")
            ),
        )

    def _matrices(self, scale: float) -> IntArray:
        """Return setup times in ticks; the last family is nothing set up."""
        n_resources, n = self.time.shape[0], self.time.shape[2]
        ticks = np.zeros((n_resources, n + 1, n + 1), dtype=np.int64)
        ticks[:, :, :n] = np.rint(scale * self.time)
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
        return arcs or self._kept(place)

    def _kept(self, place: dict[int, int]) -> list[tuple[int, int]]:
        """Return arcs by which what is kept set up ends one period, begins the next.

        Where components order the lots, that order goes first: what is then set up
        again is counted.
        """
        carried, period = self.plan.carried, self.period
        arcs = []
        for item, at in place.items():
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
