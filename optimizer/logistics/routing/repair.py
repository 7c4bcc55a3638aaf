"""What to change where no plan keeps every rule, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.logistics.routing.changes import Change, RepairPrices, resolved
from optimizer.logistics.routing.elastic import elastic_plan
from optimizer.logistics.routing.limits import Allowance
from optimizer.logistics.routing.search.necessary import Conflict, conflicts_of
from optimizer.logistics.routing.solve import plan_routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.routing.changes import Resolved
    from optimizer.logistics.routing.limits import Watch
    from optimizer.logistics.routing.problem import RoutingProblem, RoutingSolution
    from optimizer.options import SolveOptions

__all__ = ["Change", "Repair", "RepairPrices", "repair_routes"]

SHARE_OF_CONFLICTS = 0.5
"""Of the time, at most, for conflicts and what resolves them."""

ATTEMPTS = 8
"""Rounds of changes: a client let in may uncover that the fleet is too small."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Repair:
    """Conflicts, the changes that resolve them, and a plan for what is then asked.

    Parameters
    ----------
    conflicts
        Minimal sets of rules that cannot hold together, none sharing a rule with
        another.
    changes
        For each conflict the cheapest; then who is left out, if that was not enough.
    price
        Of all changes.
    problem
        The problem with the changes made.
    plan
        Routes for it, which have passed the checker.
    conflicts_cut
        Whether the search for conflicts was ended by the time or from outside, so that
        there may be more.
    """

    conflicts: tuple[Conflict, ...]
    changes: tuple[Change, ...]
    price: int
    problem: RoutingProblem
    plan: RoutingSolution
    conflicts_cut: bool = False


def repair_routes(
    problem: RoutingProblem,
    options: SolveOptions,
    *,
    prices: RepairPrices | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Repair:
    """Return what to change so that there is a plan, and that plan.

    Parameters
    ----------
    problem
        One for which `plan_routes` found nothing.
    options
        For all: conflicts take half of the time at most, the plan with all changes half
        of what is then left, and the search for who is left out the rest. A budget of
        work is shared by these solves alone.
    prices
        What changes cost; None for the default.
    cancelled
        As `plan_routes` takes it.

    Returns
    -------
    Repair
        Each conflict gets the cheapest change that resolves it by itself. Where rules
        conflict that cannot be told apart so simply, clients are left out, as few as
        the search finds.
    """
    prices = prices or RepairPrices()
    allowance = Allowance(options)
    watch = allowance.watch(SHARE_OF_CONFLICTS, cancelled)
    conflicts = conflicts_of(problem, stopped=watch)
    (changed, changes), bought = _resolved(problem, conflicts, prices, watch)
    plan = None
    if changes:
        plan = plan_routes(changed, allowance.part(0.5), cancelled=cancelled)
    if plan is None or plan.status in {"unknown", "infeasible"}:
        # To carry less for all did not help, so vehicles are asked for at once.
        changed, changes = bought
        rest = allowance.part(1.0)
        last = elastic_plan(changed, rest, prices=prices, cancelled=cancelled)
        changed, plan = last.problem, last.plan
        changes = [*changes, *last.changes]
    return Repair(
        conflicts=conflicts,
        changes=tuple(changes),
        price=_price(changes),
        problem=changed,
        plan=plan,
        conflicts_cut=watch.cut,
    )


def _resolved(
    problem: RoutingProblem,
    conflicts: tuple[Conflict, ...],
    prices: RepairPrices,
    watch: Watch,
) -> tuple[Resolved, Resolved]:
    """Return the cheaper way to resolve conflicts, and that which cuts no load.

    A way that the watch cut short is not compared: it looks too cheap.
    """
    cheap = _without_conflicts(problem, conflicts, prices, stopped=watch)
    if not any(change.kind == "cut" for change in cheap[1]):
        return cheap, cheap
    uncut = _without_conflicts(problem, conflicts, prices, may_cut=False, stopped=watch)
    if watch.cut:
        return cheap, cheap
    return (uncut if _price(uncut[1]) < _price(cheap[1]) else cheap), uncut


def _price(changes: list[Change]) -> int:
    return sum(change.price for change in changes)


def _without_conflicts(
    problem: RoutingProblem,
    conflicts: tuple[Conflict, ...],
    prices: RepairPrices,
    *,
    may_cut: bool = True,
    stopped: Callable[[], bool],
) -> Resolved:
    """Resolve conflicts, and those that come to light behind them.

    One that speaks of a client of another may be gone with that, so it waits.
    """
    changes: list[Change] = []
    found = conflicts
    for _ in range(ATTEMPTS):
        touched: set[int] = set()
        for conflict in found:
            if stopped():
                return problem, changes
            if conflict.kind in {"fleet", "routes"} and touched:
                continue
            if not touched.intersection(conflict.clients):
                problem, made = resolved(problem, conflict, prices, may_cut=may_cut)
                changes += made
            touched |= set(conflict.clients)
        if not touched or not (found := conflicts_of(problem, stopped=stopped)):
            break
    return problem, changes
