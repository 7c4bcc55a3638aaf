"""What it takes to have a plan where there is none.

The repair pays for time beyond all limits, for demand turned down and for demand served
late, at prices; as little as it can, and then for the plan that costs least besides.
Two ways are tried: time alone, by the search for plans with dear overtime, and
everything at once, by a solver. The plan is checked like any other, against the problem
that the payment makes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.errors import CheckError
from optimizer.production.lot_sizing.check import capacity_used, check_plan, plan_cost
from optimizer.production.lot_sizing.conflicts import Conflict, find_conflicts
from optimizer.production.lot_sizing.following import quantities_of
from optimizer.production.lot_sizing.model import Limits
from optimizer.production.lot_sizing.problem import NONE
from optimizer.production.lot_sizing.program import Elastic, lay_out
from optimizer.production.lot_sizing.rows import limited
from optimizer.production.lot_sizing.solve import plan_lots
from optimizer.production.lot_sizing.watching import solve_watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.options import SolveOptions
    from optimizer.production.lot_sizing.model import Answer
    from optimizer.production.lot_sizing.problem import (
        FloatArray,
        LotSizingProblem,
        Quantities,
    )
    from optimizer.production.lot_sizing.rows import Arrays

__all__ = ["LotRepair", "RepairPrices", "repair_lots"]

CONFLICT_SHARE = 0.5
"""Share of the time for conflicts; the rest is for the repair."""

SHORTEST_S = 0.1
"""Seconds that a repair has at least."""

STRESS = 100.0
"""What extra time costs while as little as possible is looked for, in its price."""

NODES = 2_000
"""Nodes of a repair where work is counted and not time."""

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
    cancelled: Callable[[], bool] = lambda: False,
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
    cancelled
        Asked some fifty times a second; once true, the answer is what was found by
        then, and at worst to turn all demand down.

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
    >>> repair.sentences
    ("'saw', period 2: 3 more of time at 1 each: 3",)
    """
    begun_s = options.monotonic_s()
    half = replace(options, time_limit_s=CONFLICT_SHARE * options.time_limit_s)
    conflicts = find_conflicts(problem, half, cancelled=cancelled)
    left_s = options.time_limit_s - (options.monotonic_s() - begun_s)
    rest = replace(options, time_limit_s=max(left_s, SHORTEST_S))
    amounts = _prices(problem, prices or RepairPrices())
    return _Payer(problem, rest, amounts, cancelled).repair(conflicts)


class _Amounts(NamedTuple):
    """Prices, all of them known."""

    capacity: float
    demand: float
    backlog: float


