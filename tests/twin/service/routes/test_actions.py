"""Actions on open orders: proposed, approved, rejected."""

import dataclasses
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from twin.service import deciding
from twin.service.app import make_app
from twin.service.journal import Journal
from twin.service.problems import ProblemError

AT_US = 1_767_600_000_000_000
DAY_US = 86_400_000_000


@pytest.fixture
def purchase_in(key_of, folded):
    """Have an open purchase of 100 units, due in four days."""
    event = {
        "specversion": "1.0", "id": "p-1", "source": "erp",
        "type": "PurchaseOrderPlaced", "time": "2026-01-05T08:00:00Z",
        "data": {
            "order": "B1", "supplier": "chem_far", "item": "glycerine",
            "site": "plant_north", "quantity": 100, "due_us": AT_US + 4 * DAY_US,
        },
    }  # fmt: skip

    def send(client):
        answer = client.post("/v1/events", json=event, headers=key_of("write"))
        assert answer.status_code == 202
        folded()

    return send


@pytest.fixture
def purchase(client, purchase_in):
    purchase_in(client)


def state_of(client, headers):
    answer = client.get("/v1/state/orders", headers=headers).json()
    return [(row["order"], row["quantity"], row["due_us"]) for row in answer["rows"]]


def proposed(client, headers, **given):
    return client.post("/v1/actions", json={"order": "B1", **given}, headers=headers)


@pytest.mark.usefixtures("purchase")
def test_approved_action_changes_the_order_as_an_event(client, key_of, folded):
    planner, boss = key_of("read", "plan"), key_of("read", "approve")
    sooner = AT_US + 2 * DAY_US
    answer = proposed(client, planner, kind="expedite", due_us=sooner, why="short")
    assert answer.status_code == 201
    action = answer.json()
    assert (action["status"], action["quantity"]) == ("proposed", 100.0)
    assert state_of(client, planner) == [("B1", 100.0, AT_US + 4 * DAY_US)]
    path = f"/v1/actions/{action['id']}/approval"
    assert client.post(path, headers=planner).status_code == 403
    assert client.post(path, headers=boss).status_code == 202
    folded()
    assert state_of(client, planner) == [("B1", 100.0, sooner)]
    assert client.post(path, headers=boss).status_code == 409
    (listed,) = client.get("/v1/actions", headers=planner).json()
    assert (listed["status"], listed["decided_by"]) == ("approved", "read-approve")


@pytest.mark.usefixtures("purchase")
@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"kind": "increase", "quantity": 150}, [(150.0, AT_US + 4 * DAY_US)]),
        ({"kind": "decrease", "quantity": 60}, [(60.0, AT_US + 4 * DAY_US)]),
        (
            {"kind": "defer", "due_us": AT_US + 9 * DAY_US},
            [(100.0, AT_US + 9 * DAY_US)],
        ),
        ({"kind": "cancel"}, []),
    ],
)
def test_each_kind_is_carried_out(client, key_of, folded, *, given, left):
    headers = key_of("read", "plan", "approve")
    action = proposed(client, headers, **given).json()
    client.post(f"/v1/actions/{action['id']}/approval", headers=headers)
    folded()
    assert [row[1:] for row in state_of(client, headers)] == left


