"""`millstream loop --live`: a stream followed, decided on and answered with orders."""

import hashlib
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.cli.console import Console, time_text
from twin.cli.interrupt import stopped_by_signals
from twin.cli.live_options import lateness
from twin.cli.loop_orders import open_outbox
from twin.errors import OptionError

if TYPE_CHECKING:
    from streams.ingest import IngestOptions
    from streams.records import Sink, Source
    from twin.loop import PlayOptions
    from twin.loop.following import (
        DecisionLog,
        LiveLoop,
        LiveOptions,
        PolicyResponder,
        Release,
        Runner,
    )
    from twin.loop.occasions import Responder, Trigger
    from twin.model.network import Network

KAFKA = "kafka://"
DECISIONS, ORDER_TABLES = "decisions", "orders"
"""Folders of a store: the log of decisions, where none is named, and tables of orders.
"""
_RUN_BYTES = 8
_SHOWN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRequest:
    """The options of the command.

    Attributes
    ----------
    source : str
        What is followed: a folder of a log, or ``kafka://host:port/topic[,topic]``.
    store : Path
        Where the loop saves.
    play : PlayOptions
        The policy and its parameters.
    decisions, orders : str or None
        Where decisions and orders go; None: to a log in the store, and nowhere.
    provisional : bool
        Whether it decides on events that may still change.
    seconds : float or None
        Time limit of a plan; None: no clock enters a decision.
    start : str or None
        Time from which on it decides.
    lateness_s : float
        How late an event may come, >= 0.
    sources : dict of str to float
        The same for single sources.
    idle_s : float or None
        See `RunnerOptions`.
    answer_s : float
        How long an order may go unanswered, > 0.
    checkpoint_s : float
        Seconds between checkpoints, > 0.
    until_idle : float or None
        Ends after so many seconds without a record.
    kafka_config : Path or None
        Client properties.
    """

    source: str
    store: Path
    play: "PlayOptions"
    decisions: str | None = None
    orders: str | None = None
    provisional: bool = False
    seconds: float | None = None
    start: str | None = None
    lateness_s: float = 86_400.0
    sources: dict[str, float]
    idle_s: float | None = None
    answer_s: float = 4 * 3600.0
    checkpoint_s: float = 5.0
    until_idle: float | None = None
    kafka_config: Path | None = None


def live_request(
    source: str | None,
    store: Path | None,
    lateness_text: str,
    policy: dict[str, Any],
    **more: Any,  # noqa: ANN401 - as of the request
) -> LiveRequest:
    """Make a request of the options of the command.

    Parameters
    ----------
    source : str or None
        What is followed.
    store : Path or None
        Where the loop saves.
    lateness_text : str
        As `twin.cli.live_options.lateness` reads it.
    policy : dict
        Of `PlayOptions`.
    **more
        The rest of a `LiveRequest`.

    Raises
    ------
    OptionError
        If source or store is missing, several policies are named, decisions would go
        into the source, or an option is outside what is allowed.
    """
    from twin.loop import PlayOptions

    name = str(policy["policy"])
    if "," in name:
        msg = f"--policy {name}: a live loop decides with one policy, name one"
        raise OptionError(msg)
    if source is None or store is None:
        missing = "--log" if source is None else "--store"
        msg = f"--live: needs {missing}: what it follows and where it saves"
        raise OptionError(msg)
    _refuse_same(source, more.get("decisions"))
    lateness_s, sources = lateness(lateness_text)
    return LiveRequest(
        source=source,
        store=store,
        play=PlayOptions(**policy),
        lateness_s=lateness_s,
        sources=sources,
        **more,
    )


def _refuse_same(source: str, decisions: str | None) -> None:
    """Refuse decisions among what is followed: they would be read as a plant's."""
    if decisions is None:
        return
    if source.startswith(KAFKA) and decisions.startswith(KAFKA):
        from streams.kafka import parse_address

        followed, target = parse_address(source), parse_address(decisions)
        is_same = followed.servers == target.servers and bool(
            set(followed.topics) & set(target.topics)
        )
    else:
        is_same = Path(source).resolve() == Path(decisions).resolve()
    if is_same:
        msg = f"--decisions {decisions}: must be none of --log {source}"
        raise OptionError(msg)


