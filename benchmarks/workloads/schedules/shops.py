"""Shops: flexible, job shops, large ones, setups; makespans beside the best known."""

import math
import time
from dataclasses import replace

import numpy as np

from benchmarks.result import Result
from benchmarks.workloads.schedules.families import large_shop
from benchmarks.workloads.schedules.instances import (
    Instance,
    Solved,
    instances,
    read,
    sampled,
    solved,
)
from benchmarks.workloads.schedules.peers import pyjobshop
from optimizer import SolveOptions
from optimizer.production.scheduling.solve import schedule_production, warm_up

__all__ = ["flexible", "job_shops", "large", "setups"]

PYJOBSHOP = "PyJobShop 0.0.9, 2 workers"
MANY_OPERATIONS = 200


def flexible(*, quick: bool) -> list[Result]:
    """Flexible job shops: every 8th of the sorted paths, 20 s each."""
    seconds = 1.0 if quick else 20.0
    chosen = sampled("fjsp/**/*.fjs", every=8)
    pairs = [
        (one, solved(read(one), seconds)) for one in (chosen[:2] if quick else chosen)
    ]
    gaps = _gaps(pairs)
    rows = [
        _row("flexible mean gap", gaps.mean(), "<= 1.2", "<= 0.8", quick=quick),
        _row("flexible worst gap", gaps.max(), "<= 6", "<= 4", quick=quick),
        Result(
            name="flexible first schedule",
            value=max(ours.first_s for _, ours in pairs),
            unit="s",
            goal="<= 0.3",
            checked=True,
        ),
    ]
    if quick:
        return rows
    big = [pair for pair in pairs if pair[1].problem.n_operations >= MANY_OPERATIONS]
    ahead = []
    for one, ours in big:
        theirs = pyjobshop(ours.problem, seconds)
        if math.isinf(theirs) or theirs <= 0:
            # Where the peer finds nothing, our first list schedule stands for it.
            theirs = ours.schedule.history[0].objective
        ahead.append(one.gap(theirs) - one.gap(ours.schedule.objective))
    return [
        *rows,
        Result(
            name="flexible points ahead",
            value=float(np.mean(ahead)),
            unit="points",
            goal=">= 8",
            peer=PYJOBSHOP,
            checked=True,
        ),
        Result(
            name="flexible points ahead, least",
            value=float(np.min(ahead)),
            unit="points",
            goal=">= -0.5",
            peer=PYJOBSHOP,
            checked=True,
        ),
    ]


PUBLISHED = "CP-SAT 9.15, 4 cores, 600 s, as published"


def job_shops(*, quick: bool) -> list[Result]:
    """Taillard's job shops: every 4th, 10 s each."""
    chosen = sampled("jsp/ta/*.txt", every=4)
    seconds = 1.0 if quick else 10.0
    pairs = [
        (one, solved(read(one), seconds)) for one in (chosen[:1] if quick else chosen)
    ]
    row = _row(
        "job shop mean gap", _gaps(pairs).mean(), "<= 0.9", "<= 0.5", quick=quick
    )
    published = float(np.mean([one.published_gap for one, _ in pairs]))
    return [replace(row, peer=PUBLISHED, peer_value=published)]


def large(*, quick: bool) -> list[Result]:
    """10,000 operations in 20 s, and a million at all."""
    if quick:
        return [
            _first_of(large_shop(100, 100, 0), "operations, first schedule", "<= 2")
        ]
    rows = []
    for name in ("tai_100_100_1", "dct-short-1000-10000-1"):
        (one,) = instances(f"jsp/dacolteppan/{name}.txt*")
        gaps = _gaps([(one, solved(read(one), 20.0))])
        rows.append(_row(f"{name} gap", gaps[0], "<= 7", "<= 4", quick=False))
    million = large_shop(1000, 1000, 0)
    return [*rows, _first_of(million, "a million operations, schedule", "<= 20")]


def _first_of(problem, name: str, goal: str) -> Result:
    """Return how long a schedule that passed the checker takes."""
    warm_up(problem)
    begun_s = time.perf_counter()
    options = SolveOptions(monotonic_s=time.perf_counter, time_limit_s=0.2)
    found = schedule_production(problem, options)
    seconds = time.perf_counter() - begun_s
    good = found.status in {"feasible", "optimal"}
    return Result(name=name, value=seconds, unit="s", goal=goal, checked=good)


def setups(*, quick: bool) -> list[Result]:
    """Job shops with setups: every 3rd and ta51-tt, 6 s each."""
    chosen = sampled("jsp-sdst/*.json", every=3)
    chosen += [one for one in instances("jsp-sdst/ta51-tt.json") if one not in chosen]
    seconds = 1.0 if quick else 6.0
    pairs = [
        (one, solved(read(one), seconds)) for one in (chosen[:1] if quick else chosen)
    ]
    gaps = _gaps(pairs)
    rows = [_row("setups worst gap", gaps.max(), "<= 1", None, quick=quick)]
    if quick:
        return rows
    theirs = [pyjobshop(ours.problem, seconds) for _, ours in pairs]
    found = [value for value in theirs if math.isfinite(value) and value > 0]
    mean = [
        one.gap(value)
        for (one, _), value in zip(pairs, theirs, strict=True)
        if math.isfinite(value) and value > 0
    ]
    return [
        *rows,
        Result(
            name="setups mean gap",
            value=float(gaps.mean()),
            unit="%",
            peer=f"{PYJOBSHOP}, of {len(found)} of {len(pairs)} it solved",
            peer_value=float(np.mean(mean)) if mean else None,
            checked=True,
        ),
    ]


def _gaps(pairs: list[tuple[Instance, Solved]]) -> np.ndarray:
    return np.array([one.gap(ours.schedule.objective) for one, ours in pairs])


def _row(
    name: str, value: float, goal: str, stretch: str | None, *, quick: bool
) -> Result:
    """Return a gap; the quick form asks for no quality, only for a checked schedule."""
    return Result(
        name=name,
        value=float(value),
        unit="%",
        goal=None if quick else goal,
        stretch=None if quick else stretch,
        checked=math.isfinite(value),
    )
