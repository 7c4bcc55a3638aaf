"""`millstream live`: a worker of a group, for as long as it is left running."""

import threading
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import Console
from twin.cli.interrupt import stopped_by_signals
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

if TYPE_CHECKING:
    from streams.kafka import KafkaConfiguration
    from streams.kafka.group import GroupOptions
    from twin.clock import Clock
    from twin.live import Elected, Observations, Worker, WorkerMetrics
    from twin.live.rekey import Rekeyer
    from twin.model import Network

app = typer.Typer()

TELL_S = 5.0
"""Seconds between two lines about rate and lag."""


SHOWN_S = 1.0
"""Seconds that an answer to who asks for metrics may be old."""

# A broker may be slow; and behind the last record there may be marks of transactions.
_LAG_PATIENCE = 5


@app.command(
    "live",
    epilog=examples(
        "millstream live kafka://localhost:9092/plant --network plant --group twin "
        "--store live",
        "millstream live kafka://localhost:9092/orders,machines --network plant "
        "--group twin --store live --output-prefix twin --plan-s 3600",
        "millstream state live --table stock",
    ),
)
def live(  # noqa: PLR0913  # the options of a command
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="kafka://host:port/topic[,topic].")
    ],
    *,
    network: NetworkFolder,
    group: Annotated[str, typer.Option(help="Name of the consumer group.")],
    store: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Where all workers of the group save."),
    ],
    kafka_config: KafkaConfig = None,
    checkpoint_s: Annotated[
        float, typer.Option(min=0.01, metavar="S", help="Seconds between checkpoints.")
    ] = 1.0,
    lateness_s: Annotated[
        float, typer.Option(min=0, metavar="S", help="How late an event may come.")
    ] = 86_400.0,
    session_s: Annotated[
        float,
        typer.Option(min=1, metavar="S", help="A worker silent for longer is dead."),
    ] = 10.0,
    output_prefix: Annotated[
        str,
        typer.Option(
            metavar="P",
            help="Write to the topics P.observations, P.decisions and P.rekeyed.",
        ),
    ] = "",
    plan_s: Annotated[
        float,
        typer.Option(
            min=0, metavar="S", help="One worker plans every so often; 0: never."
        ),
    ] = 0.0,
    rekey: Annotated[
        bool,
        typer.Option("--rekey", help="Bring the records of a site together first."),
    ] = False,
    until_idle: Annotated[
        float,
        typer.Option(min=0, metavar="S", help="End after so long without a record."),
    ] = 0.0,
    metrics: MetricsPort = None,
    log_format: LogFormat = "text",
    log_level: LogLevel = "warning",
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # nothing is drawn
    quiet: Quiet = False,
) -> None:
    """Keep a state up to date as one of several workers, each with its partitions.

    Start it as often as there is work for: the workers share the partitions, and take
    over from one that ends or dies. Ctrl-C ends it cleanly.
    """
    from twin.telemetry import start_logging

    start_logging(log_format, log_level)
    request = _Request(
        source=source,
        network=network,
        group=group,
        store=store,
        kafka_config=kafka_config,
        checkpoint_s=checkpoint_s,
        lateness_s=lateness_s,
        session_s=session_s,
        prefix=output_prefix,
        plan_s=plan_s,
        rekey=rekey,
        until_idle=until_idle,
        metrics=metrics,
    )
    _live(request, Console(json_file, quiet=quiet))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """The options of the command."""

    source: str
    network: Path
    group: str
    store: Path
    kafka_config: Path | None
    checkpoint_s: float
    lateness_s: float
    session_s: float
    prefix: str
    plan_s: float
    rekey: bool
    until_idle: float
    metrics: int | None


