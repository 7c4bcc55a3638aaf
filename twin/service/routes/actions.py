"""Actions on open orders, proposed by one and approved by another; what was decided."""

import asyncio
from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from streams.codec import encode
from twin.service.access.audit import AuditRow
from twin.service.places import Approves, Asked, Plans, Reads
from twin.service.problems import ProblemError, problems
from twin.service.proposals import (
    Action,
    Kind,
    Standing,
    action_id,
    actions_of,
    check_change,
    decisions_of_plans,
    open_line,
)
from twin.service.routes.approvals import SOURCE, Rejection
from twin.state.views import orders

router = APIRouter(tags=["actions"])

ACTIONS_MAX = 500
"""Proposals that are listed, the latest; and of those that may wait at once."""

ActionId = Annotated[
    str,
    Path(min_length=1, max_length=64, description="Its id.", examples=["action-1f"]),
]


class ActionAsked(BaseModel):
    """A change of an open order that is proposed.

    Attributes
    ----------
    kind : str
        What is done: ``expedite`` or ``defer`` it to `due_us`, ``increase`` or
        ``decrease`` it to `quantity`, or ``cancel`` what is left of it.
    order : str
        A purchase or transport that is open, of one line.
    quantity : float or None
        Units, as it is to be.
    due_us : int or None
        When it is to be due, microseconds UTC.
    why : str or None
        In words, for who approves.
    """

    kind: Kind = Field(examples=["expedite"])
    order: str = Field(min_length=1, max_length=256, examples=["P7"])
    quantity: float | None = Field(default=None, gt=0, lt=1e12)
    due_us: int | None = Field(default=None, ge=0, lt=2**53)
    why: str | None = Field(default=None, max_length=1000)


class ActionShown(BaseModel):
    """An action, see `twin.service.proposals.Action`."""

    id: str
    kind: Kind
    order: str
    item: str
    place: str
    party: str | None
    quantity: float
    due_us: int | None
    new_quantity: float | None
    new_due_us: int | None
    why: str | None
    who: str
    time_us: int
    status: Standing
    decided_by: str | None
    decided_us: int | None
    reason: str | None


class PlanDecision(BaseModel):
    """What was said last of a plan.

    Attributes
    ----------
    plan, status, who : str
        Which plan, approved or rejected, and by whom.
    time_us : int
        When, microseconds UTC.
    why : str or None
        Of one that was rejected.
    """

    plan: str
    status: str
    who: str
    time_us: int
    why: str | None


@router.get("/decisions", summary="What was decided of plans", responses=problems())
async def decisions(asked: Reads) -> list[PlanDecision]:
    """Answer the last word on each plan that anybody decided on here."""
    asked.caller.need_site(None)
    found = await asyncio.to_thread(lambda: decisions_of_plans(_audited(asked)))
    return [PlanDecision.model_validate(one) for one in found]


@router.get("/actions", summary="Actions on open orders", responses=problems())
async def actions(asked: Reads) -> list[ActionShown]:
    """List what was proposed and decided, the latest first."""
    found = await asyncio.to_thread(_actions, asked)
    sites = asked.caller.sites
    seen = [one for one in found.values() if not sites or one.place in sites]
    return [_shown(one) for one in seen[::-1][:ACTIONS_MAX]]


@router.post(
    "/actions",
    status_code=HTTPStatus.CREATED,
    summary="Propose an action",
    responses=problems(404, 409),
)
async def propose(asked: Plans, wanted: ActionAsked) -> ActionShown:
    """Propose to change an open order; nothing happens before it is approved."""
    return _shown(await asyncio.to_thread(_proposed, asked, wanted))


@router.post(
    "/actions/{action}/approval",
    status_code=HTTPStatus.ACCEPTED,
    summary="Approve an action",
    responses=problems(404, 409, 503),
)
async def approve(asked: Approves, action: ActionId) -> ActionShown:
    """Approve an action: the order is changed by an event, safe when this answers."""
    found = await asyncio.to_thread(_undecided, asked, action)
    await asyncio.to_thread(_line, asked, found.order)
    now_us = asked.places.clock.now_us()
    latest_us = asked.tenant.follower.progress().latest_us
    # Within an instant changes come before orders: it is one after what is known. The
    # id is that of the action: sent twice it counts once.
    time_us = now_us if latest_us is None else latest_us + 1
    event = encode(found.event(), event_id=found.id, source=SOURCE, time_us=time_us)
    await asked.tenant.journal.append([event])
    return await _decided(asked, found, "approved", None)


@router.post(
    "/actions/{action}/rejection",
    status_code=HTTPStatus.ACCEPTED,
    summary="Reject an action",
    responses=problems(404, 409),
)
async def reject(asked: Approves, action: ActionId, given: Rejection) -> ActionShown:
    """Reject an action, with the reason: the order stays as it is."""
    found = await asyncio.to_thread(_undecided, asked, action)
    return await _decided(asked, found, "rejected", given.why)


async def _decided(
    asked: Asked, action: Action, status: Standing, why: str | None
) -> ActionShown:
    what = f"action.{status}"
    await asyncio.to_thread(asked.record, what, about=action.id, after={"why": why})
    asked.tenant.hub.tell("plan", {"plan": action.id, "what": what})
    action.status, action.reason = status, why
    action.decided_by, action.decided_us = (
        asked.caller.name,
        asked.places.clock.now_us(),
    )
    return _shown(action)


def _audited(asked: Asked) -> Iterator[AuditRow]:
    return asked.places.audit.rows(tenant=asked.caller.tenant)


def _actions(asked: Asked) -> dict[str, Action]:
    return actions_of(_audited(asked))


def _undecided(asked: Asked, name: str) -> Action:
    found = _actions(asked).get(name)
    if found is None or (asked.caller.sites and found.place not in asked.caller.sites):
        msg = f"action {name!r}; allowed: one that was proposed"
        raise ProblemError(HTTPStatus.NOT_FOUND, "not-found", msg)
    if found.status != "proposed":
        msg = f"action {name!r}: {found.status}; allowed: one that waits"
        raise ProblemError(HTTPStatus.CONFLICT, "decided", msg)
    return found


def _line(asked: Asked, order: str) -> dict[str, Any]:
    return open_line(orders(asked.tenant.follower.view().state), order)


def _proposed(asked: Asked, wanted: ActionAsked) -> Action:
    line = _line(asked, wanted.order)
    asked.caller.need_site(line["place"])
    check_change(wanted.kind, line, quantity=wanted.quantity, due_us=wanted.due_us)
    waiting = [one for one in _actions(asked).values() if one.status == "proposed"]
    if len(waiting) >= ACTIONS_MAX:
        msg = f"actions: {len(waiting)} wait; allowed: {ACTIONS_MAX}"
        raise ProblemError(HTTPStatus.CONFLICT, "too-many-actions", msg)
    time_us = asked.places.clock.now_us()
    action = Action(
        id=action_id(asked.caller.name, f"{time_us}", wanted.order),
        kind=wanted.kind, order=wanted.order, item=line["item"], place=line["place"],
        party=line["party"], quantity=line["quantity"], due_us=line["due_us"],
        new_quantity=wanted.quantity, new_due_us=wanted.due_us, why=wanted.why,
        who=asked.caller.name, time_us=time_us,
    )  # fmt: skip
    detail = msgspec.to_builtins(action)
    asked.record("action.proposed", about=action.id, after=detail)
    asked.tenant.hub.tell("plan", {"plan": action.id, "what": "action.proposed"})
    return action


def _shown(action: Action) -> ActionShown:
    return ActionShown.model_validate(msgspec.to_builtins(action))
