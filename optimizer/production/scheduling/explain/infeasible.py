"""Why a problem has no schedule, and the cheapest way to give it one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.options import SolveOptions
from optimizer.production.scheduling.explain.conflicts import find_conflicts
from optimizer.production.scheduling.explain.feasibility import Oracle
from optimizer.production.scheduling.explain.mending import cheapest_repair
from optimizer.production.scheduling.explain.plant import PlantBuilder
from optimizer.production.scheduling.explain.rules import Prices, RuleBook
from optimizer.production.scheduling.problem import (
    Jobs,
    Machines,
    Modes,
    Operations,
    SchedulingProblem,
)

if TYPE_CHECKING:
    from optimizer.production.scheduling.explain.conflicts import Conflict
    from optimizer.production.scheduling.explain.feasibility import Verdict
    from optimizer.production.scheduling.explain.mending import Repair

__all__ = ["Explanation", "explain_infeasible", "warm_up"]

CONFLICTS_SHARE = 0.7
"""Share of the time in which conflicts are looked for; the rest is for the repair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What contradicts what in a problem, and what mends it at least cost.

    Parameters
    ----------
    status
        `infeasible`, proven; `feasible`; `unknown` if neither was shown in time.
    conflicts
        Minimal sets of rules that contradict each other. No two share a rule, except
        that a machine works on one operation at a time, and what pools and batches
        can take.
    complete
        Whether the rules outside the conflicts can be kept together, shown by a
        schedule: then no further conflict has none of their rules.
    repair
        The cheapest reliefs found, with a schedule that keeps all else; None if there
        was no time for it, or nothing to mend.
    seconds
        Time it took.
    """

    status: Verdict
    conflicts: tuple[Conflict, ...]
    complete: bool
    repair: Repair | None
    seconds: float


def explain_infeasible(
    problem: SchedulingProblem, options: SolveOptions, *, prices: Prices | None = None
) -> Explanation:
    """Return all disjoint minimal conflicts of a problem and its cheapest repair.

    Parameters
    ----------
    problem
        Any. One that has a schedule has no conflicts.
    options
        Clock and time limit.
    prices
        What it costs to relax rules; None for the defaults.

    Examples
    --------
    A job of five ticks that is released at 0 and due at 4:

    >>> import time
    >>> import numpy as np
    >>> from optimizer import SolveOptions
    >>> from optimizer.production.scheduling import (
    ...     Jobs, Machines, Modes, Operations, SchedulingProblem
    ... )
    >>> problem = SchedulingProblem(
    ...     jobs=Jobs(release=np.array([0]), deadline=np.array([4])),
    ...     operations=Operations(job=np.array([0])),
    ...     modes=Modes(
    ...         operation=np.array([0]), machine=np.array([0]), duration=np.array([5])
    ...     ),
    ...     machines=Machines(matrix=np.array([-1])),
    ... )
    >>> found = explain_infeasible(problem, SolveOptions(monotonic_s=time.monotonic))
    >>> [conflict.rules for conflict in found.conflicts]
    [(Rule(kind='deadline', row=0),)]
    >>> found.repair.price, found.repair.proven
    (10, True)
    """
    begun_s = options.monotonic_s()

    def left_s(share: float) -> float:
        passed = options.monotonic_s() - begun_s
        return share * options.time_limit_s - passed

    book = RuleBook(problem)
    builder = PlantBuilder(book)
    oracle = Oracle(book, builder, lambda: left_s(CONFLICTS_SHARE))
    found = find_conflicts(oracle, book.all_kept())
    repair = None
    if found.conflicts:
        oracle = Oracle(book, builder, lambda: left_s(1.0))
        table = book.prices(prices or Prices())
        repair = cheapest_repair(oracle, found.conflicts, table)
    return Explanation(
        status="infeasible" if found.conflicts else found.rest,
        conflicts=found.conflicts,
        complete=found.rest == "feasible",
        repair=repair,
        seconds=options.monotonic_s() - begun_s,
    )


def warm_up() -> None:
    """Compile or load what explanations need, so that their time is their own.

    The first time after an installation this takes some ten seconds, later a fraction
    of one.
    """
    none = np.array([0])
    problem = SchedulingProblem(
        jobs=Jobs(release=none, deadline=np.array([4])),
        operations=Operations(job=none),
        modes=Modes(operation=none, machine=none, duration=np.array([5])),
        machines=Machines(matrix=np.array([-1])),
    )
    options = SolveOptions(monotonic_s=lambda: 0.0)
    explain_infeasible(problem, options)
