"""Lot sizing and sequence, in turn: capacity is lowered where lots do not fit.

Lot sizing sees a capacity a period; the floor needs more than it counted where setups
depend on the sequence. What a period's lots took beyond its calendar is taken off the
capacity that the next round may fill, until all lots fit. Where overtime makes them
fit, it is paid, and the next rounds look for what costs less.

References
----------
Dauzere-Peres, Lasserre (1994), "Integration of lotsizing and scheduling decisions in a
job-shop", European Journal of Operational Research 75(2): lots and sequence in turn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.errors import CheckError
from optimizer.production.lot_sizing import plan_lots
from optimizer.production.lot_sizing.check import (
    capacity_used,
    check_plan,
    plan_cost,
)
from optimizer.result import Progress
from twin.planning.lot_sequence import (
    Changeovers,
    Lot,
    changeovers_of_file,
    lot_document,
    sequenced,
    warm_up,
)
from twin.planning.searching import finite

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from optimizer import SolveOptions
    from optimizer.production.lot_sizing import LotPlan, LotSizingProblem, Quantities
    from optimizer.result import SolveStatus

    FloatArray = NDArray[np.float64]

__all__ = [
    "Changeovers",
    "Feedback",
    "Round",
    "changeovers_of_file",
    "feedback_document",
    "feedback_lines",
    "plan_in_rounds",
    "status_of",
    "warm_up",
]

ROUNDS_MOST = 3
"""Rounds of lot sizing and sequence: a fourth gains little."""

LOTS_SHARE = 0.7
"""Share of a round's time for the lots; the rest is for their sequence."""

