"""What comes: demand, and failures of machines."""

import asyncio
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, Field

from twin.service.asked.demand import ForecastAsked, forecast
from twin.service.asked.risk import HealthAsked, health
from twin.service.places import Asked, Plans, Reads
from twin.service.problems import problems
from twin.service.routes.jobs import JobShown, submitted

router = APIRouter(tags=["outlook"])

HEALTH = "health"


class HealthAnswer(BaseModel):
    """Machines, those most likely to fail first.

    Attributes
    ----------
    job : str or None
        That found it out; None: nobody asked yet, or it could not be told.
    asked_us : int or None
        When it was asked for, microseconds UTC.
    cycle_s : float or None
        Length of a cycle, seconds.
    horizon : int or None
        Cycles within which a failure counts.
    machines : list of dict
        Probability to fail within the horizon (`p_fail`), what is left of a life in
        cycles (`rul_mean`, `rul_q0.1` and so on), alarms and windows of renewal.
    """

    job: str | None = Field(examples=["health-3"])
    asked_us: int | None
    cycle_s: float | None = Field(examples=[3600.0])
    horizon: int | None = Field(examples=[30])
    machines: list[dict[str, Any]] = Field(
        examples=[[{"machine": "filler_1", "p_fail": 0.31, "rul_mean": 42.5}]]
    )


@router.post(
    "/forecasts",
    status_code=HTTPStatus.ACCEPTED,
    summary="Ask for a forecast of demand",
    responses=problems(),
)
async def ask_forecast(asked: Plans, wanted: ForecastAsked) -> JobShown:
    """Forecast demand by item and site from the orders so far: a job.

    Its result has quantiles of each step, and of the sum over the protection interval.
    """
    return await asyncio.to_thread(submitted, asked, "forecast", wanted, forecast)


@router.post(
    "/health",
    status_code=HTTPStatus.ACCEPTED,
    summary="Ask how long machines will last",
    responses=problems(),
)
async def ask_health(asked: Plans, wanted: HealthAsked) -> JobShown:
    """Learn from the failures so far how long machines will last: a job."""
    return await asyncio.to_thread(submitted, asked, HEALTH, wanted, health)


@router.get("/health", summary="Machines by their risk", responses=problems())
async def last_health(asked: Reads) -> HealthAnswer:
    """Answer what was found out last, the machines most likely to fail first."""
    asked.caller.need_site(None)
    return await asyncio.to_thread(_last, asked)


def _last(asked: Asked) -> HealthAnswer:
    board = asked.tenant.jobs
    done = (one for one in board.jobs() if (one.kind, one.status) == (HEALTH, "done"))
    job = next(done, None)
    if job is None:
        return HealthAnswer(
            job=None, asked_us=None, cycle_s=None, horizon=None, machines=[]
        )
    found = msgspec.json.decode(board.result(job.id))
    return HealthAnswer(
        job=job.id,
        asked_us=job.submitted_us,
        cycle_s=found["cycle_s"],
        horizon=found["horizon"],
        machines=found["machines"],
    )
