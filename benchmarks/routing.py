"""Routing: how near to the best known in 20 s, beside PyVRP and OR-Tools.

Parts: `families` (public instances of seven families), `rules` (generated ones with
skills, breaks, locks, shipments and reloads, and planted conflicts), `repeat` (the same
work twice).
"""

from collections.abc import Callable, Iterator

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.routing.families import families
from benchmarks.workloads.routing.rules import conflicts, repeated, rules

PARTS: dict[str, Callable[..., list[Result]]] = {
    "families": families,
    "rules": rules,
    "conflicts": conflicts,
    "repeat": repeated,
}


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    for part in PARTS if options.part is None else (options.part,):
        yield from PARTS[part](quick=options.quick)


BENCHMARK = Benchmark(
    name="routing",
    description="routes: gaps to the best known, beside PyVRP and OR-Tools",
    run=run,
    parts=tuple(PARTS),
)
