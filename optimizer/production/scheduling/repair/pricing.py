"""The price of stability: what a plan costs for each number of changes allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from optimizer.production.scheduling.repair.solve import reschedule
from optimizer.production.scheduling.repair.stability import Stability

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optimizer.options import SolveOptions
    from optimizer.production.scheduling.problem import Schedule, SchedulingProblem
    from optimizer.production.scheduling.repair.disruptions import Disruption
    from optimizer.production.scheduling.repair.solve import Repair

__all__ = ["BUDGETS", "Price", "price_of_stability"]

BUDGETS: tuple[int | None, ...] = (0, 5, 10, 20, 50, None)
"""Changes allowed, from none to any."""


class Price(NamedTuple):
    """A point of the curve.

    Parameters
    ----------
    changes
        Most operations that may be moved besides those displaced; None for any.
    objective
        Cost of the best plan found that moves no more.
    moved
        Operations that it moves.
    """

    changes: int | None
    objective: float
    moved: int


def price_of_stability(
    problem: SchedulingProblem,
    schedule: Schedule,
    disruptions: Sequence[Disruption],
    *,
    now: int,
    options: SolveOptions,
    stability: Stability | None = None,
    budgets: Sequence[int | None] = BUDGETS,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Price, ...]:
    """Return what a plan costs for each budget of changes.

    A plan of a narrow budget is one of a wide budget too: so the curve never rises.

    Parameters
    ----------
    problem, schedule, disruptions, now
        As in `reschedule`.
    options
        Limits of each of the repairs.
    stability
        Frozen zone and held machines of all of them.
    budgets
        From narrow to wide.
    cancelled
        Asked between slices of search; once true, the budgets left are left out.

    Returns
    -------
    tuple of Price
        One a budget; without a plan that keeps every rule its objective is infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from optimizer import SolveOptions
    >>> from optimizer.production.scheduling import schedule_production
    >>> from optimizer.production.scheduling.formats.shops import problem_of_routes
    >>> from optimizer.production.scheduling.repair import Breakdown
    >>> problem = problem_of_routes([[[(0, 3)], [(1, 4)]], [[(0, 3)], [(1, 2)]]], 2)
    >>> options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=1_000)
    >>> plan = schedule_production(problem, options)
    >>> down = Breakdown(machine=0, start=0, end=2)
    >>> curve = price_of_stability(
    ...     problem, plan, [down], now=0, options=options, budgets=(0, 1, None)
    ... )
    >>> [(point.changes, point.objective) for point in curve]
    [(0, 13.0), (1, 13.0), (None, 11.0)]
    """
    best: Repair | None = None
    curve = []
    for changes in budgets:
        found = reschedule(
            problem,
            schedule,
            disruptions,
            now=now,
            options=options,
            stability=replace(stability or Stability(), changes=changes),
            cancelled=cancelled,
        )
        if cancelled():
            break
        if best is None or found.schedule.objective < best.schedule.objective:
            best = found
        curve.append(Price(changes, best.schedule.objective, best.moved.size))
    return tuple(curve)
