"""`millstream locate`: which plants and depots to open, with a bound and a picture."""

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from twin.cli.searching import (
    FORMS,
    leave,
    made_ready,
    nothing_found,
    shown,
    write_answer,
    write_rows,
)
from twin.cli.writable import make_folder

if TYPE_CHECKING:
    from twin.planning.location import LocationPlan, LocationProblem

app = typer.Typer()

COLUMNS = ("stage", "from", "to", "quantity", "share", "cost")


@app.command(
    "locate",
    epilog=examples(
        "millstream locate PSC1-C1-50.txt.gz --seconds 20 --out plan",
        "millstream locate sites.txt --work 20000 --json answer.json",
    ),
)
def locate(  # the options of a command
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=(
                "Two stages (tscflp: plants, depots, clients) or a single source each "
                "(sscflp: depots, clients), as text (docs/location.md); also with "
                ".gz."
            ),
        ),
    ],
    *,
    seconds: TimeLimit = 20.0,
    work: Work = None,
    out: OutForms = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Choose which plants and depots to open, and who serves whom.

    Searches on both cores until the time is over or the plan is proven best, and shows
    the best plan so far, the bound, and the gap between the two. Ctrl-C ends the search
    with the best plan so far. Every plan has passed a checker that knows nothing of the
    search. Where capacity cannot do, says what is missing, where it is best added, and
    what a plan costs then.
    """
    from twin.planning.location import (
        document_of,
        locate_facilities,
        read_location,
        repair_lines,
        repair_location,
        warm_up,
    )
    from twin.planning.searching import search_options

    console = Console(json_file, quiet=quiet)
    problem = read_location(file)
    make_folder("--out", out, FORMS)
    console.note(
        f"{file.name}: {problem.n_plants:,} plants, {problem.n_depots:,} depots, "
        f"{problem.n_clients:,} clients"
    )
    made_ready(console, lambda: warm_up(problem))
    stop = Stop()
    options = search_options(time.monotonic, seconds, work=work, seed=seed)
    with stop.watched(), shown(console, None if work else seconds) as show:
        found = locate_facilities(
            problem, options, on_progress=show, cancelled=lambda: stop.asked
        )
        repair = None
        if found.status == "infeasible":
            repair = repair_location(problem, options, cancelled=lambda: stop.asked)
    document = document_of(problem, found, repair)
    told = _told(found, work)
    console.say(told)
    for line in repair_lines(repair) if repair else ():
        console.say(line)
    if out is not None:
        page = partial(
            _write_page, name=file.name, told=told, problem=problem, found=found
        )
        rows = partial(write_rows, columns=COLUMNS, rows=document["flows"])
        write_answer(out, "locations", document, rows=rows, page=page)
        console.say(f"plan: {out}")
    console.finish(document)
    leave(found.status)


def _told(found: "LocationPlan", work: int | None) -> str:
    """Say in a line what came out, of a budget of work or of time."""
    if found.status == "infeasible":
        return f"infeasible: no choice of facilities does ({found.seconds:.1f} s)"
    if found.status == "unknown":
        return nothing_found("plan", found.seconds, work=work)
    return (
        f"{found.status}: objective {found.objective:,.0f}, bound {found.bound:,.0f}, "
        f"gap {found.gap:.2%}, {int(found.open_plants.sum())} plants and "
        f"{int(found.open_depots.sum())} depots open, {found.seconds:.1f} s"
    )


def _write_page(
    path: Path,
    *,
    name: str,
    told: str,
    problem: "LocationProblem",
    found: "LocationPlan",
) -> None:
    from twin.planning.location import flow_rows
    from twin.report import skeleton
    from twin.report.location import Flow, LocationData, Site, render

    rows = flow_rows(problem, found)
    ends = {"supply": ("plant", "depot"), "service": ("depot", "client")}
    sites = [
        Site(kind=kind, number=at, capacity=capacity, fixed_cost=fixed)
        for kind, opened, capacities, costs in (
            ("plant", found.open_plants, problem.plant_capacity,
             problem.plant_fixed_cost),
            ("depot", found.open_depots, problem.capacity, problem.fixed_cost),
        )
        for at, (is_open, capacity, fixed) in enumerate(
            zip(opened.tolist(), capacities.tolist(), costs.tolist(), strict=False)
        )
        if is_open
    ]  # fmt: skip
    data = LocationData(
        title=f"Locations of {name}",
        subtitle=told,
        sites=sites,
        flows=[
            Flow(
                from_kind=ends[row["stage"]][0],
                to_kind=ends[row["stage"]][1],
                from_number=row["from"],
                to_number=row["to"],
                quantity=row["quantity"],
                cost=row["cost"],
            )
            for row in rows
        ],
        facts={
            "Plants": f"{problem.n_plants:,}",
            "Depots": f"{problem.n_depots:,}",
            "Clients": f"{problem.n_clients:,}",
        },
        history=[(x.seconds, x.objective, x.bound) for x in found.history],
    )
    skeleton.write(render(data), path)
