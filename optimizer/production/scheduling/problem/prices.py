"""What times cost: a tariff, the start of an operation, a change of plan."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem.columns import (
    LATEST,
    NONE,
    IntArray,
    freeze,
    no_rows,
    require,
)

__all__ = ["Baseline", "StartCosts", "Tariff"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tariff:
    """Price of energy over time, constant from each date to the next.

    Parameters
    ----------
    start
        ndarray of shape (n_prices,), int64: from when on a price holds, in ticks;
        ascending, the first at 0. Empty (the default) for energy that costs nothing.
    price
        ndarray of shape (n_prices,), int64: cost >= 0 of a unit of power for a tick.
    """

    start: IntArray = field(default_factory=no_rows)
    price: IntArray = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        freeze(self)
        require(self, "start", rows=self.start.size, low=0)
        require(self, "price", rows=self.start.size, low=0)
        if self.start.size and self.start[0] != 0:
            message = f"the first price must hold from 0 on, was from {self.start[0]}"
            raise ProblemError(message)
        wrong = np.flatnonzero(self.start[1:] <= self.start[:-1])
        if wrong.size:
            pair = self.start[wrong[0] : wrong[0] + 2].tolist()
            message = f"prices must be in order of time, two were from {pair}"
            raise ProblemError(message)
        longest, dearest = (int(column.max(initial=0)) for column in self._columns())
        if longest * dearest >= LATEST:
            message = (
                f"a price of {dearest} and times up to {longest} are too large to be "
                "added up; take larger units"
            )
            raise ProblemError(message)

    def _columns(self) -> tuple[IntArray, IntArray]:
        return self.start, self.price

    def __len__(self) -> int:
        """Return the number of prices."""
        return self.start.size

    def paid(self, at: IntArray) -> IntArray:
        """Return the cost of a unit of power from time 0 to some times.

        Parameters
        ----------
        at
            ndarray of any shape, int64: times >= 0 in ticks.
        """
        if not self.start.size:
            return np.zeros_like(at)
        full = np.concatenate(([0], np.cumsum(np.diff(self.start) * self.price[:-1])))
        row = np.searchsorted(self.start, at, side="right") - 1
        paid: IntArray = full[row] + self.price[row] * (at - self.start[row])
        return paid


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StartCosts:
    """What it costs to start an operation at a time: a line through points.

    A maintenance job that is best done at one time and ever more dearly later is an
    operation with such a line; its window is the job's release and deadline. Before
    its first and after its last point a line is level; between points, costs are
    rounded up.

    Parameters
    ----------
    operation
        ndarray of shape (n_points,), int64: ascending.
    time
        ndarray of shape (n_points,), int64: start in ticks, ascending.
    cost
        ndarray of shape (n_points,), int64: cost >= 0 of that start.
    """

    operation: IntArray = field(default_factory=no_rows)
    time: IntArray = field(default_factory=no_rows)
    cost: IntArray = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        freeze(self)
        for name in ("operation", "time", "cost"):
            require(self, name, rows=self.operation.size, low=0)
        after, before = self.operation[1:], self.operation[:-1]
        later = (after == before) & (self.time[1:] > self.time[:-1])
        wrong = np.flatnonzero(~later & (after <= before))
        if wrong.size:
            row = int(wrong[0]) + 1
            message = (
                "points of start costs must be ordered by operation, then by time; row "
                f"{row} was operation {self.operation[row]} at {self.time[row]}"
            )
            raise ProblemError(message)

    def __len__(self) -> int:
        """Return the number of points."""
        return self.operation.size

    def line(self, operation: int) -> tuple[IntArray, IntArray]:
        """Return times and costs of an operation's points, none where it has no line.

        Parameters
        ----------
        operation
            Its row.
        """
        first, end = np.searchsorted(self.operation, [operation, operation + 1])
        return self.time[first:end], self.cost[first:end]

    def cost_at(self, operation: int, start: int) -> int:
        """Return the cost of starting an operation at a time.

        Parameters
        ----------
        operation
            Its row.
        start
            Ticks.
        """
        time, cost = (column.tolist() for column in self.line(operation))
        if not time:
            return 0
        after = int(np.searchsorted(time, start, side="right"))
        if after == 0 or after == len(time):
            return int(cost[min(after, len(time) - 1)])
        rise, run = cost[after] - cost[after - 1], time[after] - time[after - 1]
        # Whole numbers, rounded up: -(-a // b).
        return int(cost[after - 1] - (-rise * (start - time[after - 1]) // run))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Baseline:
    """The schedule before, which a new one should stay close to.

    Parameters
    ----------
    operation, machine, start
        ndarrays of shape (n_rows,), int64: where each operation was and when it
        started; machine -1 for none. What is not listed is new and moves freely.
    tick_cost
        ndarray of shape (n_rows,), int64: cost of starting a tick earlier or later.
        Default 1.
    move_cost
        ndarray of shape (n_rows,), int64: cost of another machine. Default 1.
    """

    operation: IntArray = field(default_factory=no_rows)
    machine: IntArray = field(default_factory=no_rows)
    start: IntArray = field(default_factory=no_rows)
    tick_cost: IntArray = field(default_factory=no_rows)
    move_cost: IntArray = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        n = np.asarray(self.operation).size
        freeze(self, (("tick_cost", 1), ("move_cost", 1)), n)
        for name in ("operation", "start", "tick_cost", "move_cost"):
            require(self, name, rows=n, low=0)
        require(self, "machine", rows=n, low=NONE)
        if np.unique(self.operation).size != n:
            message = "an operation must not be in the baseline twice"
            raise ProblemError(message)

    def __len__(self) -> int:
        """Return the number of operations it tells of."""
        return self.operation.size
