"""Plans approved and rejected: a planner's word, as an event."""

import asyncio
import hashlib
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Path
from pydantic import BaseModel, Field

from streams.codec import encode
from streams.events import Event, PlanApproved, PlanRejected
from twin.service.places import Approves, Asked
from twin.service.problems import problems

router = APIRouter(tags=["plans"])

SOURCE = "millstream.service"
_DIGEST_BYTES = 8

Key = Annotated[
    str | None,
    Header(max_length=256, description="The same when the same is sent again."),
]
PlanName = Annotated[str, Path(min_length=1, max_length=256, description="Its id.")]


class Rejection(BaseModel):
    """Why a plan is rejected.

    Attributes
    ----------
    why : str
        In words, for those who look at the plan later.
    """

    why: str = Field(min_length=1, max_length=1000, examples=["too much overtime"])


class Decided(BaseModel):
    """A decision that is safe on the disk.

    Attributes
    ----------
    plan : str
        What it is about.
    event : str
        Id of its event: that of an idempotency key is the same when it is sent again.
    """

    plan: str
    event: str


@router.post(
    "/plans/{plan}/approval",
    status_code=HTTPStatus.ACCEPTED,
    summary="Approve a plan",
    responses=problems(503),
)
async def approve(
    asked: Approves, plan: PlanName, idempotency_key: Key = None
) -> Decided:
    """Approve a plan: a live loop that waits for it then sends its orders.

    A plan that nobody released, or that does not wait, stays as it is; the loop then
    counts the word as unexpected.
    """
    event = PlanApproved(plan=plan, who=asked.caller.name)
    return await _decided(asked, plan, event, "plan.approved", key=idempotency_key)


@router.post(
    "/plans/{plan}/rejection",
    status_code=HTTPStatus.ACCEPTED,
    summary="Reject a plan",
    responses=problems(503),
)
async def reject(
    asked: Approves, plan: PlanName, given: Rejection, *, idempotency_key: Key = None
) -> Decided:
    """Reject a plan, with the reason: its orders do not leave."""
    event = PlanRejected(plan=plan, who=asked.caller.name, why=given.why)
    return await _decided(asked, plan, event, "plan.rejected", key=idempotency_key)


async def _decided(
    asked: Asked, plan: str, event: Event, what: str, *, key: str | None
) -> Decided:
    asked.caller.need_site(None)
    # A decision is made on what is known: at the time of its last event, which a
    # replay of the past may have long before the time of day.
    now_us = asked.places.clock.now_us()
    time_us = asked.tenant.follower.progress().latest_us or now_us
    name = _event_id(plan, what, asked.caller.name, key or f"{now_us}")
    value = encode(event, event_id=name, source=SOURCE, time_us=time_us)
    await asked.tenant.journal.append([value])
    detail = msgspec.to_builtins(event)
    await asyncio.to_thread(asked.record, what, about=plan, after=detail)
    return Decided(plan=plan, event=name)


def _event_id(*parts: str) -> str:
    blake = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        blake.update(f"{len(part)}:{part}".encode())
    return f"decision-{blake.hexdigest()}"