def follow(network: "Network", request: LiveRequest, console: Console) -> None:
    """Follow a stream until a signal comes, or nothing more does.

    Parameters
    ----------
    network : Network
        What is planned.
    request : LiveRequest
        What was asked for.
    console : Console
        Where to say what is decided.

    Raises
    ------
    OptionError
        If options do not fit each other.
    StreamError
        If something cannot be read or written.
    """
    with ExitStack() as opened, stopped_by_signals() as stop:
        runner = _runner(network, request, console, opened)
        runner.run(stop.is_set, until_idle_s=request.until_idle)
        _finish(runner, request, console)


def _runner(
    network: "Network", request: LiveRequest, console: Console, opened: ExitStack
) -> "Runner":
    from twin.clock import SystemClock
    from twin.loop.following import DecisionLog, Runner, RunnerOptions
    from twin.replay import open_source

    source = open_source(request.source, kafka_config=request.kafka_config)
    opened.callback(source.close)
    target = request.decisions or str(request.store / DECISIONS)
    sink = _open_sink(target, request)
    opened.callback(sink.close)
    clock = SystemClock()
    loop = _loop(
        network, request, DecisionLog(sink), opened, partitions=source.partitions()
    )
    runner = Runner(
        loop,
        source,
        request.store,
        clock=clock,
        options=RunnerOptions(checkpoint_s=request.checkpoint_s, idle_s=request.idle_s),
        on_release=lambda release: _tell(release, console),
    )
    opened.enter_context(runner)
    kept = _open_kept(target, request)
    try:
        is_resumed = runner.begin(kept)
    finally:
        kept.close()
    if is_resumed or runner.n_recovered:
        console.note(
            f"goes on at {_place(loop)}; {runner.n_recovered} decisions since the "
            f"checkpoint are taken over"
        )
    return runner


def _place(loop: "LiveLoop") -> str:
    from twin.replay import place_text

    return place_text(loop.position)


def _loop(
    network: "Network",
    request: LiveRequest,
    decisions: "DecisionLog",
    opened: ExitStack,
    *,
    partitions: tuple[str, ...],
) -> "LiveLoop":
    from twin.loop.following import LiveLoop, OrderOutlet

    if request.orders is not None:
        _make_topic(request.orders, request)
    outbox = opened.enter_context(open_outbox(request.orders, request.kafka_config))
    policy = _policy(request)
    responder, triggers = _deciders(policy, request)
    return LiveLoop(
        network,
        partitions,
        responder,
        decisions,
        options=_options(network, request),
        triggers=triggers,
        outlet=OrderOutlet(outbox, folder=request.store / ORDER_TABLES),
        remembering=policy,
    )


def _policy(request: LiveRequest) -> "PolicyResponder":
    from twin.clock import SystemClock
    from twin.loop.following import policy_responder

    if request.seconds is None:
        return policy_responder(request.play, monotonic_s=None)
    return policy_responder(
        request.play,
        monotonic_s=SystemClock().monotonic_s,
        time_limit_s=request.seconds,
    )


def _deciders(
    policy: "PolicyResponder", request: LiveRequest
) -> "tuple[Responder, tuple[Trigger, ...]]":
    """Return who answers, and what calls for answers between reviews."""
    from twin.clock import SystemClock
    from twin.loop.replanning import reacting

    clock = None if request.seconds is None else SystemClock().monotonic_s
    return reacting(policy, request.play, monotonic_s=clock)


def _options(network: "Network", request: LiveRequest) -> "LiveOptions":
    from twin.cli.places import time_of_place
    from twin.loop.following import LiveOptions

    return LiveOptions(
        run=live_name(network, request),
        basis="provisional" if request.provisional else "committed",
        start_us=time_of_place(request.start),
        answered_within_s=request.answer_s,
        must_be_approved=network.settings.approval == "required",
        is_repeatable=request.seconds is None and not request.provisional,
        ingest=_ingest(request),
    )


