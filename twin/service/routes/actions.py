"""Actions on open orders, proposed and then approved; what was decided."""

import asyncio
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from twin.said import Said
from twin.service import deciding
from twin.service.places import Approves, Asked, Plans, Reads
from twin.service.problems import ProblemError, problems
from twin.service.proposals import (
    Action,
    Kind,
    Standing,
    action_id,
    check_change,
    open_line,
)
from twin.service.routes.approvals import Rejection
from twin.state.views import orders

router = APIRouter(tags=["actions"])

ROWS_MAX = 1_000
"""Actions in an answer."""

ACTIONS_MAX = 500
"""Proposals that may wait at once, and that are listed unless more are asked for."""

ROWS_HEADER = "Millstream-Rows"
"""Header that tells how many rows there are, where an answer is a list of some."""

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
    found = asked.standings.plans()
    return [PlanDecision.model_validate(one) for one in found]


@router.get(
    "/actions",
    summary="Actions on open orders",
    responses={
        **problems(),
        200: {
            "headers": {
                ROWS_HEADER: {
                    "description": "How many there are, listed or not.",
                    "schema": {"type": "integer"},
                }
            }
        },
    },
)
async def actions(
    asked: Reads,
    response: Response,
    *,
    status: Annotated[
        Standing | None, Query(description="Only those; without: all.")
    ] = None,
    first: Annotated[int, Query(ge=0, description="Actions to pass over.")] = 0,
    rows: Annotated[
        int, Query(ge=0, le=ROWS_MAX, description="Most actions.")
    ] = ACTIONS_MAX,
) -> list[ActionShown]:
    """List what was proposed and decided: what waits, then the rest, the latest first.

    The header `Millstream-Rows` tells how many there are.
    """
    sites = asked.caller.sites
    seen = [
        one
        for one in reversed(asked.standings.actions())
        if (not sites or one.place in sites) and status in {None, one.status}
    ]
    seen.sort(key=lambda one: one.status != "proposed")
    response.headers[ROWS_HEADER] = str(len(seen))
    return [_shown(one) for one in seen[first : first + rows]]


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
    return _shown(await asyncio.to_thread(deciding.approve, asked, action))


@router.post(
    "/actions/{action}/rejection",
    status_code=HTTPStatus.ACCEPTED,
    summary="Reject an action",
    responses=problems(404, 409),
)
async def reject(asked: Approves, action: ActionId, given: Rejection) -> ActionShown:
    """Reject an action, with the reason: the order stays as it is."""
    return _shown(await asyncio.to_thread(deciding.reject, asked, action, given.why))


def _proposed(asked: Asked, wanted: ActionAsked) -> Action:
    line = open_line(orders(asked.tenant.follower.view().state), wanted.order)
    asked.caller.need_site(line["place"])
    check_change(wanted.kind, line, quantity=wanted.quantity, due_us=wanted.due_us)
    time_us = asked.places.clock.now_us()
    action = Action(
        id=action_id(asked.caller.name, f"{time_us}", wanted.order),
        kind=wanted.kind, order=wanted.order, item=line["item"], place=line["place"],
        party=line["party"], quantity=line["quantity"], due_us=line["due_us"],
        new_quantity=wanted.quantity, new_due_us=wanted.due_us, why=wanted.why,
        who=asked.caller.name, time_us=time_us,
    )  # fmt: skip
    with asked.standings.deciding:
        n_waiting = sum(one.status == "proposed" for one in asked.standings.actions())
        if n_waiting >= ACTIONS_MAX:
            msg = f"actions: {n_waiting} wait; allowed: {ACTIONS_MAX}"
            said = Said(msg, "too_many_actions", {"count": n_waiting})
            raise ProblemError(HTTPStatus.CONFLICT, "too-many-actions", said)
        detail = msgspec.to_builtins(action)
        asked.record("action.proposed", about=action.id, after=detail)
    asked.tenant.hub.tell("plan", {"plan": action.id, "what": "action.proposed"})
    return action


def _shown(action: Action) -> ActionShown:
    return ActionShown.model_validate(msgspec.to_builtins(action))
