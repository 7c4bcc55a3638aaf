"""Plans of items that stand alone, by annealing their setups."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from optimizer.production.lot_sizing._kernels.annealing import Single, anneal, price
from optimizer.production.lot_sizing.check import check_plan, plan_cost
from optimizer.production.lot_sizing.following import followed
from optimizer.production.lot_sizing.problem import NONE, Quantities

if TYPE_CHECKING:
    from optimizer.production.lot_sizing.echelon import Echelon
    from optimizer.production.lot_sizing.problem import (
        BoolArray,
        FloatArray,
        LotSizingProblem,
    )

__all__ = ["Annealing", "can_anneal"]

HOT, WARM = 0.5, 0.12
"""Temperature at which a search begins anew, and goes on from its best plan, as a share
of the mean setup cost. Half as hot ends in the first good valley on tight capacity."""

COLD = 0.03
"""Temperature at the end of a cycle, as a share of that at its beginning."""

SLICE = 20_000
"""Moves between looks at the clock: some 30 ms for ten items and twenty periods."""

PENALTIES = (0.03, 0.3)
"""Price of time beyond all limits, in turn, in mean setup costs."""


def can_anneal(problem: LotSizingProblem, echelon: Echelon) -> bool:
    """Return whether lots follow from setups by a rule, item by item.

    Parameters
    ----------
    problem, echelon
        The problem and its net demand.
    """
    early = np.arange(problem.n_periods) < problem.items.lead_periods[:, None]
    impossible = (echelon.net > 0.0) & early
    return bool(echelon.single.size and echelon.single.all()) and not impossible.any()


class Annealing:
    """A search of one core over setups.

    Parameters
    ----------
    problem, echelon
        As `can_anneal` says.
    seed
        Seed of its choices.
    """

    def __init__(
        self, problem: LotSizingProblem, echelon: Echelon, *, seed: int
    ) -> None:
        self._problem = problem
        self._single = _single(problem, echelon)
        self._unit = max(float(problem.items.setup_cost.mean()), 1.0)
        self._state = np.array([seed], dtype=np.uint64)
        self._cycle = self._slice = self._slices = 0
        self._hot = self._penalty = self._unit
        self.cost = math.inf
        self.setups: BoolArray = self._single.net > 0.0
        self._now = self.setups

    def begin(self, slices: int) -> None:
        """Begin a cycle: from one lot a demand, or the best plan, in turn.

        Parameters
        ----------
        slices
            Slices it shall take, >= 1.
        """
        anew = self._cycle % 2 == 0 or math.isinf(self.cost)
        self._now = (self._single.net > 0.0) if anew else self.setups.copy()
        self._hot = (HOT if anew else WARM) * self._unit
        self._penalty = PENALTIES[self._cycle // 2 % len(PENALTIES)] * self._unit
        self._slice, self._slices = 0, slices
        self._cycle += 1

    @property
    def ended(self) -> bool:
        """Whether a cycle has come to its end."""
        return self._slice >= self._slices

    def improve(self) -> bool:
        """Anneal for a slice; return whether the best plan became better."""
        before, after = (
            self._hot * COLD ** ((self._slice + at) / self._slices) for at in (0, 1)
        )
        best = self._now.copy()
        cost = float(
            anneal(
                self._single,
                self._now,
                best,
                self._state,
                SLICE,
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

    def adopt(self, setups: BoolArray, cost: float) -> None:
        """Go on from setups from elsewhere, if they are better.

        Parameters
        ----------
        setups
            ndarray of shape (n_items, n_periods), bool: enough for a plan.
        cost
            Of the plan they came with.
        """
        if cost < self.cost:
            self.cost, self.setups = cost, setups.copy()

    def plan(self) -> tuple[float, Quantities] | None:
        """Return cost and plan of the best setups, None without one."""
        if math.isinf(self.cost):
            return None
        lots = np.zeros(self._single.net.shape)
        price(self._single, self.setups, 1.0, lots)
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


def _single(problem: LotSizingProblem, echelon: Echelon) -> Single:
    """Return the problem with demand moved to when it must have been made."""
    items, resources = problem.items, problem.resources
    net = np.zeros_like(echelon.net)
    for item, lead in enumerate(items.lead_periods.tolist()):
        if lead < problem.n_periods:
            net[item, : problem.n_periods - lead] = echelon.net[item, lead:]
    # What nothing limits is made on a resource of its own.
    open_row = np.full((1, problem.n_periods), np.inf)
    return Single(
        net=net,
        holding_cost=items.holding_cost,
        setup_cost=items.setup_cost,
        setup_time=items.setup_time,
        unit_time=items.unit_time,
        resource=np.where(items.resource == NONE, len(resources), items.resource),
        capacity=np.vstack([resources.capacity, open_row]),
        overtime_limit=np.vstack([resources.overtime_limit, np.zeros_like(open_row)]),
        overtime_cost=np.append(resources.overtime_cost, 0.0),
    )
