"""Gaps to the best known, family by family, beside others at the same wall time."""

import math
import sys
import time
from dataclasses import dataclass

from benchmarks.result import Result
from benchmarks.workloads.routing.instances import (
    FAMILIES,
    TIME_WINDOWS,
    Instance,
    sampled,
)
from benchmarks.workloads.routing.peers import ORTOOLS, PYVRP, ortools, pyvrp_single
from optimizer import SolveOptions
from optimizer.logistics.routing import (
    RoutingProblem,
    check_routes,
    plan_routes,
    read_problem,
    routing_cost,
)

__all__ = ["families"]

SECONDS, QUICK_S = 20.0, 0.8
"""Of a solve, and of one in the quick form."""

LATE_S = 0.2
"""A plan that comes later than the limit by more than this is a fault."""


@dataclass(frozen=True, slots=True)
class Row:
    """Gaps of an instance, percent; infinite where nothing was found."""

    instance: Instance
    ours: float
    pyvrp: float
    ortools: float | None
    over_s: float


def families(*, quick: bool) -> list[Result]:
    """Every 8th of each family; PyVRP, we and OR-Tools one after the other."""
    seconds = QUICK_S if quick else SECONDS
    chosen = [one for family in FAMILIES for one in sampled(family, every=8)]
    if quick:
        chosen = [sampled(family, every=8)[0] for family in ("solomon", "mixed fleet")]
    rows = [_measured(one, seconds) for one in chosen]
    results = [
        Result(
            name="over the time limit, most",
            value=max(row.over_s for row in rows),
            unit="s",
            goal=f"<= {LATE_S}",
            checked=True,
        )
    ]
    if quick:
        results += [
            Result(
                name=f"{row.instance.path.stem} gap, quick",
                value=row.ours,
                unit="%",
                peer=PYVRP,
                peer_value=row.pyvrp,
                # Cost over cost; of the other one too few seconds are left to hold it.
                ratio=(100.0 + row.pyvrp) / (100.0 + row.ours)
                if row is rows[0]
                else None,
                checked=True,
            )
            for row in rows
        ]
        return results
    return [*_beside_pyvrp(rows), *_beside_ortools(rows), *results]


def _measured(instance: Instance, seconds: float) -> Row:
    problem = read_problem(instance.path)
    theirs = pyvrp_single(problem, seconds)
    ours, over_s = _ours(problem, seconds)
    third = None
    if instance.family in TIME_WINDOWS and seconds == SECONDS:
        third = instance.gap(ortools(instance.path, seconds))
    row = Row(instance, instance.gap(ours), instance.gap(theirs), third, over_s)
    guided = "" if third is None else f", OR-Tools {third:.2f}"
    print(
        f"  {instance.family} {instance.path.stem}: gap {row.ours:.2f} %, "
        f"PyVRP {row.pyvrp:.2f}{guided}",
        file=sys.stderr,
        flush=True,
    )
    return row


def _ours(problem: RoutingProblem, seconds: float) -> tuple[float, float]:
    """Return our cost, counted again, and how far over the limit it came."""
    begun_s = time.perf_counter()
    options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=seconds, seed=1)
    plan = plan_routes(problem, options)
    over_s = time.perf_counter() - begun_s - seconds
    if not plan.routes:
        return math.inf, over_s
    assert not check_routes(problem, plan.routes)
    return routing_cost(problem, plan.routes) / problem.scale, over_s


def _means(rows: list[Row], who: str) -> dict[str, float]:
    """Return the mean gap of each family; who solves nothing counts as the worst."""
    found: dict[str, list[float]] = {}
    for row in rows:
        gap = getattr(row, who)
        if gap is None:
            continue
        others = [g for g in (row.ours, row.pyvrp, row.ortools) if g is not None]
        finite = [g for g in others if math.isfinite(g)]
        worst = max(finite, default=0.0)
        found.setdefault(row.instance.family, []).append(
            gap if math.isfinite(gap) else worst
        )
    return {family: sum(gaps) / len(gaps) for family, gaps in found.items()}


def _weighted(rows: list[Row], who: str) -> float:
    """Return the mean gap of all rows; who solves nothing counts as the worst."""
    means = _means(rows, who)
    families = [row.instance.family for row in rows]
    return sum(means[family] for family in families) / len(families)


def _beside_pyvrp(rows: list[Row]) -> list[Result]:
    ours, theirs = _means(rows, "ours"), _means(rows, "pyvrp")
    mean, peer = (sum(gaps.values()) / len(gaps) for gaps in (ours, theirs))
    results = [
        Result(
            name=f"{family}: gap",
            value=ours[family],
            unit="%",
            peer=PYVRP,
            peer_value=theirs[family],
            checked=True,
        )
        for family in ours
    ]
    behind = max(ours[family] - theirs[family] for family in ours)
    solved = sum(math.isfinite(row.ours) for row in rows)
    return [
        *results,
        Result(
            name="mean gap over families",
            value=mean,
            unit="%",
            goal=f"<= {peer:.6f}",
            stretch=f"<= {0.9 * peer:.6f}",
            peer=PYVRP,
            peer_value=peer,
            checked=True,
        ),
        Result(
            name="points behind, worst family",
            value=behind,
            unit="points",
            goal="<= 0.3",
            peer=PYVRP,
            checked=True,
        ),
        Result(
            name="solved",
            value=solved / len(rows),
            unit="1",
            goal=">= 1",
            checked=True,
        ),
    ]


def _beside_ortools(rows: list[Row]) -> list[Result]:
    pairs = [row for row in rows if row.ortools is not None]
    ours, theirs = (_weighted(pairs, who) for who in ("ours", "ortools"))
    return [
        Result(
            name="time windows: OR-Tools' mean gap over ours",
            value=theirs / max(ours, 0.01),
            unit="1",
            goal=">= 5",
            peer=ORTOOLS,
            peer_value=theirs,
            checked=True,
        )
    ]
