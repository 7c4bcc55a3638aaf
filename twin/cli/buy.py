"""`millstream buy`: what to order from whom, and when."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import Console
from twin.cli.interrupt import Stop
from twin.cli.options import JsonFile, KafkaConfig, Quiet, Seed, examples

if TYPE_CHECKING:
    from twin.planning.procurement import Progress, PurchasingProblem

app = typer.Typer()

INFEASIBLE, UNKNOWN = 3, 1

CAPTIONS = {
    "orders": "What to order from whom; periods from 0, price and cost in our money.",
    "costs": "Parts of the cost.",
    "pegs": "Which units serve which need; order is a row of the orders, from 0.",
}


@app.command(
    "buy",
    epilog=examples(
        "millstream buy examples/demo --horizon 56 --seconds 20 --out out/buy",
        "millstream buy plant --log out/log --futures 400 --out out/buy",
        "millstream buy needs.json --seconds 20 --json plan.json",
    ),
)
def buy(  # noqa: PLR0913  # the options of a command
    source: Annotated[
        Path,
        typer.Argument(
            metavar="NETWORK|FILE",
            help="Folder of a network, or a JSON file of items, suppliers and offers "
            "(docs/procurement.md).",
        ),
    ],
    *,
    seconds: Annotated[
        float, typer.Option(min=0.1, metavar="S", help="Time limit.")
    ] = 20.0,
    horizon: Annotated[
        int, typer.Option("--horizon", min=1, metavar="N", help="Reviews planned.")
    ] = 56,
    safety: Annotated[
        float,
        typer.Option(
            "--safety", min=0.0, metavar="N", help="Safety stock, reviews of mean use."
        ),
    ] = 3.0,
    futures: Annotated[
        int,
        typer.Option(
            "--futures",
            min=0,
            metavar="N",
            help="Futures in which suppliers are late that judge; 0: lead times are "
            "kept.",
        ),
    ] = 0,
    tail: Annotated[
        float,
        typer.Option(
            "--tail", min=0.0, max=1.0, help="Weight of the worst twentieth of them."
        ),
    ] = 0.0,
    log: Annotated[
        str | None,
        typer.Option(
            "--log", metavar="LOG", help="Begin with the state at the end of this log."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Plan folder: a CSV file a table, plan.json and report.html.",
        ),
    ] = None,
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Plan purchases: how much of what to order from whom, and when.

    Knows price breaks, minimum orders and multiples, capacities, lead times, order
    costs, freight, currencies, payment terms, contract minimums and limits on shares;
    tells a bound that no plan beats, and which order serves which need. With --futures
    the plan is made for suppliers that are late by chance. Where no plan is possible,
    it says which rules conflict and what giving one of them up would cost.
    """
    import time

    import numpy as np

    from twin.planning.procurement import Futures, document_of, problem_of_file
    from twin.planning.procurement import buy as plan_buying

    console = Console(json_file, quiet=quiet)
    if source.is_dir():
        problem = _of_network(
            source, console, horizon=horizon, safety=safety, log=log, kafka=kafka_config
        )
    else:
        problem = problem_of_file(source)
    console.note(
        f"{source.name}: {len(problem.items):,} items, {len(problem.suppliers):,} "
        f"suppliers, {len(problem.offers):,} offers, {problem.n_periods:,} periods"
    )
    lateness = None
    if futures:
        lateness = Futures(np.random.default_rng(seed), futures, tail)
    stop = Stop()
    from rich.progress import TextColumn

    bar = console.progress(TextColumn("{task.fields[told]}"))
    with stop.watched(), bar:
        task = bar.add_task("searching", total=seconds, told="no plan yet")

        def show(line: "Progress") -> None:
            gap = (line.objective - line.bound) / max(1.0, abs(line.objective))
            told = f"best {line.objective:,.0f}  bound {line.bound:,.0f}  gap {gap:.2%}"
            bar.update(task, completed=line.seconds, told=told)

        plan, risk = plan_buying(
            problem,
            monotonic_s=time.monotonic,
            seconds=seconds,
            seed=seed,
            lateness=lateness,
            on_progress=show,
            cancelled=lambda: stop.asked,
        )
    document = document_of(problem, plan, risk)
    _show(document, console, name=source.name, out=out)
    if plan.status == "infeasible":
        raise typer.Exit(INFEASIBLE)
    if plan.status == "unknown":
        raise typer.Exit(UNKNOWN)


def _of_network(
    folder: Path,
    console: Console,
    *,
    horizon: int,
    safety: float,
    log: str | None,
    kafka: Path | None,
) -> "PurchasingProblem":
    from twin.cli.playing import doubts
    from twin.model import load
    from twin.planning.procurement import purchasing_problem

    network = load(folder)
    for doubt in doubts(network):
        console.warn(doubt)
    history = None
    if log is not None:
        from twin.cli.sources import SourceSpec
        from twin.cli.state import read_state
        from twin.cli.stocking import history_of
        from twin.model.edits import edited
        from twin.whatif.live import network_of_state

        read = SourceSpec(name=log, kafka_config=kafka)
        history = history_of(network, read, console)
        known = read_state(read, folder, console, at=None)
        changed = edited(network, known.edits)
        network = network_of_state(changed.network, known.state).network
    return purchasing_problem(
        network, n_periods=horizon, safety_reviews=safety, history=history
    )


def _show(
    document: dict[str, Any], console: Console, *, name: str, out: Path | None
) -> None:
    import polars as pl

    from twin.report.rows import RowTable

    told = _told(document)
    console.say(told)
    for rule in document["conflict"]:
        console.say(f"cannot hold together: {rule}")
    for text in document["repair"]:
        console.say(f"possible: {text}")
    if document["orders"]:
        frame = pl.DataFrame(document["orders"], infer_schema_length=None)
        console.table(frame, title=f"{len(frame)} orders")
    if out is not None:
        from twin.cli.plan_folder import write_folder

        costs = [
            {"part": part, "cost": cost} for part, cost in document["costs"].items()
        ]
        rows = {key: document[key] for key in ("orders", "pegs")} | {"costs": costs}
        tables = [
            RowTable(name=key, title=key.capitalize(), caption=text, rows=rows[key])
            for key, text in CAPTIONS.items()
        ]
        files = write_folder(
            out, document=document, tables=tables, title=f"Purchases of {name}",
            subtitle=told,
        )  # fmt: skip
        console.say(f"plan: {out} ({len(files)} files)")
    console.finish(document)


def _told(document: dict[str, Any]) -> str:
    status = document["status"]
    if status == "infeasible":
        return "infeasible: no orders keep every rule"
    if status == "unknown":
        return "no plan found in time; --seconds gives more"
    told = f"{status}: cost {document['objective']:,.2f}"
    if document["gap"] is not None:
        told += f", gap {document['gap']:.2%}"
    risk = document["risk"]
    if risk:
        told += (
            f"; expected {risk['expected_cost']:,.2f} where suppliers are late, "
            f"service {risk['service']:.1%}"
        )
    return told
