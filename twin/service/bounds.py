"""Bodies that are too large or slow are refused: announced ones before they come."""

import asyncio
import math
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twin.service.problems import ProblemError


class Bounded:
    """Answers 413 to a request that announces too much.

    Reading stops where more comes than may, announced or not, and where it is not all
    there in time: whoever sends drop by drop holds a place that others need.

    Parameters
    ----------
    app : ASGI application
        Asked for all others.
    bytes_max : int
        Largest body, >= 1.
    body_s : float
        Seconds from the first look at a body to its end, > 0.
    """

    def __init__(self, app: ASGIApp, *, bytes_max: int, body_s: float) -> None:
        self._app = app
        self._bytes_max = bytes_max
        self._body_s = body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        if scope["type"] == "http":
            announced = Headers(scope=scope).get("content-length", "0")
            if announced.isdecimal() and int(announced) > self._bytes_max:
                msg = f"body: {announced} bytes; allowed: at most {self._bytes_max}"
                error = ProblemError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", msg
                )
                await error.response()(scope, receive, send)
                return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        n_bytes, end_s = 0, math.inf
        is_whole = False

        async def receive_some() -> Message:
            nonlocal n_bytes, end_s, is_whole
            if is_whole:  # what comes now is that the client goes
                return await receive()
            end_s = min(end_s, asyncio.get_running_loop().time() + self._body_s)
            try:
                async with asyncio.timeout_at(end_s):
                    message = await receive()
            except TimeoutError as error:
                raise self._slow() from error
            is_whole = not message.get("more_body", False)
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._bytes_max:
                msg = f"body: over {self._bytes_max} bytes; allowed: at most so many"
                raise ProblemError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", msg
                )
            return message

        return receive_some

    def _slow(self) -> ProblemError:
        msg = f"body: not whole after {self._body_s:g} s; allowed: within so many"
        return ProblemError(HTTPStatus.REQUEST_TIMEOUT, "too-slow", msg)
