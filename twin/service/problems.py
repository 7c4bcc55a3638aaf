"""Errors as answers: problem details of HTTP.

References
----------
Nottingham, Wilde, Dalal (2023), "Problem Details for HTTP APIs", RFC 9457.
"""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from streams.errors import StreamError
from twin.errors import Problem, TwinError
from twin.said import Said
from twin.service.sentences import Sentence

_LOG = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPES = "https://millstream.invalid/problems/"
"""Prefix of the types; names only, nothing is there."""


class ProblemDetails(BaseModel):
    """What went wrong, and what would be right.

    Attributes
    ----------
    type : str
        Names the kind of problem; the same for all of its kind.
    title : str
        In a few words.
    status : int
        Of HTTP.
    detail : str
        The thing, its value and what is allowed.
    said : Sentence or None
        The detail by what it is made of, for other languages; None: in English alone.
    """

    type: str = Field(examples=[TYPES + "too-large"])
    title: str = Field(examples=["Too large"])
    status: int = Field(examples=[413])
    detail: str = Field(examples=["body: 40000000 bytes; allowed: at most 33554432"])
    said: Sentence | None = None


class ProblemError(TwinError):
    """A request that is refused.

    Parameters
    ----------
    status : HTTPStatus
        The status of the answer.
    kind : str
        Name of the kind of problem, in words joined by hyphens.
    detail : str or Said
        The thing, its value and what is allowed.
    retry_after_s : int or None
        When to try again; None: not by itself.
    """

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str | Said,
        *,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = str(detail)
        self.retry_after_s = retry_after_s

    def response(self) -> JSONResponse:
        """Return the answer."""
        headers = {}
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(self.retry_after_s)
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Bearer realm="millstream"'
        body = ProblemDetails(
            type=TYPES + self.kind,
            title=self.kind.replace("-", " ").capitalize(),
            status=self.status,
            detail=self.detail,
            said=sentence(self.said),
        )
        return JSONResponse(
            body.model_dump(), self.status, headers=headers, media_type=MEDIA_TYPE
        )


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what a route declares of the problems it may answer.

    Parameters
    ----------
    *statuses : int
        Statuses of HTTP, beside those that any route may answer.

    Returns
    -------
    dict
        For `responses` of a route.
    """
    every = {400, 401, 403, 422, 429, 503, *statuses}
    return {
        status: {
            "model": ProblemDetails,
            "description": HTTPStatus(status).phrase,
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
            },
        }
        for status in sorted(every)
    }


def declare_bodies(app: FastAPI) -> None:
    """Declare for each route that reads a body that it may be too large or slow.

    Parameters
    ----------
    app : FastAPI
        With all of its routes; its description is made here, and is the one it shows.
    """
    declared = problems(408, 413)
    told = {
        str(status): {
            name: declared[status][name] for name in ("description", "content")
        }
        for status in (408, 413)
    }
    for path in app.openapi()["paths"].values():
        for route in path.values():
            if "requestBody" in route:
                route["responses"] |= told


def answer_problems(app: FastAPI) -> None:
    """Answer every error of an application by problem details."""

    @app.exception_handler(ProblemError)
    async def refused(_: Request, error: ProblemError) -> JSONResponse:
        return error.response()

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        said = "; ".join(_said(one) for one in error.errors())
        return ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", said
        ).response()

    @app.exception_handler(HTTPException)
    async def of_http(_: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        kind = status.phrase.lower().replace(" ", "-")
        answer = ProblemError(status, kind, str(error.detail)).response()
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(StreamError)
    async def not_kept(_: Request, error: StreamError) -> JSONResponse:
        _LOG.error("events could not be kept or read: %s", error)
        return ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE, "stream-failed",
            "events cannot be kept or read now; see the log lines of the service",
        ).response()  # fmt: skip

    @app.exception_handler(Exception)
    async def defect(_: Request, error: Exception) -> JSONResponse:
        del error  # told by the server, with its traceback
        return ProblemError(
            HTTPStatus.INTERNAL_SERVER_ERROR, "defect",
            "this should not happen; see the log lines of the service",
        ).response()  # fmt: skip

    @app.exception_handler(ValueError)
    async def mistaken(_: Request, error: ValueError) -> JSONResponse:
        # Errors about what was given are ValueErrors of ours; any other is a defect.
        if not isinstance(error, TwinError):
            raise error
        return ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", told(error)
        ).response()


def told(error: Exception) -> str | Said:
    """Return what an error says, by kind and parts where it has them.

    Parameters
    ----------
    error : Exception
        Any; of the problems of a file the first is told, with how many there are.
    """
    if not isinstance(error, TwinError):
        return str(error)
    problems: tuple[Problem, ...] = getattr(error, "problems", ())
    return error.said or (_first(str(error), problems) if problems else str(error))


def _first(text: str, problems: tuple[Problem, ...]) -> Said:
    first, n = problems[0], len(problems)
    field = first.column or first.file
    if first.value is None:
        return Said(text, "value_missing", {"field": field})
    parts = {"field": field, "value": first.value}
    if n == 1:
        return Said(text, "value_not_allowed", parts)
    return Said(text, "values_not_allowed", {**parts, "count": n})


def sentence(said: Said | None) -> Sentence | None:
    """Return what is said as an answer has it."""
    return None if said is None else Sentence.model_validate(said.document())


def _said(error: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"])
    # A body may hold a key: it is never told back.
    given = "" if error["loc"][0] == "body" else f"{error.get('input')!r:.80}; "
    return f"{place}: {given}{error['msg']}"
