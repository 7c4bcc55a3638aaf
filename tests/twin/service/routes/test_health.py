import threading
from dataclasses import replace

from fastapi.testclient import TestClient

from twin.service.app import make_app
from twin.service.warming import Warming


def test_service_lives_and_is_ready(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    assert "millstream_records_read_total" in client.get("/metrics").text


def test_readiness_tells_of_kernels(places):
    first, gate = threading.Event(), threading.Event()
    warming = Warming(
        list(places.tenants.values())[:1],
        (lambda _: first.wait(60), lambda _: gate.wait(60)),
    )
    with TestClient(make_app(replace(places, warming=warming))) as client:
        assert client.get("/healthz").status_code == 200
        told = client.get("/readyz")
        assert (told.status_code, told.headers["retry-after"]) == (503, "5")
        first.set()
        assert warming.can_fold.wait(60)
        told = client.get("/readyz")
        assert (told.status_code, told.json()["kernels"]) == (200, "compiling")
        gate.set()
        assert warming.wait(60)
        assert client.get("/readyz").json()["kernels"] == "compiled"


def test_twin_that_ended_is_not_ready(client, places, monkeypatch):
    def broken(*_):
        raise OSError("disk gone")

    for tenant in places.tenants.values():
        monkeypatch.setattr(tenant.follower._source, "poll", broken)
        tenant.follower.wait_for_records(1, timeout_s=60)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "the twin has ended" in answer.json()["detail"]
    assert client.get("/healthz").status_code == 200
