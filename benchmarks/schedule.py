"""Scheduling: how near to the best known, in how few seconds, beside others.

Parts: `flexible` (job shops with a choice of machines), `jobshop` (Taillard's), `large`
(10,000 and a million operations), `setups`, `projects` (PSPLIB), `rules` (calendars,
operators, batches and the like, generated), `repair` (breakdowns and rush
orders), `repeat` (the same work twice), `conflicts` (problems without a schedule,
explained and mended).
"""

from collections.abc import Callable, Iterator

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.schedules.conflicts import conflicts
from benchmarks.workloads.schedules.repair import repair
from benchmarks.workloads.schedules.rules import projects, repeated, rules
from benchmarks.workloads.schedules.shops import flexible, job_shops, large, setups

PARTS: dict[str, Callable[..., list[Result]]] = {
    "flexible": flexible,
    "jobshop": job_shops,
    "large": large,
    "setups": setups,
    "projects": projects,
    "rules": rules,
    "repair": repair,
    "repeat": repeated,
    "conflicts": conflicts,
}


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    for part in PARTS if options.part is None else (options.part,):
        yield from PARTS[part](quick=options.quick)


BENCHMARK = Benchmark(
    name="schedule",
    description="schedules: gaps to the best known, beside PyJobShop and CP-SAT",
    run=run,
    parts=tuple(PARTS),
)
