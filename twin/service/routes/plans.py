"""Plans that were made: what changed from one to the next, and why an order is late."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from twin.service.asked.why import (
    CausesAsked,
    DiffWithCauses,
    WhyAsked,
    WhyOfPlan,
    difference,
    explained_difference,
    plan_folder,
    traced,
    why,
)
from twin.service.places import Plans, Reads
from twin.service.problems import problems
from twin.service.releases import Status
from twin.service.routes.jobs import JobShown, submitted

router = APIRouter(tags=["plans"])

PlanId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=256,
        description="Id of the job that made it.",
        examples=["plan-1"],
    ),
]
OrderId = Annotated[
    str, Path(min_length=1, max_length=256, description="Of a customer's order.")
]


class ReleasedPlan(BaseModel):
    """A plan that was released as an event, as a live loop does.

    Attributes
    ----------
    plan : str
        Its id.
    time_us, start_us, end_us : int
        When it was released, and what it covers; microseconds UTC.
    cost : float or None
        Currency; None: not told.
    policy, reason : str or None
        What decided it, and why then.
    orders : int
        Lines it has.
    status : str
        The last word on it.
    who, why : str or None
        Whose word that was, and the reason of a rejection.
    """

    plan: str = Field(examples=["PLAN-20260105-1"])
    time_us: int
    start_us: int
    end_us: int
    cost: float | None
    policy: str | None
    reason: str | None
    orders: int
    status: Status
    who: str | None
    why: str | None


@router.get("/plans", summary="Plans that were released", responses=problems())
async def released(asked: Reads) -> list[ReleasedPlan]:
    """List the plans that events released, the latest first.

    Those that the service made are jobs; of those released the latest 200 are kept.
    """
    asked.caller.need_site(None)
    found = await asyncio.to_thread(asked.tenant.releases.plans)
    return [ReleasedPlan.model_validate(msgspec.to_builtins(one)) for one in found]


@router.get(
    "/plans/{before}/diff/{after}",
    summary="What changed from plan to plan",
    responses=problems(404, 409),
)
async def diff(asked: Reads, before: PlanId, after: PlanId) -> dict[str, Any]:
    """Answer what is ordered, made and served otherwise, and for how much.

    Rows are of what changed; what is the same is counted.
    """
    asked.caller.need_site(None)
    return await asyncio.to_thread(difference, asked.tenant, before, after)


@router.post(
    "/plans/{before}/diff/{after}",
    status_code=HTTPStatus.ACCEPTED,
    summary="Ask why orders moved from plan to plan",
    responses=problems(404, 409),
)
async def ask_causes(
    asked: Plans, before: PlanId, after: PlanId, wanted: CausesAsked
) -> JobShown:
    """Take differences back one by one: a job whose result has the causes in `why`."""
    for one in (before, after):
        plan_folder(asked.tenant, one)
    whole = DiffWithCauses(before=before, after=after, **wanted.model_dump())
    return await asyncio.to_thread(
        submitted, asked, "diff", whole, explained_difference
    )


@router.get(
    "/plans/{plan}/why/{order}",
    summary="What the time of an order goes into",
    responses=problems(404, 409),
)
async def why_order(asked: Reads, plan: PlanId, order: OrderId) -> dict[str, Any]:
    """Answer what an order waits for, read from the plan."""
    asked.caller.need_site(None)
    return await asyncio.to_thread(traced, asked.tenant, plan, order)


@router.post(
    "/plans/{plan}/why",
    status_code=HTTPStatus.ACCEPTED,
    summary="Ask what binds an order",
    responses=problems(404, 409),
)
async def ask_why(asked: Plans, plan: PlanId, wanted: WhyAsked) -> JobShown:
    """Remove constraints one by one: a job whose steps are constraints tried."""
    plan_folder(asked.tenant, plan)
    whole = WhyOfPlan(plan=plan, **wanted.model_dump())
    return await asyncio.to_thread(submitted, asked, "why", whole, why)
