import asyncio
import json

import pytest

from twin.service.watching import Watch, watch


class Told:
    """Webhooks that keep what they are told."""

    def __init__(self, *kinds):
        self.kinds, self.happenings = kinds, []

    def wanted(self, *kinds):
        return bool(set(kinds) & set(self.kinds))

    def tell(self, happenings):
        self.happenings += happenings

    def __getattr__(self, name):
        return lambda *_: None


@pytest.fixture
def tenant(make_tenant):
    one = make_tenant()
    one.webhooks.close()
    one.webhooks = Told("exception.raised")
    one.start()
    return one


def fold(tenant, *values):
    n_records = tenant.journal.n_records + len(values)
    tenant.journal.submit(values).result(60)
    assert tenant.follower.wait_for_records(n_records, timeout_s=60)
    tenant.follower.view(fresh=True)


def late(order, number):
    event = order(number)
    event["data"]["due_us"] = 1_767_484_800_000_000
    return json.dumps(event).encode()


def test_new_exception_is_told_once_and_old_ones_never(tenant, order):
    fold(tenant, late(order, 1))
    one = Watch(tenant)
    one.look()
    assert tenant.webhooks.happenings == []
    fold(tenant, late(order, 2))
    one.look()
    one.look()
    (told,) = tenant.webhooks.happenings
    assert (told.kind, told.about) == ("exception.raised", "C2")
    assert told.data["kind"] == "order_late"


def test_shortage_is_told_once_however_often_its_stock_moves(tenant, order):
    def told():
        return [one for one in tenant.webhooks.happenings if "short" in one.id]

    one = Watch(tenant)
    one.look()
    for minute in range(3):
        asked = order(minute, time=f"2026-01-05T08:0{minute}:00Z")
        fold(tenant, json.dumps(asked).encode())
        one.look()
    assert [each.about for each in told()] == ["shampoo_mild"]
    for minute in range(3):
        data = {"order": f"C{minute}"}
        ended = order(10 + minute, type="OrderCancelled", data=data)
        ended["time"] = "2026-01-05T08:05:00Z"
        fold(tenant, json.dumps(ended).encode())
    one.look()
    fold(tenant, json.dumps(order(20, time="2026-01-05T08:09:00Z")).encode())
    one.look()
    assert len({each.id for each in told()}) == len(told()) == 2


def test_dead_letters_are_told_together(tenant):
    one = Watch(tenant)
    fold(tenant, b"{", b"[")
    one.look()
    one.look()
    (told,) = tenant.webhooks.happenings
    assert told.kind == "records.refused"
    assert told.data["total"] == 2
    assert sum(told.data["new"].values()) == 2


def test_watching_goes_on_after_a_failure(tenant, monkeypatch, caplog):
    looks = []

    def broken(_):
        looks.append(1)
        raise RuntimeError("a defect")

    monkeypatch.setattr(Watch, "look", broken)

    async def some():
        task = asyncio.create_task(watch([tenant], look_s=0.001))
        while len(looks) < 3:
            await asyncio.sleep(0.001)
        task.cancel()

    asyncio.run(some())
    assert "a look at what is wrong failed" in caplog.text
