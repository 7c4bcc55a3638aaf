"""`millstream schedule`: a detailed schedule of a shop, with a bound and a chart."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.conflicting import (
    Asked,
    Explain,
    RepairPrices,
    ShowHours,
    explained,
    say_all,
)
from twin.cli.console import Console, time_text
from twin.cli.interrupt import Stop
from twin.cli.options import (
    At,
    Goal,
    JsonFile,
    KafkaConfig,
    OutForms,
    Quiet,
    Seed,
    TimeLimit,
    Work,
    examples,
)
from twin.cli.schedule_page import write_page
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
from twin.errors import OptionError

if TYPE_CHECKING:
    from twin.planning.scheduling import Schedule
    from twin.planning.shop_schedule import ShopProblem

app = typer.Typer()

COLUMNS = ("job", "operation", "machine", "start", "end")
TIMES = ("start_time", "end_time")
WAITS = ("leaves", "buffer", "goes")


@app.command(
    "schedule",
    epilog=examples(
        "millstream schedule shop.fjs --seconds 20 --out plan",
        "millstream schedule problem.json --objective tardiness=10,makespan",
        "millstream schedule problem.json --lock plan/schedule.json --freeze 480",
        "millstream schedule ta41.txt --work 50000000 --json answer.json",
        "millstream schedule problem.json --explain 'order 7' --prices",
        "millstream schedule examples/network --log out/demo/log --out plan",
    ),
)
def schedule(  # noqa: PLR0913  # the options of a command
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE|NETWORK",
            help=(
                "Flexible job shop (.fjs), job shop (text, or JSON with setups), "
                "online printing shop (OPS JSON), "
                "project (.sm, .rcp), or own problem.json; also with .gz. Or the "
                "folder of a network."
            ),
        ),
    ],
    *,
    seconds: TimeLimit = 10.0,
    work: Work = None,
    objective: Goal = None,
    lock: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Operations that stay: JSON, as --json writes them."
        ),
    ] = None,
    freeze: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="T", help="Of --lock, only what starts before this tick."
        ),
    ] = None,
    log: Annotated[
        str | None,
        typer.Option(
            "--log",
            metavar="LOG|SNAPSHOT|STORE",
            help="Of a network: schedule the state of this log, topic, snapshot or "
            "store; without, the open orders of the network itself.",
        ),
    ] = None,
    at: At = None,
    kafka_config: KafkaConfig = None,
    explain: Explain = None,
    prices: ShowHours = False,
    repair_prices: RepairPrices = None,
    out: OutForms = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Schedule the operations of a shop on its machines.

    Searches on both cores until the time is over or the schedule is proven best, and
    shows the best schedule so far, the bound, and the gap between the two. Ctrl-C ends
    the search with the best schedule so far. Every schedule has passed a checker that
    knows nothing of the search.

    Where no schedule keeps every rule, the rules that contradict each other are told,
    each conflict as small as it can be, and the cheapest way to mend them all.

    Of a network, its open production orders are scheduled as they stand, and what
    customers wait for beyond them: operations under way stay, calendars, setups,
    maintenance, operators and due dates count. What a schedule does not know is told.
    """
    from twin.planning.scheduling import (
        document_of,
        problem_of_file,
        schedule_production,
        warm_up,
    )
    from twin.planning.searching import search_options

    console = Console(json_file, quiet=quiet)
    shop: ShopProblem | None = None
    if file.is_dir():
        asked = _Asked(objective=objective, lock=lock, freeze=freeze, log=log, at=at)
        shop = _shop(file, asked, kafka_config, console)
        problem = shop.problem
    else:
        _refuse_log(file, log, at)
        problem = problem_of_file(file, objective=objective, locks=lock, freeze=freeze)
    make_folder("--out", out, FORMS)
    console.note(
        f"{file.name}: {len(problem.jobs):,} jobs, {problem.n_operations:,} "
        f"operations, {problem.n_machines:,} machines"
    )
    made_ready(console, lambda: warm_up(problem))
    stop = Stop()
    options = search_options(time.monotonic, seconds, work=work, seed=seed)
    with (
        stop.watched(),
        shown(console, None if work else seconds, what="schedule") as show,
    ):
        found = schedule_production(
            problem, options, on_progress=show, cancelled=lambda: stop.asked
        )
    why = Asked(job=explain, hours=prices, prices=repair_prices)
    found, reasons = explained(problem, found, why, seconds=None if work else seconds)
    document = (
        document_of(problem, found) if shop is None else _document(shop, found, console)
    )
    told = _told(found, work)
    console.say(told)
    document = say_all(reasons, document, console)
    if out is not None and found.start.size:
        page = partial(
            write_page, name=file.name, told=told, problem=problem, found=found,
            shop=shop,
        )  # fmt: skip
        rows = partial(write_operations, document=document)
        write_answer(out, "schedule", document, rows=rows, page=page)
        console.say(f"schedule: {out}")
    console.finish(document)
    leave(found.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Options that say what of a network is scheduled, and how."""

    objective: str | None
    lock: Path | None
    freeze: int | None
    log: str | None
    at: str | None


def _refuse_log(file: Path, log: str | None, at: str | None) -> None:
    for option, value in (("--log", log), ("--at", at)):
        if value is not None:
            msg = f"{option} {value}: is of a network; {file} is no folder of one"
            raise OptionError(msg)


def _shop(
    folder: Path, asked: _Asked, kafka_config: Path | None, console: Console
) -> "ShopProblem":
    """Read a network, its state, and what a planner says about the schedule."""
    from twin.cli.shop_floor import read_shop
    from twin.cli.sources import SourceSpec
    from twin.planning.scheduling import objective_of
    from twin.planning.shop_schedule import kept_from

    source = None
    if asked.log is not None:
        source = SourceSpec(name=asked.log, kafka_config=kafka_config)
    shop = read_shop(folder, source, asked.at, console)
    if asked.objective is not None:
        objective = objective_of(asked.objective)
        shop = replace(shop, problem=replace(shop.problem, objective=objective))
    if asked.lock is not None:
        return kept_from(shop, asked.lock, freeze=asked.freeze)
    if asked.freeze is not None:
        msg = "--freeze needs --lock with the schedule whose beginning stays"
        raise OptionError(msg)
    return shop


def _document(
    shop: "ShopProblem", found: "Schedule", console: Console
) -> Mapping[str, Any]:
    """Return the answer in times of the world, and say what it does not know."""
    from twin.planning.shop_schedule import shop_document

    document = shop_document(shop, found, time_text=time_text)
    for sentence in document["left_out"]:
        console.warn(sentence)
    return document


def _told(found: "Schedule", work: int | None) -> str:
    """Say in a line what came out, of a budget of work or of time."""
    if found.status == "infeasible":
        return f"infeasible: no schedule keeps every rule ({found.seconds:.1f} s)"
    if found.status == "unknown":
        return nothing_found("schedule", found.seconds, work=work)
    return (
        f"{found.status}: objective {found.objective:,.0f}, bound {found.bound:,.0f}, "
        f"gap {found.gap:.2%}, {found.seconds:.1f} s"
    )


def write_operations(path: Path, document: Mapping[str, Any]) -> None:
    """Write the operations of an answer as CSV, with times of the world if it has them.

    Parameters
    ----------
    path : Path
        File to write; its folder is there.
    document : mapping
        The answer.
    """
    columns = (*COLUMNS, *TIMES) if "at" in document else COLUMNS
    rows = document["operations"]
    if rows and "leaves" in rows[0]:
        columns = (*columns, *WAITS)
    write_rows(path, columns, rows)
