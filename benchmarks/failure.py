"""Failures: remaining life, renewals, risk from labels, censored lives, folding.

Parts: `life` (FD001 of C-MAPSS, by engines not seen), `chances` (of failing within 30
cycles, beside lifelines and scikit-learn), `maintenance` (renewals decided on both),
`twin` (policies of maintenance in a simulated plant of such engines), `sensors`
(planted faults), `labels` (AI4I and Backblaze), `censored` (beside lifelines),
`folding` (readings to features, beside polars and river).
"""

from collections.abc import Callable, Iterator

from threadpoolctl import threadpool_limits

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.failure.censored import censored
from benchmarks.workloads.failure.chances import chances
from benchmarks.workloads.failure.engines import life
from benchmarks.workloads.failure.faults import faults
from benchmarks.workloads.failure.folding import folding
from benchmarks.workloads.failure.labels import labels
from benchmarks.workloads.failure.plants import plants
from benchmarks.workloads.failure.renewals import maintenance

PARTS: dict[str, Callable[..., list[Result]]] = {
    "life": life,
    "chances": chances,
    "maintenance": maintenance,
    "twin": plants,
    "sensors": faults,
    "labels": labels,
    "censored": censored,
    "folding": folding,
}


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for.

    Boosters and peers keep to one thread: the tables are small, and threads that wait
    for each other on a busy machine take a hundred times as long.
    """
    for part in PARTS if options.part is None else (options.part,):
        with threadpool_limits(1):
            results = PARTS[part](quick=options.quick)
        yield from results


BENCHMARK = Benchmark(
    name="failure",
    description="failures: remaining life, renewals, risk, censored lives, features",
    run=run,
    parts=tuple(PARTS),
)
