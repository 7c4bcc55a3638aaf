import threading

from fastapi.testclient import TestClient

from twin.service.app import HEADERS, make_app


def test_every_answer_carries_the_headers(client, key_of):
    for path in ("/healthz", "/v1/streams", "/v1/nowhere"):
        answer = client.get(path, headers=key_of("read"))
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert client.get("/v1/streams").headers["cache-control"] == "no-store"


def test_description_names_every_route_with_problems(client):
    paths = client.get("/v1/openapi.json").json()["paths"]
    versioned = [path for path in paths if path.startswith("/v1/")]
    assert {"/v1/events", "/v1/state/{table}", "/v1/changes"} <= set(versioned)
    for path in versioned:
        for route in paths[path].values():
            assert {"401", "403"} <= set(route["responses"])
            assert route["summary"]
            assert route["description"]


def test_description_tells_of_bodies_that_are_too_large_or_slow(client):
    paths = client.get("/v1/openapi.json").json()["paths"]
    routes = [route for path in paths.values() for route in path.values()]
    reading = [one["responses"] for one in routes if "requestBody" in one]
    assert 0 < len(reading) < len(routes)
    for responses in reading:
        for status in ("408", "413"):
            assert "application/problem+json" in responses[status]["content"]


def test_unknown_path_is_a_problem(client):
    answer = client.get("/../../etc/passwd")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_all_tenants_are_saved_though_a_job_of_one_goes_on(places):
    first, second = places.tenants.values()
    begun, found = threading.Event(), []

    def stubborn(_):
        begun.set()
        second.follower._thread.join(10)
        found.append(second.follower._thread.is_alive())
        return {}

    with TestClient(make_app(places)):
        first.jobs.submit("plan", {}, stubborn, who="anna")
        assert begun.wait(60)
    assert found == [False]