class _Payer:
    """Looks for the cheapest way to have a plan."""

    def __init__(
        self,
        problem: LotSizingProblem,
        options: SolveOptions,
        prices: _Amounts,
        cancelled: Callable[[], bool],
    ) -> None:
        self.problem, self.options, self.prices = problem, options, prices
        self.cancelled = cancelled
        items = problem.items
        self.never_late = np.isinf(items.backlog_cost)
        self.never_lost = np.isinf(items.lost_cost)
        self.softened = replace(
            problem,
            items=replace(
                items,
                backlog_cost=np.where(
                    self.never_late, prices.backlog, items.backlog_cost
                ),
                lost_cost=np.where(self.never_lost, prices.demand, items.lost_cost),
            ),
        )

    def repair(self, conflicts: tuple[Conflict, ...]) -> LotRepair:
        any_way, proven = self._any_way()
        found = [plan for plan in (any_way, self._with_time()) if plan is not None]
        best = min(found, key=self._rank) if found else self._nothing_made()
        # What is no worse than the best is as good as proven.
        return self._told(best, conflicts, proven=proven)

    def _rank(self, plan: Quantities) -> tuple[float, float]:
        price = self._price(plan)
        return round(price, 6), plan_cost(self.softened, plan)

    def _share(self, share: float) -> Limits:
        if self.options.work_limit is not None:
            return Limits(math.inf, NODES)
        return Limits(max(share * self.options.time_limit_s, 0.1))

    def _with_time(self) -> Quantities | None:
        """Plan with as much overtime as it takes, at a price that keeps it small."""
        items, resources = self.problem.items, self.problem.resources
        made = np.where(items.resource == NONE, 0.0, items.unit_time)
        takes = items.setup_time.sum() * self.problem.n_periods
        takes += float(made.sum()) * float(self.problem.demand.sum())
        price = STRESS * self.prices.capacity
        bought = replace(
            self.problem,
            resources=replace(
                resources,
                overtime_limit=resources.overtime_limit + takes,
                overtime_cost=np.maximum(resources.overtime_cost, price),
            ),
        )
        limit_s = max(self.options.time_limit_s / 3.0, 0.1)
        options = replace(self.options, time_limit_s=limit_s)
        return plan_lots(bought, options, cancelled=self.cancelled).quantities

    def _any_way(self) -> tuple[Quantities | None, bool]:
        """Return the cheapest repair's best plan by a solver, and whether it is."""
        elastic = Elastic(self.prices.capacity, np.full(self.problem.n_items, np.inf))
        program = lay_out(self.softened, "location", elastic=elastic)
        arrays = program.arrays
        paid = np.zeros(arrays.cost.size)
        for columns, unit, there in (
            (program.beyond, self.prices.capacity, True),
            (program.lost, self.prices.demand, self.never_lost[:, None]),
            (program.backlog, self.prices.backlog, self.never_late[:, None]),
        ):
            paid[columns[there & (columns >= 0)]] = unit
        first = self._solved(arrays._replace(cost=paid))
        if first.values is None:
            return None, False
        most = max(first.objective, 0.0) * (1.0 + ROUNDED) + ROUNDED
        own = limited(arrays, paid, most)._replace(cost=arrays.cost - paid)
        second = self._solved(own, hint=first.values)
        values = first.values if second.values is None else second.values
        proven = first.status == "optimal" and second.status == "optimal"
        return quantities_of(self.softened, program, values), proven

    def _solved(self, arrays: Arrays, hint: FloatArray | None = None) -> Answer:
        return solve_watched(
            arrays,
            "highs",
            self._share(1.0 / 3.0),
            monotonic_s=self.options.monotonic_s,
            cancelled=self.cancelled,
            hint=hint,
        )

    def _nothing_made(self) -> Quantities:
        """Turn all demand down: stock at the start is thrown away or kept."""
        program = lay_out(self.softened, "plain")
        values = np.zeros(program.arrays.cost.size)
        there = program.lost >= 0
        values[program.lost[there]] = self.problem.demand[there]
        return quantities_of(self.softened, program, values)

    def _payments(self, plan: Quantities) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return extra time, demand turned down and demand late, where forbidden."""
        over = capacity_used(self.problem, plan) - self.problem.resources.capacity
        extra = np.maximum(over - self.problem.resources.overtime_limit, 0.0)
        lost = np.where(self.never_lost[:, None], plan.lost, 0.0)
        late = np.where(self.never_late[:, None], plan.backlog, 0.0)
        return _cleared(extra), _cleared(lost), _cleared(late)

    def _price(self, plan: Quantities) -> float:
        return sum(
            unit * float(amount.sum())
            for unit, amount in zip(
                (self.prices.capacity, self.prices.demand, self.prices.backlog),
                self._payments(plan),
                strict=True,
            )
        )

    def _told(
        self, plan: Quantities, conflicts: tuple[Conflict, ...], *, proven: bool
    ) -> LotRepair:
        problem, prices = self.problem, self.prices
        extra, lost, late = self._payments(plan)
        limit = problem.resources.overtime_limit + extra
        resources = replace(problem.resources, overtime_limit=limit)
        over = capacity_used(problem, plan) - problem.resources.capacity
        plan = plan._replace(overtime=np.clip(over, 0.0, limit))
        wrong = check_plan(replace(self.softened, resources=resources), plan)
        if wrong:
            message = f"the repaired plan was refused: {'; '.join(wrong)}"
            raise CheckError(message)
        within = plan._replace(
            overtime=plan.overtime - extra,
            lost=plan.lost - lost,
            backlog=plan.backlog - late,
        )
        items = problem.item_names
        return LotRepair(
            conflicts=conflicts,
            sentences=(
                *_told(
                    problem.resource_names,
                    problem,
                    extra,
                    ("more of time", prices.capacity),
                ),
                *_told(items, problem, lost, ("units turned down", prices.demand)),
                *_told(items, problem, late, ("units a period late", prices.backlog)),
            ),
            extra_time=extra,
            lost=lost,
            late=late,
            price=self._price(plan),
            plan=plan,
            cost=plan_cost(problem, within),
            proven=proven,
        )


def _cleared(amount: FloatArray) -> FloatArray:
    """Return amounts without what is rounding."""
    least = LEAST_SHARE * max(float(amount.max(initial=0.0)), 1.0)
    return np.where(amount < least, 0.0, amount)


def _prices(problem: LotSizingProblem, prices: RepairPrices) -> _Amounts:
    items = problem.items
    dearest = float(problem.resources.overtime_cost.max(initial=0.0))
    capacity = prices.capacity or max(2.0 * dearest, 1.0)
    takes = items.unit_time * capacity + items.unit_cost
    takes = takes + items.holding_cost * problem.n_periods
    demand = prices.demand or 10.0 * max(float(takes.max(initial=0.0)), 1.0)
    return _Amounts(capacity, demand, prices.backlog or 0.2 * demand)


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
