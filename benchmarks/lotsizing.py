"""Lot sizing: proved gaps in ten seconds, beside SCIP and HiGHS.

Parts: `public` (Trigeiro's instances F, G and X), `multilevel` (two generated sets: an
assembly with overtime, and campaigns whose setups are kept).
"""

from collections.abc import Callable, Iterator

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.lot_sizes.measure import multilevel, public

PARTS: dict[str, Callable[..., list[Result]]] = {
    "public": public,
    "multilevel": multilevel,
}


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    for part in PARTS if options.part is None else (options.part,):
        yield from PARTS[part](quick=options.quick)


BENCHMARK = Benchmark(
    name="lotsizing",
    description="lot sizes: proved gaps in ten seconds, beside SCIP and HiGHS",
    run=run,
    parts=tuple(PARTS),
)
