"""Makes a kept branch real: events at the end of its log, for `millstream branch`."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams.events import AuditRecorded, Event, OrderReceived
from twin.cli.branching import WhatIfSpec, begin, starting_point
from twin.cli.console import Console, time_text
from twin.cli.kept import spec_of
from twin.cli.sources import SourceSpec
from twin.errors import OptionError
from twin.model import load
from twin.model.changes import apply_changes
from twin.whatif import Branch
from twin.whatif.promoted import orders_of_branch, records_of_branch
from twin.whatif.promotion import Promotion, promotion_of
from twin.whatif.stored import BranchStore, StoredBranch

if TYPE_CHECKING:
    from streams.records import Sink
    from twin.model.network import Network


@dataclass(frozen=True, slots=True)
class _Now:
    """The log where it ends."""

    network: "Network"
    time_us: int


def promote(
    console: Console,
    *,
    folder: Path,
    name: str,
    who: str,
    why: str,
    target: str | None = None,
    confirmed: bool = False,
    kafka_config: Path | None = None,
) -> tuple[Event, ...]:
    """Write what a branch decides to the end of a log, once it is confirmed.

    Parameters
    ----------
    console : Console
        Told what is, or would be, written.
    folder : Path
        Of the branches.
    name : str
        Of the branch.
    who, why : str
        Stand in the audit event.
    target : str or None
        Log or topic; None: the one the branch begins in.
    confirmed : bool
        Whether it is written.
    kafka_config : Path or None
        Client properties.

    Returns
    -------
    tuple of Event
        What was, or would be, written.

    Raises
    ------
    OptionError
        If there is no log, or it changed otherwise what the branch changes.
    """
    stored = BranchStore(folder).load(name)
    target = target or stored.log
    if target is None:
        msg = f"branch {name!r} begins in no log: say where to write, --to LOG"
        raise OptionError(msg)
    spec = spec_of([name], folder, kafka_config=kafka_config)
    begun = begin(spec, console)
    now = _now(spec, target, console)
    # As the log told the network: without what a state made of stock and orders.
    changed = apply_changes(stored.change_file(), begun.network)
    promotion = promotion_of(begun.network, changed.network, now.network)
    if promotion.conflicts:
        msg = (
            f"branch {name!r} is not promoted, for the log went another way since "
            f"{time_text(stored.as_of_us)}:\n  "
            + "\n  ".join(map(str, promotion.conflicts))
        )
        raise OptionError(msg)
    branch = begun.branches[1]
    orders = orders_of_branch(
        begun.branches[0], branch, name=name, digest=stored.digest, now_us=now.time_us
    )
    known = orders_told(target, kafka_config) if orders else set()
    events: tuple[Event, ...] = (
        *promotion.events(f"branch/{name}"),
        *(one for one in orders if one.order not in known),
    )
    _tell(console, stored, promotion, events=events, branch=branch)
    if events:
        audit = _audit(stored, events, who=who, why=why)
        events = (*events, audit)
    if confirmed and events:
        written = _write(stored, events, target, kafka_config, now_us=now.time_us)
        console.say(f"{written} events written to {target}")
    elif events:
        console.say(f"nothing written: add --confirm to write them to {target}")
    console.finish(_result(stored, promotion, events, is_written=confirmed))
    return events


def _now(spec: WhatIfSpec, target: str, console: Console) -> _Now:
    """Read the log to its end; a branch of no log is promoted to one of its network."""
    source = spec.source or SourceSpec(name=target)
    carried, _, network = starting_point(
        replace(spec, source=source, at=None), load(spec.network), console
    )
    assert carried is not None, "there is a source"
    return _Now(network, carried.network.settings.as_of_us)


def orders_told(target: str, kafka_config: Path | None) -> set[str]:
    """Return the ids of the orders that a log or topic tells of already.

    Parameters
    ----------
    target : str
        Folder of a log, or address of a topic.
    kafka_config : Path or None
        Client properties.

    Returns
    -------
    set of str
        Of customers' orders, and of orders that were released.
    """
    from twin.replay import open_source
    from twin.whatif import promoted

    with closing(open_source(target, kafka_config=kafka_config)) as source:
        return promoted.orders_told(source)


def _audit(
    stored: StoredBranch, events: Sequence[Event], *, who: str, why: str
) -> AuditRecorded:
    return AuditRecorded(
        record=f"branch/{stored.name}/{stored.digest}",
        who=who,
        what="branch promoted",
        detail={
            "branch": stored.name,
            "why": why,
            "began": stored.at,
            "state_hash": stored.state_hash,
            "events": len(events),
            "changes": stored.texts,
        },
    )


def _write(
    stored: StoredBranch,
    events: Sequence[Event],
    target: str,
    kafka_config: Path | None,
    *,
    now_us: int,
) -> int:
    values = records_of_branch(
        events, name=stored.name, digest=stored.digest, now_us=now_us
    )
    sink = _open(target, kafka_config)
    try:
        sink.append(values, timestamps_us=now_us)
        sink.flush()
    finally:
        sink.close()
    return len(values)


def _open(target: str, kafka_config: Path | None) -> "Sink":
    if target.startswith("kafka://"):
        from twin.cli.targets import open_topic

        return open_topic(target, kafka_config)
    from streams.log import LogWriter

    return LogWriter(Path(target))


def _tell(
    console: Console,
    stored: StoredBranch,
    promotion: Promotion,
    *,
    events: Sequence[Event],
    branch: Branch,
) -> None:
    for one in promotion.told:
        console.say(str(one))
    for event in events:
        if isinstance(event, OrderReceived):
            console.say(f"order {event.order} of {event.customer}")
    for release in branch.releases:
        item = branch.network.items.ids[release.item_index]
        site = branch.network.places.ids[release.site_index]
        console.say(f"make {release.quantity:g} {item} at {site}")
    for one in promotion.done:
        console.note(f"has it already: {one}")
    for sentence in map(str, promotion.left_out):
        console.warn(f"left out: {sentence}")
    n_assumed = len(branch.disruptions)
    if n_assumed:
        console.warn(f"left out: {n_assumed} disruptions, assumed and not decided")
    if not events:
        console.say(f"branch {stored.name!r}: the log has all of it")


def _result(
    stored: StoredBranch,
    promotion: Promotion,
    events: Sequence[Event],
    *,
    is_written: bool,
) -> dict[str, Any]:
    return {
        "branch": stored.name,
        "promoted": bool(events) and is_written,
        "cells": [str(one) for one in promotion.told],
        "done": [str(one) for one in promotion.done],
        "left_out": list(map(str, promotion.left_out)),
        "events": [type(one).__name__ for one in events],
    }
