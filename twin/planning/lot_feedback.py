"""Lot sizing and sequence, in turn: capacity is lowered where lots do not fit.

Lot sizing sees a capacity a period; the floor needs more than it counted where setups
depend on the sequence. What a period's lots took beyond its calendar is taken off the
capacity that the next round may fill, until all lots fit.

References
----------
Dauzere-Peres, Lasserre (1994), "Integration of lotsizing and scheduling decisions in a
job-shop", European Journal of Operational Research 75(2): lots and sequence in turn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.production.lot_sizing.check import capacity_used
from twin.planning.lot_sequence import (
    Changeovers,
    Lot,
    changeovers_of_file,
    lot_document,
    sequenced,
)
from twin.planning.lot_sizing import plan_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from optimizer.production.lot_sizing import LotPlan, LotSizingProblem
    from optimizer.result import Progress

    FloatArray = NDArray[np.float64]

__all__ = [
    "Changeovers",
    "Feedback",
    "Round",
    "changeovers_of_file",
    "feedback_document",
    "feedback_lines",
    "plan_in_rounds",
]

ROUNDS_MOST = 3
"""Rounds of lot sizing and sequence: a fourth gains little."""

LOTS_SHARE = 0.7
"""Share of a round's time for the lots; the rest is for their sequence."""

ROUNDING = 1e-6
"""Share of a calendar beyond which work is late."""


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """One round: what was asked of lot sizing, and what the lots took.

    Attributes
    ----------
    asked : ndarray of shape (n_resources, n_periods), float64
        Capacity that lot sizing was given.
    counted : ndarray of shape (n_resources, n_periods), float64
        Time that lot sizing counted for its lots and setups.
    used : ndarray of shape (n_resources, n_periods), float64
        When the last lot of each period ends in sequence, from the period's begin.
    late : ndarray of shape (n_resources, n_periods), float64
        Time beyond the calendar: capacity and overtime of the problem itself.
    plan : LotPlan
        The round's plan; against the problem's own bound.
    lots : tuple of Lot
        In sequence.
    """

    asked: FloatArray
    counted: FloatArray
    used: FloatArray
    late: FloatArray
    plan: LotPlan
    lots: tuple[Lot, ...]

    @property
    def fits(self) -> bool:
        """Whether no work is late."""
        return not self.late.any()


@dataclass(frozen=True, slots=True, eq=False)
class Feedback:
    """All rounds, and the best of them.

    Attributes
    ----------
    rounds : tuple of Round
        In turn; the last one fits, or time or rounds were over.
    best : Round or None
        The first that fits, else the one with the least late work; None without any.
    last : LotPlan
        What lot sizing said last: infeasible if the lowered capacity leaves no plan.
    """

    rounds: tuple[Round, ...]
    best: Round | None
    last: LotPlan

    @property
    def plan(self) -> LotPlan:
        """The best round's plan, or what lot sizing said instead."""
        return self.last if self.best is None else self.best.plan


