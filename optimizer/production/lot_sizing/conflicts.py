"""Demands and capacities that cannot all be kept.

A conflict is a set of demands and capacities that cannot all be kept, and any of which
left out lets the rest be kept; both is proven by solving.

References
----------
Chinneck, Dravnieks (1991), "Locating minimal infeasible constraint sets in linear
programs", ORSA Journal on Computing 3(2): the deletion filter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.lot_sizing.model import Limits
from optimizer.production.lot_sizing.program import lay_out
from optimizer.production.lot_sizing.watching import solve_watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.options import SolveOptions
    from optimizer.production.lot_sizing.model import Answer, Solver
    from optimizer.production.lot_sizing.problem import BoolArray, LotSizingProblem
    from optimizer.production.lot_sizing.rows import Arrays

__all__ = ["Conflict", "find_conflicts"]

CONFLICTS_MOST = 5
"""Conflicts that are looked for."""

TEST_SHARE = 0.05
"""Share of the time that one test of a set of rules may take."""

TEST_NODES = 2_000
"""Nodes of a test where work is counted and not time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Demands and capacities that cannot all be kept.

    Parameters
    ----------
    items
        Whose own demand, until a period, must be served.
    until
        That period, counted from 0.
    resources
        Whose capacity and overtime must be kept; none if lead times alone forbid it.
    verified
        Whether it is proven that the whole cannot be kept, and that it can without any
        one of them.
    sentence
        The same in the problem's own names.
    """

    items: tuple[int, ...]
    until: int
    resources: tuple[int, ...]
    verified: bool
    sentence: str


def find_conflicts(
    problem: LotSizingProblem,
    options: SolveOptions,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Conflict, ...]:
    """Return what cannot be kept together, no item in two of them.

    Parameters
    ----------
    problem
        One without a plan; with one, there are none.
    options
        Time limit and clock, or a budget of work, whatever its size, for an answer that
        repeats.
    cancelled
        Asked between tests and during them; once true, the conflicts found so far are
        returned, the last one perhaps not minimal and not verified.

    Examples
    --------
    >>> from optimizer import SolveOptions
    >>> from optimizer.production.lot_sizing import Items, LotSizingProblem, Resources
    >>> problem = LotSizingProblem(
    ...     items=Items(holding_cost=np.array([1.0])),
    ...     resources=Resources(capacity=np.full((1, 2), 10.0)),
    ...     demand=np.array([[8.0, 15.0]]),
    ...     item_names=("pump",),
    ...     resource_names=("saw",),
    ... )
    >>> options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=1)
    >>> find_conflicts(problem, options)[0].sentence
    "demand of 23 of 'pump' until period 2 does not fit: 'saw' has 20 by then"
    """
    return _Tests(problem, options, cancelled).conflicts()


class _Tests:
    """Tests of what can be kept together, within the time."""

    def __init__(
        self,
        problem: LotSizingProblem,
        options: SolveOptions,
        cancelled: Callable[[], bool],
    ) -> None:
        self.problem, self.options, self.cancelled = problem, options, cancelled
        self.begun_s = options.monotonic_s()
        self.sure = True

    def conflicts(self) -> tuple[Conflict, ...]:
        found: list[Conflict] = []
        items = np.ones(self.problem.n_items, dtype=np.bool_)
        while len(found) < CONFLICTS_MOST and items.any() and self._time_for_more():
            conflict = self._conflict(items)
            if conflict is None:
                break
            found.append(conflict)
            items = items.copy()
            items[list(conflict.items)] = False
        return tuple(found)

    def _left_s(self) -> float:
        return self.options.time_limit_s - (self.options.monotonic_s() - self.begun_s)

    def _time_for_more(self) -> bool:
        if self.cancelled():
            return False
        return self.options.work_limit is not None or self._left_s() > 0.0

    def _impossible(self, items: BoolArray, until: int, limited: BoolArray) -> bool:
        """Test whether demand of some items, until a period, cannot be served."""
        if not self._time_for_more():
            self.sure = False
            return False
        limits = Limits(math.inf, TEST_NODES)
        if self.options.work_limit is None:
            most_s = max(TEST_SHARE * self.options.time_limit_s, 0.1)
            limits = Limits(min(most_s, self._left_s()))
        part = _part(self.problem, items, until, limited)
        arrays = lay_out(part, "location").arrays
        arrays = arrays._replace(cost=np.zeros_like(arrays.cost))
        # What fractions of setups cannot do is known in no time.
        none = np.zeros_like(arrays.integer)
        relaxed = self._solved(arrays._replace(integer=none), "highs", limits)
        if relaxed.status == "infeasible":
            return True
        answer = self._solved(arrays, "scip", limits)
        if answer.status == "stopped" and answer.values is None:
            self.sure = False
        return answer.status == "infeasible"

    def _solved(self, arrays: Arrays, solver: Solver, limits: Limits) -> Answer:
        return solve_watched(
            arrays,
            solver,
            limits,
            monotonic_s=self.options.monotonic_s,
            cancelled=self.cancelled,
        )

    def _conflict(self, items: BoolArray) -> Conflict | None:
        """Find the first period by which demand cannot be served; then who, where."""
        self.sure = True
        limited = np.ones(self.problem.n_resources, dtype=np.bool_)
        low, high = 0, self.problem.n_periods - 1
        if not self._impossible(items, high, limited):
            return None
        while low < high:
            middle = (low + high) // 2
            if self._impossible(items, middle, limited):
                high = middle
            else:
                low = middle + 1
        items = items & (self.problem.demand[:, : high + 1].sum(axis=1) > 0.0)
        items, limited = items.copy(), limited.copy()
        for kept in (limited, items):
            for at in np.flatnonzero(kept).tolist():
                kept[at] = False
                if not self._impossible(items, high, limited):
                    kept[at] = True
        sentence = _sentence(self.problem, items, high, limited)
        return Conflict(
            items=tuple(np.flatnonzero(items).tolist()),
            until=high,
            resources=tuple(np.flatnonzero(limited).tolist()),
            verified=self.sure,
            sentence=sentence,
        )


def _part(
    problem: LotSizingProblem, items: BoolArray, until: int, limited: BoolArray
) -> LotSizingProblem:
    """Return the problem with nothing but some demands and some capacities."""
    asked = items[:, None] & (np.arange(problem.n_periods) <= until)
    capacity = np.where(limited[:, None], problem.resources.capacity, np.inf)
    return replace(
        problem,
        demand=np.where(asked, problem.demand, 0.0),
        resources=replace(problem.resources, capacity=capacity),
    )


def _sentence(
    problem: LotSizingProblem, items: BoolArray, until: int, limited: BoolArray
) -> str:
    demand = problem.demand[:, : until + 1].sum(axis=1)
    asked = ", ".join(
        f"{demand[item]:.10g} of {problem.item_names[item]!r}"
        for item in np.flatnonzero(items).tolist()
    )
    when = problem.period_names[until]
    if not limited.any():
        return f"demand of {asked} until period {when} cannot be there in time"
    resources = problem.resources
    time = (resources.capacity + resources.overtime_limit)[:, : until + 1].sum(axis=1)
    there = ", ".join(
        f"{problem.resource_names[row]!r} has {time[row]:.10g}"
        for row in np.flatnonzero(limited).tolist()
    )
    return f"demand of {asked} until period {when} does not fit: {there} by then"
