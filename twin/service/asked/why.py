"""What stands behind a plan that was kept: what moved since another, and why."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from twin.diff import compare
from twin.diff.document import document
from twin.errors import TwinError
from twin.explain.causes import causes_of
from twin.explain.document import causes_document, trace_document, why_document
from twin.explain.fixes import Prices
from twin.explain.pairing import pair_of
from twin.explain.played import played_folder
from twin.explain.tracing import read_shortage, read_tables, trace
from twin.explain.why import why_late
from twin.masterplan import side_of_folder
from twin.said import Said
from twin.service.jobs import Handle
from twin.service.problems import ProblemError
from twin.service.tenant import PLANS, Tenant

TRIES_MAX = 200


class WhyAsked(BaseModel):
    """An order whose date is to be explained.

    Attributes
    ----------
    order : str
        Id of a customer's order.
    tries : int
        Constraints removed one by one, the nearest to the customer first.
    """

    order: str = Field(min_length=1, max_length=256, examples=["C120"])
    tries: int = Field(default=24, ge=1, le=TRIES_MAX)


class WhyOfPlan(WhyAsked):
    """An order of a plan whose date is to be explained.

    Attributes
    ----------
    plan : str
        Id of the job that made it.
    """

    plan: str


def plan_folder(tenant: Tenant, plan: str) -> Path:
    """Return the folder of a plan of a tenant.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    plan : str
        Id of the job that made it.

    Returns
    -------
    Path

    Raises
    ------
    ProblemError
        404 if there is no job of this id that plans, 409 if it is not done.
    """
    # Only the id of a job that is known becomes part of a path.
    job = tenant.jobs.job(plan)
    if job.kind != "plan":
        msg = f"plan {plan!r}: a job of kind {job.kind}; allowed: one that plans"
        said = Said(msg, "not_a_plan", {"name": plan})
        raise ProblemError(HTTPStatus.NOT_FOUND, "not-found", said)
    if job.status != "done":
        msg = f"plan {plan!r}: {job.status}; allowed: one that is done"
        said = Said(msg, "not_done", {"name": plan, "job_status": job.status})
        raise ProblemError(HTTPStatus.CONFLICT, "not-done", said)
    return tenant.store / PLANS / job.id


def difference(tenant: Tenant, before: str, after: str) -> dict[str, Any]:
    """Tell what changed from a plan to another.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    before, after : str
        Ids of the jobs that made them.

    Returns
    -------
    dict
        As `twin.diff.document.document`.

    Raises
    ------
    ProblemError
        404 or 409 if there is no such plan.
    InputError
        If they plan no time in common.
    """
    sides = [side_of_folder(plan_folder(tenant, one)) for one in (before, after)]
    return document(compare(*sides))


class CausesAsked(BaseModel):
    """Two plans, and how long to look for why orders moved.

    Attributes
    ----------
    tries : int
        Differences taken back one by one.
    """

    tries: int = Field(default=60, ge=1, le=TRIES_MAX)


class DiffWithCauses(CausesAsked):
    """Two plans whose difference is to be explained.

    Attributes
    ----------
    before, after : str
        Ids of the jobs that made them.
    """

    before: str
    after: str


def explained_difference(
    tenant: Tenant, asked: DiffWithCauses, handle: Handle
) -> dict[str, Any]:
    """Tell what changed from a plan to another, and why orders of customers moved.

    The newer plan is carried out with one difference taken back at a time.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    asked : DiffWithCauses
        Which plans, and how many tries.
    handle : Handle
        Told each difference that was taken back and each order, and heard while sets
        of differences are.

    Returns
    -------
    dict
        As `difference`, with ``why``: see `twin.explain.document.causes_document`, and
        times in microseconds UTC.

    Raises
    ------
    TwinError
        If a plan cannot be carried out again, or they plan no time in common.
    """
    folders = [plan_folder(tenant, one) for one in (asked.before, asked.after)]
    told = difference(tenant, asked.before, asked.after)
    before, after = (played_folder(one) for one in folders)
    causes = causes_of(
        pair_of(before, after),
        tries=asked.tries,
        on_step=lambda n, of: handle.step(done=n, expected=of),
    )
    return {**told, "why": causes_document(causes, int)}


def traced(tenant: Tenant, plan: str, order: str) -> dict[str, Any]:
    """Tell what the time of an order went into, read from the plan alone.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    plan : str
        Id of the job that made it.
    order : str
        Id of a customer's order.

    Returns
    -------
    dict
        As `twin.explain.document.trace_document`.

    Raises
    ------
    ProblemError
        404 or 409 if there is no such plan.
    InputError
        If the plan has no such order.
    """
    folder = plan_folder(tenant, plan)
    found = trace(read_tables(folder), order)
    short = None
    if found.delivered_us is None:
        short, _ = read_shortage(folder, found)
    return trace_document(found, short)


def why(tenant: Tenant, asked: WhyOfPlan, handle: Handle) -> dict[str, Any]:
    """Carry a plan out with one constraint removed at a time.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    asked : WhyOfPlan
        Of which order.
    handle : Handle
        Told constraint by constraint.

    Returns
    -------
    dict
        As `traced`, with what binds, what was tried and what could be done; where the
        plan cannot be carried out again, ``unexplained`` says why, and ``said`` by kind
        and parts.
    """
    told = traced(tenant, asked.plan, asked.order)
    try:
        played = played_folder(plan_folder(tenant, asked.plan))
    except TwinError as error:
        said = None if error.said is None else error.said.document()
        return {**told, "unexplained": str(error), "said": said}
    key, _ = played.order_named(asked.order)
    found = why_late(
        played,
        key,
        prices=Prices(),
        tries=asked.tries,
        on_tried=lambda n, of: handle.step(done=n, expected=of),
    )
    return told | why_document(found)