def plan_in_rounds(
    problem: LotSizingProblem,
    changeovers: Changeovers,
    *,
    monotonic_s: Callable[[], float],
    seconds: float,
    work: int | None = None,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Feedback:
    """Plan lots, put them in sequence, lower capacity where they do not fit, again.

    Parameters
    ----------
    problem
        What to plan.
    changeovers
        What setups take, by what was set up before.
    monotonic_s
        A clock in seconds.
    seconds
        Time limit of all rounds together, > 0.
    work, seed, on_progress, cancelled
        As `twin.planning.lot_sizing.plan_file`, for each round.

    Returns
    -------
    Feedback
        Plans keep every rule of the problem itself; their bound is the first round's.
    """
    until_s = monotonic_s() + seconds
    done: list[Round] = []
    asked, first = problem.resources.capacity.copy(), None
    for turn in range(ROUNDS_MOST):
        # A round that ended early leaves its time to those that follow.
        left_s = max((until_s - monotonic_s()) / (ROUNDS_MOST - turn), 0.1)
        lowered = replace(problem, resources=replace(problem.resources, capacity=asked))
        found = plan_file(
            lowered,
            monotonic_s=monotonic_s,
            seconds=LOTS_SHARE * left_s,
            work=work,
            seed=seed,
            on_progress=on_progress,
            cancelled=cancelled,
        )
        first = first or found
        if found.quantities is None:
            return Feedback(tuple(done), _best(done), found)
        lots = sequenced(
            problem,
            found.quantities,
            changeovers,
            monotonic_s=monotonic_s,
            seconds=(1.0 - LOTS_SHARE) * left_s,
            work=work,
            seed=seed,
            cancelled=cancelled,
        )
        done.append(_round(problem, asked, _bounded(found, first), lots))
        if done[-1].fits or cancelled():
            break
        asked = _lowered(done[-1])
    return Feedback(tuple(done), _best(done), done[-1].plan)


def _bounded(found: LotPlan, first: LotPlan) -> LotPlan:
    """Return a plan beside the bound of the problem itself."""
    if found is first:
        return found
    bound = min(first.bound, found.objective)
    gap = (found.objective - bound) / found.objective if found.objective else 0.0
    return replace(found, status="feasible", bound=bound, gap=gap)


def _round(
    problem: LotSizingProblem, asked: FloatArray, plan: LotPlan, lots: tuple[Lot, ...]
) -> Round:
    resources = problem.resources
    calendar = resources.capacity + resources.overtime_limit
    used = np.zeros_like(asked)
    for lot in lots:
        at = lot.resource, lot.period
        used[at] = max(used[at], lot.end)
    allowed = calendar * (1.0 + ROUNDING)
    late = np.where(used > allowed, used - np.minimum(calendar, used), 0.0)
    assert plan.quantities is not None
    counted = capacity_used(problem, plan.quantities)
    return Round(asked, counted, used, late, plan, lots)


def _lowered(done: Round) -> FloatArray:
    """Return the capacity that leaves room for what the sequence took beyond it."""
    room = np.maximum(done.counted - done.late, 0.0)
    assert done.plan.quantities is not None
    # Overtime stays what it was: changeovers eat up the regular time first.
    allowed = done.asked + done.plan.quantities.overtime
    cut = np.where(done.late > 0.0, np.maximum(allowed - room, done.late), 0.0)
    return np.maximum(done.asked - cut, 0.0)


def _best(done: list[Round]) -> Round | None:
    return min(done, key=lambda one: float(one.late.sum()), default=None)


def feedback_lines(problem: LotSizingProblem, found: Feedback) -> list[str]:
    """Return rounds in a planner's words, a line each.

    Parameters
    ----------
    problem, found
        What was planned.
    """
    lines = []
    for turn, one in enumerate(found.rounds, start=1):
        told = f"round {turn}: objective {one.plan.objective:,.1f}"
        worst = np.argwhere(one.late > 0.0)
        if not worst.size:
            lines.append(f"{told}, all lots fit their calendars")
            continue
        where = ", ".join(
            f"{problem.resource_names[row]!r} in {problem.period_names[period]} by "
            f"{one.late[row, period]:.6g}"
            for row, period in worst[:3].tolist()
        )
        more = f" and {len(worst) - 3:,} more" if len(worst) > 3 else ""  # noqa: PLR2004
        lines.append(f"{told}, lots do not fit: {where}{more}")
    if found.last.quantities is None and found.rounds:
        lines.append(f"with less capacity: {found.last.status}")
    if found.best is not None and not found.best.fits:
        late = float(found.best.late.sum())
        lines.append(f"no round fits; the best has {late:.6g} of work late")
    return lines


def feedback_document(problem: LotSizingProblem, found: Feedback) -> dict[str, Any]:
    """Return rounds and sequence as a part of a document of JSON.

    Parameters
    ----------
    problem, found
        What was planned.

    Returns
    -------
    dict
        `fits`, `schedule` (a row a lot) and `rounds`, each with `objective`, `fits`,
        `late_total`, and `asked`, `counted`, `used` and `late`, a list a resource with
        a number a period; what is infinite is None.
    """
    return {
        "fits": found.best is not None and found.best.fits,
        "schedule": lot_document(problem, found.best.lots if found.best else ()),
        "rounds": [
            {
                "objective": one.plan.objective,
                "fits": one.fits,
                "late_total": float(one.late.sum()),
                "asked": [[_finite(x) for x in row] for row in one.asked.tolist()],
                "counted": one.counted.tolist(),
                "used": one.used.tolist(),
                "late": one.late.tolist(),
            }
            for one in found.rounds
        ],
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
