"""Dead letters of a tenant: looked at, mended, and fed in again."""

import hashlib
import threading
from dataclasses import dataclass, replace
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
from twin.said import Part, Said
from twin.service.details import said_of_detail
from twin.service.follower import LETTERS
from twin.service.problems import ProblemError
from twin.service.tenant import Tenant

_DIGEST_BYTES = 8
_NAME_SHOWN = 100
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
        said = Said(msg, "no_letter", {"name": letter_id[:_NAME_SHOWN]})
        raise ProblemError(HTTPStatus.NOT_FOUND, "not-found", said)
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
        raise _conflict(why, "letter_has_headers")
    if letter.reason not in REASONS:
        why = f"{letter.reason}, and would be so again"
        raise _conflict(why, "letter_again", letter_reason=letter.reason)


def _check_ids(tenant: Tenant, letter: DeadLetter, events: EventBatch) -> None:
    """Refuse the id of an event that came late: the intake dropped it as a copy."""
    if would_be_dropped(letter, (one.letter for one in letters_of(tenant)), events):
        msg = (
            "dead letter: came late, and an event of its source and id would be "
            "dropped as a copy; allowed: a body with another id"
        )
        said = Said(msg, "letter_id_taken")
        raise ProblemError(HTTPStatus.CONFLICT, "id-taken", said)


def _events(value: bytes, *, is_mended: bool) -> EventBatch:
    decoded = decode(RecordBatch.of("retried", [value]), Names())
    if not decoded.rejected and len(decoded.events):
        return decoded.events
    why, found = "no event in it", Said("", "letter_without_event")
    if decoded.rejected:
        first = decoded.rejected[0]
        why = f"{first.reason}: {first.detail}"
        found = said_of_detail(first.detail) or Said(
            "", "letter_again", {"letter_reason": first.reason}
        )
    if is_mended:
        msg = f"body: {why}; allowed: events of which each can be used"
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "not-usable", replace(found, text=msg)
        )
    raise _conflict(why, found.kind, **found.parts)


def _conflict(why: str, kind: str, **parts: Part) -> ProblemError:
    msg = f"dead letter: {why}; allowed: a body that is mended"
    said = Said(msg, kind, parts)
    return ProblemError(HTTPStatus.CONFLICT, "still-not-usable", said)


def _id(letter: DeadLetter) -> str:
    told = msgspec.json.encode(identity(letter))
    return hashlib.blake2b(told, digest_size=_DIGEST_BYTES).hexdigest()
