import json

import pytest

from streams.log import LogReader


@pytest.fixture
def approver(key_of):
    return key_of("approve", "read")


def events_of(places):
    with places.tenants["default"].stream.source() as source:
        assert isinstance(source, LogReader)
        batch = source.poll(0, 10)
        return [] if batch is None else [json.loads(value) for value in batch.values()]


def test_decision_is_an_event_with_who_and_why(client, approver, places):
    answer = client.post("/v1/plans/P1/approval", headers=approver)
    assert answer.status_code == 202
    (event,) = events_of(places)
    assert event["type"] == "PlanApproved"
    assert event["id"] == answer.json()["event"]
    assert event["data"] == {"plan": "P1", "who": "approve-read"}
    (row,) = places.audit.rows()
    assert (row.what, row.about) == ("plan.approved", "P1")


def test_rejection_needs_a_reason(client, approver, places):
    assert client.post("/v1/plans/P1/rejection", headers=approver).status_code == 422
    given = {"why": "too late"}
    answer = client.post("/v1/plans/P1/rejection", json=given, headers=approver)
    assert answer.status_code == 202
    (event,) = events_of(places)
    assert event["data"]["why"] == "too late"


def test_decision_sent_again_with_its_key_counts_once(client, approver):
    keyed = {**approver, "idempotency-key": "7"}
    first = client.post("/v1/plans/P1/approval", headers=keyed).json()
    again = client.post("/v1/plans/P1/approval", headers=keyed).json()
    other = client.post("/v1/plans/P2/approval", headers=keyed).json()
    anew = client.post("/v1/plans/P1/approval", headers=approver).json()
    assert first == again
    assert len({first["event"], other["event"], anew["event"]}) == 3


def test_plan_cannot_be_approved_by_who_may_only_plan(client, key_of):
    answer = client.post("/v1/plans/P1/approval", headers=key_of("plan"))
    assert answer.status_code == 403
    one_site = key_of("approve", sites=["dc_west"])
    assert client.post("/v1/plans/P1/approval", headers=one_site).status_code == 403
