"""Branches kept by name: where they begin, what they change, and what is made of them.

A branch is kept as what it is made of, a few hundred bytes: the place in the events,
the hash of the state there, and its changes. Whoever plays it reads the events again.
"""

import hashlib
import re
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
from pydantic import BaseModel, Field

from streams.codec import format_times
from streams.events import AuditRecorded, Event
from twin.model.changes import ChangeFile, apply_changes
from twin.model.changes.file import changes_of
from twin.model.edits import edited
from twin.model.network import Network
from twin.said import Said
from twin.service.asked.futures import (
    Days,
    EngineName,
    PolicyName,
    Replications,
    compared,
)
from twin.service.asked.plain import Plain
from twin.service.asked.start import Start, started
from twin.service.jobs import Handle, write_whole
from twin.service.past import Found, find_state
from twin.service.problems import ProblemError
from twin.service.tenant import Tenant
from twin.whatif import Branch, base_branch, branch_of
from twin.whatif.promoted import orders_of_branch, orders_told, records_of_branch
from twin.whatif.promotion import promotion_of

BRANCHES = "branches"
KEPT_MAX = 1_000
"""Branches of a tenant."""

COMPARED_MAX = 20
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_SUFFIX = ".branch"
_DIGEST_BYTES = 8
_NAME_SHOWN = 100
_LOCK = threading.Lock()

BranchName = Annotated[str, Field(pattern=NAME, examples=["faster"])]


class BranchAsked(BaseModel):
    """A branch to be kept.

    Attributes
    ----------
    name, description : str
        What the reader sees.
    changes : dict
        As a change file: entries by kind.
    at : str or None
        Offset or time where it begins; None: now.
    days, policy : float, str
        Length of its futures, and who decides in them.
    replace : bool
        Whether it takes the place of one of its name.
    """

    name: BranchName
    description: str = Field(default="", max_length=1_000)
    changes: dict[str, Plain] = Field(
        min_length=1,
        examples=[{"machine_speed": [{"group": "filling", "factor": 1.2}]}],
    )
    at: str | None = Field(default=None, max_length=64)
    days: Days = 28.0
    policy: PolicyName = "table"
    replace: bool = False


