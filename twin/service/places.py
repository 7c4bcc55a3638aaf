"""What requests are answered from: the tenants, the keys, and who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from twin.clock import Clock
from twin.service.access import Audit, Caller, KeyRing, Scope
from twin.service.access.sessions import (
    CSRF_HEADER,
    SESSION_COOKIE,
    Sessions,
    need_token,
)
from twin.service.ledger import Ledger, Standings
from twin.service.options import ServiceOptions
from twin.service.problems import ProblemError
from twin.service.tenant import Tenant
from twin.service.warming import Warming

_BEARER = HTTPBearer(auto_error=False, description="A key, `ms_...`.")
_SAFE = {"GET", "HEAD", "OPTIONS"}

Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
"""The key of a request, if it carries one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """All that the routes of an application share.

    Attributes
    ----------
    tenants : dict of str to Tenant
        By name.
    keys : KeyRing
        Who may do what.
    sessions : Sessions
        Of the page.
    audit : Audit
        What was done.
    ledger : Ledger
        How actions and plans stand by it.
    clock : Clock
        Time of day, and monotonic time.
    options : ServiceOptions
        Limits.
    secure : bool
        Whether it is reached by TLS alone: cookies are then sent no other way.
    is_local : bool
        Whether this machine alone reaches it: numbers are then told without a key.
    warming : Warming or None
        Compiles kernels at the start; None: they are when they are needed.
    """

    tenants: dict[str, Tenant]
    keys: KeyRing
    sessions: Sessions
    audit: Audit
    ledger: Ledger
    clock: Clock
    options: ServiceOptions
    secure: bool = False
    is_local: bool = True
    warming: Warming | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, with who asks and of whose data.

    Attributes
    ----------
    caller : Caller
        Who asks.
    tenant : Tenant
        His, and no other.
    places : Places
        What all share.
    again : callable
        Tells who asks once more: raises 401 when the key or the session has ended.
    """

    caller: Caller
    tenant: Tenant
    places: Places
    again: Callable[[], Caller]

    @property
    def standings(self) -> Standings:
        """How actions and plans of the tenant stand."""
        return self.places.ledger.of(self.caller.tenant)

    def record(
        self, what: str, *, about: str = "", before: object = None,
        after: object = None,
    ) -> None:  # fmt: skip
        """Write into the audit what the caller does.

        Parameters
        ----------
        what : str
            For example ``plan.approved``.
        about : str
            Id of what it is done to.
        before, after : object
            What JSON can hold.
        """
        self.places.audit.record(
            self.caller.name, what, tenant=self.caller.tenant, about=about,
            before=before, after=after,
        )  # fmt: skip


def places_of(request: Request) -> Places:
    """Return what the application of a request was made with."""
    places: Places = request.app.state.places
    return places


def caller_of(
    request: Request,
    bearer: Bearer,
) -> Caller:
    """Tell who asks: by key, or by session and token."""
    places = places_of(request)
    now_us = places.clock.now_us()
    if bearer is not None:
        return places.keys.caller(bearer.credentials, now_us=now_us)
    cookie = request.cookies.get(SESSION_COOKIE, "")
    session = places.sessions.find(cookie, now_s=places.clock.monotonic_s())
    if session is None:
        msg = "key: none; allowed: Authorization: Bearer ms_..., or a session"
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "key-missing", msg)
    caller = places.keys.caller(session.key, now_us=now_us)
    if request.method not in _SAFE:
        need_token(session, request.headers.get(CSRF_HEADER), caller)
    return caller


class Needs:
    """Dependency of a route: who asks must have a scope.

    Parameters
    ----------
    scope : str
        Of `twin.service.access.SCOPES`.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __call__(
        self,
        request: Request,
        caller: Annotated[Caller, Depends(caller_of)],
        bearer: Bearer,
    ) -> Asked:
        """Return who asks, and of whose data.

        Raises
        ------
        ProblemError
            401, 403, or 404 if the tenant is not served here.
        """
        caller.need(self.scope)
        places = places_of(request)
        tenant = places.tenants.get(caller.tenant)
        if tenant is None:
            msg = f"tenant {caller.tenant!r}; allowed: one that is served here"
            raise ProblemError(HTTPStatus.NOT_FOUND, "not-found", msg)
        return Asked(caller, tenant, places, lambda: caller_of(request, bearer))


Reads = Annotated[Asked, Depends(Needs("read"))]
Writes = Annotated[Asked, Depends(Needs("write"))]
Plans = Annotated[Asked, Depends(Needs("plan"))]
Approves = Annotated[Asked, Depends(Needs("approve"))]
Administers = Annotated[Asked, Depends(Needs("admin"))]
