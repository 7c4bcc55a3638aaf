import asyncio
import json
import time

import pytest

from twin.service.jobs import OVER
from twin.service.routes.jobs import _steps


@pytest.fixture
def planner(key_of):
    return key_of("plan", "read")


@pytest.fixture
def over(client, planner):
    def wait(job):
        for _ in range(6_000):
            found = client.get(f"/v1/jobs/{job['id']}", headers=planner).json()
            if found["status"] in OVER:
                return found
            time.sleep(0.01)
        raise AssertionError(found)

    return wait


BAD = {"changes": [{"machine_sped": []}]}


def test_job_fails_with_a_word_and_stays_to_be_looked_at(client, planner, over, places):
    answer = client.post("/v1/whatif", json=BAD, headers=planner)
    assert answer.status_code == 202
    found = over(answer.json())
    assert found["status"] == "failed"
    assert "machine_sped" in found["error"]
    assert client.get("/v1/jobs", headers=planner).json() == [found]
    result = client.get(f"/v1/jobs/{found['id']}/result", headers=planner)
    assert result.status_code == 409
    audited = [(row.what, row.about) for row in places.audit.rows()]
    assert audited == [("whatif.asked", found["id"])]


def test_job_of_another_tenant_or_site_is_not_there(client, planner, over, key_of):
    job = over(client.post("/v1/whatif", json=BAD, headers=planner).json())
    for other in (key_of("admin", tenant="other"), key_of("read", sites=["dc_west"])):
        for path in ("", "/result", "/progress"):
            answer = client.get(f"/v1/jobs/{job['id']}{path}", headers=other)
            assert answer.status_code == 404
        assert client.get("/v1/jobs", headers=other).json() == []
    assert client.delete("/v1/jobs/none", headers=planner).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("schedules", {"seconds": 0}),
        ("schedules/check", {"operations": []}),
        ("plans", {"reviews": 0}),
        ("whatif", {"changes": []}),
        ("promises", {"item": "tea", "quantity": 0}),
        ("promises", {}),
    ],
)
def test_what_makes_no_sense_is_422(client, planner, path, body):
    assert client.post(f"/v1/{path}", json=body, headers=planner).status_code == 422


@pytest.mark.parametrize(
    "path", ["schedules", "schedules/check", "plans", "whatif", "promises"]
)
def test_asking_needs_its_scope_and_all_sites(client, key_of, path):
    assert (
        client.post(f"/v1/{path}", json={}, headers=key_of("read")).status_code == 403
    )


def test_progress_tells_steps_that_were_and_the_end(make_tenant):
    async def run():
        tenant = make_tenant()
        tenant.hub.bind(asyncio.get_running_loop())
        gate = asyncio.Event()

        def work(handle):
            handle.step(done=1)
            asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(60)
            handle.step(done=2)
            return {"cost": 1}

        loop = asyncio.get_running_loop()
        job = tenant.jobs.submit("plan", {}, work, who="anna")
        while not tenant.jobs.history(job.id):
            await asyncio.sleep(0.001)
        events = []
        async for event in _steps(tenant, job):
            events.append((event["event"], json.loads(event["data"])))
            gate.set()
        return events

    events = asyncio.run(run())
    assert events[0] == ("step", {"done": 1})
    assert ("step", {"done": 2}) in events
    assert (events[-1][0], events[-1][1]["status"]) == ("over", "done")