def _live(request: _Request, console: Console) -> None:
    from streams.kafka import parse_address, read_properties
    from twin.clock import SystemClock
    from twin.errors import OptionError
    from twin.model import load

    network = load(request.network)
    address = parse_address(request.source)
    configuration = read_properties(request.kafka_config, servers=address.servers)
    if (request.plan_s or request.rekey) and not request.prefix:
        raise OptionError(
            "--plan-s and --rekey write topics: they need --output-prefix"
        )
    clock = SystemClock()
    with ExitStack() as opened, stopped_by_signals() as stop:
        topics = list(address.topics)
        rekeyer = None
        if request.rekey:
            rekeyer, topics = _rekeyed(request, configuration, network, topics)
            opened.enter_context(rekeyer)
        n_partitions = _co_partitioned(configuration, topics)
        elected = _elected(request, configuration, network, n_partitions)
        if elected is not None:
            topics.append(f"{request.prefix}.decisions")
            opened.callback(elected.close)
        outputs = _outputs(request, configuration, n_partitions)
        worker = _worker(
            request, configuration, network, topics, clock, outputs, elected
        )
        with worker:
            shown = _Shown(worker, rekeyer, clock)
            _expose(shown, request, console, opened)
            _run(
                worker,
                rekeyer,
                stop,
                request=request,
                clock=clock,
                console=console,
                shown=shown,
            )
            metrics = shown.ask()
    _finish(metrics, console)


def _co_partitioned(configuration: "KafkaConfiguration", topics: list[str]) -> int:
    from streams.errors import CoPartitionError
    from streams.kafka.topics import partition_counts

    counts = partition_counts(configuration, topics)
    if len(set(counts.values())) > 1:
        raise CoPartitionError(counts)
    return next(iter(counts.values()))


def _rekeyed(
    request: _Request,
    configuration: "KafkaConfiguration",
    network: "Network",
    topics: list[str],
) -> "tuple[Rekeyer, list[str]]":
    from streams.kafka import KafkaSink, KafkaSource
    from streams.kafka.group import GroupSource
    from streams.kafka.topics import make_topic, partition_counts
    from twin.live.rekey import Rekeyer

    topic = f"{request.prefix}.rekeyed"
    widest = max(partition_counts(configuration, topics).values())
    make_topic(configuration, topic, n_partitions=widest)
    # Topics need not fit each other here, so each has a group of its own.
    readers = [
        GroupSource(
            configuration,
            [one],
            group=f"{request.group}.rekey.{one}",
            options=_group_options(request),
        )
        for one in topics
    ]
    rekeyer = Rekeyer(
        network,
        readers,
        KafkaSink(configuration, topic),
        written=KafkaSource(configuration, [topic]),
    )
    return rekeyer, [topic]


def _group_options(request: _Request) -> "GroupOptions":
    from streams.kafka.group import GroupOptions

    return GroupOptions(
        session_s=request.session_s, heartbeat_s=min(1.0, request.session_s / 10)
    )


def _elected(
    request: _Request,
    configuration: "KafkaConfiguration",
    network: "Network",
    n_partitions: int,
) -> "Elected | None":
    if not request.plan_s:
        return None
    from streams.kafka import KafkaSink
    from streams.kafka.topics import make_topic
    from twin.clock import SystemClock
    from twin.live import Elected
    from twin.live.policy import release_plan

    topic = f"{request.prefix}.decisions"
    make_topic(configuration, topic, n_partitions=n_partitions)
    plan = release_plan(network, monotonic_s=SystemClock().monotonic_s)
    sink = KafkaSink(configuration, topic)
    return Elected(plan, sink, source=request.prefix, every_s=request.plan_s)


def _outputs(
    request: _Request, configuration: "KafkaConfiguration", n_partitions: int
) -> "Observations | None":
    if not request.prefix:
        return None
    from streams.kafka import KafkaSink, KafkaSource
    from streams.kafka.topics import make_topic
    from twin.live import Observations
    from twin.live.writer import OutputWriter

    topic = f"{request.prefix}.observations"
    make_topic(configuration, topic, n_partitions=n_partitions)
    return Observations(
        topic=topic,
        source=request.prefix,
        writer=OutputWriter(KafkaSink(configuration, topic)),
        written=KafkaSource(configuration, [topic]),
    )