class ComparisonAsked(BaseModel):
    """Branches that are to be compared with each other and with their base.

    Attributes
    ----------
    names : list of str
        Of branches that begin at one place, and are played in one way.
    replications, engine, seed : int, str, int
        Futures of each branch, what simulates, and of what they are drawn.
    """

    names: list[BranchName] = Field(min_length=1, max_length=COMPARED_MAX)
    replications: Replications = 20
    engine: EngineName = "compiled"
    seed: int = Field(default=0, ge=0, lt=2**31)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A branch as it is kept.

    Attributes
    ----------
    name, description, who : str
        What the reader sees, and who kept it.
    changes : dict
        What is different.
    lines : tuple of str
        The same in words.
    said : tuple of Said
        The same with what they are made of; none of one that was kept before.
    at : str or None
        Where it begins; None: before the first event.
    as_of_us, created_us : int
        Time of the state there, and when it was kept; microseconds UTC.
    state_hash, network_hash : str
        Of the state there, and of the network as it was given.
    days, policy : float, str
        How it is played.
    """

    name: str
    description: str
    who: str
    changes: dict[str, Any]
    lines: tuple[str, ...]
    said: tuple[Said, ...] = ()
    at: str | None
    as_of_us: int
    created_us: int
    state_hash: str
    network_hash: str
    days: float
    policy: PolicyName

    @property
    def base(self) -> tuple[object, ...]:
        """What branches must share to be compared."""
        return self.at, self.state_hash, self.network_hash, self.days, self.policy

    @property
    def digest(self) -> str:
        """Hash of where it begins and of what it changes, 16 digits."""
        text = msgspec.json.encode([self.name, self.base, self.changes])
        return hashlib.blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()

    def change_file(self) -> ChangeFile:
        """Return the changes, checked."""
        return _changes(self.name, self.description, self.changes)


def _read(content: bytes) -> Kept:
    found = msgspec.json.decode(content, type=dict[str, Any])
    said = tuple(map(_said, found.pop("said", ())))
    return msgspec.structs.replace(msgspec.convert(found, Kept), said=said)


def _said(kept_as: dict[str, Any]) -> Said:
    try:
        return msgspec.convert(kept_as, Said)
    except msgspec.ValidationError:  # an earlier version made it of something else
        return Said(str(kept_as["text"]))


def _changes(name: str, description: str, changes: dict[str, Any]) -> ChangeFile:
    named = {"name": name, "description": description}
    return changes_of({**named, **changes}, file=f"branch {name}")


def kept(tenant: Tenant) -> list[Kept]:
    """Return the branches of a tenant, by name."""
    paths = sorted((tenant.store / BRANCHES).glob(f"*{_SUFFIX}"))
    found = []
    for path in paths:
        with suppress(FileNotFoundError):  # forgotten meanwhile
            found.append(_read(path.read_bytes()))
    return found


def branch(tenant: Tenant, name: str) -> Kept:
    """Return a branch.

    Raises
    ------
    ProblemError
        404 if there is none of this name.
    """
    try:
        content = _path(tenant, name).read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise _missing(name) from error
    return _read(content)


def save(tenant: Tenant, asked: BranchAsked, *, who: str) -> Kept:
    """Keep a branch, after its changes were applied once.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    asked : BranchAsked
        What is kept.
    who : str
        Name of the key that asks.

    Raises
    ------
    ChangeError
        If the changes cannot be applied.
    ProblemError
        409 if the name is taken, or there are as many as may be.
    """
    _changes(asked.name, asked.description, asked.changes)  # mistakes are told at once
    at = asked.at or _now(tenant)
    found = find_state(tenant, at)
    begins = started(tenant, found)
    draft = Kept(
        name=asked.name, description=asked.description, who=who,
        changes=asked.changes, lines=(), at=at,
        as_of_us=begins.network.settings.as_of_us,
        created_us=tenant.clock.now_us(), state_hash=found.state.digest(),
        network_hash=tenant.network.hash, days=asked.days, policy=asked.policy,
    )  # fmt: skip
    changed = branch_of(draft.change_file(), base_branch(begins.network))
    made = msgspec.structs.replace(draft, lines=changed.lines, said=changed.said)
    path = _path(tenant, asked.name)
    with _LOCK:
        if path.exists() and not asked.replace:
            msg = f"branch {asked.name!r}: is there already; allowed: with 'replace'"
            said = Said(msg, "name_taken", {"name": asked.name})
            raise ProblemError(HTTPStatus.CONFLICT, "name-taken", said)
        if not path.exists() and len(kept(tenant)) >= KEPT_MAX:
            msg = f"branches: {KEPT_MAX}; allowed: at most so many"
            said = Said(msg, "too_many_branches", {"count": KEPT_MAX})
            raise ProblemError(HTTPStatus.CONFLICT, "too-many-branches", said)
        write_whole(path, msgspec.json.encode(made))
    return made


def forget(tenant: Tenant, name: str) -> Kept:
    """Keep a branch no more.

    Raises
    ------
    ProblemError
        404 if there is none of this name.
    """
    gone = branch(tenant, name)
    _path(tenant, name).unlink(missing_ok=True)
    return gone


def compare_kept(
    tenant: Tenant, asked: ComparisonAsked, handle: Handle
) -> dict[str, Any]:
    """Play branches beside the base they share, all with the same luck.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    asked : ComparisonAsked
        Which, and how.
    handle : Handle
        Told future by future.

    Returns
    -------
    dict
        As `twin.service.asked.futures.whatif`.

    Raises
    ------
    ProblemError
        404 if there is no such branch, 409 if they differ in more than their changes,
        or the events they begin with are others now.
    """
    first, *others = found = [branch(tenant, name) for name in asked.names]
    for other in others:
        if other.base != first.base:
            msg = (
                f"branches {first.name!r} and {other.name!r}: begin or are played in "
                f"other ways; allowed: those that differ in their changes alone"
            )
            both = {"name": first.name, "other": other.name}
            said = Said(msg, "not_comparable", both)
            raise ProblemError(HTTPStatus.CONFLICT, "not-comparable", said)
    return compared(
        tenant,
        started(tenant, _begin(tenant, first)),
        [one.change_file() for one in found],
        handle,
        days=first.days,
        policy=first.policy,
        engine=asked.engine,
        replications=asked.replications,
        seed=asked.seed,
    )


@dataclass(frozen=True, slots=True)
class Promoted:
    """What is, or would be, written to make a branch real.

    Attributes
    ----------
    events : tuple of Event
        Cells of tables, then orders; none: the events have all of it.
    told, done, conflicts, left_out : tuple of Said
        Cells that are told, that are so already, that were changed otherwise
        meanwhile, and what no event can tell.
    now_us : int
        Time of the events, microseconds UTC.
    """

    events: tuple[Event, ...]
    told: tuple[Said, ...]
    done: tuple[Said, ...]
    conflicts: tuple[Said, ...]
    left_out: tuple[Said, ...]
    now_us: int


def promotion(tenant: Tenant, name: str) -> Promoted:
    """Find what makes a branch real.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    name : str
        Of the branch.

    Raises
    ------
    ProblemError
        404 if there is no such branch, 409 if its events are others now.
    """
    one = branch(tenant, name)
    found, now = _begin(tenant, one), find_state(tenant, None)
    before = _told(tenant, found)
    changed = apply_changes(one.change_file(), before)
    cells = promotion_of(before, changed.network, _told(tenant, now))
    base, changed_branch = _branches(started(tenant, found), one)
    now_us = now.latest_us or one.as_of_us
    orders = orders_of_branch(
        base, changed_branch, name=name, digest=one.digest, now_us=now_us
    )
    with closing(tenant.stream.source()) as source:
        known = orders_told(source) if orders else set()
    left_out = list(cells.left_out)
    if changed_branch.disruptions:
        n_assumed = len(changed_branch.disruptions)
        text = f"{n_assumed} disruptions, assumed and not decided"
        left_out.append(Said(text, "disruptions_assumed", {"count": n_assumed}))
    return Promoted(
        (
            *cells.events(f"branch/{name}"),
            *(order for order in orders if order.order not in known),
        ),
        tuple(one.said() for one in cells.told),
        tuple(one.said() for one in cells.done),
        cells.conflicts,
        tuple(left_out),
        now_us,
    )


def promote(tenant: Tenant, name: str, *, who: str, why: str) -> Promoted:
    """Make a branch real: its changes as events, on the disk when this returns.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    name : str
        Of the branch.
    who, why : str
        Stand in the audit event that goes with them.

    Raises
    ------
    ProblemError
        404, 409 if what it changes was changed otherwise meanwhile, or 503.
    """
    one, found = branch(tenant, name), promotion(tenant, name)
    if found.conflicts:
        msg = f"branch {name!r}: " + "; ".join(map(str, found.conflicts))
        said = Said(msg, "changed_meanwhile", {"name": name})
        raise ProblemError(HTTPStatus.CONFLICT, "changed-meanwhile", said)
    if found.events:
        audit = AuditRecorded(
            record=f"branch/{name}/{one.digest}", who=who, what="branch promoted",
            detail={"branch": name, "why": why, "began": one.at,
                    "state_hash": one.state_hash, "events": len(found.events)},
        )  # fmt: skip
        values = records_of_branch(
            (*found.events, audit), name=name, digest=one.digest, now_us=found.now_us
        )
        tenant.journal.submit(values).result()
    return found


def _branches(begins: Start, one: Kept) -> tuple[Branch, Branch]:
    base = base_branch(begins.network)
    changed = branch_of(one.change_file(), base)
    return begins.begins(base), begins.begins(changed)


def _begin(tenant: Tenant, one: Kept) -> Found:
    """Return the state a branch begins with, if it is still the same."""
    found = find_state(tenant, one.at)
    if (found.state.digest(), tenant.network.hash) != (
        one.state_hash, one.network_hash,
    ):  # fmt: skip
        msg = (
            f"branch {one.name!r}: events or network are others now than where it "
            "began; allowed: to keep it anew with 'replace'"
        )
        said = Said(msg, "begins_elsewhere", {"name": one.name})
        raise ProblemError(HTTPStatus.CONFLICT, "begins-elsewhere", said)
    return found


def _told(tenant: Tenant, found: Found) -> Network:
    """Return the network as events told it, without the stock and orders of a state."""
    return edited(tenant.network, found.edits).network


def _now(tenant: Tenant) -> str | None:
    """Name the state of now to find it again."""
    found = find_state(tenant, None)
    offsets = list(found.position.to_json().values())
    if len(offsets) == 1:
        return str(offsets[0])
    if found.latest_us is None:
        return None
    (text,) = format_times(np.array([found.latest_us], np.int64))
    return text


def _path(tenant: Tenant, name: str) -> Path:
    # Only what can be no path becomes part of one.
    if re.fullmatch(NAME, name) is None:
        raise _missing(name)
    return tenant.store / BRANCHES / f"{name}{_SUFFIX}"


def _missing(name: str) -> ProblemError:
    msg = f"branch {name!r:.100}; allowed: the name of one of this tenant"
    said = Said(msg, "no_branch", {"name": name[:_NAME_SHOWN]})
    return ProblemError(HTTPStatus.NOT_FOUND, "not-found", said)
