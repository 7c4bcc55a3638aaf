"""What every solve reports: a status, a bound, a gap, and progress on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

__all__ = ["Progress", "SolveStatus", "relative_gap"]

SolveStatus = Literal["optimal", "feasible", "infeasible", "unbounded", "unknown"]
"""`optimal`: proven. `feasible`: a plan that keeps every rule, but the time or the
method ended before a proof. `infeasible`: no plan keeps every rule. `unbounded`: the
objective has no limit, which means that a price or a cost is wrong. `unknown`: no plan
was found in the time given, and none was proven impossible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One line of an anytime solve.

    Parameters
    ----------
    seconds
        Time since the solve began, >= 0.
    objective
        Value of the best plan so far.
    bound
        No plan is better than this.
    """

    seconds: float
    objective: float
    bound: float


def relative_gap(objective: float, bound: float) -> float:
    """Return how far a plan may be from the best one, as a share of its value.

    Parameters
    ----------
    objective
        Value of the plan, finite.
    bound
        Value that no plan beats; may be infinite.

    Returns
    -------
    float
        ``|bound - objective| / max(1, |objective|)``, infinite without a bound. The 1
        is one unit of money: it keeps the gap of a plan worth nothing finite.

    Examples
    --------
    >>> relative_gap(200.0, 210.0)
    0.05
    """
    if math.isinf(bound):
        return math.inf
    return abs(bound - objective) / max(1.0, abs(objective))
