import time

import pytest

from twin.service.routes import outlooks


def done(client, headers, job):
    end = time.monotonic() + 60.0
    while True:
        found = client.get(f"/v1/jobs/{job}", headers=headers).json()
        if found["status"] in {"done", "failed"}:
            return found
        assert time.monotonic() < end
        time.sleep(0.02)


def test_forecast_is_a_job_and_a_mistake_its_error(client, key_of):
    headers = key_of("plan", "read")
    answer = client.post("/v1/forecasts", json={}, headers=headers)
    assert answer.status_code == 202
    found = done(client, headers, answer.json()["id"])
    assert found["status"] == "failed"
    assert "must have orders" in found["error"]


@pytest.mark.parametrize(
    "given", [{"horizon": 0}, {"quantiles": [1.0]}, {"quantiles": []}, {"method": "x"}]
)
def test_forecast_that_makes_no_sense_is_refused(client, key_of, given):
    answer = client.post("/v1/forecasts", json=given, headers=key_of("plan"))
    assert answer.status_code == 422


def test_health_is_what_was_found_out_last(client, key_of, monkeypatch):
    headers = key_of("plan", "read")
    before = client.get("/v1/health", headers=headers)
    assert before.json() == {
        "job": None, "asked_us": None, "cycle_s": None, "horizon": None,
        "machines": [],
    }  # fmt: skip

    def found(_tenant, asked, _handle):
        row = {"machine": "filler_1", "p_fail": 0.5, "rul_mean": 3.0}
        return {"cycle_s": 3600.0, "horizon": asked.horizon, "machines": [row]}

    monkeypatch.setattr(outlooks, "health", found)
    answer = client.post("/v1/health", json={"horizon": 9}, headers=headers)
    done(client, headers, answer.json()["id"])
    last = client.get("/v1/health", headers=headers).json()
    assert (last["job"], last["horizon"]) == ("health-1", 9)
    assert last["machines"][0]["machine"] == "filler_1"


def test_key_of_one_site_sees_no_health_of_all(client, key_of):
    headers = key_of("admin", sites=["dc_west"])
    assert client.get("/v1/health", headers=headers).status_code == 403
    assert client.post("/v1/health", json={}, headers=headers).status_code == 403
    assert client.post("/v1/forecasts", json={}, headers=headers).status_code == 403
