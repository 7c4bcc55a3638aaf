"""`millstream plan`: what to buy, make, move and deliver when."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.console import Console
from twin.cli.interrupt import stoppable
from twin.cli.options import JsonFile, KafkaConfig, Quiet, examples
from twin.cli.sources import SourceSpec

app = typer.Typer()


@app.command(
    "plan",
    epilog=examples(
        "millstream plan examples/network --horizon 28 --out out/plan",
        "millstream plan examples/network --vehicle 800 --out out/plan",
        "millstream plan examples/network --log out/log --horizon 14 --out out/plan",
        "millstream plan examples/network --keep out/plan --fence 7 --out out/next",
    ),
)
def plan(  # noqa: PLR0913  # the options of a command
    network: Annotated[
        Path, typer.Argument(metavar="NETWORK", help="Folder of the network.")
    ],
    *,
    horizon: Annotated[
        int, typer.Option("--horizon", min=1, help="Reviews planned.")
    ] = 28,
    quantile: Annotated[
        float,
        typer.Option(
            "--quantile",
            help="Of running demand that orders cover, above 0 and below 1: what is "
            "beyond the mean stays as safety stock.",
        ),
    ] = 0.6,
    log: Annotated[
        str | None,
        typer.Option(
            "--log",
            metavar="LOG|SNAPSHOT|STORE",
            help="Begin with the state at the end of this log, and forecast from its "
            "orders; without: with the network's own stock and laws.",
        ),
    ] = None,
    vehicle: Annotated[
        float | None,
        typer.Option(
            "--vehicle",
            metavar="UNITS",
            help="Units a vehicle carries: deliveries are then put on trips.",
        ),
    ] = None,
    sequence: Annotated[
        int,
        typer.Option(
            "--sequence",
            min=0,
            metavar="REVIEWS",
            help="Reviews from the first whose production the scheduler puts in "
            "sequence; 0: machines take orders as they are released.",
        ),
    ] = 7,
    fence: Annotated[
        int,
        typer.Option(
            "--fence",
            min=0,
            metavar="REVIEWS",
            help="Time fence: orders of so many reviews from the first are firm, no "
            "later plan changes them.",
        ),
    ] = 0,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep",
            metavar="DIR",
            help="Folder of a former plan: its firm orders are kept as they are, and "
            "before its time fence nothing else is released.",
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
    quiet: Quiet = False,
) -> None:
    """Plan a network from purchase to delivery.

    Demand is forecast; purchases, production and transport are planned together, review
    by review, rounded to what lanes allow, and carried out in a network without chance,
    so that every quantity and date fits the next. The plan is counted anew from its
    tables before it is shown; each delivery is pegged back to the purchase orders and
    the stock it comes from, and what stays short is told with what it waits for.
    """
    with stoppable():
        from twin.cli.planned import PlanSpec, plan_network

        source = None
        if log is not None:
            source = SourceSpec(name=log, kafka_config=kafka_config)
        spec = PlanSpec(
            network=network,
            n_periods=horizon,
            quantile=quantile,
            source=source,
            vehicle=vehicle,
            sequenced=sequence,
            fence=fence,
            keep=keep,
            out=out,
        )
        plan_network(spec, Console(json_file, quiet=quiet))
