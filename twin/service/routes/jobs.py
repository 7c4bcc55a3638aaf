"""Jobs: asked for, watched, stopped, and what came of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sse_starlette.sse import EventSourceResponse

from twin.service.access import Caller
from twin.service.asked.futures import PromiseAsked, WhatIfAsked, promised, whatif
from twin.service.asked.plan import PlanAsked, plan
from twin.service.asked.schedule import (
    CheckAsked,
    ScheduleAsked,
    check,
    schedule,
)
from twin.service.follower import BEGIN_S
from twin.service.jobs import OVER, Handle, Job, Status, no_job
from twin.service.places import Asked, Plans, Reads
from twin.service.problems import problems
from twin.service.sentences import Sentence
from twin.service.tenant import Tenant

router = APIRouter(tags=["jobs"])

_PING_S = 15

# Of a schedule, in parts: what waits for its material, and a machine in maintenance.
_RESULT = {
    "type": "object",
    "examples": [
        {
            "at_us": 1_767_571_200_000_000,
            "tick_s": 1.0,
            "status": "feasible",
            "operations": [
                {"job": "C7 tea", "operation": "fill", "machine": "F1",
                 "start": 86_400, "end": 92_400},
            ],
            "rules": {
                "jobs": [
                    {"name": "C7 tea", "release": 86_400, "due": 172_800, "weight": 1,
                     "materials": [{"item": "leaf", "order": "B1", "from": 86_400}]},
                ],
                "stops": [
                    {"machine": "F1", "start": 40_000, "end": 40_600,
                     "cause": "maintenance"},
                ],
            },
        },
    ],
}  # fmt: skip


class JobShown(BaseModel):
    """A job.

    Attributes
    ----------
    id, kind, who : str
        Its id, what kind of work, and who asked.
    status : str
        Queued, running, done, failed, stopped; interrupted: the service ended.
    submitted_us : int
        Microseconds UTC.
    asked, progress : dict
        What was asked for, and the last step.
    error : str or None
        Of a job that failed.
    said : Sentence or None
        The error by what it is made of, for other languages.
    """

    id: str = Field(examples=["schedule-1"])
    kind: str = Field(examples=["schedule"])
    who: str
    status: Status
    submitted_us: int
    asked: dict[str, Any]
    progress: dict[str, Any]
    error: str | None
    said: Sentence | None = None


Do = Callable[[Tenant, Any, Handle], dict[str, Any]]


def _shown(job: Job) -> JobShown:
    return JobShown.model_validate(msgspec.to_builtins(job))


def submitted(asked: Asked, kind: str, wanted: BaseModel, do: Do) -> JobShown:
    """Take a job, write into the audit that it was asked for, and show it.

    Parameters
    ----------
    asked : Asked
        Who asks; must be for all sites.
    kind : str
        What kind of work.
    wanted : BaseModel
        What is asked for.
    do : callable
        The work, from the tenant, `wanted` and the handle of the job.
    """
    asked.caller.need_site(None)
    asked.tenant.follower.need_begun(timeout_s=BEGIN_S)

    def work(handle: Handle) -> dict[str, Any]:
        if asked.places.warming is not None:
            asked.places.warming.wait_if_cold(lambda: handle.is_stopped)
        return do(asked.tenant, wanted, handle)

    job = asked.tenant.jobs.submit(
        kind,
        wanted.model_dump(mode="json"),
        work,
        who=asked.caller.name,
        sites=asked.caller.sites,
    )
    asked.record(f"{kind}.asked", about=job.id, after=job.asked)
    return _shown(job)


@router.post(
    "/schedules",
    status_code=HTTPStatus.ACCEPTED,
    summary="Ask for a schedule",
    responses=problems(),
)
async def ask_schedule(asked: Plans, wanted: ScheduleAsked) -> JobShown:
    """Schedule the shop as it stands: a job whose steps are better schedules."""
    return await asyncio.to_thread(submitted, asked, "schedule", wanted, schedule)


class CheckAnswer(BaseModel):
    """What a check found.

    Attributes
    ----------
    feasible : bool
        Whether every rule is kept.
    faults : list of str
        What is not, in sentences.
    said : list of Sentence
        The same by what they are made of, for other languages.
    objective, makespan, tardiness : float
        Cost, last end and weighted lateness, in ticks.
    """

    feasible: bool
    faults: list[str]
    said: list[Sentence]
    objective: float
    makespan: float
    tardiness: float


@router.post(
    "/schedules/check",
    summary="Check a schedule that was changed by hand",
    responses=problems(),
)
async def check_moved(asked: Plans, wanted: CheckAsked) -> CheckAnswer:
    """Answer whether a changed schedule holds, and what it costs."""
    asked.caller.need_site(None)
    found = await asyncio.to_thread(check, asked.tenant, wanted)
    return CheckAnswer.model_validate(found)


@router.post(
    "/plans",
    status_code=HTTPStatus.ACCEPTED,
    summary="Ask for a plan",
    responses=problems(),
)
async def ask_plan(asked: Plans, wanted: PlanAsked) -> JobShown:
    """Plan from purchase to delivery: a job whose steps are reviews."""
    return await asyncio.to_thread(submitted, asked, "plan", wanted, plan)


@router.post(
    "/whatif",
    status_code=HTTPStatus.ACCEPTED,
    summary="Compare branches",
    responses=problems(),
)
async def ask_whatif(asked: Plans, wanted: WhatIfAsked) -> JobShown:
    """Play branches with the same luck: a job whose steps are futures."""
    return await asyncio.to_thread(submitted, asked, "whatif", wanted, whatif)


@router.post(
    "/promises",
    status_code=HTTPStatus.ACCEPTED,
    summary="Ask for a date",
    responses=problems(),
)
async def ask_promise(asked: Plans, wanted: PromiseAsked) -> JobShown:
    """Find by when an order could be there: a job whose steps are futures."""
    return await asyncio.to_thread(submitted, asked, "promise", wanted, promised)


@router.get("/jobs", summary="Jobs", responses=problems())
async def jobs(asked: Reads) -> list[JobShown]:
    """List jobs, the latest first."""
    found = asked.tenant.jobs.jobs()
    return [_shown(job) for job in found if _is_visible(job, asked.caller)]


@router.get("/jobs/{job_id}", summary="A job", responses=problems(404))
async def job(asked: Reads, job_id: str) -> JobShown:
    """Answer how far a job is."""
    return _shown(_job(asked, job_id))


@router.delete(
    "/jobs/{job_id}",
    status_code=HTTPStatus.ACCEPTED,
    summary="Stop a job",
    responses=problems(404),
)
async def stop_job(asked: Plans, job_id: str) -> JobShown:
    """Tell a job to stop; a schedule then ends with the best so far."""
    _job(asked, job_id)
    found = asked.tenant.jobs.stop(job_id)
    asked.record("job.stopped", about=job_id)
    return _shown(found)


@router.get(
    "/jobs/{job_id}/result",
    summary="What came of a job",
    response_class=Response,
    responses={
        **problems(404, 409),
        200: {"content": {"application/json": {"schema": _RESULT}}},
    },
)
async def result(asked: Reads, job_id: str) -> Response:
    """Answer what a job that is done found."""
    _job(asked, job_id)
    content = await asyncio.to_thread(asked.tenant.jobs.result, job_id)
    return Response(content, media_type="application/json")


@router.get(
    "/jobs/{job_id}/progress",
    summary="Progress of a job, pushed",
    response_class=EventSourceResponse,
    responses={
        **problems(404),
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
    },
)
async def progress(asked: Reads, job_id: str) -> EventSourceResponse:
    """Push the steps of a job, those that were first, until it is over."""
    found = _job(asked, job_id)
    return EventSourceResponse(_steps(asked.tenant, found), ping=_PING_S)


async def _steps(tenant: Tenant, job: Job) -> AsyncIterator[dict[str, Any]]:
    listener = tenant.hub.listen("job")
    try:
        for step in tenant.jobs.history(job.id):
            yield _event("step", step)
        if job.status in OVER:
            yield _event("over", _shown(job).model_dump())
            return
        async for told in listener:
            if told.data["id"] != job.id:
                continue
            is_over = told.data["status"] in OVER
            name = "over" if is_over else "step"
            yield _event(name, told.data if is_over else told.data["progress"])
            if is_over:
                return
    finally:
        tenant.hub.leave(listener)


def _event(name: str, data: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"event": name, "data": msgspec.json.encode(data).decode()}


def _is_visible(job: Job, caller: Caller) -> bool:
    return not caller.sites or caller.sites == set(job.sites)


def _job(asked: Asked, job_id: str) -> Job:
    found = asked.tenant.jobs.job(job_id)
    if not _is_visible(found, asked.caller):
        raise no_job(job_id)
    return found
