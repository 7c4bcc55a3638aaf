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
    there in time (408): whoever sends drop by drop holds a place that others need.

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
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > self._bytes_max:
            msg = f"body: {announced} bytes; allowed: at most {self._bytes_max}"
            error = ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", msg)
            await error.response()(scope, receive, send)
            return
        body = _Body(
            scope, receive, send, bytes_max=self._bytes_max, body_s=self._body_s
        )
        await self._app(scope, body.receive, body.send)


class _Body:
    """The body of a request, and the answer to it.

    Who reads may take a refusal for a mistake of another kind, and answer that: as long
    as no answer has begun, the refusal is sent in its place.
    """

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, *, bytes_max: int,
        body_s: float,
    ) -> None:  # fmt: skip
        self._scope = scope
        self._receive = receive
        self._send = send
        self._bytes_max = bytes_max
        self._body_s = body_s
        self._n_bytes, self._end_s = 0, math.inf
        self._is_whole = self._has_begun = False
        self._refusal: ProblemError | None = None

    async def receive(self) -> Message:
        if self._is_whole:  # what comes now is that the client goes
            return await self._receive()
        now_s = asyncio.get_running_loop().time()
        self._end_s = min(self._end_s, now_s + self._body_s)
        try:
            async with asyncio.timeout_at(self._end_s):
                message = await self._receive()
        except TimeoutError as error:
            msg = f"body: not whole after {self._body_s:g} s; allowed: within so many"
            raise self._refused(HTTPStatus.REQUEST_TIMEOUT, "too-slow", msg) from error
        self._is_whole = not message.get("more_body", False)
        self._n_bytes += len(message.get("body", b""))
        if self._n_bytes > self._bytes_max:
            msg = f"body: over {self._bytes_max} bytes; allowed: at most so many"
            large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            raise self._refused(large, "too-large", msg)
        return message

    async def send(self, message: Message) -> None:
        if self._has_begun or self._refusal is None:
            self._has_begun = True
            await self._send(message)
        elif message["type"] == "http.response.start":
            await self._refusal.response()(self._scope, self._receive, self._send)

    def _refused(self, status: HTTPStatus, kind: str, said: str) -> ProblemError:
        self._refusal = ProblemError(status, kind, said)
        return self._refusal
