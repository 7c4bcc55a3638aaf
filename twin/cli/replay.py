"""`millstream replay`: a source folded into a state, with what came of its records."""

from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.console import Console
from twin.cli.options import (
    JsonFile,
    KafkaConfig,
    NetworkFolder,
    Quiet,
    Seed,
    examples,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.codec import Rejected
    from streams.deadletters import DeadLetterLog
    from streams.records import Position, RecordBatch, Source
    from twin.replay import Twin

app = typer.Typer()

PACED_RECORDS = 64
"""Records read at once when a speed is to be kept: the pause is between batches."""

LETTERS = "deadletters"
"""Folder of dead letters beside the checkpoints."""


@app.command(
    "replay",
    epilog=examples(
        "millstream replay out/log --network examples/demo --snapshot out/snapshot",
        "millstream replay kafka://localhost:9092/orders,machines --network plant",
        "millstream replay out/log --network plant --to 2024-05-01T06:00:00Z",
        "millstream replay out/log --network plant --speed 3600",
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
    mapping: Annotated[
        Path | None,
        typer.Option("--map", hidden=True),  # refused, with what to do instead
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Offset or time to begin at.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Offset or time to stop at.")
    ] = None,
    speed: Annotated[
        float, typer.Option(help="Seconds of event time a second; 0: full speed.")
    ] = 0.0,
    types: Annotated[
        str, typer.Option(help="Types of event to fold, by commas; empty: all.")
    ] = "",
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
    deadletters: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where records go that cannot be used."),
    ] = None,
    batch: Annotated[
        int, typer.Option(min=0, metavar="N", help="Records read at once; 0: decide.")
    ] = 0,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # nothing is drawn
    quiet: Quiet = False,
) -> None:
    """Fold events into a state; end with position, counts and state hash.

    The same records give the same hash, from a log or from Kafka, in batches of any
    size. With --checkpoint an interrupted replay goes on where it was.
    """
    from twin.errors import OptionError

    if mapping is not None:
        msg = (
            f"--map {str(mapping)!r}: is no option of replay, which maps no foreign "
            f"records; write a log first, with millstream import TABLE --map MAP.toml "
            f"--log LOG"
        )
        raise OptionError(msg)
    request = _Request(
        source=source,
        network=network,
        span=(start, end),
        speed=speed,
        types=tuple(name.strip() for name in types.split(",") if name.strip()),
        kafka_config=kafka_config,
        snapshot=snapshot,
        checkpoint=checkpoint,
        every=every,
        deadletters=deadletters,
        batch=batch,
    )
    _replay(request, Console(json_file, quiet=quiet))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """The options of the command."""

    source: str
    network: Path
    span: tuple[str | None, str | None]
    speed: float
    types: tuple[str, ...]
    kafka_config: Path | None
    snapshot: Path | None
    checkpoint: Path | None
    every: int
    deadletters: Path | None
    batch: int
    identity: str | None = None  # of the source, once it is open


def _replay(request: _Request, console: Console) -> None:
    from twin.cli.snapshots import save_snapshot
    from twin.cli.summary import Summary
    from twin.model import load
    from twin.replay import ReplayOptions, Twin, identity_of, open_source, torn_tail

    network = load(request.network)
    with ExitStack() as opened:
        source = opened.enter_context(
            open_source(request.source, kafka_config=request.kafka_config)
        )
        if request.checkpoint is not None:
            request = replace(request, identity=identity_of(request.source))
        end, until_us = _end(request, source)
        options = ReplayOptions(types=request.types, until_us=until_us)
        twin = Twin(network, source.partitions(), options)
        letters = _letters(request)
        if letters is not None:
            opened.enter_context(letters)
        _begin(twin, source, request, console)
        batches = _shown(twin, source, end, request=request, console=console)
        _fold(twin, batches, request, letters)
    state = twin.provisional_state()
    summary = Summary.of(twin, state, network_hash=network.hash)
    if request.snapshot is not None:
        save_snapshot(request.snapshot, state, twin.position)
        console.say(f"snapshot kept in {request.snapshot}")
    summary.show(console)
    if letters is None and twin.counters.rejected:
        console.warn(
            f"{twin.counters.rejected} records could not be used and are only counted; "
            f"--deadletters DIR keeps them"
        )
    torn = torn_tail(request.source)
    if torn is not None:
        console.warn(f"{request.source}: {torn}")
    told = None if torn is None else asdict(torn)
    console.finish({**summary.to_json(), "torn_tail": told})


def _end(request: _Request, source: "Source") -> "tuple[Position, int | None]":
    """Where to stop reading, and up to what time events count."""
    from streams.records import Position
    from twin.cli.places import parse_place
    from twin.errors import OptionError
    from twin.replay import place_text

    last = source.end_position()
    if request.span[1] is None:
        return last, None
    place = parse_place(request.span[1], source)
    if isinstance(place, Position):
        if not last.reaches(place):
            msg = f"--to {request.span[1]}: the source ends at {place_text(last)}"
            raise OptionError(msg)
        return place, None
    if request.checkpoint is not None:
        msg = (
            f"--to {request.span[1]}: with --checkpoint it must be an offset, because "
            f"events after a time are left out and would be missing later"
        )
        raise OptionError(msg)
    return last, place


def _letters(request: _Request) -> "DeadLetterLog | None":
    from streams.deadletters import DeadLetterLog

    folder = request.deadletters
    if folder is None and request.checkpoint is not None:
        folder = request.checkpoint / LETTERS
    return None if folder is None else DeadLetterLog(folder)


def _begin(twin: "Twin", source: "Source", request: _Request, console: Console) -> None:
    """Bring the source to where reading begins: a checkpoint, `--from`, the start."""
    from streams.records import Position
    from twin.cli.places import parse_place
    from twin.replay import place_text

    start = request.span[0]
    if request.checkpoint is not None and twin.restore(
        request.checkpoint, **_origin(request)
    ):
        source.seek(twin.position)
        console.say(f"goes on from the checkpoint at {place_text(twin.position)}")
    elif start is not None:
        place = parse_place(start, source)
        if isinstance(place, Position):
            source.seek(place)
        else:
            source.seek_time(place)


def _shown(
    twin: "Twin",
    source: "Source",
    end: "Position",
    *,
    request: _Request,
    console: Console,
) -> "Iterator[RecordBatch]":
    """Read on, in batches that suit the request, with a progress bar."""
    from twin.replay import BATCH_RECORDS, end_read, read

    size = request.batch or (PACED_RECORDS if request.speed else BATCH_RECORDS)
    size = min(size, request.every) if request.checkpoint is not None else size
    total = sum((end.of(name) - source.position().of(name)) for name in end)
    with console.progress() as progress:
        task = progress.add_task("records", total=max(0, total))
        for batch in read(source, end, batch_records=size):
            yield batch
            # What goes on from a checkpoint later still waits for every partition.
            if request.checkpoint is None:
                end_read(twin, source, end)
            progress.advance(task, len(batch))


def _fold(
    twin: "Twin",
    batches: "Iterator[RecordBatch]",
    request: _Request,
    letters: "DeadLetterLog | None",
) -> None:
    from twin.cli.pace import Pace
    from twin.clock import SystemClock

    clock = SystemClock()
    pace = Pace(clock, factor=request.speed)
    n_unsaved = 0
    for batch in batches:
        rejected = twin.push(batch)
        if letters is not None:
            _write_letters(letters, batch.partition, rejected, clock.now_us())
        n_unsaved += len(batch)
        if n_unsaved >= request.every:
            _save(twin, request, letters)
            n_unsaved = 0
        if twin.latest_us is not None:
            pace.wait_for(twin.latest_us)
    _save(twin, request, letters)


def _write_letters(
    letters: "DeadLetterLog",
    partition: str,
    rejected: "tuple[Rejected, ...]",
    now_us: int,
) -> None:
    for one in rejected:
        letters.add(
            partition,
            one.offset,
            reason=one.reason,
            detail=one.detail,
            time_us=now_us,
            raw=one.value,
        )


def _save(twin: "Twin", request: _Request, letters: "DeadLetterLog | None") -> None:
    # Letters first: a checkpoint says that its records are done.
    if letters is not None:
        letters.flush()
    # One of an empty source would be refused as that of another when it has begun.
    if request.checkpoint is not None and twin.counters.read:
        twin.checkpoint(request.checkpoint, **_origin(request))


def _origin(request: _Request) -> dict[str, str | None]:
    """Return what a checkpoint must agree on beside network and types."""
    return {"source": request.identity, "start": request.span[0]}
