import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from twin.service.bounds import Bounded
from twin.service.problems import answer_problems


@pytest.fixture
def asked():
    app = FastAPI()

    @app.post("/x")
    async def route():
        return "read"

    @app.post("/y")
    async def pieces(request: Request):
        return len(b"".join([part async for part in request.stream()]))

    answer_problems(app)
    app.add_middleware(Bounded, bytes_max=10)
    return TestClient(app)


def test_announced_body_is_refused_by_a_problem(asked):
    answer = asked.post("/x", content=b"12345678901")
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert "body: 11 bytes; allowed: at most 10" in answer.json()["detail"]


def test_body_in_pieces_is_read_no_further_than_it_may(asked):
    pieces = (b"123456" for _ in range(1_000))
    assert asked.post("/y", content=pieces).status_code == 413


def test_what_fits_or_announces_nothing_sensible_passes(asked):
    assert asked.post("/x", content=b"1234567890").json() == "read"
    strange = {"content-length": "-5"}
    assert asked.post("/x", headers=strange).status_code == 200
