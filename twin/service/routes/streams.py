"""Streams: how far they are, what could not be used, and changes pushed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sse_starlette.sse import EventSourceResponse

from streams.deadletters import DeadLetterLog
from twin.service.follower import LETTERS
from twin.service.hub import Hub, Listener
from twin.service.places import Asked, Reads
from twin.service.problems import ProblemError, problems
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
    read, applied, waiting, behind : int
        Records read, events committed, events that wait for the watermark, and records
        not read yet.
    dead_letters : dict of str to int
        Records that could not be used, by reason.
    position : dict of str to int
        Next offset of each partition.
    watermark_us, latest_us : int or None
        Before which events are complete, and time of the latest; microseconds UTC.
    """

    read: int
    applied: int
    waiting: int
    behind: int
    dead_letters: dict[str, int]
    position: dict[str, int] = Field(examples=[{"log/0": 120}])
    watermark_us: int | None
    latest_us: int | None


class Letter(BaseModel):
    """A record that could not be used.

    Attributes
    ----------
    partition : str
        Where it came from.
    offset : int
        Its offset there.
    reason, detail : str
        Why, in the same words for all of its kind, and what exactly.
    time_us : int
        When that was noted, microseconds UTC.
    raw : str
        The record as it came, cut; what is no text is replaced.
    """

    partition: str
    offset: int
    reason: str
    detail: str
    time_us: int
    raw: str


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
    tenant.follower.flush_letters()
    found = list(DeadLetterLog(tenant.store / LETTERS))[::-1]
    shown = [
        Letter(
            partition=one.partition,
            offset=one.offset,
            reason=one.reason,
            detail=one.detail,
            time_us=one.time_us,
            raw=one.raw[:_RAW_MAX].decode(errors="replace"),
        )
        for one in found[first : first + rows]
    ]
    return Letters(total=len(found), letters=shown)


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
