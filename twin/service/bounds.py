"""Bodies that are too large are refused: announced ones before they are read."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twin.service.problems import ProblemError


class Bounded:
    """Answers 413 to a request that announces too much.

    Reading stops where more comes than may, announced or not.

    Parameters
    ----------
    app : ASGI application
        Asked for all others.
    bytes_max : int
        Largest body, >= 1.
    """

    def __init__(self, app: ASGIApp, *, bytes_max: int) -> None:
        self._app = app
        self._bytes_max = bytes_max

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
        n_bytes = 0

        async def receive_some() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._bytes_max:
                msg = f"body: over {self._bytes_max} bytes; allowed: at most so many"
                raise ProblemError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", msg
                )
            return message

        return receive_some
