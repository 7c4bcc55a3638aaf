"""Results as a table and as JSON."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.baseline import Comparison
from benchmarks.result import Benchmark, Result, holds


def result_table(benchmark: Benchmark, results: Iterable[Result]) -> Table:
    """Lay out the results of one run; columns that would be empty are left out.

    Peers are numbered in the table and named below it.
    """
    rows = list(results)
    peers = list(dict.fromkeys(row.peer for row in rows if row.peer))
    columns: dict[str, list[str]] = {
        "result": [row.name for row in rows],
        "value": [figure(row.value) for row in rows],
        "unit": [row.unit for row in rows],
        "goal": [_goals(row) for row in rows],
        "met": [_met(row) for row in rows],
        "peer": [f"({peers.index(row.peer) + 1})" if row.peer else "" for row in rows],
        "peer's": [figure(row.peer_value) for row in rows],
        "ratio": [figure(row.ratio) for row in rows],
        "spread": ["" if r.spread is None else f"{r.spread:.0%}" for r in rows],
        "checked": ["yes" if row.checked else "[red]no[/]" for row in rows],
    }
    named = "  ".join(f"({k}) {peer}" for k, peer in enumerate(peers, start=1))
    table = Table(
        title=f"{benchmark.name}: {benchmark.description}",
        caption=f"peers: {named}" if peers else None,
        caption_justify="left",
    )
    kept = {name: cells for name, cells in columns.items() if any(cells)}
    for name in kept:
        justify = "left" if name == "result" else "right"
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for cells in zip(*kept.values(), strict=True):
        table.add_row(*cells)
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
