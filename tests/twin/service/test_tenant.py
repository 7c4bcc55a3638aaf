import asyncio
import dataclasses
import json
import threading

import pytest

from streams.codec import encode
from streams.events import PlanRejected, PlanReleased, StockCounted
from twin.service import releases
from twin.service.follower import CHECKPOINTS
from twin.service.tenant import PLANS, RELEASED, progress_json


def test_changes_are_told_to_listeners(make_tenant, order):
    async def run():
        tenant = make_tenant()
        tenant.hub.bind(asyncio.get_running_loop())
        listener = tenant.hub.listen("progress")
        tenant.start()
        await tenant.journal.append([json.dumps(order(1)).encode()])
        return await asyncio.wait_for(anext(listener), 10)

    told = asyncio.run(run())
    assert told.data["read"] == 1
    assert told.data["position"] == {"log/0": 1}


def test_progress_before_the_first_event_has_no_times(make_tenant):
    found = progress_json(make_tenant().follower.progress())
    assert found["latest_us"] is None
    assert found["watermark_us"] is None
    assert json.loads(json.dumps(found)) == found


def test_closed_tenant_takes_no_more(make_tenant):
    tenant = make_tenant()
    tenant.start()
    tenant.close()
    tenant.close()
    assert tenant.follower.failure is None


def test_plan_goes_with_its_job_and_none_is_left_without(make_tenant):
    tenant = make_tenant()
    plans = tenant.store / PLANS
    for name in ("plan-1", "plan-9"):
        (plans / name).mkdir(parents=True)
        (plans / name / "orders.csv").write_text("x")
    job = tenant.jobs.submit("plan", {}, lambda handle: {}, who="anna")
    tenant.close()
    again = make_tenant()
    assert [path.name for path in plans.iterdir()] == [job.id] == ["plan-1"]
    again._forget_plan(again.jobs.job(job.id))
    assert not list(plans.iterdir())


def test_job_that_ended_unheard_is_told_when_it_starts_again(make_tenant, monkeypatch):
    tenant, told = make_tenant(), []
    monkeypatch.setattr(tenant.jobs, "_told", lambda job: None)
    monkeypatch.setattr(tenant.jobs, "_tell_end", lambda job: None)
    tenant.jobs.submit("plan", {}, lambda handle: {}, who="anna")
    tenant.close()
    again = make_tenant()
    monkeypatch.setattr(again.webhooks, "tell", told.extend)
    again.start()
    assert [(one.kind, one.about) for one in told] == [("job.ended", "plan-1")]


def test_twin_is_saved_though_a_job_goes_on(make_tenant, order):
    tenant, goes_on, saved = make_tenant(), threading.Event(), []

    def stubborn(_):
        assert goes_on.wait(60)
        saved.extend(path.name for path in (tenant.store / CHECKPOINTS).iterdir())
        return {}

    tenant.start()
    tenant.journal.submit([json.dumps(order(1)).encode()]).result(60)
    assert tenant.follower.wait_for_records(1, timeout_s=60)
    tenant.jobs.submit("plan", {}, stubborn, who="anna")
    closing = threading.Thread(target=tenant.close)
    closing.start()
    tenant.follower._thread.join(60)
    goes_on.set()
    closing.join(60)
    assert saved


@pytest.mark.parametrize(("n_read", "plans"), [(9, ["P1"]), (1, [])])
def test_plans_of_before_the_checkpoint_are_found_once(
    make_tenant, monkeypatch, n_read, plans
):
    events = [
        PlanReleased(plan="P1", start_us=1, end_us=2, lines=()),
        PlanRejected(plan="P1", who="anna", why="too dear"),
        StockCounted(item="tea", site="dc_west", quantity=1),
    ]
    tenant, told = make_tenant(), []
    tenant.start()
    as_of_us = tenant.network.settings.as_of_us
    records = [
        encode(event, event_id=str(n), source="test", time_us=as_of_us)
        for n, event in enumerate(events)
    ]
    tenant.journal.submit(records).result(60)
    assert tenant.follower.wait_for_records(3, timeout_s=60)
    tenant.close()
    (tenant.store / RELEASED).unlink()
    monkeypatch.setattr(releases, "RECALLED_MAX", n_read)
    again = make_tenant()
    monkeypatch.setattr(again.webhooks, "tell", told.extend)
    again.start()
    assert again.follower.wait_until_read(timeout_s=60)
    assert [one.plan for one in again.releases.plans()] == plans
    assert {one.why for one in again.releases.plans()} == {"too dear" for _ in plans}
    assert again.releases.are_kept
    assert (told, again.follower.n_read) == ([], 0)


def test_past_that_cannot_be_read_does_not_stop_the_twin(make_tenant, order, caplog):
    tenant = make_tenant()
    tenant.start()
    tenant.journal.submit([json.dumps(order(1)).encode()]).result(60)
    assert tenant.follower.wait_for_records(1, timeout_s=60)
    tenant.close()
    again = make_tenant()

    def gone():
        raise OSError("the disk is gone")

    again.stream = dataclasses.replace(again.stream, source=gone)
    again.start()
    again.journal.submit([json.dumps(order(2)).encode()]).result(60)
    assert again.follower.wait_for_records(1, timeout_s=60)
    assert again.follower.failure is None
    assert "the disk is gone" in caplog.text
