"""Keys, sessions and the audit."""

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from twin.service.access import Caller, KeyRow, Scope
from twin.service.access.audit import AuditRow
from twin.service.access.sessions import SESSION_COOKIE, SESSION_S
from twin.service.places import Administers, caller_of, places_of
from twin.service.problems import problems

router = APIRouter(tags=["access"])

AUDIT_ROWS_MAX = 1_000

Known = Annotated[Caller, Depends(caller_of)]


class KeyShown(BaseModel):
    """A key without its secret.

    Attributes
    ----------
    id, name : str
        Public part, and whose it is.
    scopes, sites : list of str
        What it allows, and where; no sites: everywhere.
    created_us, expires_us : int, int or None
        Microseconds UTC.
    """

    id: str
    name: str
    scopes: list[Scope]
    sites: list[str]
    created_us: int
    expires_us: int | None


class KeyAsked(BaseModel):
    """A key to be made.

    Attributes
    ----------
    name : str
        Whose it will be.
    scopes, sites : list of str
        What it allows, and where; no sites: everywhere.
    expires : datetime or None
        When it ends; None: never.
    """

    name: str = Field(min_length=1, max_length=100, examples=["anna"])
    scopes: list[Scope] = Field(min_length=1, examples=[["read", "plan"]])
    sites: list[str] = Field(default=[], max_length=1000)
    expires: datetime | None = None


class KeyMade(KeyShown):
    """A key that was made.

    Attributes
    ----------
    key : str
        The key itself: shown here, and never again.
    """

    key: str


class SignIn(BaseModel):
    """What one signs in with.

    Attributes
    ----------
    key : str
        An API key.
    """

    key: str = Field(min_length=1, max_length=200)


class SignedIn(BaseModel):
    """A session.

    Attributes
    ----------
    name, tenant : str
        Who, and whose data.
    scopes, sites : list of str
        What is allowed, and where; no sites: everywhere.
    csrf : str
        To be sent as ``X-CSRF-Token`` with whatever changes something.
    """

    name: str
    tenant: str
    scopes: list[Scope]
    sites: list[str]
    csrf: str


class AuditShown(BaseModel):
    """A record of the audit.

    Attributes
    ----------
    number, time_us : int
        Counts from 0; microseconds UTC.
    who, what, about : str
        Name of a key, what was done, and to what.
    previous, hash : str
        Hash of the record before, and of this with it.
    """

    number: int
    time_us: int
    who: str
    what: str
    about: str
    previous: str
    hash: str


def _shown(row: KeyRow) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "scopes": list(row.scopes),
        "sites": list(row.sites),
        "created_us": row.created_us,
        "expires_us": row.expires_us,
    }


@router.get("/keys", summary="Keys", responses=problems())
async def keys(asked: Administers) -> list[KeyShown]:
    """List the keys of the tenant, without their secrets."""
    asked.caller.need_site(None)
    found = asked.places.keys.rows(asked.caller.tenant)
    return [KeyShown.model_validate(_shown(row)) for row in found]


@router.post(
    "/keys",
    status_code=HTTPStatus.CREATED,
    summary="Make a key",
    responses=problems(),
)
async def make_key(asked: Administers, wanted: KeyAsked) -> KeyMade:
    """Make a key; it is answered once, and kept as a hash only."""
    asked.caller.need_site(None)
    expires_us = None
    if wanted.expires is not None:
        expires_us = round(wanted.expires.timestamp() * 1e6)
    row, key = asked.places.keys.issue(
        wanted.name,
        tenant=asked.caller.tenant,
        scopes=wanted.scopes,
        sites=wanted.sites,
        now_us=asked.places.clock.now_us(),
        expires_us=expires_us,
    )
    asked.record("key.made", about=row.id, after=_shown(row))
    return KeyMade.model_validate({**_shown(row), "key": key})


@router.delete(
    "/keys/{key_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="End a key",
    responses=problems(404),
)
async def end_key(asked: Administers, key_id: str) -> None:
    """End a key: from now on it opens nothing."""
    asked.caller.need_site(None)
    row = asked.places.keys.end(key_id, tenant=asked.caller.tenant)
    asked.record("key.ended", about=row.id, before=_shown(row))


@router.post("/session", summary="Sign in", responses=problems())
async def sign_in(request: Request, response: Response, given: SignIn) -> SignedIn:
    """Begin a session: a cookie for a key, for the page."""
    places = places_of(request)
    caller = places.keys.caller(given.key, now_us=places.clock.now_us())
    cookie, session = places.sessions.begin(given.key, now_s=places.clock.monotonic_s())
    response.set_cookie(
        SESSION_COOKIE, cookie, max_age=round(SESSION_S), httponly=True,
        samesite="strict", secure=places.secure, path="/",
    )  # fmt: skip
    places.audit.record(caller.name, "session.begun", tenant=caller.tenant)
    return _signed_in(caller, session.csrf)


def _signed_in(caller: Caller, csrf: str) -> SignedIn:
    return SignedIn(
        name=caller.name,
        tenant=caller.tenant,
        scopes=sorted(caller.scopes),
        sites=sorted(caller.sites),
        csrf=csrf,
    )


@router.delete(
    "/session",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Sign out",
    responses=problems(),
)
async def sign_out(request: Request, response: Response, caller: Known) -> None:
    """End the session of the cookie."""
    places = places_of(request)
    places.sessions.end(request.cookies.get(SESSION_COOKIE, ""))
    response.delete_cookie(SESSION_COOKIE, path="/")
    places.audit.record(caller.name, "session.ended", tenant=caller.tenant)


@router.get("/session", summary="Who is signed in", responses=problems())
async def session(request: Request, caller: Known) -> SignedIn:
    """Answer what the session of the cookie may do, with its token."""
    places = places_of(request)
    cookie = request.cookies.get(SESSION_COOKIE, "")
    found = places.sessions.find(cookie, now_s=places.clock.monotonic_s())
    return _signed_in(caller, "" if found is None else found.csrf)


@router.get("/audit", summary="What was done", responses=problems())
async def audit(
    asked: Administers, rows: Annotated[int, Query(ge=1, le=AUDIT_ROWS_MAX)] = 100
) -> list[AuditShown]:
    """List what was done in the tenant, the latest first, with the chain checked."""
    asked.caller.need_site(None)
    rows_of = asked.places.audit.rows
    found = await asyncio.to_thread(lambda: list(rows_of(tenant=asked.caller.tenant)))
    return [_audited(row) for row in found[-rows:][::-1]]


def _audited(row: AuditRow) -> AuditShown:
    return AuditShown(
        number=row.number,
        time_us=row.time_us,
        who=row.who,
        what=row.what,
        about=row.about,
        previous=row.previous,
        hash=row.hash,
    )
