"""`millstream route`: routes of vehicles, with times, loads and a map."""

import csv
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import Console
from twin.cli.interrupt import Stop
from twin.cli.options import JsonFile, Quiet, Seed, examples
from twin.cli.writable import make_folder

if TYPE_CHECKING:
    from twin.planning.routing import (
        Progress,
        Repair,
        RoutingProblem,
        RoutingSolution,
    )

app = typer.Typer()

INFEASIBLE, UNKNOWN = 3, 1
"""Exit statuses: nothing is feasible, or nothing was found in time."""

FORMS = (".json", ".csv", ".html")
"""Suffixes of what `--out` writes."""

COLUMNS = (
    "route",
    "stop",
    "vehicle",
    "kind",
    "name",
    "arrival",
    "start",
    "departure",
    "open",
    "close",
    "load",
    "x",
    "y",
)


@app.command(
    "route",
    epilog=examples(
        "millstream route R101.txt --seconds 20 --out plan",
        "millstream route X-n101-k25.vrp --sol X-n101-k25.sol",
        "millstream route problem.json --work 20000 --json answer.json",
    ),
)
def route(  # noqa: PLR0913  # the options of a command
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=(
                "Solomon's form (.txt), VRPLIB also in PyVRP's dialect (.vrp), or own "
                "problem.json; also with .gz."
            ),
        ),
    ],
    *,
    seconds: Annotated[
        float, typer.Option(min=0.1, metavar="S", help="Time limit.")
    ] = 20.0,
    work: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="W",
            help="Iterations of the search, no time limit: the same answer twice.",
        ),
    ] = None,
    rounding: Annotated[
        str | None,
        typer.Option(
            "--round",
            metavar="HOW",
            help="round, trunc, dimacs (x10) or exact (x1000); else by family.",
        ),
    ] = None,
    sol: Annotated[
        Path | None,
        typer.Option("--sol", metavar="FILE", help="Write the routes as CVRPLIB does."),
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
    """Plan which vehicle visits whom, in which order.

    Searches on both cores until the time is over and shows the best cost so far. Ctrl-C
    ends the search with the best routes so far. All routes have passed a checker that
    knows nothing of the search. Where no plan keeps every rule, or none was found, it
    says which rules are in each other's way and what the cheapest change costs.
    """
    from twin.planning.routing import (
        document_of,
        problem_of_file,
        repaired,
        route_file,
        solution_text,
    )

    console = Console(json_file, quiet=quiet)
    problem = problem_of_file(file, rounding=rounding)
    make_folder("--out", out, FORMS)
    make_folder("--sol", sol)
    console.note(
        f"{file.name}: {problem.n_clients:,} clients, "
        f"{int(problem.vehicles.available.sum()):,} vehicles of "
        f"{len(problem.vehicles)} type(s), {len(problem.depots)} depot(s)"
    )
    stop = Stop()
    asked: dict[str, Any] = {
        "monotonic_s": time.monotonic,
        "seconds": seconds,
        "work": work,
        "seed": seed,
        "cancelled": lambda: stop.asked,
    }
    repair = None
    with stop.watched(), _shown(console, None if work else seconds) as show:
        plan = route_file(problem, on_progress=show, **asked)
        if not plan.routes and plan.status != "optimal" and not stop.asked:
            repair = repaired(problem, **asked)
    document = document_of(problem, plan, repair)
    told = _told(plan)
    console.say(told)
    for line in _repair_lines(repair):
        console.say(line)
    if sol is not None and plan.routes:
        text = solution_text(problem, plan.routes, plan.objective)
        sol.write_text(text, encoding="utf-8")
        console.say(f"routes: {sol}")
    if out is not None:
        page = _Page(file.name, told, problem=problem, plan=plan, repair=repair)
        _write(out, document, page)
        console.say(f"plan: {out}")
    console.finish(document)
    if plan.status == "infeasible":
        raise typer.Exit(INFEASIBLE)
    if plan.status == "unknown":
        raise typer.Exit(UNKNOWN)


@contextmanager
def _shown(
    console: Console, seconds: float | None
) -> "Iterator[Callable[[Progress], None]]":
    """Show the best cost so far beside a bar of the time, on a terminal."""
    from rich.progress import TextColumn, TimeElapsedColumn

    bar = console.progress(TimeElapsedColumn(), TextColumn("{task.fields[told]}"))
    with bar:
        task = bar.add_task("searching", total=seconds, told="no plan yet")

        def show(line: "Progress") -> None:
            told = f"best {line.objective:,.10g}"
            bar.update(task, completed=line.seconds, told=told)

        yield show


def _told(plan: "RoutingSolution") -> str:
    """Say in a line what came out."""
    if plan.status == "infeasible":
        return f"infeasible: no plan keeps every rule ({plan.seconds:.1f} s)"
    if plan.status == "unknown":
        return (
            f"no plan found in {plan.seconds:.1f} s; more --seconds or --work may "
            "find one"
        )
    return (
        f"{plan.status}: cost {plan.objective:,.10g}, {len(plan.routes)} routes, "
        f"{plan.seconds:.1f} s"
    )


def _repair_lines(repair: "Repair | None") -> "Iterator[str]":
    if repair is None:
        return
    for conflict in repair.conflicts:
        yield f"conflict: {conflict.text}"
    for change in repair.changes:
        yield f"change: {change.text} (price {change.price:,})"
    if repair.plan.routes:
        yield (
            f"with these changes, for {repair.price:,} in all: cost "
            f"{repair.plan.objective:,.10g}, {len(repair.plan.routes)} routes"
        )


class _Page:
    """The routes as a page, written when asked for."""

    def __init__(
        self,
        name: str,
        told: str,
        *,
        problem: "RoutingProblem",
        plan: "RoutingSolution",
        repair: "Repair | None",
    ) -> None:
        self._name, self._told = name, told
        self._problem = problem if repair is None else repair.problem
        self._plan = plan if repair is None else repair.plan
        self._notes = tuple(_repair_lines(repair))

    def rows(self) -> list[dict[str, Any]]:
        from twin.planning.routing import stop_rows

        return stop_rows(self._problem, self._plan)

    def write(self, path: Path) -> None:
        from twin.planning.routing import document_of, route_name
        from twin.report.routes import RouteLine, RoutesData, Stop, write

        problem, plan = self._problem, self._plan
        document = document_of(problem, plan)
        stops: list[list[Stop]] = [[] for _ in plan.routes]
        for row in self.rows():
            stops[row["route"] - 1].append(
                Stop(
                    name=row["name"],
                    is_depot=row["kind"] == "depot",
                    x=row["x"],
                    y=row["y"],
                    start=row["start"],
                    departure=row["departure"],
                    load=row["load"],
                )
            )
        lines = [
            RouteLine(
                name=route_name(problem, at, route),
                stops=stops[at],
                distance=document["distances"][at],
                duration=document["durations"][at],
            )
            for at, route in enumerate(plan.routes)
        ]
        facts = {
            "Clients": f"{problem.n_clients:,}",
            "Vehicles": f"{int(problem.vehicles.available.sum()):,}",
            "Depots": f"{len(problem.depots):,}",
        }
        data = RoutesData(
            title=f"Routes of {self._name}",
            subtitle=self._told,
            routes=lines,
            facts=facts,
            history=[(x.seconds, x.objective) for x in plan.history],
            notes=self._notes,
        )
        write(data, path)


def _write(out: Path, document: Mapping[str, Any], page: _Page) -> None:
    """Write the plan where, and as what, the name says."""
    writers: dict[str, Callable[[Path], None]] = {
        ".json": lambda path: _write_json(path, document),
        ".csv": lambda path: _write_csv(path, page.rows()),
        ".html": page.write,
    }
    if out.suffix in FORMS:
        writers[out.suffix](out)
        return
    for suffix, write in writers.items():
        write(out / f"routes{suffix}")


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
