"""Plans from purchase to delivery: time, balance, execution, and pieces made to order.

Parts: `example` (the example network), `orders` (a thousand pieces made to order).
"""

from collections.abc import Callable, Iterator

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.plans.example import example
from benchmarks.workloads.plans.pieces import to_order

PARTS: dict[str, Callable[..., list[Result]]] = {
    "example": example,
    "orders": to_order,
}


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    for part in PARTS if options.part is None else (options.part,):
        yield from PARTS[part](quick=options.quick)


BENCHMARK = Benchmark(
    name="plan",
    description="plans: time, balance from purchase to delivery, made to order",
    run=run,
    parts=tuple(PARTS),
)
