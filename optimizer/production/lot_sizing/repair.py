"""What stands in the way of a plan, and what it takes to have one.

A conflict is a set of demands and capacities that cannot all be kept, and any of which
left out lets the rest be kept; both is proven by solving. The repair pays for time
beyond all limits, for demand turned down and for demand served late, at prices: its
plan is checked like any other, against the problem that the payment makes.

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

from optimizer.errors import CheckError
from optimizer.production.lot_sizing.check import capacity_used, check_plan, plan_cost
from optimizer.production.lot_sizing.following import quantities_of
from optimizer.production.lot_sizing.model import Limits, solve_program
from optimizer.production.lot_sizing.program import Elastic, lay_out
from optimizer.production.lot_sizing.rows import limited

if TYPE_CHECKING:
    from optimizer.options import SolveOptions
    from optimizer.production.lot_sizing.problem import (
        BoolArray,
        FloatArray,
        LotSizingProblem,
        Quantities,
    )
    from optimizer.production.lot_sizing.program import Program

__all__ = ["Conflict", "LotRepair", "RepairPrices", "repair_lots"]

CONFLICTS_MOST = 5
"""Conflicts that are looked for; they share no item."""

TEST_SHARE = 0.02
"""Share of the time that one test of a set of rules may take."""

REPAIR_SHARE = 0.4
"""Share of the time kept for the repair."""

TEST_NODES = 2_000
"""Nodes of a test, and of the repair, where work is counted and not time."""

ROUNDED = 1e-7
"""Share of the price of a repair, and money, that the plan may add to it."""

LEAST_SHARE = 1e-5
"""Share of the largest amount below which a payment is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPrices:
    """What the planner would pay to break a rule.

    Parameters
    ----------
    capacity
        Money per unit of time beyond capacity and overtime, > 0. Default: twice the
        dearest overtime, at least 1.
    demand
        Money per unit turned down, > 0. Default: ten times what a unit of the dearest
        item takes in extra time and holding.
    backlog
        Money per unit and period of late demand, > 0. Default: a fifth of `demand`.
    """

    capacity: float | None = None
    demand: float | None = None
    backlog: float | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LotRepair:
    """Why there is no plan, and the cheapest way found to have one.

    Parameters
    ----------
    conflicts
        No two share an item.
    sentences
        What is to be paid for, one by one.
    extra_time
        ndarray of shape (n_resources, n_periods), float64: time beyond overtime.
    lost, late
        ndarray of shape (n_items, n_periods), float64: demand turned down, and waiting
        at period ends, where the problem forbids it.
    price
        Money for all of that.
    plan
        The plan that it makes possible.
    cost
        What the plan costs besides.
    proven
        Whether no repair is cheaper, and no plan that it makes possible.
    """

    conflicts: tuple[Conflict, ...]
    sentences: tuple[str, ...]
    extra_time: FloatArray
    lost: FloatArray
    late: FloatArray
    price: float
    plan: Quantities
    cost: float
    proven: bool


def repair_lots(
    problem: LotSizingProblem,
    options: SolveOptions,
    *,
    prices: RepairPrices | None = None,
) -> LotRepair:
    """Say what stands in the way of a plan, and what it takes.

    Parameters
    ----------
    problem
        One without a plan; with one, there are no conflicts and nothing is paid.
    options
        Time limit and clock, or a budget of work, whatever its size, for an answer that
        repeats.
    prices
        None for the defaults.

    Raises
    ------
    CheckError
        If the plan of the repair breaks a rule of the repaired problem.

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
    >>> repair = repair_lots(problem, options)
    >>> repair.conflicts[0].sentence
    "demand of 23 pump until period 2 does not fit: 'saw' has 20 by then"
    >>> repair.sentences
    ("'saw', period 2: 3 more of time at 1 each: 3",)
    """
    work = _Work(problem, options)
    conflicts = work.conflicts()
    return _paid(problem, conflicts, prices or RepairPrices(), work.repair_limits())


class _Work:
    """Tests of what can be kept together, within the time."""

    def __init__(self, problem: LotSizingProblem, options: SolveOptions) -> None:
        self.problem, self.options = problem, options
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

    def repair_limits(self) -> Limits:
        if self.options.work_limit is not None:
            return Limits(math.inf, TEST_NODES)
        return Limits(max(self._left_s(), 0.5))

    def _left_s(self) -> float:
        return self.options.time_limit_s - (self.options.monotonic_s() - self.begun_s)

    def _time_for_more(self) -> bool:
        if self.options.work_limit is not None:
            return True
        return self._left_s() > REPAIR_SHARE * self.options.time_limit_s

    def _impossible(self, items: BoolArray, until: int, limited: BoolArray) -> bool:
        """Test whether demand of some items, until a period, cannot be served."""
        if not self._time_for_more():
            self.sure = False
            return False
        limits = Limits(math.inf, TEST_NODES)
        if self.options.work_limit is None:
            limits = Limits(max(TEST_SHARE * self.options.time_limit_s, 0.1))
        part = _part(self.problem, items, until, limited)
        arrays = lay_out(part, "location").arrays
        arrays = arrays._replace(cost=np.zeros_like(arrays.cost))
        answer = solve_program(arrays, "scip", limits)
        if answer.status == "stopped" and answer.values is None:
            self.sure = False
        return answer.status == "infeasible"

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
        f"{demand[item]:.10g} {problem.item_names[item]}"
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


