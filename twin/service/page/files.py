"""Files of the page, served as they are, and the policy browsers hold them to.

There is no build step: scripts are modules that a browser reads, and all that is shown
comes from the interface at ``/v1`` by requests of the page.
"""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

STATIC = Path(__file__).parent / "static"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy: nothing from elsewhere, no script or style in line."""

_HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}


class _Files(StaticFiles):
    """Static files that carry the policy."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_policy(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                extra = [(k.lower().encode(), v.encode()) for k, v in _HEADERS.items()]
                message["headers"] = [*message["headers"], *extra]  # type: ignore[misc]
            await send(message)

        await super().__call__(scope, receive, with_policy)  # type: ignore[arg-type]


def add_page(app: FastAPI) -> None:
    """Serve the page at ``/``, its files at ``/page``, and the interface's words.

    Parameters
    ----------
    app : FastAPI
        Of the service.
    """
    app.mount("/page", _Files(directory=STATIC), name="page")

    @app.get("/v1/docs", include_in_schema=False)
    async def docs() -> FileResponse:
        return FileResponse(STATIC / "docs.html", headers=_HEADERS)

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(STATIC / "index.html", headers=_HEADERS)
