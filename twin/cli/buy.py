"""`millstream buy`: what to order from whom, and when."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import Console, readable
from twin.cli.interrupt import Stop
from twin.cli.options import JsonFile, KafkaConfig, Quiet, Seed, TimeLimit, examples
from twin.cli.refused import refuse_given
from twin.cli.searching import FORMS, leave, nothing_found, shown
from twin.cli.writable import make_folder

if TYPE_CHECKING:
    from twin.planning.procurement import NetworkPurchases
    from twin.planning.purchases import PurchaseRepair, PurchasingProblem

app = typer.Typer()

OF_NETWORK = ("horizon", "safety", "log", "kafka_config")
OF_FUTURES = ("tail", "service")
EXPLAIN_S = 20.0
"""Seconds for conflicts and their repair, at least: a short search leaves little."""

CAPTIONS = {
    "orders": "What to order from whom; periods from 0, price and cost in our money.",
    "costs": "Parts of the cost.",
    "pegs": (
        "Which units serve which need; order is a row of the orders, from 0, and -1 "
        "where it is none."
    ),
}


@app.command(
    "buy",
    epilog=examples(
        "millstream buy examples/network --horizon 56 --seconds 20 --out out/buy",
        "millstream buy plant --log out/log --futures 400 --out out/buy",
        "millstream buy needs.json --seconds 20 --json plan.json",
    ),
)
def buy(  # noqa: PLR0913  # the options of a command
    context: typer.Context,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="NETWORK|FILE",
            help="Folder of a network, or a JSON file of items, suppliers and offers "
            "(docs/procurement.md).",
        ),
    ],
    *,
    seconds: TimeLimit = 20.0,
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
    service: Annotated[
        float,
        typer.Option(
            "--service",
            min=0.0,
            max=1.0,
            help="Least share of need that is there in its period, over the futures.",
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
    the plan is made for suppliers that are late by chance. Ctrl-C ends the search with
    the best plan so far. Where no plan is possible, it says which rules conflict, each
    conflict as small as it can be, and what the cheapest way to mend them all costs.
    """
    import time

    import numpy as np

    from twin.planning.purchases import (
        Futures,
        document_of,
        problem_of_file,
        repair_lines,
        repaired,
    )
    from twin.planning.purchases import buy as plan_buying

    console = Console(json_file, quiet=quiet)
    if not futures:
        refuse_given(context, OF_FUTURES, "goes with --futures")
    left_out: tuple[str, ...] = ()
    if source.is_dir():
        if log is None:
            refuse_given(context, ("kafka_config",), "goes with --log")
        found = _of_network(
            source, console, horizon=horizon, safety=safety, log=log, kafka=kafka_config
        )
        problem, left_out = found.problem, found.left_out
    else:
        why = f"is of a network; {source} is no folder of one"
        refuse_given(context, OF_NETWORK, why)
        problem = problem_of_file(source)
    make_folder("--out", out, FORMS)
    _note(problem, left_out, console, name=source.name)
    lateness = None
    if futures:
        rng = np.random.default_rng(seed)
        lateness = Futures(rng, futures, tail_weight=tail, service_min=service)
    stop = Stop()
    with stop.watched(), shown(console, seconds) as show:
        plan, risk = plan_buying(
            problem,
            monotonic_s=time.monotonic,
            seconds=seconds,
            seed=seed,
            lateness=lateness,
            on_progress=show,
            cancelled=lambda: stop.asked,
        )
        repair: PurchaseRepair | None = None
        if plan.status == "infeasible":
            repair = repaired(
                problem,
                monotonic_s=time.monotonic,
                seconds=max(seconds, EXPLAIN_S),
                cancelled=lambda: stop.asked,
            )
    document = document_of(problem, plan, risk, repair=repair)
    document["left_out"] = list(left_out)
    lines = repair_lines(repair) if repair is not None else []
    if risk and risk["service"] < service:
        console.warn(f"no plan was found whose service is {service:.1%} or better")
    _show(document, console, name=source.name, out=out, lines=lines)
    leave(plan.status)


def _note(
    problem: "PurchasingProblem",
    left_out: tuple[str, ...],
    console: Console,
    *,
    name: str,
) -> None:
    console.note(
        f"{name}: {len(problem.items):,} items, {len(problem.suppliers):,} suppliers, "
        f"{len(problem.offers):,} offers, {problem.n_periods:,} periods"
    )
    for sentence in left_out:
        console.warn(f"left out: {sentence}")


def _of_network(
    folder: Path,
    console: Console,
    *,
    horizon: int,
    safety: float,
    log: str | None,
    kafka: Path | None,
) -> "NetworkPurchases":
    from twin.cli.playing import doubts
    from twin.model import load
    from twin.planning.procurement import purchasing_problem

    network = load(folder)
    for doubt in doubts(network):
        console.warn(doubt)
    history = None
    left_out: list[str] = []
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
        carried = network_of_state(changed.network, known.state)
        network = carried.network
        left_out = [f"change of the network: {one}" for one in changed.left_out]
        left_out += [f"not carried over: {one}" for one in carried.left_out]
    found = purchasing_problem(
        network, n_periods=horizon, safety_reviews=safety, history=history
    )
    return replace(found, left_out=(*left_out, *found.left_out))


def _show(
    document: dict[str, Any],
    console: Console,
    *,
    name: str,
    out: Path | None,
    lines: list[str],
) -> None:
    import polars as pl

    from twin.report.rows import RowTable

    told = _told(document)
    console.say(told)
    for line in lines:
        console.say(line)
    if document["orders"]:
        frame = pl.DataFrame(document["orders"], infer_schema_length=None)
        console.table(readable(frame), title=f"{len(frame)} orders")
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
        return nothing_found("plan", document["seconds"], work=None)
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
