"""`millstream replay`: a source folded into a state, with what came of its records."""

from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import Console
from twin.cli.options import (
    JsonFile,
    KafkaConfig,
    LogFormat,
    LogLevel,
    MetricsPort,
    NetworkFolder,
    Quiet,
    Seed,
    examples,
)
from twin.cli.sources import Format, Map, Registry, SchemaFolder, Transport

if TYPE_CHECKING:
    from twin.cli.replaying import Run
    from twin.cli.requested import Request

app = typer.Typer()


@app.command(
    "replay",
    epilog=examples(
        "millstream replay out/log --network examples/network --snapshot out/snapshot",
        "millstream replay kafka://localhost:9092/orders,machines --network plant",
        "millstream replay kafka://localhost:9092/erp --network plant --map erp.toml "
        "--registry http://localhost:8081",
        "millstream replay out/log --network plant --to 2024-05-01T06:00:00Z",
        "millstream replay out/log --network plant --checkpoint out/saved --keep 9",
        "millstream replay out/log --network plant --into out/columns",
        "millstream replay out/log --network plant --speed 3600 "
        "--into kafka://localhost:9092/plant --metrics 9464",
    ),
)
def replay(  # noqa: PLR0913  # the options of a command
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Log folder, kafka://host:port/topic[,topic], NDJSON, Parquet, Arrow.",
        ),
    ],
    *,
    network: NetworkFolder,
    mapping: Map = None,
    registry: Registry = None,
    schemas: SchemaFolder = None,
    record_format: Format = "events",
    transport: Transport = "auto",
    start: Annotated[
        str | None,
        typer.Option(
            "--from", help="Offset or time to begin at; checkpoint: go on from one."
        ),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Offset or time to stop at.")
    ] = None,
    speed: Annotated[
        str, typer.Option(help="Seconds of event time a second, or max.")
    ] = "max",
    types: Annotated[
        str, typer.Option(help="Types of event to fold, by commas; empty: all.")
    ] = "",
    into: Annotated[
        str | None,
        typer.Option(
            metavar="LOG|TOPIC",
            help="Write events to a log of columns, or records to "
            "kafka://host:port/topic.",
        ),
    ] = None,
    kafka_config: KafkaConfig = None,
    snapshot: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the state there.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Save there on the way, and go on from it."),
    ] = None,
    every: Annotated[
        int, typer.Option(min=1, metavar="N", help="Records between checkpoints.")
    ] = 100_000,
    keep: Annotated[
        int, typer.Option(min=2, metavar="N", help="Whole checkpoints kept.")
    ] = 2,
    deadletters: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where records go that cannot be used."),
    ] = None,
    batch: Annotated[
        int, typer.Option(min=0, metavar="N", help="Records read at once; 0: decide.")
    ] = 0,
    metrics: MetricsPort = None,
    log_format: LogFormat = "text",
    log_level: LogLevel = "warning",
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # nothing is drawn
    quiet: Quiet = False,
) -> None:
    """Fold events into a state; end with position, counts and state hash.

    The same records give the same hash, from a log or from Kafka, in batches of any
    size. With --checkpoint an interrupted replay goes on where it was.
    """
    from twin.cli.requested import Request, parse_speed
    from twin.cli.sources import SourceSpec
    from twin.telemetry import start_logging

    start_logging(log_format, log_level)
    spec = SourceSpec(
        name=source,
        mapping=mapping,
        registry=registry,
        schemas=schemas,
        format=record_format,
        transport=transport,
        kafka_config=kafka_config,
    )
    request = Request(
        source=spec,
        network=network,
        start=start,
        end=end,
        speed=parse_speed(speed),
        types=tuple(name.strip() for name in types.split(",") if name.strip()),
        into=into,
        snapshot=snapshot,
        checkpoint=checkpoint,
        every=every,
        keep=keep,
        deadletters=deadletters,
        batch=batch,
        metrics=metrics,
    )
    _replay(request, Console(json_file, quiet=quiet))


def _replay(request: "Request", console: Console) -> None:
    from twin.cli.replaying import carry_out, prepare
    from twin.cli.sources import open_records
    from twin.replay import place_text
    from twin.telemetry import log_event

    with ExitStack() as stack:
        opened = open_records(request.source)
        stack.enter_context(closing(opened.records))
        run = prepare(request, opened, stack)
        if run.resumed is not None:
            console.say(f"goes on from the checkpoint at {place_text(run.resumed)}")
        _expose(run, console, stack)
        log_event(
            "replay begins", source=request.source.name, transport=opened.transport
        )
        try:
            carry_out(run, console)
        except KeyboardInterrupt:
            _tell_interruption(run, console)
            raise typer.Exit(1) from None
    log_event(
        "replay ends",
        records=run.twin.counters.read - run.n_start,
        seconds=round(run.seconds, 3),
        dead_letters=run.twin.counters.rejected + run.refused.total(),
    )
    _tell(run, console)


def _tell_interruption(run: "Run", console: Console) -> None:
    """Say where it was interrupted, and how to go on."""
    from twin.replay import place_text

    folder = run.request.checkpoint
    rest = (
        "nothing of the state is kept; with --checkpoint DIR the same command goes on"
        if folder is None
        else f"the same command goes on from the checkpoint in {folder}"
    )
    # Before the first batch the twin has no place yet.
    begin = run.opened.records.position()
    place = run.twin.position if run.twin.counters.read else begin
    console.warn(f"interrupted at {place_text(place)}; {rest}")


def _expose(run: "Run", console: Console, stack: ExitStack) -> None:
    """Let the replay be looked at from outside, if that is asked for."""
    if run.request.metrics is None:
        return
    from twin.cli.readings import replay_readings
    from twin.telemetry import Exposition

    exposition = Exposition(lambda: replay_readings(run), port=run.request.metrics)
    stack.enter_context(exposition)
    console.note(f"metrics at {exposition.address}")


def _tell(run: "Run", console: Console) -> None:
    """Say what came of it."""
    from twin.cli.snapshots import save_snapshot
    from twin.cli.summary import Summary
    from twin.replay import torn_tail

    request, twin = run.request, run.twin
    state, edits = twin.provisional_model()
    summary = Summary.of(run, state)
    if request.snapshot is not None:
        save_snapshot(request.snapshot, state, edits, twin.position)
        console.say(f"snapshot kept in {request.snapshot}")
    summary.show(console)
    if run.into is not None:
        console.say(f"into          {run.into}")
    _warn(run, summary.n_dead_letters, console)
    torn = torn_tail(request.source.name)
    if torn is not None:
        console.warn(f"{request.source.name}: {torn}")
    written: dict[str, Any] = {
        "torn_tail": None if torn is None else asdict(torn),
        "into": None if run.into is None else asdict(run.into),
    }
    console.finish({**summary.to_json(), **written})


def _warn(run: "Run", n_dead_letters: int, console: Console) -> None:
    if run.letters is None and n_dead_letters:
        console.warn(
            f"{n_dead_letters} records could not be used and are only counted; "
            f"--deadletters DIR keeps them"
        )
    for remark in run.opened.remarks():
        console.warn(remark)
