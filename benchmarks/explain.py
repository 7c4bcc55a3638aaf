"""Why orders are late and why plans differ, against brute force.

Parts: `why` (the constraint named against the removal of every one), `diff` (causes of
orders that moved against taking them back).
"""

from collections.abc import Callable, Iterator

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.explaining.judging import diffs, whys

PARTS: dict[str, Callable[..., list[Result]]] = {"why": whys, "diff": diffs}


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    for part in PARTS if options.part is None else (options.part,):
        yield from PARTS[part](quick=options.quick)


BENCHMARK = Benchmark(
    name="explain",
    description="why an order is late, why plans differ: named causes and brute force",
    run=run,
    parts=tuple(PARTS),
)
