"""The application: routes, problems and headers put together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request, Response

from twin.service.bounds import Bounded
from twin.service.deciding import keep_finishing
from twin.service.pacing import Pacing
from twin.service.page import add_page
from twin.service.places import Places
from twin.service.problems import answer_problems, declare_bodies
from twin.service.routes import (
    access,
    actions,
    approvals,
    branches,
    events,
    health,
    jobs,
    outlooks,
    overview,
    planned,
    plans,
    state,
    streams,
    webhooks,
)
from twin.service.tenant import Tenant
from twin.service.watching import watch

PREFIX = "/v1"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""Sent with every answer."""

NOT_KEPT = {"Cache-Control": "no-store"}
"""Sent with every answer of the interface: nobody on the way may keep it."""


def make_app(places: Places) -> FastAPI:
    """Return the application of a service.

    Parameters
    ----------
    places : Places
        What the routes share; its tenants are started and closed with the application.

    Returns
    -------
    FastAPI
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        begin = None if places.warming is None else places.warming.can_fold
        if places.warming is not None:
            places.warming.start()
        for tenant in places.tenants.values():
            tenant.hub.bind(asyncio.get_running_loop())
            tenant.start(begin)
        tenants = list(places.tenants.values())
        look_s = places.options.webhooks.look_s
        watching = asyncio.create_task(watch(tenants, look_s=look_s))
        finishing = asyncio.create_task(keep_finishing(places))
        yield
        watching.cancel()
        finishing.cancel()
        if places.warming is not None:
            places.warming.close()
        await _close(tenants)
        places.audit.close()

    app = FastAPI(
        title="Millstream",
        version=version("millstream"),
        description="A live twin of a factory network, and plans for it.",
        lifespan=lifespan,
        docs_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redoc_url=None,
    )
    app.state.places = places
    for module in (
        events,
        state,
        overview,
        streams,
        jobs,
        outlooks,
        plans,
        planned,
        approvals,
        actions,
        branches,
        access,
        webhooks,
    ):
        app.include_router(module.router, prefix=PREFIX)
    app.include_router(health.router)
    add_page(app)
    answer_problems(app)
    app.add_middleware(
        Pacing,
        options=places.options,
        monotonic_s=places.clock.monotonic_s,
        prefix=PREFIX,
    )
    options = places.options
    app.add_middleware(Bounded, bytes_max=options.body_bytes_max, body_s=options.body_s)
    _send_headers(app)
    declare_bodies(app)  # makes routes, too, or else the first that is asked does
    return app


async def _close(tenants: list[Tenant]) -> None:
    """Save all before one waits for its jobs: the time to end may be over then."""
    await asyncio.gather(*(asyncio.to_thread(one.save) for one in tenants))
    await asyncio.gather(*(asyncio.to_thread(one.close) for one in tenants))


def _send_headers(app: FastAPI) -> None:
    @app.middleware("http")
    async def headers(
        request: Request, answer: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await answer(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.url.path.startswith(PREFIX):
            response.headers.setdefault(*next(iter(NOT_KEPT.items())))
        return response
