from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from twin.service.app import make_app


@pytest.fixture
def slow_client(places):
    """A client of a service with low rates that never fill."""
    options = replace(
        places.options, requests_per_s=1e-6, requests_burst=3, failures_per_s=1e-6,
        failures_burst=5,
    )  # fmt: skip
    app = make_app(replace(places, options=options))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


def test_each_key_has_its_own_rate(slow_client, key_of):
    anna, bert = key_of("read"), key_of("admin")
    told = [slow_client.get("/v1/streams", headers=anna) for _ in range(4)]
    assert [one.status_code for one in told] == [200, 200, 200, 429]
    assert int(told[-1].headers["retry-after"]) > 0
    assert told[-1].json()["type"].endswith("too-many-requests")
    assert told[-1].headers["x-content-type-options"] == "nosniff"
    assert slow_client.get("/v1/streams", headers=bert).status_code == 200
    assert slow_client.get("/healthz").status_code == 200


def test_keys_that_open_nothing_are_limited_together(slow_client):
    told = [
        slow_client.post(
            "/v1/session", json={"key": "wrong"}, headers={"cookie": f"{n}"}
        )
        for n in range(6)
    ]
    assert [one.status_code for one in told] == [401] * 5 + [429]
