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
        "millstream serve examples/network --log examples/log",
        "millstream serve plant --log kafka://localhost:9092/plant --store service",
        "millstream serve --tenant west=west:west/log --tenant east=east:east/log "
        "--store service",
        "millstream serve plant --log log --host 0.0.0.0 --tls-certificate "
        "server.pem --tls-key server.key",
    ),
)
def serve(  # noqa: PLR0913  # the options of a command
    network: Annotated[
        Path | None,
        typer.Argument(
            metavar="[NETWORK]", help="Folder of the network, of tenant 'default'."
        ),
    ] = None,
    *,
    log: Annotated[
        str | None,
        typer.Option(
            metavar="LOG|TOPIC",
            help="Log folder, made if it is not there, or kafka://host:port/topic.",
        ),
    ] = None,
    tenant: Annotated[
        list[str] | None,
        typer.Option(
            "--tenant",
            metavar="NAME=NETWORK:LOG",
            help="One more tenant, with keys and events of its own.",
        ),
    ] = None,
    tenants: Annotated[
        Path | None,
        typer.Option(
            "--tenants",
            metavar="FILE",
            help="TOML of tenants: [tenants.NAME] with network and log.",
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="What the service keeps: keys, audit, checkpoints, dead letters; "
            "without: LOG.service. Needed with kafka:// and with several tenants.",
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
    warm: Annotated[
        bool,
        typer.Option(
            "--warm/--no-warm",
            help="Compile kernels at the start, in the background; /readyz tells.",
        ),
    ] = True,
    four_eyes: Annotated[
        bool,
        typer.Option(
            "--four-eyes",
            help="Actions are approved by another key than proposed them.",
        ),
    ] = False,
    webhooks_to_loopback: Annotated[
        bool,
        typer.Option(
            "--webhooks-to-loopback",
            help="Webhooks may go to this machine, by HTTP: for tests.",
        ),
    ] = False,
    kafka_config: KafkaConfig = None,
    log_format: LogFormat = "text",
    log_level: LogLevel = "warning",
    json_file: JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Take events over HTTP, keep the twin up to date, and answer from it.

    The page is at the address that it prints, the interface is described at /v1/docs.
    At the first start the key of an administrator is made, in a file that its owner
    alone can read; with it others are made. Ctrl-C or SIGTERM ends it cleanly, with
    exit status 0: every event that was answered for is kept.
    """
    from twin.cli.tenants import tenants_of
    from twin.clock import SystemClock
    from twin.model import load
    from twin.service.options import ServiceOptions, WebhookOptions
    from twin.service.serving import Address, Served, bound, first_key, open_places
    from twin.service.serving import serve as answer
    from twin.telemetry import start_logging

    start_logging(log_format, log_level)
    console = Console(json_file, quiet=quiet)
    address = Address(
        host=host, port=port, certificate=tls_certificate, private_key=tls_key,
        behind_proxy=behind_proxy,
    )  # fmt: skip
    specs = tenants_of(
        network, log, typed=tenant or (), file=tenants, kafka_config=kafka_config
    )
    fresh = [one.log for one in specs.values() if _is_fresh(one.log)]
    store = store or _store_beside(*(one.log for one in specs.values()))
    places = open_places(
        {
            name: Served(
                network=load(one.network), log=one.log, kafka_config=one.kafka_config
            )
            for name, one in specs.items()
        },
        store=store,
        clock=SystemClock(),
        options=ServiceOptions(
            lateness_s=lateness_s,
            four_eyes=four_eyes,
            webhooks=WebhookOptions(to_loopback=webhooks_to_loopback),
        ),
        secure=tls_certificate is not None or behind_proxy,
        is_local=address.is_local and not behind_proxy,
        warms=warm,
    )
    listening, url = bound(address)
    keys = {name: first_key(places, store, tenant=name) for name in specs}
    console.say(url)
    for name, key in keys.items():
        if key is not None:
            whose = "" if len(specs) == 1 else f" of {name}"
            console.say(f"key of the administrator{whose}: {key}")
    for begun in fresh:
        console.note(f"{begun}: there was no log, so a new one is begun")
    is_saved = answer(places, address, listening)
    console.finish({"url": url})
    if not is_saved:
        raise typer.Exit(1)
    console.say(f"stopped; what was read is saved in {store}")


def _is_fresh(log: str) -> bool:
    """Tell whether a log is a folder that is not there yet."""
    from twin.service.serving import KAFKA

    return not log.startswith(KAFKA) and not Path(log).exists()


def _store_beside(*logs: str) -> Path:
    """Return the folder beside a log, where there is one log and it is one."""
    from twin.errors import OptionError
    from twin.service.serving import KAFKA

    if len(logs) > 1 or logs[0].startswith(KAFKA):
        raise OptionError("--store: must be given with kafka:// or several tenants")
    log = Path(logs[0]).resolve()  # beside the log itself, not beside a link to it
    return log.with_name(f"{log.name}.service")
