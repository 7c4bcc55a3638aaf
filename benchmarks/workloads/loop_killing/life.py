"""One life of a loop, and what is there when one has lived to its end."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.workloads.killing.dying import count_calls
from benchmarks.workloads.loop_killing.chain import (
    deciders,
    network,
    options,
    waits,
)
from benchmarks.workloads.loop_killing.places import (
    Fate,
    FatedSink,
    FatedSource,
    Place,
)
from streams.codec import Envelope
from streams.events import OrderDispatched, PlanApproved, PlanReleased
from streams.records import RecordBatch, Source
from twin.clock import SystemClock
from twin.loop.following import DecisionLog, LiveLoop, OrderOutlet, Runner
from twin.loop.following.runner import RunnerOptions
from twin.loop.following.writing import OrderWriter
from twin.loop.outbox import SOURCE, Outbox, orders_sent
from twin.replay import ReplayOptions, Twin, read

BATCH_RECORDS, CHECKPOINT_S = 40, 0.01


class End(msgspec.Struct):
    """What is there when a loop has read everything.

    Attributes
    ----------
    state_hash
        Of the loop's state, with all that was read and decided.
    replay_hash
        Of a replay of the plant's events and the decisions.
    decided, sent
        Event ids in the logs of decisions and of orders, copies too.
    orders_missing
        Orders of released plans that are not among the decisions; where plans wait for
        approval, of those plans of which some order is.
    orders_unapproved
        Orders of plans that should wait and that nobody approved.
    n_differing
        Plans of before a crash that came out otherwise when made again.
    n_steps, n_calls
        What was asked of transports and of the disk, in the last life.
    n_recovered
        Decisions that the last life found beyond its checkpoint.
    """

    state_hash: str
    replay_hash: str
    decided: list[str]
    sent: list[str]
    orders_missing: list[str]
    orders_unapproved: list[str]
    n_differing: int
    n_steps: int
    n_calls: int
    n_recovered: int


@dataclass(frozen=True, slots=True)
class Doom:
    """When a life ends: at a step of a transport, or inside a call to the disk."""

    step: int | None = None
    call: int | None = None


def live(place: Place, doom: Doom, *, seed: int, by_clock: bool) -> End:
    """Live one life: go on where the last one ended, up to the end of the records.

    Parameters
    ----------
    place
        Where the loop reads and writes.
    doom
        When it is killed.
    seed
        Of the events.
    by_clock
        Whether clocks bound plans, and events that may change are decided on.
    """
    fate, calls = Fate(doom.step), count_calls(doom.call)
    clock = SystemClock()
    responder, triggers, policy = deciders(clock.monotonic_s if by_clock else None)
    with (
        place.sink("decisions") as decisions,
        place.sink("orders") as orders,
        place.plant() as source,
    ):
        with place.kept("orders") as kept:
            outbox = Outbox(FatedSink(orders, fate), sent=orders_sent(kept))
        loop = LiveLoop(
            network(),
            source.partitions(),
            responder,
            DecisionLog(FatedSink(decisions, fate)),
            options=options(seed, by_clock=by_clock),
            triggers=triggers,
            outlet=OrderOutlet(outbox, folder=place.folder / "csv"),
            remembering=policy,
        )
        end = source.end_position()
        with Runner(
            loop,
            FatedSource(source, fate),
            place.folder / "store",
            clock=clock,
            options=RunnerOptions(
                poll_s=0.2, batch_records=BATCH_RECORDS, checkpoint_s=CHECKPOINT_S
            ),
        ) as runner:
            with place.kept("decisions") as kept:
                runner.begin(kept)
            runner.run(lambda: loop.position.reaches(end))
        return _end(place, loop, runner, (fate, calls), seed=seed)


def _end(
    place: Place,
    loop: LiveLoop,
    runner: Runner,
    spent: tuple[Fate, Counter[str]],
    *,
    seed: int,
) -> End:
    decided = _values(place.kept("decisions"))
    return End(
        state_hash=loop.provisional().state.digest(),
        replay_hash=_replayed(place, decided),
        decided=[_id(value) for value in decided],
        sent=[_id(value) for value in _values(place.kept("orders"))],
        orders_missing=_missing(decided, all_leave=not waits(seed)),
        orders_unapproved=_unapproved(place, decided) if waits(seed) else [],
        n_differing=loop.n_differing,
        n_steps=spent[0].n_steps,
        n_calls=spent[1].total(),
        n_recovered=runner.n_recovered,
    )


def _values(source: Source) -> list[bytes]:
    with source:
        batches = read(source, source.end_position())
        return [value for batch in batches for value in batch.values()]


def _id(value: bytes) -> str:
    return msgspec.json.decode(value, type=Envelope).id


def _replayed(place: Place, decided: list[bytes]) -> str:
    """Return the hash of a replay that knows of no loop."""
    with place.plant() as source:
        own = options(0, by_clock=False).ingest
        partitions = (*source.partitions(), "decided-0")
        twin = Twin(network(), partitions, ReplayOptions(ingest=own))
        # All of one after all of another: nothing may be late that was in time.
        batches = list(read(source, source.end_position()))
    times_us = np.zeros(len(decided), np.int64)
    twin.push(RecordBatch.of("decided-0", decided, timestamps_us=times_us))
    for batch in batches:
        twin.push(batch)
    return twin.finish().digest()


def _missing(decided: list[bytes], *, all_leave: bool) -> list[str]:
    """Return the orders that released plans call for and that were not decided."""
    writer, found, plans = OrderWriter(network()), dict[str, str](), []
    for value in decided:
        envelope = msgspec.json.decode(value, type=Envelope)
        if envelope.type == OrderDispatched.__name__:
            order = msgspec.json.decode(envelope.data, type=OrderDispatched)
            found[order.order] = order.plan
        elif envelope.type == PlanReleased.__name__:
            plans.append(msgspec.json.decode(envelope.data, type=PlanReleased))
    left = set(found.values())
    wanted = [
        one.order
        for plan in plans
        if all_leave or plan.plan in left
        for one in writer.orders(plan, plan.start_us)
    ]
    return sorted(set(wanted) - set(found))


def _unapproved(place: Place, decided: list[bytes]) -> list[str]:
    """Return orders of plans that no word approves."""
    approved, orders = set[str](), dict[str, str]()
    for value in (*_values(place.plant()), *decided):
        envelope = msgspec.json.decode(value, type=Envelope)
        if envelope.type == PlanApproved.__name__:
            approved.add(msgspec.json.decode(envelope.data, type=PlanApproved).plan)
        elif envelope.source == SOURCE and envelope.type == OrderDispatched.__name__:
            order = msgspec.json.decode(envelope.data, type=OrderDispatched)
            orders[order.order] = order.plan
    return sorted(order for order, plan in orders.items() if plan not in approved)


def fill(place: Place, parts: list[list[bytes]]) -> None:
    """Write what a loop will follow."""
    Path(place.folder).mkdir(parents=True)
    place.fill(parts)
