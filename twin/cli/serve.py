"""`millstream serve`: the service, for as long as it is left running."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.console import Console
from twin.cli.options import (
    JsonFile,
    KafkaConfig,
    LogFormat,
    LogLevel,
    Quiet,
    examples,
)

app = typer.Typer()


@app.command(
    "serve",
    epilog=examples(
        "millstream serve examples/demo --log out/demo/log",
        "millstream serve plant --log kafka://localhost:9092/plant --store service",
        "millstream serve plant --log log --host 0.0.0.0 --tls-certificate "
        "server.pem --tls-key server.key",
    ),
)
def serve(  # noqa: PLR0913  # the options of a command
    network: Annotated[
        Path, typer.Argument(metavar="NETWORK", help="Folder of the network.")
    ],
    *,
    log: Annotated[
        str,
        typer.Option(
            metavar="LOG|TOPIC",
            help="Log folder, made if it is not there, or kafka://host:port/topic.",
        ),
    ],
    store: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="What the service keeps: keys, audit, checkpoints, dead letters; "
            "without: LOG.service. Needed with kafka://.",
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8080,
    tls_certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="PEM; asks for --tls-key.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="PEM, of --tls-certificate.")
    ] = None,
    behind_proxy: Annotated[
        bool,
        typer.Option("--behind-proxy", help="A proxy in front speaks TLS."),
    ] = False,
    lateness_s: Annotated[
        float, typer.Option(min=0.001, metavar="S", help="How late an event may come.")
    ] = 60.0,
    kafka_config: KafkaConfig = None,
    log_format: LogFormat = "text",
    log_level: LogLevel = "warning",
    json_file: JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Take events over HTTP, keep the twin up to date, and answer from it.

    The page is at the address that it prints, the interface is described at /v1/docs.
    At the first start the key of an administrator is made, in a file that its owner
    alone can read; with it others are made. Ctrl-C ends it cleanly: every event that
    was answered for is kept.
    """
    from twin.clock import SystemClock
    from twin.errors import OptionError
    from twin.model import load
    from twin.service.options import ServiceOptions
    from twin.service.serving import (
        DEFAULT_TENANT,
        KAFKA,
        Address,
        Served,
        bound,
        first_key,
        open_places,
    )
    from twin.service.serving import serve as answer
    from twin.telemetry import start_logging

    start_logging(log_format, log_level)
    console = Console(json_file, quiet=quiet)
    address = Address(
        host=host, port=port, certificate=tls_certificate, private_key=tls_key,
        behind_proxy=behind_proxy,
    )  # fmt: skip
    if store is None:
        if log.startswith(KAFKA):
            raise OptionError("--store: must be given with kafka://")
        store = Path(log).with_name(f"{Path(log).name}.service")
    served = Served(network=load(network), log=log, kafka_config=kafka_config)
    places = open_places(
        {DEFAULT_TENANT: served},
        store=store,
        clock=SystemClock(),
        options=ServiceOptions(lateness_s=lateness_s),
        secure=tls_certificate is not None or behind_proxy,
        is_local=address.is_local and not behind_proxy,
    )
    listening, url = bound(address)
    key = first_key(places, store)
    console.say(url)
    if key is not None:
        console.say(f"key of the administrator: {key}")
    answer(places, address, listening)
    console.finish({"url": url})
