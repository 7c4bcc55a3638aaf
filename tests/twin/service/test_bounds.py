import asyncio

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from twin.service.bounds import Bounded
from twin.service.problems import ProblemError, answer_problems

AS_JSON = {"content-type": "application/json"}


@pytest.fixture
def asked():
    app = FastAPI()

    @app.post("/x")
    async def route():
        return "read"

    @app.post("/y")
    async def pieces(request: Request):
        return len(b"".join([part async for part in request.stream()]))

    @app.post("/z")
    async def of_model(numbers: list[int]):
        return sum(numbers)

    answer_problems(app)
    app.add_middleware(Bounded, bytes_max=10, body_s=60.0)
    return TestClient(app)


def test_announced_body_is_refused_by_a_problem(asked):
    answer = asked.post("/x", content=b"12345678901")
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert "body: 11 bytes; allowed: at most 10" in answer.json()["detail"]


def test_body_in_pieces_is_read_no_further_than_it_may(asked):
    pieces = (b"123456" for _ in range(1_000))
    assert asked.post("/y", content=pieces).status_code == 413


def test_body_of_a_model_is_refused_for_what_it_is(asked):
    pieces = (b"[1234," for _ in range(1_000))
    answer = asked.post("/z", content=pieces, headers=AS_JSON)
    assert (answer.status_code, answer.json()["title"]) == (413, "Too large")
    assert answer.headers["content-type"] == "application/problem+json"
    assert asked.post("/z", content=b"[1", headers=AS_JSON).status_code == 422


def test_body_of_a_model_that_does_not_come_is_too_slow(asked):
    sent = []

    async def never():
        await asyncio.sleep(3600)

    async def send(message):
        sent.append(message)

    asked.app.user_middleware[0].kwargs["body_s"] = 0.1
    scope = {
        "type": "http", "method": "POST", "path": "/z", "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }  # fmt: skip
    asyncio.run(asyncio.wait_for(asked.app(scope, never, send), 60))
    start, body = sent
    assert start["status"] == 408
    assert b"not whole after 0.1 s" in body["body"]


def test_answer_that_has_begun_goes_on():
    sent = []

    async def begun(_scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        with pytest.raises(ProblemError):
            await receive()
        await send({"type": "http.response.body", "body": b"x"})

    async def large():
        return {"type": "http.request", "body": b"12345678901"}

    async def send(message):
        sent.append(message["type"])

    bounded = Bounded(begun, bytes_max=10, body_s=60.0)
    asyncio.run(bounded({"type": "http", "headers": []}, large, send))
    assert sent == ["http.response.start", "http.response.body"]


def test_what_fits_or_announces_nothing_sensible_passes(asked):
    assert asked.post("/x", content=b"1234567890").json() == "read"
    strange = {"content-length": "-5"}
    assert asked.post("/x", headers=strange).status_code == 200


def read_slowly(n_pieces, *, body_s):
    """Read a body of which so many pieces come before nothing does, then wait."""
    got = []

    async def read(_scope, receive, _send):
        while len(got) < 2:
            got.append((await receive())["more_body"])
        await receive()

    async def come():
        if len(got) >= n_pieces:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": b"x", "more_body": len(got) < 1}

    async def run():
        bounded = Bounded(read, bytes_max=10, body_s=body_s)
        await asyncio.wait_for(
            bounded({"type": "http", "headers": []}, come, None), 10 * body_s
        )

    return run, got


@pytest.mark.parametrize("n_pieces", [0, 1])
def test_body_that_does_not_come_in_time_is_not_waited_for(n_pieces):
    run, got = read_slowly(n_pieces, body_s=0.1)
    with pytest.raises(ProblemError, match=r"not whole after 0\.1 s") as refused:
        asyncio.run(run())
    assert refused.value.status == 408
    assert len(got) == n_pieces


def test_client_whose_body_is_whole_may_stay():
    run, got = read_slowly(2, body_s=0.1)
    with pytest.raises(TimeoutError):  # ours: nobody else ended it
        asyncio.run(run())
    assert got == [True, False]
