"""Demand forecasts: speed, accuracy and calibration beside the peers.

Parts: `speed` and `accuracy` of point forecasts, `cold` (nothing compiled yet; not in
`--quick`), `coverage` of intervals, `intermittent` demand, `online` updates,
`reconcile` (hierarchies).
"""

from collections.abc import Callable, Iterator

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.demand import (
    accuracy,
    booster,
    cold,
    coverage,
    intermittent,
    online,
    points,
    reconcile,
)

PARTS: dict[str, Callable[..., Iterator[Result]]] = {
    "speed": points.results,
    "accuracy": accuracy.results,
    "booster": booster.results,
    "cold": cold.results,
    "coverage": coverage.results,
    "intermittent": intermittent.results,
    "online": online.results,
    "reconcile": reconcile.results,
}


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    for part in PARTS if options.part is None else (options.part,):
        yield from PARTS[part](quick=options.quick)


BENCHMARK = Benchmark(
    name="demand",
    description="demand forecasts: speed, accuracy, calibration, cost of stock",
    run=run,
    parts=tuple(PARTS),
)