def _paid(
    problem: LotSizingProblem,
    conflicts: tuple[Conflict, ...],
    prices: RepairPrices,
    limits: Limits,
) -> LotRepair:
    """Return the cheapest repair, and the best plan that it makes possible."""
    capacity, demand, backlog = _prices(problem, prices)
    items = problem.items
    never_late, never_lost = np.isinf(items.backlog_cost), np.isinf(items.lost_cost)
    softened = replace(
        problem,
        items=replace(
            items,
            backlog_cost=np.where(never_late, backlog, items.backlog_cost),
            lost_cost=np.where(never_lost, demand, items.lost_cost),
        ),
    )
    elastic = Elastic(capacity, np.full(problem.n_items, np.inf))
    program = lay_out(softened, "location", elastic=elastic)
    paid = np.zeros(program.arrays.cost.size)
    for columns, unit, there in (
        (program.beyond, capacity, True),
        (program.lost, demand, never_lost[:, None]),
        (program.backlog, backlog, never_late[:, None]),
    ):
        paid[columns[there & (columns >= 0)]] = unit
    values, proven = _cheapest(program, paid, limits)
    if values is None:
        # Nothing made at all keeps every rule, if all demand is turned down.
        values = np.zeros(program.arrays.cost.size)
        values[program.lost[program.lost >= 0]] = problem.demand[program.lost >= 0]
    plan = quantities_of(softened, program, values)
    over = capacity_used(softened, plan) - problem.resources.capacity
    extra = np.maximum(over - problem.resources.overtime_limit, 0.0)
    extra = _cleared(extra)
    repaired = _repaired(softened, extra)
    plan = plan._replace(overtime=np.clip(over, 0.0, repaired.resources.overtime_limit))
    wrong = check_plan(repaired, plan)
    if wrong:
        message = f"the repaired plan was refused: {'; '.join(wrong)}"
        raise CheckError(message)
    lost = _cleared(np.where(never_lost[:, None], plan.lost, 0.0))
    late = _cleared(np.where(never_late[:, None], plan.backlog, 0.0))
    price = sum(
        unit * float(amount.sum())
        for unit, amount in ((capacity, extra), (demand, lost), (backlog, late))
    )
    within = plan._replace(
        overtime=plan.overtime - extra,
        lost=plan.lost - lost,
        backlog=plan.backlog - late,
    )
    return LotRepair(
        conflicts=conflicts,
        sentences=(
            *_told(problem.resource_names, problem, extra, ("more of time", capacity)),
            *_told(problem.item_names, problem, lost, ("units turned down", demand)),
            *_told(problem.item_names, problem, late, ("units a period late", backlog)),
        ),
        extra_time=extra,
        lost=lost,
        late=late,
        price=price,
        plan=plan,
        cost=plan_cost(problem, within),
        proven=proven,
    )


def _cheapest(
    program: Program, paid: FloatArray, limits: Limits
) -> tuple[FloatArray | None, bool]:
    """Return the best of the plans with the cheapest repair, and whether it is."""
    half = limits._replace(seconds=limits.seconds / 2.0)
    arrays = program.arrays
    first = solve_program(arrays._replace(cost=paid), "highs", half)
    if first.values is None:
        return None, False
    least = max(first.objective, 0.0)
    held = limited(arrays, paid, least * (1.0 + ROUNDED) + ROUNDED)
    own = held._replace(cost=arrays.cost - paid)
    second = solve_program(own, "highs", half, hint=first.values)
    values = first.values if second.values is None else second.values
    return values, first.status == "optimal" and second.status == "optimal"


def _cleared(amount: FloatArray) -> FloatArray:
    """Return amounts without what is rounding."""
    least = LEAST_SHARE * max(float(amount.max(initial=0.0)), 1.0)
    return np.where(amount < least, 0.0, amount)


def _prices(
    problem: LotSizingProblem, prices: RepairPrices
) -> tuple[float, float, float]:
    items = problem.items
    dearest = float(problem.resources.overtime_cost.max(initial=0.0))
    capacity = prices.capacity or max(2.0 * dearest, 1.0)
    takes = items.unit_time * capacity + items.unit_cost
    takes = takes + items.holding_cost * problem.n_periods
    demand = prices.demand or 10.0 * max(float(takes.max(initial=0.0)), 1.0)
    return capacity, demand, prices.backlog or 0.2 * demand


def _repaired(problem: LotSizingProblem, extra: FloatArray) -> LotSizingProblem:
    """Return the problem that the payment makes."""
    limit = problem.resources.overtime_limit + extra
    return replace(problem, resources=replace(problem.resources, overtime_limit=limit))


def _told(
    names: tuple[str, ...],
    problem: LotSizingProblem,
    amount: FloatArray,
    what: tuple[str, float],
) -> list[str]:
    """Say what is paid for, row by row and period by period."""
    words, price = what
    return [
        f"{names[row]!r}, period {problem.period_names[period]}: "
        f"{amount[row, period]:.6g} {words} at {price:.6g} each: "
        f"{price * amount[row, period]:.6g}"
        for row, period in np.argwhere(amount > 0.0).tolist()
    ]
