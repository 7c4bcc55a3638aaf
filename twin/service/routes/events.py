"""Events in: single, batch, lines, CloudEvents, EPCIS."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, Field

from streams.codec import decode
from streams.names import Names
from streams.records import RecordBatch
from twin.service.bodies import MEDIA_TYPES, Body, read_body, split_body
from twin.service.decisions import need_to_decide
from twin.service.places import Asked, Writes
from twin.service.problems import ProblemError, problems
from twin.service.tenant import Tenant

router = APIRouter(tags=["events"])

_BEHIND_RETRY_S = 2
_EXAMPLE = {
    "specversion": "1.0",
    "id": "o-1",
    "source": "shop",
    "type": "OrderReceived",
    "time": "2026-01-05T08:00:00Z",
    "data": {
        "order": "C1",
        "item": "shampoo_mild",
        "quantity": 40,
        "site": "dc_west",
        "customer": "cologne",
    },
}


class RefusedRecord(BaseModel):
    """A record that is no event: it is kept, and ends in the dead letters.

    Attributes
    ----------
    index : int
        Which of the request, from 0.
    reason, detail : str
        Why, in the same words for all of its kind, and what exactly.
    """

    index: int
    reason: str
    detail: str


class Accepted(BaseModel):
    """Records that are safe on the disk.

    Attributes
    ----------
    accepted : int
        How many.
    first_offset : int or None
        Where the first of them stands; None: in a topic of Kafka.
    refused : list of RefusedRecord
        Those that are no events, where a request is small enough to be checked first,
        and kernels that do so are compiled.
    """

    accepted: int = Field(examples=[1])
    first_offset: int | None = Field(examples=[120])
    refused: list[RefusedRecord] = []


@router.post(
    "/events",
    status_code=HTTPStatus.ACCEPTED,
    summary="Send events",
    responses=problems(413, 415, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {}, "example": _EXAMPLE} for kind in MEDIA_TYPES
            },
        }
    },
)
async def send_events(
    request: Request,
    asked: Writes,
    content_type: Annotated[str, Header()] = "",
    content_encoding: Annotated[str, Header()] = "",
) -> Accepted:
    """Take events, one or many, and answer when they are safe on the disk.

    A record that is no event is kept too, and found among the dead letters with its
    reason. 429 says that events come faster than they can be kept or folded: send the
    same again after `Retry-After`. A `PlanApproved` or `PlanRejected` needs the scope
    `approve`, too; without it nothing of the request is kept.
    """
    asked.caller.need_site(None)
    tenant = asked.tenant
    tenant.follower.check()
    _check_behind(tenant)
    data = await read_body(
        request.stream(), encoding=content_encoding, options=tenant.options
    )
    body = await asyncio.to_thread(split_body, data, content_type, tenant.options)
    await asyncio.to_thread(need_to_decide, asked.caller, body.values)
    kept = await tenant.journal.append(body.values)
    if body.unread is not None:
        msg = (
            f"body: {body.unread}; allowed: {', '.join(MEDIA_TYPES)}; it is kept, as "
            f"one record, among the dead letters"
        )
        raise ProblemError(HTTPStatus.BAD_REQUEST, "not-read", msg)
    first = kept.first_offset if kept.first_offset >= 0 else None
    return Accepted(
        accepted=kept.n_records, first_offset=first, refused=await _refused(asked, body)
    )


def _check_behind(tenant: Tenant) -> None:
    behind = tenant.follower.behind
    if behind > tenant.options.behind_events_max:
        msg = (
            f"events: {behind} are not folded yet; allowed: "
            f"{tenant.options.behind_events_max}"
        )
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS, "behind", msg, retry_after_s=_BEHIND_RETRY_S
        )


async def _refused(asked: Asked, body: Body) -> list[RefusedRecord]:
    """Check what is small; the twin says the same later, of every record."""
    tenant = asked.tenant
    is_small = len(body.values) <= tenant.options.checked_events_max
    if not (is_small and tenant.follower.has_begun):
        return []
    return await asyncio.to_thread(_checked, body.values)


def _checked(values: list[bytes]) -> list[RefusedRecord]:
    records = RecordBatch.of("request", values)
    return [
        RefusedRecord(index=one.offset, reason=one.reason, detail=one.detail)
        for one in decode(records, Names()).rejected
    ]
