"""Good setups by annealing, and the lots that follow from them.

What may be late, turned down, kept set up or too old is left to the programs that go on
from here; stock of parts at the start is counted only where nothing else is left.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.lot_sizing._kernels.annealing import (
    Shop,
    anneal,
    price,
    work_of,
)
from optimizer.production.lot_sizing.check import check_plan, plan_cost
from optimizer.production.lot_sizing.following import followed
from optimizer.production.lot_sizing.problem import NONE, Quantities

if TYPE_CHECKING:
    from optimizer.production.lot_sizing.echelon import Echelon
    from optimizer.production.lot_sizing.problem import (
        BoolArray,
        FloatArray,
        IntArray,
        LotSizingProblem,
    )

__all__ = ["Annealing", "planned"]

HOT, WARM = 0.5, 0.12
"""Temperature at which a search begins anew, and goes on from its best plan, as a share
of the mean setup cost. Half as hot ends in the first good valley on tight capacity."""

COLD = 0.03
"""Temperature at the end of a cycle, as a share of that at its beginning."""

SLICE = 4_000_000
"""Moves between looks at the clock, times items and periods: some 30 ms."""

SHORTEST_SLICE = 1_000
"""Moves between looks at the clock, however large the problem is."""

PENALTIES = (0.03, 2.0, 0.3)
"""Price of time beyond all limits, in turn, in mean setup costs."""


class Annealing:
    """A search of one core over setups.

    Parameters
    ----------
    problem, echelon
        The problem, of one item at least, and its net demand.
    seed
        Seed of its choices.
    """

    def __init__(
        self, problem: LotSizingProblem, echelon: Echelon, *, seed: int
    ) -> None:
        self._problem = problem
        self._shop = _shop(problem, echelon)
        total = float(problem.items.setup_cost.sum())
        self._unit = max(total / max(problem.n_items, 1), 1.0)
        self._work = (work_of(self._shop), work_of(self._shop))
        self._state = np.array([seed], dtype=np.uint64)
        self._cycle = self._slice = self._slices = 0
        self._hot = self._penalty = self._unit
        self.cost = math.inf
        self._first = _first_setups(problem, echelon)
        self.setups: BoolArray = self._first
        self._now = self.setups

    def begin(self, slices: int, base: BoolArray | None = None) -> None:
        """Begin a cycle and forget the last one.

        Parameters
        ----------
        slices
            Slices it shall take, >= 1.
        base
            ndarray of shape (n_items, n_periods), bool: setups to go on from, not hot;
            None begins anew, with a setup for each demand.
        """
        anew = base is None
        self._now = self._first.copy() if base is None else base.copy()
        self._hot = (HOT if anew else WARM) * self._unit
        self._penalty = PENALTIES[self._cycle % len(PENALTIES)] * self._unit
        self._slice, self._slices = 0, slices
        self._cycle += anew
        self.cost, self.setups = math.inf, self._now.copy()

    @property
    def ended(self) -> bool:
        """Whether a cycle has come to its end."""
        return self._slice >= self._slices

    def improve(self) -> bool:
        """Anneal for a slice; return whether the best of the cycle became better."""
        before, after = (
            self._hot * COLD ** ((self._slice + at) / self._slices) for at in (0, 1)
        )
        best = self._now.copy()
        cost = float(
            anneal(
                self._shop,
                *self._work,
                self._now,
                best,
                self._state,
                max(SLICE // self._now.size, SHORTEST_SLICE),
                before,
                after,
                self._penalty,
            )
        )
        self._slice += 1
        if cost >= self.cost:
            return False
        self.cost, self.setups = cost, best
        return True

    def plan(self) -> tuple[float, Quantities] | None:
        """Return cost and plan of the best setups of the cycle, None without one."""
        if math.isinf(self.cost):
            return None
        lots = np.zeros(self._shop.net.shape)
        price(self._shop, self._work[0], self.setups, 1.0, lots)
        return planned(self._problem, lots)


def planned(
    problem: LotSizingProblem, lots: FloatArray
) -> tuple[float, Quantities] | None:
    """Return cost and plan of lots with a setup each, None if they break a rule.

    Parameters
    ----------
    problem
        Any.
    lots
        ndarray of shape (n_items, n_periods), float64.
    """
    zero = np.zeros_like(lots)
    plan = followed(
        problem,
        Quantities(
            setups=lots > 0.0,
            carried=np.zeros(lots.shape, dtype=np.bool_),
            quantities=lots,
            stock=zero,
            backlog=zero,
            lost=zero,
            discarded=zero,
            overtime=zero,
        ),
    )
    if check_plan(problem, plan):
        return None
    return plan_cost(problem, plan), plan


def _shop(problem: LotSizingProblem, echelon: Echelon) -> Shop:
    """Return the problem as the kernel takes it."""
    items, resources, bill = problem.items, problem.resources, problem.bill
    is_part = np.zeros(problem.n_items, dtype=np.bool_)
    is_part[bill.component] = True
    added = items.holding_cost.copy()
    held = bill.quantity * items.holding_cost[bill.component]
    np.subtract.at(added, bill.parent, held)
    lines = np.argsort(bill.parent, kind="stable")
    count = np.bincount(bill.parent, minlength=problem.n_items)
    order, level = _levels(problem)
    # What nothing limits is made on a resource of its own.
    open_row = np.full((1, problem.n_periods), np.inf)
    return Shop(
        net=np.where(is_part[:, None], problem.demand, echelon.net),
        stock=np.where(is_part, items.initial_stock, 0.0),
        holding_cost=items.holding_cost,
        setup_cost=items.setup_cost,
        setup_time=items.setup_time,
        unit_time=items.unit_time,
        added_cost=np.maximum(added, 0.0),
        lead=items.lead_periods,
        first_line=np.concatenate([[0], np.cumsum(count)]),
        part=bill.component[lines],
        units=bill.quantity[lines],
        order=order,
        level=level,
        resource=np.where(items.resource == NONE, len(resources), items.resource),
        capacity=np.vstack([resources.capacity, open_row]),
        overtime_limit=np.vstack([resources.overtime_limit, np.zeros_like(open_row)]),
        overtime_cost=np.append(resources.overtime_cost, 0.0),
    )


def _levels(problem: LotSizingProblem) -> tuple[IntArray, IntArray]:
    """Return items level by level, and where each level begins."""
    depth = np.zeros(problem.n_items, dtype=np.int64)
    bill = problem.bill
    for parent in problem.order.tolist():
        parts = bill.component[bill.parent == parent]
        depth[parts] = np.maximum(depth[parts], depth[parent] + 1)
    order = np.argsort(depth, kind="stable").astype(np.int64)
    begins = np.searchsorted(depth[order], np.arange(depth.max(initial=0) + 2))
    return order, begins.astype(np.int64)


def _first_setups(problem: LotSizingProblem, echelon: Echelon) -> BoolArray:
    """Return a setup wherever echelon demand must have been made."""
    setups = np.zeros(echelon.net.shape, dtype=np.bool_)
    for item, lead in enumerate(problem.items.lead_periods.tolist()):
        if lead < problem.n_periods:
            setups[item, : problem.n_periods - lead] = echelon.net[item, lead:] > 0.0
    return setups
