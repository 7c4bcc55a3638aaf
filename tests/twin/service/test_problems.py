from http import HTTPStatus

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from twin.errors import ChangeError, OptionError, Problem
from twin.said import Said
from twin.service.problems import (
    MEDIA_TYPE,
    ProblemError,
    answer_problems,
    problems,
    told,
)


def asked(error):
    app = FastAPI()
    answer_problems(app)

    @app.get("/x")
    def route(n: int = 0):
        raise error

    return TestClient(app, raise_server_exceptions=False)


def test_problem_says_what_and_when_to_come_again():
    error = ProblemError(
        HTTPStatus.TOO_MANY_REQUESTS, "queue-full", "it is full", retry_after_s=3
    )
    answer = asked(error).get("/x")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "3"
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["title"] == "Queue full"
    assert answer.json()["detail"] == "it is full"


def test_problem_says_what_it_is_made_of_for_other_languages():
    said = Said("order 'A': two lines", "several_lines", {"order": "A", "count": 2})
    error = ProblemError(HTTPStatus.CONFLICT, "several-lines", said)
    answer = asked(error).get("/x").json()
    assert answer["detail"] == "order 'A': two lines"
    assert answer["said"] == said.document()
    mistake = asked(OptionError(Said("at: 'x'", "no_moment", {"value": "x"})))
    assert mistake.get("/x").json()["said"]["kind"] == "no_moment"
    assert asked(OptionError("at: 'x'")).get("/x").json()["said"] is None


@pytest.mark.parametrize(
    ("value", "more", "kind"),
    [("M9", 0, "value_not_allowed"), ("M9", 2, "values_not_allowed"),
     (None, 0, "value_missing")],
)  # fmt: skip
def test_first_problem_of_a_file_is_told_by_its_parts(value, more, kind):
    first = Problem("changes", 1, "machine", value, "a machine")
    said = told(ChangeError("changes", (first,) * (1 + more)))
    assert isinstance(said, Said)
    assert (said.kind, said.parts["field"]) == (kind, "machine")
    assert "a machine" in said.text


def test_mistakes_of_the_user_are_422_and_defects_are_not():
    assert asked(OptionError("no such item")).get("/x").status_code == 422
    assert asked(ValueError("a defect")).get("/x").status_code == 500


def test_invalid_parameter_is_named_with_its_value():
    answer = asked(OptionError("")).get("/x?n=many")
    assert answer.status_code == 422
    assert "query.n: 'many'" in answer.json()["detail"]


def test_who_is_not_known_is_told_how_to_be():
    error = ProblemError(HTTPStatus.UNAUTHORIZED, "key-missing", "no key")
    assert "Bearer" in asked(error).get("/x").headers["www-authenticate"]


def test_routes_declare_problems_in_their_own_type():
    declared = problems(404)
    assert set(declared) == {400, 401, 403, 404, 422, 429, 503}
    assert MEDIA_TYPE in declared[404]["content"]
