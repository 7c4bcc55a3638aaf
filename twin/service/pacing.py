"""Rates of requests: each key its own, and those that open nothing by address."""

import hashlib
from collections.abc import Callable
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twin.service.access.pace import Pace
from twin.service.options import ServiceOptions
from twin.service.problems import ProblemError

_DIGEST_BYTES = 16


class Pacing:
    """Answers 429 to who asks too often, before anything else is looked at.

    Whoever shows a key or a session is told apart by it as a whole, so that nobody
    can use up the rate of a key that he does not have; all others by their address.

    Parameters
    ----------
    app : ASGI application
        Asked when there is a token.
    options : ServiceOptions
        Rates.
    monotonic_s : callable
        Monotonic time, seconds.
    prefix : str
        Of the paths that have a rate.
    """

    def __init__(
        self, app: ASGIApp, *, options: ServiceOptions,
        monotonic_s: Callable[[], float], prefix: str,
    ) -> None:  # fmt: skip
        self._app = app
        self._monotonic_s = monotonic_s
        self._prefix = prefix
        self._asking = Pace(per_s=options.requests_per_s, burst=options.requests_burst)
        self._failing = Pace(per_s=options.failures_per_s, burst=options.failures_burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        address = str((scope.get("client") or ("",))[0])
        now_s = self._monotonic_s()
        try:
            self._failing.check(address, now_s=now_s)
            self._asking.take(_asker(scope, address), now_s=now_s)
        except ProblemError as error:
            await error.response()(scope, receive, send)
            return

        async def counted(message: Message) -> None:
            if message.get("status") == HTTPStatus.UNAUTHORIZED:
                self._failing.spend(address, now_s=self._monotonic_s())
            await send(message)

        await self._app(scope, receive, counted)


def _asker(scope: Scope, address: str) -> str:
    headers = Headers(scope=scope)
    shown = headers.get("authorization") or headers.get("cookie")
    if not shown:
        return address
    return hashlib.blake2b(shown.encode(), digest_size=_DIGEST_BYTES).hexdigest()