@pytest.mark.usefixtures("purchase")
def test_rejected_action_changes_nothing_and_keeps_its_reason(client, key_of, folded):
    headers = key_of("read", "plan", "approve")
    action = proposed(client, headers, kind="cancel").json()
    path = f"/v1/actions/{action['id']}/rejection"
    assert client.post(path, headers=headers).status_code == 422
    answer = client.post(path, json={"why": "needed"}, headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (202, "needed")
    folded()
    assert state_of(client, headers) == [("B1", 100.0, AT_US + 4 * DAY_US)]
    (listed,) = client.get("/v1/actions", headers=headers).json()
    assert (listed["status"], listed["reason"]) == ("rejected", "needed")


@pytest.mark.usefixtures("purchase")
@pytest.mark.parametrize(
    "given",
    [
        {"kind": "expedite"},
        {"kind": "expedite", "due_us": AT_US + 5 * DAY_US},
        {"kind": "defer", "due_us": AT_US + 3 * DAY_US},
        {"kind": "increase", "quantity": 90},
        {"kind": "decrease", "quantity": 110},
        {"kind": "cancel", "quantity": 1},
    ],
)
def test_change_that_is_not_what_it_is_called_is_refused(client, key_of, given):
    headers = key_of("read", "plan")
    assert proposed(client, headers, **given).status_code == 422
    assert client.get("/v1/actions", headers=headers).json() == []


@pytest.mark.usefixtures("purchase")
def test_action_of_another_site_or_tenant_is_not_seen(client, key_of):
    action = proposed(client, key_of("plan"), kind="cancel").json()
    west = key_of("read", "plan", "approve", sites=["dc_west"])
    assert client.get("/v1/actions", headers=west).json() == []
    assert proposed(client, west, kind="cancel").status_code == 403
    path = f"/v1/actions/{action['id']}/approval"
    assert client.post(path, headers=west).status_code == 404
    other = key_of("approve", tenant="other")
    assert client.post(path, headers=other).status_code == 404


def test_order_that_is_not_open_cannot_be_changed(client, key_of):
    assert proposed(client, key_of("plan"), kind="cancel").status_code == 404


def test_last_word_on_a_plan_is_told(client, key_of):
    headers = key_of("approve", "read")
    client.post("/v1/plans/plan-1/approval", headers=headers)
    client.post("/v1/plans/plan-1/rejection", json={"why": "no"}, headers=headers)
    (found,) = client.get("/v1/decisions", headers=headers).json()
    assert (found["plan"], found["status"], found["why"]) == (
        "plan-1",
        "rejected",
        "no",
    )
    one_site = key_of("read", sites=["dc_west"])
    assert client.get("/v1/decisions", headers=one_site).status_code == 403


@pytest.mark.usefixtures("purchase")
def test_approval_and_rejection_at_once_are_one_decision(
    client, key_of, folded, monkeypatch
):
    headers = key_of("read", "plan", "approve")
    action = proposed(client, headers, kind="cancel").json()
    path = f"/v1/actions/{action['id']}"
    writes, both = threading.Event(), Journal.submit

    def slow(journal, values, **more):
        writes.set()
        threading.Event().wait(0.2)  # the rejection comes meanwhile
        return both(journal, values, **more)

    monkeypatch.setattr(Journal, "submit", slow)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(client.post, f"{path}/approval", headers=headers)
        assert writes.wait(60)
        second = client.post(f"{path}/rejection", json={"why": "no"}, headers=headers)
    assert (first.result().status_code, second.status_code) == (202, 409)
    folded()
    assert state_of(client, headers) == []


@pytest.mark.usefixtures("purchase")
def test_approval_cut_off_before_its_event_is_carried_out_later(
    client, key_of, places, monkeypatch
):
    headers = key_of("read", "plan", "approve")
    action = proposed(client, headers, kind="cancel").json()
    path = f"/v1/actions/{action['id']}"
    submit, journal = Journal.submit, places.tenants["default"].journal

    def refuses(*_, **__):
        raise ProblemError(503, "closing", "the service is closing")

    monkeypatch.setattr(Journal, "submit", refuses)
    assert client.post(f"{path}/approval", headers=headers).status_code == 503
    answer = client.post(f"{path}/rejection", json={"why": "no"}, headers=headers)
    assert answer.status_code == 409
    n_records = journal.n_records
    monkeypatch.setattr(Journal, "submit", submit)
    wait_until(lambda: not places.ledger.of("default").unsent())
    assert journal.n_records == n_records + 1
    assert places.tenants["default"].follower.wait_for_records(
        n_records + 1, timeout_s=60
    )
    assert state_of(client, headers) == []
    assert client.post(f"{path}/approval", headers=headers).status_code == 409


@pytest.mark.usefixtures("purchase")
def test_nothing_is_decided_on_an_order_as_it_was(client, key_of, places, monkeypatch):
    headers = key_of("read", "plan", "approve")
    action = proposed(client, headers, kind="cancel").json()
    follower = places.tenants["default"].follower
    path = f"/v1/actions/{action['id']}/approval"
    with monkeypatch.context() as slow:
        slow.setattr(follower, "wait_until_read", lambda **_: False)
        answer = client.post(path, headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    (listed,) = client.get("/v1/actions", headers=headers).json()
    assert listed["status"] == "proposed"
    assert client.post(path, headers=headers).status_code == 202


@pytest.mark.usefixtures("purchase")
def test_nothing_is_decided_while_the_twin_catches_up(
    client, key_of, order, *, places, monkeypatch
):
    headers = key_of("read", "plan", "approve")
    action = proposed(client, headers, kind="cancel").json()
    tenant = places.tenants["default"]
    path, polled = f"/v1/actions/{action['id']}/approval", threading.Event()
    with monkeypatch.context() as slow:
        # It has read more than was written here, and there is more to come.
        slow.setattr(tenant.follower, "_n_read", 1_000)
        slow.setattr(tenant.follower._source, "poll", lambda *_: polled.set())
        slow.setattr(deciding, "_FOLD_S", 0.2)
        assert polled.wait(60)  # none is under way
        tenant.journal.submit([json.dumps(order(1)).encode()]).result(60)
        answer = client.post(path, headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["title"] == "Behind"
    assert client.post(path, headers=headers).status_code == 202


@pytest.mark.usefixtures("purchase")
def test_event_that_was_kept_but_not_recorded_counts_once(
    client, key_of, folded, *, places, monkeypatch
):
    headers = key_of("read", "plan", "approve")
    action = proposed(client, headers, kind="increase", quantity=150).json()
    record = places.audit.record

    def ends(who, what, **more):
        if what == "action.sent":
            raise ProblemError(503, "closing", "the service is closing")
        return record(who, what, **more)

    monkeypatch.setattr(places.audit, "record", ends)
    path = f"/v1/actions/{action['id']}/approval"
    assert client.post(path, headers=headers).status_code == 503
    monkeypatch.setattr(places.audit, "record", record)
    wait_until(lambda: not places.ledger.of("default").unsent())
    folded()
    assert [row[1] for row in state_of(client, headers)] == [150.0]
    assert places.tenants["default"].follower.progress().dead_letters == {}


def wait_until(is_so):
    for _ in range(3_000):
        if is_so():
            return
        threading.Event().wait(0.02)
    raise TimeoutError


@pytest.mark.usefixtures("purchase")
@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"kind": "cancel"}, {"kind": "expedite", "due_us": AT_US + DAY_US}),
        (
            {"kind": "decrease", "quantity": 50},
            {"kind": "decrease", "quantity": 60},
        ),
        (
            {"kind": "expedite", "due_us": AT_US + DAY_US},
            {"kind": "expedite", "due_us": AT_US + 2 * DAY_US},
        ),
    ],
)
def test_action_that_does_not_fit_any_more_is_not_approved(client, key_of, first, then):
    headers = key_of("read", "plan", "approve")
    paths = [
        f"/v1/actions/{proposed(client, headers, **one).json()['id']}"
        for one in (first, then)
    ]
    assert client.post(f"{paths[0]}/approval", headers=headers).status_code == 202
    answer = client.post(f"{paths[1]}/approval", headers=headers)
    assert (answer.status_code, answer.json()["type"][-12:]) == (409, "fits-no-more")
    answer = client.post(f"{paths[1]}/rejection", json={"why": "x"}, headers=headers)
    assert answer.status_code == 202


