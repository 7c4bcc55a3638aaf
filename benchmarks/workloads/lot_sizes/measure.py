"""Lot sizes in ten seconds, beside SCIP and HiGHS with the plain program.

Public files are every 5th of the sorted names; what is generated has the seeds 0 to 3.
Parameters were tuned on other files and on seeds from 10,000. The peers get the plain
form (lots, stock, setups) through OR-Tools; both work on one core there: SCIP does by
nature, HiGHS refuses a number of threads. Laying out their program is not counted.
"""

import os
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.result import Result
from benchmarks.workloads.lot_sizes.multilevel import assembly, campaigns
from optimizer import SolveOptions
from optimizer.production.lot_sizing import (
    LotSizingProblem,
    check_plan,
    plan_cost,
    plan_lots,
    read_problem,
    warm_up,
)
from optimizer.production.lot_sizing.following import quantities_of
from optimizer.production.lot_sizing.model import Limits, solve_program
from optimizer.production.lot_sizing.program import lay_out

__all__ = ["multilevel", "public"]

SECONDS, QUICK_S = 10.0, 0.6

EVERY = 5

SEEDS = range(4)

PEERS = ("scip", "highs")

HELD = ("lots", "scip")
"""The row whose ratio is held from now on."""

NO_PLAN = 100.0
"""Percent that a peer without a plan is said to be above the best bound."""


class Solved(NamedTuple):
    """Costs and bounds, ours first, and the seconds of ours."""

    name: str
    costs: tuple[float, ...]
    bounds: tuple[float, ...]
    seconds: float

    def gaps(self) -> list[float]:
        """Return how far each cost is above the best bound of all, percent of it."""
        bound = max(self.bounds)
        return [
            100.0 * (1.0 - bound / cost) if np.isfinite(cost) else NO_PLAN
            for cost in self.costs
        ]

    @property
    def proven(self) -> float:
        """Our cost above our own bound, percent."""
        cost, bound = self.costs[0], self.bounds[0]
        return 100.0 * (1.0 - bound / cost) if np.isfinite(cost) else NO_PLAN


def public(*, quick: bool) -> list[Result]:
    """Return gaps on Trigeiro's instances F, G and X."""
    root = Path(os.environ.get("MILLSTREAM_DATA", "../shared/data")) / "opt"
    files = [
        path
        for pattern in ("clsp-fg/*.DAT", "clsp-x/*.txt")
        for path in sorted(root.glob(pattern))[::EVERY]
    ]
    files = files[:1] + files[-1:] if quick else files
    found = [
        _solved(path.stem, read_problem(path), QUICK_S if quick else SECONDS)
        for path in files
    ]
    tight = [one for one in found if one.name[0] == "X" and one.name[5] == "9"]
    goals = not quick
    rows = [
        Result(
            name=f"lots {len(found)} public, feasible",
            value=100.0 * float(np.mean([np.isfinite(one.costs[0]) for one in found])),
            unit="%",
            goal=">= 100",
            checked=True,
        ),
        Result(
            name="lots mean proved gap",
            value=float(np.mean([one.proven for one in found])),
            unit="%",
            goal="<= 3" if goals else None,
            stretch="<= 1" if goals else None,
            checked=True,
        ),
    ]
    if tight:
        rows.append(
            Result(
                name=f"lots mean proved gap, {len(tight)} tight",
                value=float(np.mean([one.proven for one in tight])),
                unit="%",
                goal="<= 8" if goals else None,
                stretch="<= 3" if goals else None,
                checked=True,
            )
        )
    return [*rows, *_beside("lots", found, goals=goals), _late(found, quick=quick)]


def multilevel(*, quick: bool) -> list[Result]:
    """Return gaps on generated problems of several levels."""
    sets = {"assembly": assembly, "campaigns": campaigns}
    rows = []
    for name, make in sets.items():
        found = [
            _solved(f"{name} {seed}", make(seed), QUICK_S if quick else SECONDS)
            for seed in (SEEDS[:1] if quick else SEEDS)
        ]
        rows += [
            Result(
                name=f"lots {name}, mean proved gap",
                value=float(np.mean([one.proven for one in found])),
                unit="%",
                checked=True,
            ),
            *_beside(f"lots {name}", found, goals=not quick),
        ]
    return rows


def _solved(name: str, problem: LotSizingProblem, seconds: float) -> Solved:
    """Solve with ours and with each peer in turn, and say what came out."""
    warm_up()
    begun_s = time.perf_counter()
    options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=seconds)
    plan = plan_lots(problem, options)
    took_s = time.perf_counter() - begun_s
    if plan.quantities is not None:
        assert not check_plan(problem, plan.quantities), name
    costs, bounds = [plan.objective], [plan.bound]
    program = lay_out(problem, "plain")
    for solver in PEERS:
        answer = solve_program(program.arrays, solver, Limits(seconds))
        cost = float("inf")
        if answer.values is not None:
            found = quantities_of(problem, program, answer.values)
            assert not check_plan(problem, found), (name, solver)
            cost = plan_cost(problem, found)
        costs.append(cost)
        bounds.append(answer.bound + program.constant)
    solved = Solved(name, tuple(costs), tuple(bounds), took_s)
    others = ", ".join(
        f"{peer} {cost:,.1f}" for peer, cost in zip(PEERS, costs[1:], strict=True)
    )
    print(
        f"  {name}: {plan.objective:,.1f}, bound {plan.bound:,.1f} "
        f"({solved.proven:.2f} %), {took_s:.2f} s; {others}",
        flush=True,
    )
    return solved


def _beside(name: str, found: list[Solved], *, goals: bool) -> list[Result]:
    """Return our mean gap to the best bound of all beside each peer's."""
    gaps = np.array([one.gaps() for one in found]).mean(axis=0)
    return [
        Result(
            name=f"{name}, points ahead of {peer}",
            value=float(theirs - gaps[0]),
            unit="points",
            goal="> 0" if goals else None,
            peer=f"{peer} of OR-Tools {version('ortools')}, plain",
            peer_value=float(theirs),
            ratio=_held(gaps[0], theirs) if (name, peer) == HELD else None,
            checked=True,
        )
        for peer, theirs in zip(PEERS, gaps[1:], strict=True)
    ]


def _held(ours: float, theirs: float) -> float | None:
    """Return a peer's costs over ours, above a common bound; None if it has none."""
    return (100.0 + theirs) / (100.0 + ours) if np.isfinite(theirs) else None


def _late(found: list[Solved], *, quick: bool) -> Result:
    limit_s = QUICK_S if quick else SECONDS
    return Result(
        name="lots longest beyond the limit",
        value=max(one.seconds - limit_s for one in found),
        unit="s",
        goal="<= 0.2",
        checked=True,
    )