def _ingest(request: LiveRequest) -> "IngestOptions":
    from streams.ingest import IngestOptions

    return IngestOptions(
        lateness_us=round(request.lateness_s * 1e6),
        lateness_us_by_source={
            name: round(late_s * 1e6) for name, late_s in request.sources.items()
        },
        idle_s=0.0 if request.idle_s is None else request.idle_s,
    )


def live_name(network: "Network", request: LiveRequest) -> str:
    """Name a live run: what the ids of its decisions derive from.

    Parameters
    ----------
    network : Network
        By its hash.
    request : LiveRequest
        Policy, its parameters and what it decides on count. Where it reads and writes
        does not, nor what paces it.
    """
    from twin.loop.play import run_name

    basis = "provisional" if request.provisional else "committed"
    text = f"{run_name(network, request.play)}/{basis}/{request.start}"
    digest = hashlib.blake2b(text.encode(), digest_size=_RUN_BYTES).hexdigest()
    return f"live-{digest}"


def _make_topic(target: str, request: LiveRequest) -> None:
    """Make the topic of a target if it is not there."""
    if not target.startswith(KAFKA):
        return
    from streams.errors import TopicNotFoundError
    from streams.kafka import parse_address, read_properties
    from streams.kafka.topics import make_topic, partition_counts

    address = parse_address(target)
    configuration = read_properties(request.kafka_config, servers=address.servers)
    try:
        partition_counts(configuration, list(address.topics))
    except TopicNotFoundError:
        make_topic(configuration, address.topics[0], n_partitions=1)


def _open_sink(target: str, request: LiveRequest) -> "Sink":
    if target.startswith(KAFKA):
        from twin.cli.targets import open_topic

        _make_topic(target, request)
        return open_topic(target, request.kafka_config)
    from streams.log import LogWriter

    return LogWriter(Path(target))


def _open_kept(target: str, request: LiveRequest) -> "Source":
    from streams.log import LogReader
    from twin.replay import open_source

    if target.startswith(KAFKA):
        return open_source(target, kafka_config=request.kafka_config)
    return LogReader(Path(target))


def _tell(release: "Release", console: Console) -> None:
    parts = [one.detail or one.kind for one in release.occasions[:_SHOWN]]
    why = "; ".join(parts) or "approval or missing answer"
    n_exceptions = sum(one.type == "ContradictionObserved" for one in release.records)
    if n_exceptions:
        console.warn(
            f"{time_text(release.time_us)} {n_exceptions} orders were not acknowledged "
            f"in time"
        )
    if release.plan is not None or release.orders:
        name = "no plan" if release.plan is None else f"plan {release.plan.plan}"
        console.say(
            f"{time_text(release.time_us)} {why}: {name}, {len(release.orders)} orders"
        )


def _finish(runner: "Runner", request: LiveRequest, console: Console) -> None:
    loop = runner.loop
    state = loop.provisional()
    progress = loop.progress
    console.say(
        f"{progress.n_records} records, {progress.n_plans} plans, {progress.n_orders} "
        f"orders, {progress.n_exceptions} not acknowledged in time, at {_place(loop)}"
    )
    console.finish(
        {
            **asdict(progress),
            "position": loop.position.to_json(),
            "state_hash": state.state.digest(),
            "plans": state.proposals.counts,
            "waiting_for_approval": [one.plan for one in state.proposals.waiting],
            "orders_pending": len(state.released.coming),
            "exceptions": [_exception(one) for one in state.released.exceptions],
            "dead_letters": runner.n_letters,
            "recovered": runner.n_recovered,
            "differing": loop.n_differing,
            "checkpoints": runner.n_checkpoints,
            "decisions": request.decisions or str(request.store / DECISIONS),
            "orders": request.orders,
        }
    )


def _exception(one: Any) -> dict[str, Any]:  # noqa: ANN401 - a pending order
    return {
        "order": one.order, "kind": one.kind, "item": one.item, "site": one.site,
        "source": one.source, "quantity": one.quantity,
        "released_us": one.released_us, "reason": "not acknowledged in time",
    }  # fmt: skip
