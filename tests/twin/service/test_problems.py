from http import HTTPStatus

from fastapi import FastAPI
from fastapi.testclient import TestClient

from twin.errors import OptionError
from twin.service.problems import MEDIA_TYPE, ProblemError, answer_problems, problems


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
    assert set(declared) == {400, 401, 403, 404, 422, 429}
    assert MEDIA_TYPE in declared[404]["content"]