def _worker(  # what a worker is made of
    request: _Request,
    configuration: "KafkaConfiguration",
    network: "Network",
    topics: list[str],
    *parts: Any,  # noqa: ANN401
) -> "Worker":
    from streams.ingest import IngestOptions
    from streams.kafka.group import GroupSource
    from twin.live import LiveStore, Worker, WorkerOptions
    from twin.live.membership import Told
    from twin.replay import ReplayOptions

    clock, outputs, elected = parts

    def join(on_revoked: Told, on_lost: Told) -> GroupSource:
        return GroupSource(
            configuration,
            topics,
            group=request.group,
            on_revoked=on_revoked,
            on_lost=on_lost,
            options=_group_options(request),
        )

    ingest = IngestOptions(lateness_us=round(request.lateness_s * 1e6))
    options = WorkerOptions(
        checkpoint_s=request.checkpoint_s, replay=ReplayOptions(ingest=ingest)
    )
    return Worker(
        network,
        LiveStore(request.store),
        join,
        topics=topics,
        clock=clock,
        options=options,
        outputs=outputs,
        elected=elected,
    )


def _run(
    worker: "Worker",
    rekeyer: "Rekeyer | None",
    stop: threading.Event,
    *,
    request: _Request,
    clock: "Clock",
    console: Console,
    shown: "_Shown",
) -> None:
    """Go around the loop until a signal comes, or nothing more does."""
    heard_s = told_s = clock.monotonic_s()
    owned: tuple[int, ...] = ()
    while not stop.is_set():
        n_moved = 0 if rekeyer is None else rekeyer.step()
        n_folded = worker.step()
        now_s = clock.monotonic_s()
        shown.renew(now_s)
        if n_moved or n_folded or not worker.is_settled:
            heard_s = now_s
        if tuple(sorted(worker.shards)) != owned:
            owned = tuple(sorted(worker.shards))
            console.say(f"owns {', '.join(map(str, owned)) or 'nothing'}")
        if now_s - told_s >= TELL_S:
            told_s = now_s
            console.say(_line(worker.metrics()))
        if request.until_idle and now_s - heard_s >= request.until_idle * (
            1 if worker.metrics().lag == 0 else _LAG_PATIENCE
        ):
            break


class _Shown:
    """What the worker told last: those who ask do so from threads of their own."""

    def __init__(
        self, worker: "Worker", rekeyer: "Rekeyer | None", clock: "Clock"
    ) -> None:
        self._worker = worker
        self._rekeyer = rekeyer
        self._told_s = clock.monotonic_s()
        self.metrics = self.ask()

    def ask(self) -> "WorkerMetrics":
        """Ask now, in the thread of the worker."""
        n_unplaced = 0 if self._rekeyer is None else self._rekeyer.n_unplaced
        return replace(self._worker.metrics(), unplaced=n_unplaced)

    def renew(self, now_s: float) -> None:
        """Ask the worker, in its own thread, when the last answer is old."""
        if now_s - self._told_s >= SHOWN_S:
            self._told_s = now_s
            self.metrics = self.ask()


def _expose(
    shown: _Shown, request: _Request, console: Console, opened: ExitStack
) -> None:
    if request.metrics is None:
        return
    from twin.cli.readings import worker_readings
    from twin.telemetry import Exposition

    exposition = Exposition(
        lambda: worker_readings(shown.metrics), port=request.metrics
    )
    opened.enter_context(exposition)
    console.note(f"metrics at {exposition.address}")


def _line(metrics: "WorkerMetrics") -> str:
    late = sum(shard.late for shard in metrics.shards)
    dead = sum(shard.dead_letters for shard in metrics.shards)
    return (
        f"{metrics.records} records, {metrics.rate_per_s:.0f} a second, lag "
        f"{metrics.lag}, {late} late, {dead} dead letters"
    )


def _finish(metrics: "WorkerMetrics", console: Console) -> None:
    console.say(_line(metrics))
    console.finish({**asdict(metrics), "lag": metrics.lag})
