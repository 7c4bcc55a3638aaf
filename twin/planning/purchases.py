"""Purchases planned, explained and repaired; plans as documents of JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from optimizer import SolveOptions
from optimizer.procurement import (
    PurchasePlan,
    PurchasingProblem,
    peg_needs,
    read_purchases,
)
from optimizer.procurement.repair import PurchaseRepair, repair_purchases
from optimizer.procurement.risk import RiskMeasure, plan_with_risk
from optimizer.procurement.solve import plan_purchases
from optimizer.result import Progress
from twin.planning.searching import finite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np

__all__ = [
    "Futures",
    "Progress",
    "PurchasePlan",
    "PurchaseRepair",
    "PurchasingProblem",
    "buy",
    "document_of",
    "problem_of_file",
    "repair_lines",
    "repaired",
]

UNSOLVED = ("infeasible", "unknown")


@dataclass(frozen=True, slots=True)
class Futures:
    """Futures in which suppliers are late.

    Attributes
    ----------
    rng : numpy.random.Generator
        Draws them.
    n : int
        How many, >= 1.
    tail_weight : float
        Weight of the worst twentieth of them, in [0, 1].
    service_min : float
        Least mean share of need that is there in its period, in [0, 1]; 0 for none.
    """

    rng: np.random.Generator
    n: int
    tail_weight: float = 0.0
    service_min: float = 0.0


def problem_of_file(path: Path) -> PurchasingProblem:
    """Return the problem of a file of our own form.

    Parameters
    ----------
    path
        See docs/procurement.md.

    Raises
    ------
    ProblemError
        If it is not of that form.
    """
    return read_purchases(path)


def buy(
    problem: PurchasingProblem,
    *,
    monotonic_s: Callable[[], float],
    seconds: float,
    seed: int = 0,
    lateness: Futures | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[PurchasePlan, dict[str, float]]:
    """Return a purchase plan, and what is known of it under lateness.

    Parameters
    ----------
    problem
        What is needed and offered.
    monotonic_s
        A clock in seconds.
    seconds
        Time limit, > 0.
    seed
        Seed of the search, >= 0.
    lateness
        Futures in which suppliers are late that judge the plan; None: nobody is late.
    on_progress, cancelled
        As `optimizer.procurement.solve.plan_purchases`.
    """
    options = SolveOptions(monotonic_s=monotonic_s, time_limit_s=seconds, seed=seed)
    if lateness is None:
        plan = plan_purchases(
            problem, options, on_progress=on_progress, cancelled=cancelled
        )
        return plan, {}
    found = plan_with_risk(
        problem,
        options,
        rng=lateness.rng,
        measure=RiskMeasure(
            tail_weight=lateness.tail_weight, service_min=lateness.service_min
        ),
        n_futures=lateness.n,
        on_progress=on_progress,
        cancelled=cancelled,
    )
    if found.plan.status in UNSOLVED:
        return found.plan, {}
    return found.plan, {
        "expected_cost": found.expected_cost,
        "tail_cost": found.tail_cost,
        "service": found.service,
        "expected_cost_trusting": found.deterministic_cost,
    }


def repaired(
    problem: PurchasingProblem,
    *,
    monotonic_s: Callable[[], float],
    seconds: float,
    cancelled: Callable[[], bool] = lambda: False,
) -> PurchaseRepair:
    """Say why there is no plan, and what the cheapest way to one costs.

    Parameters
    ----------
    problem
        Without a plan.
    monotonic_s
        A clock in seconds.
    seconds
        Time limit, > 0.
    cancelled
        As `optimizer.procurement.repair.repair_purchases`.
    """
    options = SolveOptions(monotonic_s=monotonic_s, time_limit_s=seconds)
    return repair_purchases(problem, options, cancelled=cancelled)


def repair_lines(repair: PurchaseRepair) -> list[str]:
    """Return conflicts and repair, one a line.

    Parameters
    ----------
    repair
        See `repaired`.
    """
    lines = [
        f"cannot hold together: {one.sentence}"
        + ("" if one.verified else " (not proven in time)")
        for one in repair.conflicts
    ]
    if not repair.complete:
        lines.append("there may be more conflicts: time ended before they were found")
    if repair.sentences:
        proven = "" if repair.proven else ", cheaper may be possible"
        lines.append(f"the cheapest repair costs {repair.price:,.2f}{proven}:")
        lines += [f"  {sentence}" for sentence in repair.sentences]
    if repair.plan is not None:
        lines.append(f"with it a plan costs {repair.plan.objective:,.2f}")
    return lines


def document_of(
    problem: PurchasingProblem,
    plan: PurchasePlan,
    risk: dict[str, float],
    *,
    repair: PurchaseRepair | None = None,
) -> dict[str, Any]:
    """Return a plan as a document of JSON.

    Parameters
    ----------
    problem, plan, risk
        As `buy` takes and returns them.
    repair
        Of an infeasible problem.

    Returns
    -------
    dict
        `status`, `objective`, `bound`, `gap`, `seconds`, `costs`, `risk`, `orders`,
        `pegs`, and of an infeasible problem `conflicts` (`rules`, `verified`),
        `conflicts_complete` and `repair` (`price`, `proven`, `sentences`, `cost`,
        `orders`); what is not finite is None.
    """
    solved = plan.status not in UNSOLVED
    document = {
        "status": plan.status,
        "objective": finite(plan.objective),
        "bound": finite(plan.bound),
        "gap": finite(plan.gap),
        "seconds": round(plan.seconds, 3),
        "costs": dict(plan.costs),
        "risk": {key: finite(value) for key, value in risk.items()},
        "orders": [asdict(order) for order in plan.orders],
        "pegs": [asdict(p) for p in peg_needs(problem, plan.orders)] if solved else [],
    }
    return document if repair is None else document | _repair_of(repair)


def _repair_of(repair: PurchaseRepair) -> dict[str, Any]:
    plan = repair.plan
    return {
        "conflicts": [
            {"rules": [rule.text for rule in one.rules], "verified": one.verified}
            for one in repair.conflicts
        ],
        "conflicts_complete": repair.complete,
        "repair": {
            "price": finite(repair.price),
            "proven": repair.proven,
            "sentences": list(repair.sentences),
            "cost": None if plan is None else finite(plan.objective),
            "orders": [] if plan is None else [asdict(one) for one in plan.orders],
        },
    }
