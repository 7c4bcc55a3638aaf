"""`python -m benchmarks NAME`: run one benchmark, print it, judge it."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

import benchmarks
from benchmarks.baseline import Comparison, compare, load, store
from benchmarks.machine import describe_machine
from benchmarks.registry import discover
from benchmarks.report import comparison_table, result_table, write_json
from benchmarks.result import Benchmark, Result, RunOptions

BASELINE = Path(__file__).with_name("baseline.json")
QUICK_S_MAX = 15.0
DONE, FAILED, USER_ERROR = 0, 1, 2


def main(
    arguments: Sequence[str] | None = None,
    *,
    known: dict[str, Benchmark] | None = None,
) -> int:
    """Run from the command line; return the exit status.

    0 done; 1 a goal missed or a ratio lost in two runs; 2 the user's error.
    """
    options = _parser().parse_args(arguments)
    known = discover(benchmarks) if known is None else known
    if options.list:
        return _list(known, names=options.names, soak=options.soak)
    try:
        benchmark = _chosen(known, name=options.name, part=options.part)
        stored = load(options.compare) if options.compare else {}
    except ValueError as error:
        print(error, file=sys.stderr)
        return USER_ERROR
    return _run(benchmark, options, stored)


def _console() -> Console:
    # In a pipe nothing is cut to the width of a window that is not there.
    console = Console()
    return console if console.is_terminal else Console(width=160)


def _run(
    benchmark: Benchmark, options: argparse.Namespace, stored: dict[str, Any]
) -> int:
    console = _console()
    machine = describe_machine()
    asked = RunOptions(quick=options.quick, part=options.part)
    results = _measure(benchmark, asked, console)
    if options.json:
        write_json(
            options.json, benchmark=benchmark.name, machine=machine, results=results
        )
    failed = [result.name for result in results if result.met is False]
    if failed:
        console.print(f"[red]goal missed:[/] {', '.join(failed)}")
    if options.update:
        path = options.compare or BASELINE
        store(path, benchmark=benchmark.name, quick=options.quick, results=results)
        console.print(f"stored in {path}")
    elif options.compare:
        failed += _lost(benchmark, asked, stored, results=results, path=options.compare)
    return FAILED if failed else DONE


def _measure(benchmark: Benchmark, asked: RunOptions, console: Console) -> list[Result]:
    start_s = time.perf_counter()
    results = list(benchmark.run(asked))
    taken_s = time.perf_counter() - start_s
    console.print(result_table(benchmark, results))
    late = asked.quick and taken_s > QUICK_S_MAX
    note = f", [red]over the {QUICK_S_MAX:.0f} s of --quick[/]" if late else ""
    console.print(f"{taken_s:.1f} s{note}")
    return results


def _lost(
    benchmark: Benchmark,
    asked: RunOptions,
    stored: dict[str, Any],
    *,
    results: list[Result],
    path: Path,
) -> list[str]:
    """Names that fail against the baseline in this run and in a second one."""
    console = _console()

    def judged(of: list[Result]) -> list[Comparison]:
        rows = compare(
            stored,
            benchmark=benchmark.name,
            quick=asked.quick,
            results=of,
            complete=asked.part is None,
        )
        console.print(comparison_table(rows, path=path))
        return rows

    first = {row.name for row in judged(results) if row.failed}
    if not first:
        return []
    console.print("once more, as one slow run proves nothing")
    again = _measure(benchmark, asked, console)
    lost = [row.name for row in judged(again) if row.failed and row.name in first]
    if lost:
        console.print(f"[red]lost in two runs:[/] {', '.join(lost)}")
    return lost


def _chosen(
    known: dict[str, Benchmark], *, name: str | None, part: str | None
) -> Benchmark:
    if name not in known:
        allowed = ", ".join(known) or "none yet"
        message = f"benchmark must be one of {allowed}; was {name!r}"
        raise ValueError(message)
    benchmark = known[name]
    if part is not None and part not in benchmark.parts:
        allowed = ", ".join(benchmark.parts) or "none"
        message = f"{name}: part must be one of {allowed}; was {part!r}"
        raise ValueError(message)
    return benchmark


def _list(known: dict[str, Benchmark], *, names: bool, soak: bool) -> int:
    width = max(map(len, known), default=0)
    for benchmark in known.values():
        if names and benchmark.soak != soak:
            continue
        parts = f" (parts: {', '.join(benchmark.parts)})" if benchmark.parts else ""
        line = f"{benchmark.name:<{width}}  {benchmark.description}{parts}"
        print(benchmark.name if names else line)
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", metavar="NAME", help="see --list")
    parser.add_argument("--quick", action="store_true", help="within 15 s, as CI runs")
    parser.add_argument("--part", metavar="P", help="one part of a long benchmark")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the record")
    parser.add_argument(
        "--compare", type=Path, metavar="FILE", help="fail on a lost ratio"
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="store the ratios in the baseline instead of comparing",
    )
    parser.add_argument("--list", action="store_true", help="list the benchmarks")
    parser.add_argument(
        "--names", action="store_true", help="with --list: names alone, soaks left out"
    )
    parser.add_argument(
        "--soak", action="store_true", help="with --names: the soaks instead"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
