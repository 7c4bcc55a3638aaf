"""Distribution: where to have plants and depots, and what to ship on which lane.

Parts: `location` (two-stage facility location beside the best known values, HiGHS and
SCIP), `shipments` (50 sites, 200 items, 12 periods in whole vehicles: the proved gap).
"""

from collections.abc import Callable, Iterator

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.distribution.facilities import located
from benchmarks.workloads.distribution.shipments import shipped

PARTS: dict[str, Callable[..., list[Result]]] = {
    "location": located,
    "shipments": shipped,
}


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
