"""Exact answers: models that theory has solved, through the normal model format.

Parts: `queues`, `lines`, `chain`.
"""

import math
from collections.abc import Iterator

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads import theory_chain, theory_lines, theory_queues
from benchmarks.workloads.answers import Case

HALVES = {
    "queues": theory_queues.cases,
    "lines": theory_lines.cases,
    "chain": theory_chain.cases,
}


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    for part in HALVES if options.part is None else (options.part,):
        asked = [case for case in HALVES[part]() if case.n_quick or not options.quick]
        found = [answered(case, quick=options.quick) for case in asked]
        yield from found
        right = sum(result.checked for result in found)
        yield Result(
            name=f"{part}, cases of {len(found)} that are right", value=right, unit="1",
            goal=f">= {len(found)}", checked=True, exact=True,
        )  # fmt: skip


def answered(case: Case, *, quick: bool) -> Result:
    """Run a case, and compare its mean with the exact answer."""
    values = case.values(quick=quick)
    mean, known = float(values.mean()), "one run"
    if len(values) > 1:
        error = values.std(ddof=1) / math.sqrt(len(values))
        known = f"standard error {error:.2g}"
    # Tolerances are some 4.5 standard errors of a full run.
    allowed = case.tolerance * math.sqrt(case.n_full / len(values))
    return Result(
        name=case.name, value=mean, unit=case.unit, peer=f"{case.source}; {known}",
        peer_value=case.exact, checked=abs(mean - case.exact) <= allowed,
    )  # fmt: skip


BENCHMARK = Benchmark(
    name="theory",
    description="simulated queues, lines and inventories against exact answers",
    run=run,
    parts=tuple(HALVES),
)
