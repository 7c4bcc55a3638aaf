"""Projects, shops with every rule, and repeatability."""

import math

import numpy as np

from benchmarks.result import Result
from benchmarks.workloads.schedules.families import FAMILIES, generated
from benchmarks.workloads.schedules.instances import instances, read, sampled, solved
from benchmarks.workloads.schedules.peers import cp_sat
from optimizer import SolveOptions
from optimizer.production.scheduling.solve import schedule_production

__all__ = ["projects", "repeated", "rules"]

CP_SAT = "CP-SAT 9.15 alone, 2 workers"
SEEDS = 20


def projects(*, quick: bool) -> list[Result]:
    """Projects of PSPLIB: j30 in 2 s each, j120 every 5th in 20 s."""
    small = instances("rcpsp/j30/*")
    small = small[:2] if quick else small
    best = [one.gap(solved(read(one), 2.0).schedule.objective) <= 0 for one in small]
    rows = [
        Result(
            name="j30 optimal",
            value=float(np.mean(best)),
            unit="1",
            goal=">= 1",
            checked=True,
        )
    ]
    if quick:
        return rows
    ours, theirs = [], []
    for one in sampled("rcpsp/j120/*", every=5):
        problem = read(one)
        ours.append(one.gap(solved(problem, 20.0).schedule.objective))
        theirs.append(one.gap(cp_sat(problem, 20.0)))
    ahead = np.array(theirs) - np.array(ours)
    return [
        *rows,
        Result(
            name="j120 mean gap",
            value=float(np.mean(ours)),
            unit="%",
            stretch="<= 2",
            peer=CP_SAT,
            peer_value=float(np.mean(theirs)),
            checked=True,
        ),
        Result(
            name="j120 points ahead, least",
            value=float(ahead.min()),
            unit="points",
            goal=">= 0",
            peer=CP_SAT,
            checked=True,
        ),
    ]


def rules(*, quick: bool) -> list[Result]:
    """Solve generated shops of each family, 2 s each, beside plain CP-SAT."""
    rows = []
    seconds, seeds = (0.3, 1) if quick else (2.0, SEEDS)
    for family in FAMILIES:
        worse, ratios, missing = 0, [], 0
        for seed in range(seeds):
            problem = generated(family, seed)
            ours = solved(problem, seconds).schedule.objective
            theirs = cp_sat(problem, seconds)
            worse += ours > theirs
            missing += math.isinf(theirs)
            if math.isfinite(theirs):
                ratios.append((theirs + 1.0) / (ours + 1.0))
        rows.append(
            Result(
                name=f"{family} worse than CP-SAT",
                value=float(worse),
                unit="instances",
                goal=None if quick else "<= 0",
                peer=f"{CP_SAT}, {missing} of {seeds} not solved",
                checked=True,
            )
        )
        if ratios:
            rows.append(
                Result(
                    name=f"{family} cost of CP-SAT over ours",
                    value=float(np.mean(ratios)),
                    unit="1",
                    peer=CP_SAT,
                    # One family stands for all in what is held from now on.
                    ratio=float(np.mean(ratios)) if family == "assembly" else None,
                    checked=True,
                )
            )
    return rows


def repeated(*, quick: bool) -> list[Result]:
    """Twice the same work, byte for byte."""
    same = 0
    families = list(FAMILIES)[:2] if quick else list(FAMILIES)
    for family in families:
        problem = generated(family, 0)
        options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=100_000)
        one, other = (schedule_production(problem, options) for _ in range(2))
        same += all(
            getattr(one, name).tobytes() == getattr(other, name).tobytes()
            for name in ("start", "end", "mode")
        )
    return [
        Result(
            name="same bytes twice",
            value=same / len(families),
            unit="1",
            goal=">= 1",
            checked=True,
        )
    ]