ROUNDING = 1e-6
"""Share of a calendar beyond which work is late, of a cost that is as good as none."""


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
        The round's plan with the overtime that its sequence takes, as far as it is
        allowed; against the problem's own bound.
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

    @property
    def unplanned(self) -> FloatArray:
        """Overtime that lot sizing did not count, but the sequence takes."""
        assert self.plan.quantities is not None
        planned = np.maximum(self.counted - self.asked, 0.0)
        return np.maximum(self.plan.quantities.overtime - planned, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Feedback:
    """All rounds, and the best of them.

    Attributes
    ----------
    rounds : tuple of Round
        In turn; the last one fits at the cost it was planned for, or time or rounds
        were over.
    best : Round or None
        The cheapest that fits, else the one with the least late work; None without any.
    last : LotPlan
        What lot sizing said last: infeasible if the lowered capacity leaves no plan.
    seconds : float
        Time of all rounds, >= 0.
    """

    rounds: tuple[Round, ...]
    best: Round | None
    last: LotPlan
    seconds: float

    @property
    def fits(self) -> bool:
        """Whether there is a plan without late work."""
        return self.best is not None and self.best.fits

    @property
    def plan(self) -> LotPlan:
        """The best round's plan, or what lot sizing said instead.

        Its time and history count from the begin of the first round.
        """
        plan = self.last if self.best is None else self.best.plan
        return replace(plan, seconds=self.seconds)


def plan_in_rounds(
    problem: LotSizingProblem,
    changeovers: Changeovers,
    options: SolveOptions,
    *,
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
    options
        Time limit of all rounds together; budget of work and seed of each.
    on_progress, cancelled
        As `optimizer.production.lot_sizing.plan_lots`, for each round.

    Returns
    -------
    Feedback
        Plans keep every rule of the problem itself; their bound is the first round's.
        `optimal` is only the first round's plan, if it fits without more overtime.

    Raises
    ------
    CheckError
        If a plan with the overtime of its sequence was refused.
    """
    monotonic_s, work, seed = options.monotonic_s, options.work_limit, options.seed
    begun_s = monotonic_s()
    until_s = begun_s + options.time_limit_s
    done: list[Round] = []
    asked, first = problem.resources.capacity.copy(), None
    for turn in range(ROUNDS_MOST):
        # A round that ended early leaves its time to those that follow.
        now_s = monotonic_s()
        left_s = max((until_s - now_s) / (ROUNDS_MOST - turn), 0.1)
        lowered = replace(problem, resources=replace(problem.resources, capacity=asked))
        found = plan_lots(
            lowered,
            replace(options, time_limit_s=LOTS_SHARE * left_s),
            on_progress=_later(on_progress, now_s - begun_s),
            cancelled=cancelled,
        )
        found = replace(found, history=_shifted(found.history, now_s - begun_s))
        first = first or found
        if found.quantities is None:
            return Feedback(tuple(done), _best(done), found, monotonic_s() - begun_s)
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
        ended_s = monotonic_s() - begun_s
        done.append(_round(problem, asked, found, lots, first=first, ended_s=ended_s))
        over = done[-1].fits and work is None and ended_s >= options.time_limit_s
        if _settled(problem, done[-1]) or over or cancelled():
            break
        asked = _lowered(problem, done[-1])
    return Feedback(tuple(done), _best(done), done[-1].plan, monotonic_s() - begun_s)


def _later(
    on_progress: Callable[[Progress], None] | None, begun_s: float
) -> Callable[[Progress], None] | None:
    """Return what counts the time of a round from the begin of the first."""
    if on_progress is None:
        return None
    return lambda line: on_progress(replace(line, seconds=begun_s + line.seconds))


def _shifted(history: tuple[Progress, ...], begun_s: float) -> tuple[Progress, ...]:
    return tuple(replace(line, seconds=begun_s + line.seconds) for line in history)


def _round(
    problem: LotSizingProblem,
    asked: FloatArray,
    found: LotPlan,
    lots: tuple[Lot, ...],
    *,
    first: LotPlan,
    ended_s: float,
) -> Round:
    resources = problem.resources
    calendar = resources.capacity + resources.overtime_limit
    used = np.zeros_like(asked)
    for lot in lots:
        at = lot.resource, lot.period
        used[at] = max(used[at], lot.end)
    allowed = calendar * (1.0 + ROUNDING)
    late = np.where(used > allowed, used - np.minimum(calendar, used), 0.0)
    assert found.quantities is not None
    counted = capacity_used(problem, found.quantities)
    needed = np.maximum(counted, used) - resources.capacity
    overtime = np.clip(needed, 0.0, resources.overtime_limit)
    paid = found.quantities._replace(overtime=overtime)
    plan = _repriced(problem, found, paid, first=first, ended_s=ended_s)
    if late.any() and plan.status == "optimal":
        plan = replace(plan, status="feasible")
    return Round(asked, counted, used, late, plan, lots)


def _repriced(
    problem: LotSizingProblem,
    found: LotPlan,
    paid: Quantities,
    *,
    first: LotPlan,
    ended_s: float,
) -> LotPlan:
    """Return a plan with the overtime it takes, beside the bound of the problem itself.

    Raises
    ------
    CheckError
        If it breaks a rule.
    """
    if broken := check_plan(problem, paid):
        msg = f"the plan with the overtime of its sequence was refused: {broken[0]}"
        raise CheckError(msg)
    cost = plan_cost(problem, paid)
    if found is first and _same(cost, found.objective):
        return replace(found, quantities=paid)
    bound = min(first.bound, cost)
    history = [
        replace(line, bound=min(first.bound, line.objective)) for line in found.history
    ]
    if not _same(cost, found.objective):
        history.append(Progress(seconds=ended_s, objective=cost, bound=bound))
    return replace(
        found,
        status="feasible",
        objective=cost,
        bound=bound,
        gap=(cost - bound) / cost if cost else 0.0,
        quantities=paid,
        history=tuple(history),
    )


def _same(cost: float, other: float) -> bool:
    return abs(cost - other) <= ROUNDING * max(1.0, abs(other))


def _settled(problem: LotSizingProblem, done: Round) -> bool:
    """Whether a round fits, and pays for no more overtime than was planned."""
    more = float(problem.resources.overtime_cost @ done.unplanned.sum(axis=1))
    return done.fits and more <= ROUNDING * max(1.0, done.plan.objective)


def _lowered(problem: LotSizingProblem, done: Round) -> FloatArray:
    """Return the capacity that leaves room for what the sequence took beyond it."""
    dear = problem.resources.overtime_cost[:, None] > 0.0
    over = done.late + np.where(dear, done.unplanned, 0.0)
    room = np.maximum(done.counted - over, 0.0)
    # Overtime stays what it was: changeovers eat up the regular time first.
    allowed = np.maximum(done.asked, done.counted)
    cut = np.where(over > 0.0, np.maximum(allowed - room, over), 0.0)
    return np.maximum(done.asked - cut, 0.0)


def _best(done: list[Round]) -> Round | None:
    """Return the round with the least late work, the cheapest of those that fit."""
    return min(
        done,
        key=lambda one: (float(one.late.sum()), one.plan.objective),
        default=None,
    )


def status_of(found: Feedback) -> SolveStatus:
    """Return the status of an answer: a plan that fits no calendar is none.

    Parameters
    ----------
    found
        What was planned. Where no round fits it is `infeasible`, which is no proof that
        no other plan would.
    """
    late = found.best is not None and not found.fits
    return "infeasible" if late else found.plan.status


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
        if (overtime := float(one.unplanned.sum())) > ROUNDING:
            told += f" with {overtime:.6g} of overtime for changeovers"
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
    if found.best is not None and not found.fits:
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
        `status` (`infeasible` too where no round fits), `fits`, `schedule` (a row a
        lot) and `rounds`, each with `objective`, `fits`, `late_total`, and `asked`,
        `counted`, `used` and `late`, a list a resource with a number a period; what is
        infinite is None.
    """
    return {
        "status": status_of(found),
        "fits": found.fits,
        "schedule": lot_document(problem, found.best.lots if found.best else ()),
        "rounds": [
            {
                "objective": one.plan.objective,
                "fits": one.fits,
                "late_total": float(one.late.sum()),
                "asked": [[finite(x) for x in row] for row in one.asked.tolist()],
                "counted": one.counted.tolist(),
                "used": one.used.tolist(),
                "late": one.late.tolist(),
            }
            for one in found.rounds
        ],
    }
