"""Stock: published values met, and how fast beside stockpyl.

Parts: `single` (lots, newsvendors, (s, S) and (r, Q) of textbooks), `serial`
(Clark-Scarf and Shang-Song), `trees` (guaranteed service), `speed`.
"""

from collections.abc import Callable, Iterator

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.stock.published import serial, single, trees
from benchmarks.workloads.stock.speed import speed

PARTS: dict[str, Callable[..., list[Result]]] = {
    "single": single,
    "serial": serial,
    "trees": trees,
    "speed": speed,
}


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    for part in PARTS if options.part is None else (options.part,):
        yield from PARTS[part](quick=options.quick)


BENCHMARK = Benchmark(
    name="inventory",
    description="stock: published optima met, and speed beside stockpyl",
    run=run,
    parts=tuple(PARTS),
)
