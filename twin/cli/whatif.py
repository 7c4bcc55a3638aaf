"""`millstream whatif`: branches of a network, played with the same luck."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.console import Console
from twin.cli.interrupt import stoppable
from twin.cli.options import (
    At,
    Backend,
    Engine,
    FromLog,
    Horizon,
    JsonFile,
    KafkaConfig,
    Overlay,
    PlanQuantile,
    Quiet,
    Scenario,
    Seed,
    StockService,
    examples,
)
from twin.cli.sources import Format, Map, Registry, SchemaFolder, SourceSpec

app = typer.Typer()

REPLICATIONS = 20
"""Enough to see differences of a third of a standard deviation of them."""


@app.command(
    "whatif",
    epilog=examples(
        "millstream whatif examples/network --change faster.toml --replications 20",
        "millstream whatif examples/network "
        "--change examples/whatif/faster_filling.toml "
        "--change examples/whatif/supplier_out.toml --report out/whatif.html",
        "millstream whatif plant --log out/log --at 120000 --change order.toml",
    ),
)
def whatif(  # noqa: PLR0913  # the options of a command
    network: Annotated[
        Path, typer.Argument(metavar="NETWORK", help="Folder of the network.")
    ],
    *,
    change: Annotated[
        list[Path],
        typer.Option(
            "--change",
            metavar="FILE",
            help="TOML of what is different, one branch a file; may come more than "
            "once. See docs/whatif.md.",
        ),
    ],
    replications: Annotated[
        int,
        typer.Option("--replications", metavar="N", help="Futures of each branch."),
    ] = REPLICATIONS,
    horizon: Horizon = 28.0,
    policy: Annotated[
        str,
        typer.Option(
            "--policy",
            help="Who decides: table (each stock point by its row of the stock "
            "table), base-stock, mpc or clairvoyant.",
        ),
    ] = "table",
    service: StockService = 0.9,
    quantile: PlanQuantile = 0.6,
    half_width: Annotated[
        list[str] | None,
        typer.Option(
            "--half-width",
            metavar="KPI=W",
            help="End as soon as differences of this KPI are known to +- W; "
            "--replications are then the most. May come more than once.",
        ),
    ] = None,
    backend: Backend = "serial",
    engine: Engine = "reference",
    scenario: Scenario = None,
    overlay: Overlay = None,
    log: FromLog = None,
    at: At = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write the comparison as HTML."),
    ] = None,
    mapping: Map = None,
    registry: Registry = None,
    schemas: SchemaFolder = None,
    record_format: Format = "events",
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    quiet: Quiet = False,
    seed: Seed = 0,
) -> None:
    """Compare futures of a network with and without changes.

    Each change file is a branch beside the base, in which nothing is changed. All
    branches are played with the same demand, lead times and failures, so that what
    differs is the change and not luck. Prints every KPI with its 95 % interval and the
    paired difference to the base; a mark tells differences that are more than chance.

    With --log futures begin with the state at --at: stock on hand, customers' open
    orders, what is ordered and not sent, goods on the way and production orders where
    they are. What is under way goes on with what is left of it, given how long it
    lasts already: operations, setups, repairs, maintenance and lead times.
    """
    with stoppable():
        from twin.cli.branching import WhatIfSpec, compare_branches
        from twin.cli.differing import show_comparison

        source = None
        if log is not None:
            source = SourceSpec(
                name=log,
                mapping=mapping,
                registry=registry,
                schemas=schemas,
                format=record_format,
                kafka_config=kafka_config,
            )
        spec = WhatIfSpec(
            network=network,
            changes=tuple(change),
            n_replications=replications,
            horizon_days=horizon,
            seed=seed,
            policy=policy,
            service=service,
            quantile=quantile,
            half_widths=tuple(half_width or ()),
            backend=backend,  # type: ignore[arg-type]  # checked where it is used
            engine=engine,
            scenario=scenario,
            overlay=overlay,
            source=source,
            at=at,
        )
        console = Console(json_file, quiet=quiet)
        compared = compare_branches(spec, console)
        show_comparison(compared, console, report=report)
