import json
import threading
import time

import pytest

from streams.codec import encode
from streams.deadletters import DeadLetterLog
from streams.events import PlanApproved
from streams.ingest.rejecting import FUTURE_REASON
from twin.replay import state_at
from twin.service import follower
from twin.service.follower import LETTERS
from twin.service.problems import ProblemError

NOW_US, IN_2035_US = 1_767_600_000_000_000, 2_051_222_400_000_000


def test_view_is_the_state_of_a_replay(make_tenant, order):
    tenant = make_tenant()
    tenant.start()
    values = [json.dumps(order(number)).encode() for number in range(3)]
    tenant.journal.submit(values).result(60)
    assert tenant.follower.wait_for_records(3, timeout_s=60)
    view = tenant.follower.view(fresh=True)
    with tenant.stream.source() as source:
        replayed = state_at(source, tenant.network)
    assert view.state.digest() == replayed.digest()
    assert view.position.to_json() == {"log/0": 3}


def test_follower_goes_on_where_it_was_saved(make_tenant, order, tmp_path):
    tenant = make_tenant()
    tenant.start()
    tenant.journal.submit([json.dumps(order(1)).encode(), b"bad"]).result(60)
    assert tenant.follower.wait_for_records(2, timeout_s=60)
    before = tenant.follower.view(fresh=True).state.digest()
    tenant.close()
    again = make_tenant()
    again.start()
    assert again.follower.view(fresh=True).state.digest() == before
    assert again.follower.progress().dead_letters == {"not JSON": 1}
    assert again.follower.n_read == 0


def test_what_cannot_be_used_is_a_dead_letter(make_tenant, tmp_path):
    tenant = make_tenant()
    tenant.start()
    tenant.journal.submit([b"{}", b"\xff"]).result(60)
    assert tenant.follower.wait_for_records(2, timeout_s=60)
    tenant.follower.flush_letters()
    letters = list(DeadLetterLog(tenant.store / LETTERS))
    assert [one.raw for one in letters] == [b"{}", b"\xff"]
    assert sum(tenant.follower.progress().dead_letters.values()) == 2


def test_nobody_waits_without_end_for_a_fold(make_tenant, monkeypatch):
    monkeypatch.setattr(follower, "_VIEW_S", 0.01)
    tenant = make_tenant()
    with tenant.follower._lock:
        tenant.start()
        with pytest.raises(ProblemError, match="folds for long") as refused:
            tenant.follower.view()
    assert refused.value.retry_after_s == 5
    monkeypatch.setattr(follower, "_VIEW_S", 60)
    assert tenant.follower.view().position is not None


def test_nobody_waits_for_kernels_and_nothing_is_folded_without(make_tenant, order):
    tenant, begin = make_tenant(), threading.Event()
    tenant.start(begin)
    tenant.journal.submit([json.dumps(order(1)).encode()]).result(60)
    with pytest.raises(ProblemError, match="once kernels are compiled") as refused:
        tenant.follower.view()
    assert (refused.value.status, refused.value.retry_after_s) == (503, 5)
    assert tenant.follower.n_read == 0
    begin.set()
    assert tenant.follower.wait_for_records(1, timeout_s=60)


def test_twin_that_waits_for_kernels_ends_at_once(make_tenant):
    tenant = make_tenant()
    tenant.start(threading.Event())
    tenant.close()
    assert not tenant.follower._thread.is_alive()


def test_failure_of_the_source_is_told(make_tenant, monkeypatch):
    def broken(*_):
        raise OSError("disk gone")

    tenant = make_tenant()
    monkeypatch.setattr(tenant.follower._source, "poll", broken)
    tenant.start()
    begun_s = time.monotonic()
    assert not tenant.follower.wait_for_records(1, timeout_s=600)
    assert isinstance(tenant.follower.failure, OSError)
    assert time.monotonic() - begun_s < 300  # nobody waits for what is over
    tenant.follower.close()


def test_fresh_view_holds_all_though_none_was_made_in_time(
    make_tenant, order, monkeypatch
):
    tenant = make_tenant()
    tenant.start()
    tenant.follower.view()
    monkeypatch.setattr(tenant.follower, "_show", lambda **_: None)
    monkeypatch.setattr("twin.service.follower._VIEW_S", 0.01)
    tenant.journal.submit([json.dumps(order(1)).encode()]).result(60)
    assert tenant.follower.wait_for_records(1, timeout_s=60)
    view = tenant.follower.view(fresh=True)
    assert view.position.to_json() == {"log/0": 1}


def test_waiting_ends_when_time_is_up(make_tenant):
    tenant = make_tenant()
    tenant.start()
    assert not tenant.follower.wait_for_records(1, timeout_s=0.01)
    assert tenant.follower.progress().read == 0


def test_decision_that_is_a_dead_letter_is_not_told(make_tenant, monkeypatch):
    tenant, told = make_tenant(), []
    monkeypatch.setattr(tenant.webhooks, "tell", told.extend)
    tenant.start()
    values = [
        encode(PlanApproved(plan=plan, who="anna"), event_id=plan, source="erp",
               time_us=time_us)
        for plan, time_us in (("P1", NOW_US), ("P2", IN_2035_US))
    ]  # fmt: skip
    tenant.journal.submit(values).result(60)
    assert tenant.follower.wait_for_records(2, timeout_s=60)
    tenant.follower.close()
    assert tenant.follower.progress().dead_letters == {FUTURE_REASON: 1}
    assert [(one.kind, one.about) for one in told] == [("plan.approved", "P1")]
