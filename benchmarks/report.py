"""Results as a table and as JSON."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.baseline import Comparison
from benchmarks.result import Benchmark, Result, holds


def result_table(benchmark: Benchmark, results: Iterable[Result]) -> Table:
    """Lay out the results of one run."""
    table = Table(title=f"{benchmark.name}: {benchmark.description}")
    table.add_column("result")
    for name in ("value", "unit", "goal", "met", "peer", "peer's", "ratio", "spread"):
        table.add_column(name, justify="right")
    table.add_column("checked")
    for result in results:
        table.add_row(
            result.name,
            figure(result.value),
            result.unit,
            _goals(result),
            _met(result),
            result.peer or "",
            figure(result.peer_value),
            figure(result.ratio),
            "" if result.spread is None else f"{result.spread:.0%}",
            "yes" if result.checked else "[red]no[/]",
        )
    return table


def comparison_table(rows: Iterable[Comparison], *, path: Path) -> Table:
    """Lay out each guarded result against the stored one."""
    table = Table(title=f"against {path}")
    for name in ("result", "stored", "now", "share", "status"):
        table.add_column(name, justify="left" if name == "result" else "right")
    for row in rows:
        status = f"[red]{row.status}[/]" if row.failed else row.status
        table.add_row(
            row.name, figure(row.stored), figure(row.found), figure(row.share), status
        )
    return table


def write_json(
    path: Path,
    *,
    benchmark: str,
    machine: dict[str, Any],
    results: Sequence[Result],
) -> None:
    """Write the record of one run: benchmark, machine, results."""
    record = {
        "benchmark": benchmark,
        "machine": machine,
        "results": [result.record() for result in results],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n")


def figure(value: float | None) -> str:
    """Write a number in at most seven digits; empty for None."""
    return "" if value is None else f"{value:,.7g}"


def _met(result: Result) -> str:
    return {None: "", True: "yes", False: "[red]no[/]"}[result.met]


def _goals(result: Result) -> str:
    if result.stretch is None:
        return result.goal or ""
    reached = holds(result.name, result.value, result.stretch)
    mark = "reached" if reached else "not reached"
    return f"{result.goal or ''} (stretch {result.stretch}: {mark})".strip()
