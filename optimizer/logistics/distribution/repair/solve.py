"""Repair a released replenishment plan within a budget of changes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import CheckError
from optimizer.logistics.distribution.check import (
    check_replenishment,
    replenishment_profit,
)
from optimizer.logistics.distribution.problem import ReplenishmentSolution
from optimizer.logistics.distribution.repair.model import Kept, RepairModel
from optimizer.logistics.distribution.repair.part import part_of
from optimizer.logistics.distribution.repair.released import ReplenishmentRepair

if TYPE_CHECKING:
    from optimizer.logistics.distribution.problem import (
        BoolArray,
        FloatArray,
        ReplenishmentProblem,
    )
    from optimizer.logistics.distribution.program import Plan
    from optimizer.logistics.distribution.repair.part import Part
    from optimizer.logistics.distribution.repair.released import ReleasedPlan
    from optimizer.options import SolveOptions

__all__ = ["repair_replenishment"]

ROUNDS = 2
"""Programs with weights learnt from the one before. The first round of learning takes
away most changes that are worth little; a third changes hardly anything."""

HARDLY = 0.01
"""Share of a usual order that counts as hardly moved: a change of that size pays half
of the cost of a change, and what did not move at all is as good as fixed from then on.
Ten times more lets changes through that are not worth their cost; ten times less makes
the prices of a program differ by so much more."""

CHANGED = 1e-6
"""Share of the largest order by which one must differ to count as changed: what a
solver leaves of two equal numbers is less."""

SHORTEST_LIMIT_S = 1e-3


def repair_replenishment(
    problem: ReplenishmentProblem, released: ReleasedPlan, options: SolveOptions
) -> ReplenishmentRepair:
    """Plan the free orders of a released plan anew, and keep the others.

    Parameters
    ----------
    problem
        As it is now: stock, what is on the way, demand.
    released
        The plan, what of it may change, and what a change costs.
    options
        Time limit, clock, and whether the checker judges the plan. The method draws no
        random numbers and keeps nothing: the same question has the same answer.

    Returns
    -------
    ReplenishmentRepair

    Raises
    ------
    ProblemError
        If the released plan is not of this problem.
    CheckError
        If the solver's plan breaks a rule.

    Notes
    -----
    A cost for each changed order, whatever its size, is no linear program. It is one
    with a cost for a unit of change, solved again with a cost that is lower for what
    changed much and higher for what changed little. With a budget, the orders that
    changed most (as a share of what their activity usually orders) stay free, all
    others are kept, and the program is solved once more.

    References
    ----------
    Candes, Wakin, Boyd (2008), "Enhancing sparsity by reweighted l1 minimization",
    Journal of Fourier Analysis and Applications 14, section 2.2.
    """
    released.check_fits(problem)
    chosen = np.asarray(released.free.any(axis=1))
    part = part_of(problem, chosen, released.orders)
    asked = _Asked(part, released, options)
    plan = asked.plan()
    if plan is None:
        return _as_released(released, part, asked.n_solves)
    if options.check:
        _check(part, plan)
    return _repair(released, part, asked, plan)


class _Asked:
    """One repair under way: its part, and how often it was solved."""

    def __init__(
        self, part: Part, released: ReleasedPlan, options: SolveOptions
    ) -> None:
        self._released, self._options = released, options
        self._started_s = options.monotonic_s()
        self._model = RepairModel(part.problem)
        self.orders = released.orders[part.activities]
        self.free = released.free[part.activities]
        self.usual = _usual(self.orders, part.problem)
        self.n_solves = 0

    @property
    def tolerance(self) -> float:
        """Units by which an order must differ to count as changed."""
        return CHANGED * max(1.0, float(self.orders.max(initial=0.0)))

    def plan(self) -> Plan | None:
        """Return the plan within the budget, None if time ran out."""
        cost = self._released.change_cost
        weight = np.repeat((cost / self.usual)[:, None], self.orders.shape[1], axis=1)
        plan = self._solve(self.free, weight)
        for _ in range(ROUNDS - 1 if cost else 0):
            if plan is None:
                return None
            moved = np.abs(plan.orders - self.orders)
            weight = cost / (moved + HARDLY * self.usual[:, None])
            plan = self._solve(self.free, weight)
        most = self._released.changes_max
        if plan is None or most is None or self.changed(plan).sum() <= most:
            return plan
        self.free = self._largest(plan, most)
        return self._solve(self.free, weight)

    def changed(self, plan: Plan) -> BoolArray:
        """Return the free orders that a plan changes."""
        moved = np.abs(plan.orders - self.orders) > self.tolerance
        found: BoolArray = moved & self.free
        return found

    def _largest(self, plan: Plan, most: int) -> BoolArray:
        size = np.abs(plan.orders - self.orders) / self.usual[:, None]
        size = np.where(self.changed(plan), size, -1.0).ravel()
        # The first of equals: so that the same orders are kept each time.
        first = np.argsort(-size, kind="stable")[:most]
        largest = np.zeros(size.size, np.bool_)
        largest[first[size[first] >= 0.0]] = True
        return largest.reshape(self.orders.shape)

    def _solve(self, free: BoolArray, unit_cost: FloatArray) -> Plan | None:
        passed_s = self._options.monotonic_s() - self._started_s
        left_s = max(self._options.time_limit_s - passed_s, SHORTEST_LIMIT_S)
        self.n_solves += 1
        kept = Kept(self.orders, free, unit_cost)
        return self._model.solve(kept, time_limit_s=left_s)


def _usual(orders: FloatArray, problem: ReplenishmentProblem) -> FloatArray:
    """Return the usual order of each activity, > 0: its mean, or the mean of all."""
    n_placed = (orders > 0.0).sum(axis=1)
    overall = float(orders.sum()) / max(int(n_placed.sum()), 1)
    if not overall:
        overall = max(1.0, float(problem.demand.mean()) if problem.demand.size else 1.0)
    mean = orders.sum(axis=1) / np.maximum(n_placed, 1)
    usual: FloatArray = np.where(n_placed > 0, mean, overall)
    return usual


def _as_released(
    released: ReleasedPlan, part: Part, n_solves: int
) -> ReplenishmentRepair:
    nothing = np.zeros(released.orders.shape, np.bool_)
    return ReplenishmentRepair(
        status="feasible",
        orders=released.orders.copy(),
        changed=nothing,
        squeezed=nothing.copy(),
        profit=math.nan,
        n_points=part.points.size,
        n_solves=n_solves,
    )


def _check(part: Part, plan: Plan) -> None:
    solution = _solution(plan)
    profit = replenishment_profit(part.problem, solution)
    wrong = check_replenishment(part.problem, replace(solution, objective=profit))
    if wrong:
        message = f"the repaired replenishment plan was refused: {'; '.join(wrong)}"
        raise CheckError(message)


def _solution(plan: Plan) -> ReplenishmentSolution:
    return ReplenishmentSolution(
        status="feasible", objective=0.0, bound=math.inf, gap=math.inf,
        orders=plan.orders, stock=plan.stock, sales=plan.sales, backlog=plan.backlog,
        seconds=0.0,
    )  # fmt: skip


def _repair(
    released: ReleasedPlan, part: Part, asked: _Asked, plan: Plan
) -> ReplenishmentRepair:
    moved = np.abs(plan.orders - asked.orders) > asked.tolerance
    orders = released.orders.copy()
    changed, squeezed = np.zeros((2, *orders.shape), np.bool_)
    changed[part.activities] = moved & asked.free
    squeezed[part.activities] = moved & ~asked.free
    found = orders[part.activities]
    found[moved] = plan.orders[moved]
    orders[part.activities] = found
    return ReplenishmentRepair(
        status="optimal",
        orders=orders,
        changed=changed,
        squeezed=squeezed,
        profit=replenishment_profit(part.problem, _solution(plan)),
        n_points=part.points.size,
        n_solves=asked.n_solves,
    )
