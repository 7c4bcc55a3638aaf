"""`millstream promise`: when an order could be with the customer, and what holds it."""

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
    JsonFile,
    KafkaConfig,
    Overlay,
    Quiet,
    Seed,
    examples,
)
from twin.cli.sources import Format, Map, Registry, SchemaFolder, SourceSpec

app = typer.Typer()


@app.command(
    "promise",
    epilog=examples(
        "millstream promise shampoo_mild 400 examples/network",
        "millstream promise shampoo_mild 400 examples/network --log out/demo/log "
        "--at 2026-02-01T00:00:00Z --customer cologne --by 2026-02-10T00:00:00Z",
        "millstream promise shampoo_mild 400 examples/network --site dc_west "
        "--policy mpc --no-why",
    ),
)
def promise(  # noqa: PLR0913  # the options of a command
    item: Annotated[str, typer.Argument(metavar="ITEM", help="What is asked for.")],
    quantity: Annotated[float, typer.Argument(metavar="QTY", help="Units, above 0.")],
    network: Annotated[
        Path, typer.Argument(metavar="NETWORK", help="Folder of the network.")
    ],
    *,
    overlay: Overlay = None,
    log: FromLog = None,
    at: At = None,
    site: Annotated[
        str | None,
        typer.Option("--site", help="Ship from here; without: each that serves it."),
    ] = None,
    customer: Annotated[
        str | None, typer.Option("--customer", help="Who asks; without: any.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="TIME", help="Tell how likely it is by then."),
    ] = None,
    why: Annotated[
        bool,
        typer.Option(
            "--why/--no-why", help="Find what holds it back, which takes longer."
        ),
    ] = True,
    replications: Annotated[
        int, typer.Option("--replications", metavar="N", help="Futures.")
    ] = 20,
    horizon: Annotated[
        float, typer.Option("--horizon", metavar="D", help="Days of each future.")
    ] = 56.0,
    policy: Annotated[
        str,
        typer.Option(
            "--policy",
            help="Who decides: table (each stock point by its row of the stock "
            "table), base-stock or mpc.",
        ),
    ] = "table",
    engine: Engine = "reference",
    backend: Backend = "serial",
    mapping: Map = None,
    registry: Registry = None,
    schemas: SchemaFolder = None,
    record_format: Format = "events",
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    quiet: Quiet = False,
    seed: Seed = 0,
) -> None:
    """Say when an order could be with the customer, and what holds it back.

    The order is put behind all that wait in the live state, and futures are played in
    which it is served like any other. The dates are those by which it is there in full
    in half of the futures (P50), and in nine of ten (P90). What holds it back is found
    by freeing one thing at a time on the same futures: stock, a lane, a group of
    machines, the orders before it.

    Exit status 3: it is there in fewer than nine of ten futures within --horizon.
    """
    with stoppable():
        from twin.cli.promising import (
            PromiseSpec,
            find_promises,
            parse_by,
            show_promises,
        )

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
        spec = PromiseSpec(
            network=network,
            item=item,
            quantity=quantity,
            site=site,
            customer=customer,
            by_us=parse_by(by),
            explains=why,
            n_replications=replications,
            horizon_days=horizon,
            policy=policy,
            engine=engine,
            backend=backend,  # type: ignore[arg-type]  # checked where it is used
            seed=seed,
            source=source,
            at=at,
            overlay=overlay,
        )
        console = Console(json_file, quiet=quiet)
        is_safe = show_promises(spec, find_promises(spec, console), console)
    if not is_safe:
        raise typer.Exit(3)
