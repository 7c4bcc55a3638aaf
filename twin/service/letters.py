"""Dead letters of a tenant: looked at, mended, and fed in again."""

import hashlib
import threading
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from streams.batch import EventBatch
from streams.codec import decode
from streams.codec.decoded import REASONS
from streams.deadletters import (
    DeadLetter,
    DeadLetterLog,
    Mark,
    add_marks,
    identity,
    read_marks,
)
from streams.ingest.late_letters import would_be_dropped
from streams.names import Names
from streams.records import RecordBatch
from twin.service.follower import LETTERS
from twin.service.problems import ProblemError
from twin.service.tenant import Tenant

_DIGEST_BYTES = 8
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter, and what became of it.

    Attributes
    ----------
    id : str
        Made of its place, its reason and its bytes.
    letter : DeadLetter
        What could not be used.
    mark : Mark or None
        That it was fed in again, and when; None: it was not.
    """

    id: str
    letter: DeadLetter
    mark: Mark | None


def letters_of(tenant: Tenant) -> list[KeptLetter]:
    """Return all dead letters of a tenant, the oldest first."""
    tenant.follower.flush_letters()
    folder = tenant.store / LETTERS
    marks = read_marks(folder)
    return [
        KeptLetter(_id(one), one, marks.get(identity(one)))
        for one in DeadLetterLog(folder)
    ]


def letter_of(tenant: Tenant, letter_id: str) -> KeptLetter:
    """Return a dead letter.

    Raises
    ------
    ProblemError
        404 if there is none of this id.
    """
    found = next((one for one in letters_of(tenant) if one.id == letter_id), None)
    if found is None:
        msg = f"dead letter {letter_id!r:.100}; allowed: the id of one of this tenant"
        raise ProblemError(HTTPStatus.NOT_FOUND, "not-found", msg)
    return found


def retry(tenant: Tenant, letter_id: str, mended: bytes | None) -> int:
    """Feed a dead letter in again; its events are on the disk when this returns.

    The letter stays where it is, marked. An event keeps its id, so that one that was
    fed in twice counts once.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    letter_id : str
        Which.
    mended : bytes or None
        What stands in its place; None: its bytes as they came.

    Returns
    -------
    int
        How many events it holds.

    Raises
    ------
    ProblemError
        404 if there is no such letter, 409 if its bytes would be set aside again, or
        dropped as a copy of what came late, 422 if those that are mended are no events.
    StreamError
        If it cannot be kept.
    """
    found = letter_of(tenant, letter_id)
    if mended is None:
        _check_usable(found.letter)
    value = found.letter.raw if mended is None else mended
    events = _events(value, is_mended=mended is not None)
    _check_ids(tenant, found.letter, events)
    with _LOCK:
        tenant.journal.submit([value]).result()
        mark = Mark(
            partition=found.letter.partition, offset=found.letter.offset,
            table=found.letter.table, row=found.letter.row,
            reason=found.letter.reason, digest=found.letter.digest,
            time_us=tenant.clock.now_us(), into=tenant.name,
            edited=mended is not None,
        )  # fmt: skip
        add_marks(tenant.store / LETTERS, [mark])
    return len(events)


def _check_usable(letter: DeadLetter) -> None:
    """Refuse what would be set aside for the same reason, or means nothing alone."""
    if letter.headers and letter.row is None:
        why = "has headers, without which it is no event"
    elif letter.reason not in REASONS:
        why = f"{letter.reason}, and would be so again"
    else:
        return
    raise _conflict(why)


def _check_ids(tenant: Tenant, letter: DeadLetter, events: EventBatch) -> None:
    """Refuse the id of an event that came late: the intake dropped it as a copy."""
    if would_be_dropped(letter, (one.letter for one in letters_of(tenant)), events):
        msg = (
            "dead letter: came late, and an event of its source and id would be "
            "dropped as a copy; allowed: a body with another id"
        )
        raise ProblemError(HTTPStatus.CONFLICT, "id-taken", msg)


def _events(value: bytes, *, is_mended: bool) -> EventBatch:
    decoded = decode(RecordBatch.of("retried", [value]), Names())
    if not decoded.rejected and len(decoded.events):
        return decoded.events
    why = "no event in it"
    if decoded.rejected:
        why = f"{decoded.rejected[0].reason}: {decoded.rejected[0].detail}"
    if is_mended:
        msg = f"body: {why}; allowed: events of which each can be used"
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "not-usable", msg)
    raise _conflict(why)


def _conflict(why: str) -> ProblemError:
    msg = f"dead letter: {why}; allowed: a body that is mended"
    return ProblemError(HTTPStatus.CONFLICT, "still-not-usable", msg)


def _id(letter: DeadLetter) -> str:
    told = msgspec.json.encode(identity(letter))
    return hashlib.blake2b(told, digest_size=_DIGEST_BYTES).hexdigest()
