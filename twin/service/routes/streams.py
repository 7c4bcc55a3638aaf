"""Streams: how far they are, what could not be used, and changes pushed."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from sse_starlette.sse import EventSourceResponse

from twin.service.decisions import need_to_decide
from twin.service.details import said_of_detail
from twin.service.hub import Hub, Listener
from twin.service.letters import KeptLetter, letter_of, letters_of, retry
from twin.service.places import Asked, Reads, Writes
from twin.service.problems import ProblemError, problems, sentence
from twin.service.sentences import Sentence
from twin.service.tenant import Tenant, progress_json

router = APIRouter(tags=["streams"])

LETTERS_MAX = 1_000
_RAW_MAX = 2_000
AGAIN_S = 5.0
"""Who listens is asked for his key again after so long."""

_PING_S = 15


class StreamProgress(BaseModel):
    """How far the live twin is.

    Attributes
    ----------
    read, applied, waiting, behind : int or None
        Records read, events committed, events that wait for the watermark, and records
        not read yet. None: they are of all sites, and the key is not.
    dead_letters : dict of str to int
        Records that could not be used, by reason; of all sites alone.
    position : dict of str to int
        Next offset of each partition; of all sites alone.
    watermark_us, latest_us : int or None
        Before which events are complete, and time of the latest; microseconds UTC.
    """

    read: int | None
    applied: int | None
    waiting: int | None
    behind: int | None
    dead_letters: dict[str, int]
    position: dict[str, int] = Field(examples=[{"log/0": 120}])
    watermark_us: int | None
    latest_us: int | None


class Letter(BaseModel):
    """A record that could not be used.

    Attributes
    ----------
    id : str
        Names it, for a retry.
    partition : str
        Where it came from.
    offset : int
        Its offset there.
    reason, detail : str
        Why, in the same words for all of its kind, and what exactly.
    said : Sentence or None
        The detail by what it is made of, for other languages; None: in words that are
        not known.
    time_us : int
        When that was noted, microseconds UTC.
    raw : str
        The record as it came, cut; what is no text is replaced.
    raw_cut : bool
        Whether the record is longer than `raw`: it cannot be mended from it.
    retried_us : int or None
        When it was fed in again, microseconds UTC; None: it was not.
    mended : bool
        Whether it was fed in with other bytes.
    """

    id: str = Field(examples=["0f3a5c7e9b1d2f40"])
    partition: str
    offset: int
    reason: str
    detail: str
    said: Sentence | None
    time_us: int
    raw: str
    raw_cut: bool
    retried_us: int | None
    mended: bool


class RetryAsked(BaseModel):
    """How a dead letter is fed in again.

    Attributes
    ----------
    body : str or None
        What stands in its place, an event or a list of events as JSON; None: the bytes
        as they came, for what can be used by now.
    """

    body: str | None = Field(default=None, min_length=1, max_length=1_000_000)


class Retried(BaseModel):
    """A dead letter that was fed in again.

    Attributes
    ----------
    id : str
        Of the letter.
    events : int
        How many it holds; those that came before count once.
    """

    id: str
    events: int = Field(examples=[1])


class Letters(BaseModel):
    """Dead letters, the latest first.

    Attributes
    ----------
    total : int
        How many there are.
    letters : list of Letter
        Some of them.
    """

    total: int
    letters: list[Letter]


@router.get("/streams", summary="How far the twin is", responses=problems())
async def progress(asked: Reads) -> StreamProgress:
    """Answer position, watermark and counts of what was read."""
    found = progress_json(asked.tenant.follower.progress())
    if asked.caller.sites:
        # How much happens elsewhere is not for who may not look there.
        found |= dict.fromkeys(("read", "applied", "waiting", "behind"))
        found |= {"dead_letters": {}, "position": {}}
    return StreamProgress.model_validate(found)


@router.get("/deadletters", summary="What could not be used", responses=problems())
async def dead_letters(
    asked: Reads,
    first: Annotated[int, Query(ge=0, description="Letters to pass over.")] = 0,
    rows: Annotated[int, Query(ge=1, le=LETTERS_MAX)] = 100,
) -> Letters:
    """Answer records that could not be used, each with its reason."""
    asked.caller.need_site(None)
    return await asyncio.to_thread(_letters, asked.tenant, first, rows)


def _letters(tenant: Tenant, first: int, rows: int) -> Letters:
    found = letters_of(tenant)[::-1]
    shown = [_shown(one) for one in found[first : first + rows]]
    return Letters(total=len(found), letters=shown)


def _shown(kept: KeptLetter) -> Letter:
    one, mark = kept.letter, kept.mark
    return Letter(
        id=kept.id,
        partition=one.partition,
        offset=one.offset,
        reason=one.reason,
        detail=one.detail,
        said=sentence(said_of_detail(one.detail)),
        time_us=one.time_us,
        raw=one.raw[:_RAW_MAX].decode(errors="replace"),
        raw_cut=len(one.raw) > _RAW_MAX,
        retried_us=None if mark is None else mark.time_us,
        mended=mark is not None and mark.edited,
    )


@router.post(
    "/deadletters/{letter}/retry",
    status_code=HTTPStatus.ACCEPTED,
    summary="Feed a dead letter in again",
    responses=problems(404, 409, 503),
)
async def retry_letter(
    asked: Writes,
    letter: Annotated[str, Path(min_length=1, max_length=64, description="Its id.")],
    wanted: RetryAsked,
) -> Retried:
    """Feed a dead letter in again, as it came or mended; it stays, and is marked.

    An event keeps its id: fed in twice it counts once. So one that came late, whose id
    was noted then, needs another; and a decision about a plan needs the scope
    `approve`, too.
    """
    asked.caller.need_site(None)
    return await asyncio.to_thread(_retried, asked, letter, wanted)


def _retried(asked: Asked, letter: str, wanted: RetryAsked) -> Retried:
    mended = None if wanted.body is None else _bytes_of(wanted.body)
    before = letter_of(asked.tenant, letter).letter
    need_to_decide(asked.caller, [before.raw if mended is None else mended])
    n_events = retry(asked.tenant, letter, mended)
    asked.record(
        "deadletter.retried",
        about=letter,
        before={"raw": before.raw[:_RAW_MAX].decode(errors="replace")},
        after={"events": n_events, "body": (wanted.body or "")[:_RAW_MAX] or None},
    )
    return Retried(id=letter, events=n_events)


def _bytes_of(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        msg = f"body: {error}; allowed: Unicode"
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", msg
        ) from error


@router.get(
    "/changes",
    summary="Changes, pushed",
    response_class=EventSourceResponse,
    responses={
        **problems(),
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
    },
)
async def changes(
    request: Request,
    asked: Reads,
    topic: Annotated[
        list[str] | None,
        Query(description="What about: progress, plan, job; without: everything."),
    ] = None,
) -> EventSourceResponse:
    """Push changes as server-sent events, from now on.

    Who reads more slowly than changes come misses the oldest: each message has all
    there is to know, and its `id` counts, so that a gap is seen.
    """
    asked.caller.need_site(None)
    hub = asked.tenant.hub
    listener = hub.listen(*(topic or ()))
    return EventSourceResponse(_pushed(hub, listener, request, asked), ping=_PING_S)


async def _pushed(
    hub: Hub, listener: Listener, request: Request, asked: Asked
) -> AsyncIterator[dict[str, Any]]:
    clock = asked.places.clock
    asked_s = clock.monotonic_s()
    try:
        async for told in listener:
            if await request.is_disconnected():
                return
            if clock.monotonic_s() - asked_s > AGAIN_S:
                asked.again()
                asked_s = clock.monotonic_s()
            data = msgspec.json.encode(told.data).decode()
            yield {"id": str(told.number), "event": told.topic, "data": data}
    except ProblemError:
        return  # the key or the session has ended
    finally:
        hub.leave(listener)
