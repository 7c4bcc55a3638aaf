"""`millstream lotsize`: what to make in which period, with a bound and a picture."""

import csv
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import Console
from twin.cli.interrupt import Stop
from twin.cli.options import JsonFile, Quiet, Seed, examples

if TYPE_CHECKING:
    from twin.planning.lot_sizing import LotPlan, LotSizingProblem, Progress

app = typer.Typer()

INFEASIBLE, UNKNOWN = 3, 1
"""Exit statuses: nothing is feasible, or nothing was found in time."""

LONG_WARM_UP_S = 3.0
"""Getting ready takes less where the search was compiled before."""

COLUMNS = (
    "item",
    "period",
    "demand",
    "setup",
    "carried",
    "quantity",
    "stock",
    "backlog",
    "lost",
    "discarded",
)


@app.command(
    "lotsize",
    epilog=examples(
        "millstream lotsize G51.DAT --seconds 10 --out plan",
        "millstream lotsize problem.json --seconds 30 --json answer.json",
        "millstream lotsize X12429C.txt --work 200",
    ),
)
def lotsize(  # the options of a command
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=(
                "Items, periods and capacity: Trigeiro's text (.txt, .DAT), or own "
                "problem.json; also with .gz."
            ),
        ),
    ],
    *,
    seconds: Annotated[
        float, typer.Option(min=0.1, metavar="S", help="Time limit.")
    ] = 10.0,
    work: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="W",
            help="Steps of the search, no time limit: the same answer twice.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PATH",
            help="A .json, .csv or .html file, or a folder for all three.",
        ),
    ] = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Choose how much to make of each item in each period, and when to set up.

    Searches on both cores until the time is over or the plan is proven best, and shows
    the best plan so far, the bound, and the gap between the two. Ctrl-C ends the search
    with the best plan so far. Every plan has passed a checker that knows nothing of the
    search. Where demand cannot be served, says which demand does not fit where and by
    when, and the cheapest overtime, late or lost demand that makes a plan possible.
    """
    from twin.planning.lot_sizing import (
        document_of,
        plan_file,
        problem_of_file,
        repair_lines,
        repaired,
        warm_up,
    )

    console = Console(json_file, quiet=quiet)
    problem = problem_of_file(file)
    console.note(
        f"{file.name}: {problem.n_items:,} items, {problem.n_periods:,} periods, "
        f"{problem.n_resources:,} resources"
    )
    begun_s = time.monotonic()
    warm_up()
    if (warm_s := time.monotonic() - begun_s) > LONG_WARM_UP_S:
        console.note(f"got the search ready in {warm_s:.0f} s")
    stop = Stop()
    asked: dict[str, Any] = {
        "monotonic_s": time.monotonic,
        "seconds": seconds,
        "work": work,
        "seed": seed,
    }
    with stop.watched(), _shown(console, None if work else seconds) as show:
        found = plan_file(
            problem, on_progress=show, cancelled=lambda: stop.asked, **asked
        )
        repair = repaired(problem, **asked) if found.status == "infeasible" else None
    document = document_of(problem, found, repair)
    told = _told(found, work)
    console.say(told)
    for line in repair_lines(repair) if repair else ():
        console.say(line)
    if out is not None:
        page = partial(
            _write_page, name=file.name, told=told, problem=problem, found=found
        )
        rows = partial(_write_csv, problem=problem, found=found)
        _write(out, document, rows, page)
        console.say(f"plan: {out}")
    console.finish(document)
    if found.status == "infeasible":
        raise typer.Exit(INFEASIBLE)
    if found.status == "unknown":
        raise typer.Exit(UNKNOWN)


@contextmanager
def _shown(
    console: Console, seconds: float | None
) -> "Iterator[Callable[[Progress], None]]":
    """Show the best plan so far beside a bar of the time, on a terminal."""
    from rich.progress import TextColumn, TimeElapsedColumn

    bar = console.progress(TimeElapsedColumn(), TextColumn("{task.fields[told]}"))
    with bar:
        task = bar.add_task("searching", total=seconds, told="no plan yet")

        def show(line: "Progress") -> None:
            gap = (line.objective - line.bound) / max(1.0, line.objective)
            told = f"best {line.objective:,.0f}  bound {line.bound:,.0f}  gap {gap:.2%}"
            bar.update(task, completed=line.seconds, told=told)

        yield show


def _told(found: "LotPlan", work: int | None) -> str:
    """Say in a line what came out, of a budget of work or of time."""
    if found.status == "infeasible":
        return f"infeasible: demand cannot be served ({found.seconds:.1f} s)"
    if found.quantities is None:
        more = "--seconds gives more time" if work is None else "--work gives more"
        return f"no plan found in {found.seconds:.1f} s; {more}"
    return (
        f"{found.status}: objective {found.objective:,.1f}, bound {found.bound:,.1f}, "
        f"gap {found.gap:.2%}, {int(found.quantities.setups.sum())} setups, "
        f"{found.seconds:.1f} s"
    )


def _write(
    out: Path,
    document: Mapping[str, Any],
    rows: Callable[[Path], None],
    page: Callable[[Path], None],
) -> None:
    """Write the plan where, and as what, the name says."""
    writers: dict[str, Callable[[Path], None]] = {
        ".json": lambda path: _write_json(path, document),
        ".csv": rows,
        ".html": page,
    }
    if out.suffix in writers:
        out.parent.mkdir(parents=True, exist_ok=True)
        writers[out.suffix](out)
        return
    out.mkdir(parents=True, exist_ok=True)
    for suffix, write in writers.items():
        write(out / f"lots{suffix}")


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _write_csv(path: Path, *, problem: "LotSizingProblem", found: "LotPlan") -> None:
    from twin.planning.lot_sizing import lot_rows

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        if found.quantities is not None:
            writer.writerows(lot_rows(problem, found.quantities))


def _write_page(
    path: Path,
    *,
    name: str,
    told: str,
    problem: "LotSizingProblem",
    found: "LotPlan",
) -> None:
    from twin.planning.lot_sizing import loads
    from twin.report.lots import ItemLots, Load, LotsData, write

    plan = found.quantities
    items, used = [], []
    if plan is not None:
        items = [
            ItemLots(
                name=item,
                demand=problem.demand[row].tolist(),
                lots=plan.quantities[row].tolist(),
                stock=(plan.stock[row] - plan.backlog[row]).tolist(),
            )
            for row, item in enumerate(problem.item_names)
        ]
        used = [
            Load(name=resource, used=time_used, capacity=capacity)
            for resource, time_used, capacity in loads(problem, plan)
        ]
    write(
        LotsData(
            title=f"Lots of {name}",
            subtitle=told,
            periods=problem.period_names,
            items=items,
            loads=used,
            facts={
                "Items": f"{problem.n_items:,}",
                "Periods": f"{problem.n_periods:,}",
                "Resources": f"{problem.n_resources:,}",
            },
            history=[(x.seconds, x.objective, x.bound) for x in found.history],
        ),
        path,
    )
