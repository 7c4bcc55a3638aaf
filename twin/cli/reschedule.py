"""`millstream reschedule`: a schedule after a breakdown, near the plan before."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import Console
from twin.cli.interrupt import Stop
from twin.cli.options import (
    Goal,
    JsonFile,
    OutForms,
    Quiet,
    Seed,
    Work,
    examples,
)
from twin.cli.schedule import write_operations
from twin.cli.schedule_page import write_page
from twin.cli.searching import FORMS, leave, shown, write_answer
from twin.cli.writable import make_folder

if TYPE_CHECKING:
    from twin.planning.rescheduling import Price, Repair

app = typer.Typer()

CURVE: tuple[int | None, ...] = (0, 5, 10, 20, 50, None)
"""Changes allowed on the curve; None for any."""


@app.command(
    "reschedule",
    epilog=examples(
        "millstream reschedule shop.fjs plan/schedule.json --now 120 "
        "--disruptions down.json --out new",
        "millstream reschedule problem.json plan/schedule.json --now 480 "
        "--disruptions rush.json --freeze 60 --changes 10 --hold press",
        "millstream reschedule shop.fjs plan/schedule.json --now 120 "
        "--disruptions down.json --curve --seconds 2",
    ),
)
def reschedule(  # noqa: PLR0913  # the options of a command
    problem: Annotated[
        Path, typer.Argument(help="What was scheduled: a file of `schedule`.")
    ],
    schedule: Annotated[
        Path, typer.Argument(help="Its schedule: JSON, as `schedule` writes it.")
    ],
    *,
    now: Annotated[
        int,
        typer.Option(min=0, metavar="T", help="Tick: what starts before has begun."),
    ],
    disruptions: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="JSON list of what happened: kinds down, absent, late, cancelled "
            "and rush (docs/scheduling.md).",
        ),
    ],
    freeze: Annotated[
        int,
        typer.Option(
            min=0, metavar="T", help="What was to start within T ticks stays."
        ),
    ] = 0,
    changes: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="K",
            help="Move at most K operations besides those displaced.",
        ),
    ] = None,
    hold: Annotated[
        list[str] | None,
        typer.Option(metavar="MACHINE", help="Move nothing of this machine; repeat."),
    ] = None,
    weight: Annotated[
        int,
        typer.Option(min=0, metavar="W", help="Cost of each operation moved."),
    ] = 0,
    tolerance: Annotated[
        int,
        typer.Option(
            min=0, metavar="T", help="Starting up to T ticks off is not moved."
        ),
    ] = 0,
    objective: Goal = None,
    curve: Annotated[
        bool,
        typer.Option(
            "--curve", help="Tell what the plan costs for 0, 5, 10, ... changes."
        ),
    ] = False,
    seconds: Annotated[
        float, typer.Option(min=0.0, metavar="S", help="Time limit.")
    ] = 8.0,
    work: Work = None,
    out: OutForms = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Repair a schedule after a breakdown, a rush job, late material or an absence.

    A plan that keeps every rule stands at once; the rest of the time makes it better.
    What has begun stays. An operation is moved if it is done on another machine, or
    otherwise, or starts at another time. Not counted are those displaced: whose place
    the disruption itself made impossible.
    """
    from twin.planning.rescheduling import (
        Asked,
        Stability,
        curve_of,
        disruptions_of_file,
        machines_held,
        repair_document,
        repaired,
        schedule_of_file,
        warm_up,
    )
    from twin.planning.scheduling import problem_of_file

    console = Console(json_file, quiet=quiet)
    shop = problem_of_file(problem, objective=objective)
    make_folder("--out", out, FORMS)
    asked = Asked(
        problem=shop,
        schedule=schedule_of_file(shop, schedule),
        disruptions=disruptions_of_file(shop, disruptions),
        now=now,
        stability=Stability(
            freeze=freeze,
            changes=changes,
            hold=machines_held(shop, hold or ()),
            weight=weight,
            tolerance=tolerance,
        ),
        monotonic_s=time.monotonic,
        seconds=max(seconds, 1e-3),
        work=work,
        seed=seed,
    )
    warm_up()
    stop = Stop()
    with (
        stop.watched(),
        shown(console, None if work else seconds, what="schedule") as show,
    ):
        repair = repaired(asked, on_progress=show, cancelled=lambda: stop.asked)
    document = dict(repair_document(repair))
    told = _told(repair, work)
    console.say(told)
    if repair.schedule.status == "unknown":
        console.finish(document)
        leave(repair.schedule.status)
    write = partial(
        _write, out, problem.name, told=told, repair=repair, document=document
    )
    write(console)
    if out is not None:
        console.say(f"schedule: {out}")
    if curve:
        # The repair is written already: it does not wait for other repairs.
        with stop.watched():
            points = curve_of(asked, CURVE, cancelled=lambda: stop.asked)
        document["curve"] = _curve_rows(points)
        _say_curve(points, console)
        write(console)


def _told(repair: "Repair", work: int | None) -> str:
    """Say in a line what came out, of a budget of work or of time."""
    found = repair.schedule
    if repair.diff is None:
        more = "--seconds gives more time" if work is None else "--work gives more"
        return (
            f"no schedule found in {found.seconds:.1f} s, nothing is written; {more}, "
            "a shorter --freeze, more --changes or no --hold more freedom; or a "
            "deadline cannot be kept"
        )
    changes = len(repair.diff.machine_changes)
    before = repair.diff.objective_before or 0
    first_ms = 1e3 * repair.first_feasible_s
    displaced = int(repair.displaced.sum())
    return (
        f"{found.status}: objective {found.objective:,.0f}, before {before:,}, first "
        f"repair {repair.first_objective:,.0f} after {first_ms:,.0f} ms; {displaced:,} "
        f"displaced, {repair.moved.size:,} more moved, {changes:,} on other machines"
    )


def _curve_rows(points: "Sequence[Price]") -> list[dict[str, Any]]:
    return [
        {
            "changes": point.changes,
            "objective": None if point.objective == float("inf") else point.objective,
            "moved": point.moved,
        }
        for point in points
    ]


def _say_curve(points: "Sequence[Price]", console: Console) -> None:
    for point in points:
        allowed = "any" if point.changes is None else f"{point.changes:,}"
        console.say(
            f"{allowed:>5} changes: objective {point.objective:,.0f}, "
            f"{point.moved:,} moved"
        )


def _write(
    out: Path | None,
    name: str,
    console: Console,
    *,
    told: str,
    repair: "Repair",
    document: Mapping[str, Any],
) -> None:
    """Write the repair where it was asked for."""
    from twin.planning.rescheduling import places_before

    console.finish(document)
    if out is None:
        return
    page = partial(
        write_page,
        name=name,
        told=told,
        problem=repair.problem,
        found=repair.schedule,
        was=places_before(repair),
    )
    rows = partial(write_operations, document=document)
    write_answer(out, "schedule", document, rows=rows, page=page)