def test_four_eyes_need_another_key(places, key_of, purchase_in):
    options = dataclasses.replace(places.options, four_eyes=True)
    places = dataclasses.replace(places, options=options)
    with TestClient(make_app(places), base_url="http://127.0.0.1") as client:
        purchase_in(client)
        headers = key_of("read", "plan", "approve")
        action = proposed(client, headers, kind="cancel").json()
        path = f"/v1/actions/{action['id']}/approval"
        answer = client.post(path, headers=headers)
        assert answer.status_code == 403
        assert "allowed: another key" in answer.json()["detail"]
        assert client.post(path, headers=key_of("approve")).status_code == 202


@pytest.mark.usefixtures("purchase")
def test_action_that_waits_is_listed_before_all_that_are_decided(client, key_of):
    headers = key_of("read", "plan", "approve")
    waits = proposed(client, headers, kind="cancel").json()["id"]
    decided = [proposed(client, headers, kind="cancel").json()["id"] for _ in range(3)]
    for one in decided:
        path = f"/v1/actions/{one}/rejection"
        assert client.post(path, json={"why": "no"}, headers=headers).is_success
    listed = {}
    for query in ("", "?rows=2", "?first=2&rows=9", "?status=proposed", "?rows=0"):
        answer = client.get(f"/v1/actions{query}", headers=headers)
        listed[query] = [one["id"] for one in answer.json()]
        total = 1 if "status" in query else 4
        assert answer.headers["Millstream-Rows"] == str(total)
    assert listed == {
        "": [waits, *decided[::-1]],
        "?rows=2": [waits, decided[2]],
        "?first=2&rows=9": [decided[1], decided[0]],
        "?status=proposed": [waits],
        "?rows=0": [],
    }
