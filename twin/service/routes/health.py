"""Whether the service lives, and is ready; and its numbers."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from twin.service.metrics import readings_of
from twin.service.places import Bearer, caller_of, places_of
from twin.service.problems import MEDIA_TYPE, ProblemDetails, problems
from twin.service.warming import Stage
from twin.telemetry.metrics import render

router = APIRouter(tags=["operation"])

_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Ready(BaseModel):
    """That it is ready.

    Attributes
    ----------
    status : str
        Always ``ok``.
    kernels : str
        ``compiling`` while the first plan would wait for it, then ``compiled``, or
        ``failed`` if none of that worked; ``waiting``: they are compiled when they are
        needed.
    """

    status: str = "ok"
    kernels: Stage = Field(default="waiting", examples=["compiled"])


class Health(BaseModel):
    """That it lives.

    Attributes
    ----------
    status : str
        Always ``ok``.
    """

    status: str = "ok"


@router.get("/healthz", summary="Does it live?")
async def healthz() -> Health:
    """Answer, if the process does."""
    return Health()


@router.get(
    "/readyz",
    summary="Is it ready?",
    responses={
        503: {
            "model": ProblemDetails,
            "content": {MEDIA_TYPE: {}},
            "description": "Not ready",
        }
    },
)
async def readyz(request: Request) -> Ready:
    """Answer 200 while every twin follows its events, else 503.

    Events are taken all the while; state is shown once the kernels that fold events
    are compiled: until then it is not ready, and says when to ask again.
    """
    places = places_of(request)
    for tenant in places.tenants.values():
        tenant.follower.check()
        tenant.follower.need_begun()
    return Ready() if places.warming is None else Ready(kernels=places.warming.stage)


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={
        **problems(),
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
    },
)
async def metrics(request: Request, bearer: Bearer) -> Response:
    """Answer the numbers of the service, in the text format of Prometheus.

    Where other machines reach it, a key of an administrator is needed.
    """
    places = places_of(request)
    if not places.is_local:
        caller_of(request, bearer).need("admin")
    return Response(render(readings_of(places)), media_type=_TEXT)
