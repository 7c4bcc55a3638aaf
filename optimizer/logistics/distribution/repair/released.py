"""A plan that was released, what of it may change, and what a repair makes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import ProblemError

if TYPE_CHECKING:
    from optimizer.logistics.distribution.problem import (
        BoolArray,
        FloatArray,
        ReplenishmentProblem,
    )
    from optimizer.result import SolveStatus

__all__ = ["ReleasedPlan", "ReplenishmentRepair"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReleasedPlan:
    """Orders as they were released, and how much of them may change.

    Parameters
    ----------
    orders
        ndarray of shape (n_activities, n_periods), float64: units, >= 0.
    free
        ndarray of shape (n_activities, n_periods), bool: which orders may change. The
        others stay, unless what they take is not there any more.
    change_cost
        Money for each order that changes, finite and >= 0. With 0, plans that earn the
        same are all alike, however many orders differ.
    changes_max
        Most free orders that change, >= 0; None: any number.

    Raises
    ------
    ProblemError
        If an entry is not allowed.
    """

    orders: FloatArray
    free: BoolArray
    change_cost: float = 0.0
    changes_max: int | None = None

    def __post_init__(self) -> None:
        if self.orders.ndim != 2 or self.free.shape != self.orders.shape:  # noqa: PLR2004
            message = (
                "orders and free must have one shape (n_activities, n_periods), had "
                f"{self.orders.shape} and {self.free.shape}"
            )
            raise ProblemError(message)
        if not bool((np.isfinite(self.orders) & (self.orders >= 0.0)).all()):
            message = "released orders must be finite and >= 0"
            raise ProblemError(message)
        if not 0.0 <= self.change_cost < math.inf:
            message = f"change_cost must be finite and >= 0, was {self.change_cost}"
            raise ProblemError(message)
        if self.changes_max is not None and self.changes_max < 0:
            message = f"changes_max must be >= 0, was {self.changes_max}"
            raise ProblemError(message)

    def check_fits(self, problem: ReplenishmentProblem) -> None:
        """Raise if it is not of this problem.

        Raises
        ------
        ProblemError
            If activities or periods are not as many.
        """
        wanted = (problem.network.n_activities, problem.n_periods)
        if self.orders.shape != wanted:
            message = (
                f"released orders must have shape {wanted}, had {self.orders.shape}"
            )
            raise ProblemError(message)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplenishmentRepair:
    """A released plan after its repair.

    Parameters
    ----------
    status
        `optimal`: the part that is free is planned, within the budget of changes;
        `feasible`: time ran out, and the released orders are returned as they were.
    orders
        ndarray of shape (n_activities, n_periods), float64: all orders; those that did
        not change have the bits that they had.
    changed
        ndarray of shape (n_activities, n_periods), bool: free orders that changed.
    squeezed
        ndarray of shape (n_activities, n_periods), bool: orders that were to stay, of
        which less is possible now; `orders` has what is left of them.
    profit
        What the points that were looked at earn over the horizon, NaN without a plan.
    n_points
        How many were looked at.
    n_solves
        Programs solved.
    """

    status: SolveStatus
    orders: FloatArray
    changed: BoolArray
    squeezed: BoolArray
    profit: float
    n_points: int
    n_solves: int
