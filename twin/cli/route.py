"""`millstream route`: routes of vehicles, with times, loads and a map."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import Console
from twin.cli.interrupt import Stop
from twin.cli.options import (
    JsonFile,
    OutForms,
    Quiet,
    Seed,
    TimeLimit,
    Work,
    examples,
)
from twin.cli.searching import FORMS, leave, shown, write_answer, write_rows
from twin.cli.writable import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.planning.routing import (
        Repair,
        RoutingProblem,
        RoutingSolution,
    )

app = typer.Typer()

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
                "problem.json (docs/routing.md); also with .gz."
            ),
        ),
    ],
    *,
    seconds: TimeLimit = 20.0,
    work: Work = None,
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
    out: OutForms = None,
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
        judged,
        plan_routes,
        problem_of_file,
        repair_routes,
        solution_text,
    )
    from twin.planning.searching import search_options

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
    options = search_options(time.monotonic, seconds, work=work, seed=seed)
    repair = None
    with (
        stop.watched(),
        shown(console, None if work else seconds, with_bound=False) as show,
    ):
        plan = plan_routes(
            problem, options, on_progress=show, cancelled=lambda: stop.asked
        )
        if not plan.routes and plan.status != "optimal" and not stop.asked:
            repair = repair_routes(problem, options, cancelled=lambda: stop.asked)
            plan = judged(plan, repair)
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
        write_answer(out, "routes", document, rows=page.write_rows, page=page.write)
        console.say(f"plan: {out}")
    console.finish(document)
    leave(plan.status)


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
    if repair.conflicts_cut:
        yield "the search for conflicts was cut by the time, so there may be more"
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

    def write_rows(self, path: Path) -> None:
        write_rows(path, COLUMNS, self.rows())

    def rows(self) -> list[dict[str, Any]]:
        from twin.planning.routing import stop_rows

        return stop_rows(self._problem, self._plan)

    def write(self, path: Path) -> None:
        from twin.planning.routing import document_of, route_name
        from twin.report import skeleton
        from twin.report.routes import RouteLine, RoutesData, Stop, render

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
        skeleton.write(render(data), path)
