"""Two-stage facility location: gaps to the best known, the hard class beside others.

All published files of the folder are the sample; parameters were tuned on
`benchmarks.workloads.distribution.generated` alone.
"""

import csv
import math
import os
import time
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.result import Result
from optimizer import SolveOptions
from optimizer.logistics.location import (
    LocationPlan,
    LocationProblem,
    check_location,
    locate_facilities,
    read_location,
    warm_up,
)

__all__ = ["located"]

EASY_S, HARD_S, QUICK_S = 20.0, 25.0, 1.0
"""Seconds of a solve: classes C1, C2, C4 and C5, class C3, and the quick form."""


ENGINES: tuple[tuple[Literal["highs", "scip"], str], ...] = (
    ("highs", "HiGHS"),
    ("scip", "SCIP"),
)
"""Solvers of the plain program, and what they are called."""


def located(*, quick: bool) -> list[Result]:
    """Return gaps of the 16 files with a best known value, and of the 4 hard ones."""
    easy = [path for path in _files() if "-C3-" not in path.name]
    hard = [path for path in _files() if "-C3-" in path.name]
    if quick:
        return [*_easy(easy[:1], QUICK_S, quick=True)]
    return [*_easy(easy, EASY_S, quick=False), *_hard(hard)]


def _files() -> list[Path]:
    root = Path(os.environ.get("MILLSTREAM_DATA", "../shared/data")) / "opt"
    return sorted((root / "tscflp").glob("*.txt.gz"))


def _best_known() -> dict[str, float]:
    root = Path(os.environ.get("MILLSTREAM_DATA", "../shared/data")) / "opt"
    with (root / "best_known.csv").open(encoding="utf-8") as file:
        return {
            Path(row["file"]).name: float(row["best_known"])
            for row in csv.DictReader(file)
            if row["best_known"]
        }


def _solved(problem: LocationProblem, seconds: float) -> tuple[LocationPlan, float]:
    """Return the plan, once the search is compiled, and the seconds it took."""
    warm_up(problem)
    begun_s = time.perf_counter()
    options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=seconds)
    plan = locate_facilities(problem, options)
    return plan, time.perf_counter() - begun_s


def _easy(files: list[Path], seconds: float, *, quick: bool) -> list[Result]:
    known = _best_known()
    gaps, proven, late = [], [], []
    for path in files:
        problem = read_location(path)
        plan, took_s = _solved(problem, seconds)
        assert not check_location(problem, plan), path
        gap = 100.0 * (plan.objective / known[path.name] - 1.0)
        print(
            f"  {path.name}: {plan.objective:,.0f}, best known {known[path.name]:,.0f} "
            f"({gap:+.3f} %), bound {plan.bound:,.0f} ({100 * plan.gap:.3f} %)"
        )
        gaps.append(gap)
        proven.append(100.0 * plan.gap)
        late.append(took_s - seconds)
    name = f"{len(files)} files with a best known value"
    return [
        Result(
            name=f"location {name}, worst gap to it",
            value=float(np.max(gaps)),
            unit="%",
            goal=None if quick else "<= 0.5",
            stretch=None if quick else "<= 0.3",
            checked=True,
        ),
        Result(
            name="location mean gap",
            value=float(np.mean(gaps)),
            unit="%",
            peer="best known",
            peer_value=0.0,
            ratio=100.0 / (100.0 + float(np.mean(gaps))),
            checked=True,
        ),
        Result(
            name="location mean gap to own bound",
            value=float(np.mean(proven)),
            unit="%",
            checked=True,
        ),
        Result(
            name="location longest beyond the limit",
            value=float(np.max(late)),
            unit="s",
            goal="<= 0.2",
            checked=True,
        ),
    ]


def _hard(files: list[Path]) -> list[Result]:
    ours, bounds, rows = [], [], []
    problems = [read_location(path) for path in files]
    for path, problem in zip(files, problems, strict=True):
        plan, _ = _solved(problem, HARD_S)
        assert not check_location(problem, plan), path
        ours.append(plan.objective)
        bounds.append(plan.bound)
        print(f"  {path.name}: {plan.objective:,.0f}, bound {plan.bound:,.0f}")
    for engine, name in ENGINES:
        theirs = [_plain(problem, engine) for problem in problems]
        print(f"  {name}: {', '.join(f'{value:,.0f}' for value in theirs)}")
        more = [
            100.0 * (other / own - 1.0)
            for own, other in zip(ours, theirs, strict=True)
            if math.isfinite(other)
        ]
        rows.append(
            Result(
                name=f"location C3, no plan from {name}",
                value=len(theirs) - len(more),
                unit="files",
                checked=True,
            )
        )
        if not more:
            continue
        rows.append(
            Result(
                name=f"location C3, least by which {name} costs more",
                value=float(np.min(more)),
                unit="%",
                goal="> 0",
                stretch=">= 5",
                peer=f"{name} of OR-Tools {version('ortools')}, {HARD_S:.0f} s",
                checked=True,
            )
        )
    gaps = [100.0 * (1.0 - b / own) for own, b in zip(ours, bounds, strict=True)]
    rows.append(
        Result(
            name="location C3 mean gap to own bound",
            value=float(np.mean(gaps)),
            unit="%",
            checked=True,
        )
    )
    return rows


def _plain(problem: LocationProblem, engine: Literal["highs", "scip"]) -> float:
    """Return what a solver finds by itself; building its program is not counted."""
    # OR-Tools is loaded when a peer is asked for.
    from optimizer.logistics.location.model import LocationModel  # noqa: PLC0415

    model = LocationModel(problem)
    return model.solve(engine=engine, time_limit_s=HARD_S).objective
