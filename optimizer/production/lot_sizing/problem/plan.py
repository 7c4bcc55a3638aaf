"""A lot-sizing plan, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from optimizer.production.lot_sizing.problem.tables import BoolArray, FloatArray
    from optimizer.result import Progress, SolveStatus

__all__ = ["LotPlan", "Quantities"]


class Quantities(NamedTuple):
    """What is made, kept, served late and turned down.

    Parameters
    ----------
    setups
        ndarray of shape (n_items, n_periods), bool: whether the resource is set up for
        the item in the period.
    carried
        ndarray of shape (n_items, n_periods), bool: whether it is still set up at the
        period's start.
    quantities
        ndarray of shape (n_items, n_periods), float64: units made.
    stock
        ndarray of shape (n_items, n_periods), float64: units left at period ends.
    backlog
        ndarray of shape (n_items, n_periods), float64: demand waiting at period ends.
    lost
        ndarray of shape (n_items, n_periods), float64: demand turned down.
    discarded
        ndarray of shape (n_items, n_periods), float64: units thrown away.
    overtime
        ndarray of shape (n_resources, n_periods), float64: time beyond the capacity.
    """

    setups: BoolArray
    carried: BoolArray
    quantities: FloatArray
    stock: FloatArray
    backlog: FloatArray
    lost: FloatArray
    discarded: FloatArray
    overtime: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LotPlan:
    """A plan that has passed the checker, and what is known of it.

    Parameters
    ----------
    status
        See `optimizer.result.SolveStatus`.
    objective
        Cost of the plan, infinite without one.
    bound
        No plan costs less.
    gap
        ``(objective - bound) / objective``; 0 if proven, infinite without a plan.
    quantities
        The plan, None if there is none.
    history
        Better plans and bounds, in the order they were found.
    seconds
        Time the solve took, >= 0.
    """

    status: SolveStatus
    objective: float
    bound: float
    gap: float
    quantities: Quantities | None
    history: tuple[Progress, ...]
    seconds: float
