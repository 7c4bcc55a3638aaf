"""`millstream lotsize`: what to make in which period, with a bound and a picture."""

import time
from collections.abc import Callable
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
    from twin.planning.lot_feedback import Changeovers, Feedback
    from twin.planning.lot_sizing import LotPlan, LotSizingProblem, Progress
    from twin.planning.searching import SolveOptions

app = typer.Typer()

REPAIR_SHARE = 0.1
"""Share of the time that the repair has where the proof that it is needed took all."""

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
        "millstream lotsize problem.json --schedule changeovers.json",
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
    schedule: Annotated[
        Path | None,
        typer.Option(
            "--schedule",
            metavar="FILE",
            help=(
                "Put each period's lots in sequence, with changeovers of this JSON "
                "(resource, item before, item after: time; what is not named takes "
                "the item's setup time), and lower capacity where they do not fit."
            ),
        ),
    ] = None,
    seconds: TimeLimit = 10.0,
    work: Work = None,
    out: OutForms = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Choose how much to make of each item in each period, and when to set up.

    Searches on both cores until the time is over or the plan is proven best, and shows
    the best plan so far, the bound, and the gap between the two. Ctrl-C ends the search
    with the best plan so far. Every plan has passed a checker that knows nothing of the
    search. Where demand cannot be served, the rest of the time goes to say which demand
    does not fit where and by when, and the cheapest overtime, late or lost demand that
    makes a plan possible.

    With changeovers, lots and sequence take turns, at most three: what a period's lots
    take beyond its calendar is taken off its capacity for the next turn. Overtime that
    the sequence takes is paid. Where no turn fits, the plan with the least late work is
    shown, as one that is not feasible.
    """
    from twin.planning.lot_sizing import (
        document_of,
        read_problem,
        repair_lines,
        repair_lots,
    )
    from twin.planning.searching import search_options

    console = Console(json_file, quiet=quiet)
    problem = read_problem(file)
    changeovers = _changeovers(schedule, problem)
    make_folder("--out", out, FORMS)
    console.note(
        f"{file.name}: {problem.n_items:,} items, {problem.n_periods:,} periods, "
        f"{problem.n_resources:,} resources"
    )
    made_ready(console, partial(_warmed_up, problem, changeovers))
    stop = Stop()
    options = partial(search_options, time.monotonic, work=work, seed=seed)
    with stop.watched(), shown(console, None if work else seconds) as show:
        rounds, found = _planned(
            problem,
            changeovers,
            options(seconds),
            on_progress=show,
            cancelled=lambda: stop.asked,
        )
        repair = None
        if found.status == "infeasible":
            left_s = max(seconds - found.seconds, REPAIR_SHARE * seconds)
            repair = repair_lots(problem, options(left_s), cancelled=lambda: stop.asked)
    document = {**document_of(problem, found, repair), **_fed_back(problem, rounds)}
    told = _told(found, rounds, work)
    console.say(told)
    for line in _rounds_told(problem, rounds):
        console.say(line)
    for line in repair_lines(repair) if repair else ():
        console.say(line)
    if out is not None:
        page = partial(
            _write_page, name=file.name, told=told, problem=problem, found=found
        )
        rows = partial(_write_csv, problem=problem, found=found)
        write_answer(out, "lots", document, rows=rows, page=page)
        console.say(f"plan: {out}")
    console.finish(document)
    leave(document["status"])


def _warmed_up(problem: "LotSizingProblem", changeovers: "Changeovers | None") -> None:
    """Ready the search for lots, and for their sequence where there are changeovers."""
    from twin.planning import lot_feedback, lot_sizing

    lot_sizing.warm_up()
    if changeovers is not None:
        lot_feedback.warm_up(problem, changeovers)


def _changeovers(
    path: Path | None, problem: "LotSizingProblem"
) -> "Changeovers | None":
    from twin.planning.lot_feedback import changeovers_of_file

    return None if path is None else changeovers_of_file(path, problem)


def _planned(
    problem: "LotSizingProblem",
    changeovers: "Changeovers | None",
    options: "SolveOptions",
    *,
    on_progress: "Callable[[Progress], None]",
    cancelled: Callable[[], bool],
) -> "tuple[Feedback | None, LotPlan]":
    """Plan lots, in rounds with their sequence where there are changeovers."""
    from twin.planning.lot_feedback import plan_in_rounds
    from twin.planning.lot_sizing import plan_lots

    if changeovers is None:
        return None, plan_lots(
            problem, options, on_progress=on_progress, cancelled=cancelled
        )
    rounds = plan_in_rounds(
        problem, changeovers, options, on_progress=on_progress, cancelled=cancelled
    )
    return rounds, rounds.plan


def _rounds_told(problem: "LotSizingProblem", rounds: "Feedback | None") -> list[str]:
    from twin.planning.lot_feedback import feedback_lines

    return [] if rounds is None else feedback_lines(problem, rounds)


def _fed_back(problem: "LotSizingProblem", rounds: "Feedback | None") -> dict[str, Any]:
    from twin.planning.lot_feedback import feedback_document

    return {} if rounds is None else feedback_document(problem, rounds)


def _told(found: "LotPlan", rounds: "Feedback | None", work: int | None) -> str:
    """Say in a line what came out, of a budget of work or of time."""
    if found.status == "infeasible":
        return f"infeasible: demand cannot be served ({found.seconds:.1f} s)"
    if found.quantities is None:
        return nothing_found("plan", found.seconds, work=work)
    if rounds is not None and rounds.best is not None and not rounds.fits:
        return (
            f"infeasible: no plan was found whose lots fit their calendars; the best, "
            f"with objective {found.objective:,.1f}, has "
            f"{float(rounds.best.late.sum()):.6g} of work late ({found.seconds:.1f} s)"
        )
    return (
        f"{found.status}: objective {found.objective:,.1f}, bound {found.bound:,.1f}, "
        f"gap {found.gap:.2%}, {int(found.quantities.setups.sum())} setups, "
        f"{found.seconds:.1f} s"
    )


def _write_csv(path: Path, *, problem: "LotSizingProblem", found: "LotPlan") -> None:
    from twin.planning.lot_sizing import lot_rows

    plan = found.quantities
    write_rows(path, COLUMNS, () if plan is None else lot_rows(problem, plan))


def _write_page(
    path: Path,
    *,
    name: str,
    told: str,
    problem: "LotSizingProblem",
    found: "LotPlan",
) -> None:
    from twin.planning.lot_sizing import loads
    from twin.report import skeleton
    from twin.report.lots import ItemLots, Load, LotsData, render

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
    data = LotsData(
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
    )
    skeleton.write(render(data), path)
