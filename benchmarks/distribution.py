"""Distribution: where to have plants and depots, and what to ship on which lane.

Parts: `location` (two-stage facility location beside the best known values, HiGHS and
SCIP).
"""

from collections.abc import Callable, Iterator

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.distribution.facilities import located

PARTS: dict[str, Callable[..., list[Result]]] = {"location": located}


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    for part in PARTS if options.part is None else (options.part,):
        yield from PARTS[part](quick=options.quick)


BENCHMARK = Benchmark(
    name="distribution",
    description="locations and shipments: gaps, beside HiGHS and SCIP",
    run=run,
    parts=tuple(PARTS),
)
