"""`millstream ship`: what to ship between sites, in whole vehicles, with a bound."""

import time
from functools import partial
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
    from collections.abc import Mapping

    from twin.planning.shipping import (
        ShipmentNames,
        ShipmentPlan,
        TransshipmentProblem,
    )

app = typer.Typer()

SHARE = 0.5
"""Of the time for a plan, where another is made without lanes between firms."""

LEAST_S = 1.0
"""Seconds that a repair, or the plan without these lanes, gets at least."""

COLUMNS = (
    "period", "arrives", "lane", "from", "to", "item", "units", "volume", "cost",
)  # fmt: skip


@app.command(
    "ship",
    epilog=examples(
        "millstream ship network.json --seconds 20 --out plan",
        "millstream ship network.json --full-service --json answer.json",
        "millstream ship network.json --work 5000 --pooling",
    ),
)
def ship(  # noqa: PLR0913  # the options of a command
    file: Annotated[
        Path,
        typer.Argument(
            metavar="PROBLEM.json",
            help="Sites, items, lanes, stock, supply and demand by period, as JSON.",
        ),
    ],
    *,
    full_service: Annotated[
        bool,
        typer.Option(
            "--full-service",
            help="All demand must be served, whatever the file says.",
        ),
    ] = False,
    pooling: Annotated[
        bool,
        typer.Option(
            "--pooling",
            help="Also plan without lanes between firms: what pooling stock saves.",
        ),
    ] = False,
    seconds: TimeLimit = 20.0,
    work: Work = None,
    out: OutForms = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Choose what to ship on which lane in which period, in whole vehicles.

    Searches on both cores until the time is over or the plan is proven best, and shows
    the best plan so far, the bound, and the gap between the two. Ctrl-C ends the search
    with the best plan so far. Every plan has passed a checker that knows nothing of the
    search. What cannot be served is in the plan with its price; where full service is
    asked for and impossible, says which demands stand in each other's way, and which
    change costs least, and writes the plan with it. The time is for all of that: with
    --pooling each plan has half of it, and a repair what is left.
    """
    from dataclasses import replace

    from twin.planning.searching import search_options
    from twin.planning.shipping import (
        after,
        document_of,
        plan_shipments,
        read_shipments,
        repair_lines,
        repair_shipments,
        warm_up,
        without_pooling,
    )

    console = Console(json_file, quiet=quiet)
    problem, names = read_shipments(file)
    if full_service:
        problem = replace(problem, full_service=True)
    make_folder("--out", out, FORMS)
    console.note(
        f"{file.name}: {problem.n_sites:,} sites, {problem.n_items:,} items, "
        f"{len(problem.lanes):,} lanes, {problem.n_periods:,} periods"
    )
    made_ready(console, warm_up)
    stop = Stop()
    options = partial(search_options, time.monotonic, work=work, seed=seed)
    plan = partial(plan_shipments, cancelled=lambda: stop.asked)
    mend = partial(repair_shipments, cancelled=lambda: stop.asked)
    with stop.watched(), shown(console, None if work else seconds) as show:
        until_s = time.monotonic() + seconds
        share_s = seconds * SHARE if pooling else seconds
        found = plan(problem, options(share_s), on_progress=show)
        apart = repair = None
        if pooling:
            apart = plan(without_pooling(problem), options(_left_s(until_s)))
        if found.status == "infeasible":
            repair = mend(problem, options(_left_s(until_s)))
    document = document_of(problem, names, found, repair=repair, apart=apart)
    told = _told(found, document, work)
    console.say(told)
    if apart is not None:
        console.say(_pooled(document))
    lines = repair_lines(problem, names, repair) if repair else []
    for line in lines:
        console.say(line)
    if out is not None:
        page = partial(
            _write_page, told=(f"Shipments of {file.name}", told, lines),
            problem=problem, names=names, found=after(repair) if repair else found,
        )  # fmt: skip
        planned = document["repair"]["plan"] if repair else document
        rows = partial(write_rows, columns=COLUMNS, rows=planned["shipments"])
        write_answer(out, "shipments", document, rows=rows, page=page)
        console.say(f"plan: {out}")
    console.finish(document)
    leave(found.status)


def _left_s(until_s: float) -> float:
    return max(until_s - time.monotonic(), LEAST_S)


def _told(
    found: "ShipmentPlan", document: "Mapping[str, Any]", work: int | None
) -> str:
    """Say in a line what came out, of a budget of work or of time."""
    if found.status == "infeasible":
        return f"infeasible: not all demand can be served ({found.seconds:.1f} s)"
    if found.status == "unknown":
        return nothing_found("plan", found.seconds, work=work)
    return (
        f"{found.status}: objective {found.objective:,.10g}, bound "
        f"{found.bound:,.10g}, gap {found.gap:.2%}, {int(found.vehicles.sum()):,} "
        f"vehicles, {document['served']:.1%} served, {found.seconds:.1f} s"
    )


def _pooled(document: "Mapping[str, Any]") -> str:
    saved = document["pooling"]["saved"]
    if saved is None:
        return "pooling: one of the two plans is missing"
    return f"pooling: lanes between firms save {saved:,.10g}"


def _write_page(
    path: Path,
    *,
    told: tuple[str, str, list[str]],
    problem: "TransshipmentProblem",
    names: "ShipmentNames",
    found: "ShipmentPlan",
) -> None:
    from twin.planning.shipping import costs_of, document_of
    from twin.report import skeleton
    from twin.report.lanes import Place
    from twin.report.shipments import LanePeriod, ShipmentsData, render

    document = document_of(problem, names, found)
    units: dict[tuple[int, str], float] = {}
    for row in document["shipments"]:
        key = row["lane"], row["period"]
        units[key] = units.get(key, 0.0) + row["units"]
    title, subtitle, remarks = told
    data = ShipmentsData(
        title=title,
        subtitle=subtitle,
        periods=names.periods,
        flows=[
            LanePeriod(
                lane=row["lane"],
                from_site=row["from"],
                to_site=row["to"],
                period=row["period"],
                vehicles=row["vehicles"],
                filled=row["filled"],
                units=units.get((row["lane"], row["period"]), 0.0),
                cost=row["cost"],
                between_firms=row["between_firms"],
            )
            for row in document["vehicles"]
        ],
        demand=problem.demand.sum(axis=(0, 1)).tolist(),
        served=(problem.demand - found.short).sum(axis=(0, 1)).tolist(),
        stock=found.stock.sum(axis=(0, 1)).tolist(),
        costs=costs_of(problem, found),
        short=[
            (row["site"], row["item"], row["period"], row["units"])
            for row in document["short"]
        ],
        places=[
            Place(name, "site", *position)
            for name, position in zip(names.sites, names.positions, strict=True)
        ],
        facts={
            "Sites": f"{problem.n_sites:,}",
            "Items": f"{problem.n_items:,}",
            "Lanes": f"{len(problem.lanes):,}",
            "Firms": f"{len(set(names.firms)):,}",
        },
        remarks=remarks,
        history=[(x.seconds, x.objective, x.bound) for x in found.history],
    )
    skeleton.write(render(data), path)
