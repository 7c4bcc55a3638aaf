import gzip
import json
from dataclasses import replace

import pytest

from twin.service.bodies import NDJSON
from twin.service.follower import Follower


def send(client, headers, content, kind="application/json", **more):
    return client.post(
        "/v1/events", content=content, headers={**headers, "content-type": kind, **more}
    )


@pytest.fixture
def writer(key_of):
    return key_of("write", "read")


def test_event_is_safe_and_then_in_the_state(client, writer, order, folded):
    answer = client.post("/v1/events", json=order(1), headers=writer)
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 1, "first_offset": 0, "refused": []}
    folded()
    rows = client.get("/v1/state/orders", headers=writer).json()["rows"]
    assert [(row["order"], row["quantity"]) for row in rows] == [("C1", 40.0)]


def test_batches_of_every_kind_are_taken(client, writer, order, folded):
    events = [order(number) for number in range(6)]
    lines = "\n".join(map(json.dumps, events[:2])).encode()
    assert send(client, writer, lines, NDJSON).json()["accepted"] == 2
    batch = json.dumps(events[2:4]).encode()
    kind = "application/cloudevents-batch+json"
    assert send(client, writer, batch, kind).json()["first_offset"] == 2
    packed = gzip.compress(json.dumps(events[4:]).encode())
    answer = send(client, writer, packed, **{"content-encoding": "gzip"})
    assert answer.json()["first_offset"] == 4
    folded()
    assert client.get("/v1/state/orders", headers=writer).json()["n_rows"] == 6


def test_what_is_no_event_is_told_and_kept(client, writer, order, folded):
    lines = json.dumps(order(1)).encode() + b'\n{"x": 1}\n'
    answer = send(client, writer, lines, NDJSON).json()
    assert answer["accepted"] == 2
    assert [(one["index"], one["reason"]) for one in answer["refused"]] == [
        (1, "bad envelope")
    ]
    folded()
    letters = client.get("/v1/deadletters", headers=writer).json()
    assert [one["raw"] for one in letters["letters"]] == ['{"x": 1}']


@pytest.mark.parametrize("body", [b"[[[", b"[" * 100_000 + b"]" * 0, b"[1"])
def test_body_that_cannot_be_split_is_refused_and_kept(client, writer, body, folded):
    body = body[:90_000]
    answer = send(client, writer, body)
    assert answer.status_code == 400
    folded()
    assert client.get("/v1/deadletters", headers=writer).json()["total"] == 1


@pytest.mark.parametrize(
    ("content", "kind", "encoding", "status"),
    [
        (b"x" * 100_001, NDJSON, "", 413),
        (b"1\n" * 51, NDJSON, "", 413),
        (b"", NDJSON, "", 400),
        (b"<a/>", "text/xml", "", 415),
        (b"1", "", "", 415),
        (b"1", NDJSON, "br", 415),
        (b"1", NDJSON, "gzip", 400),
        (gzip.compress(b"0" * 10_000_000, mtime=0), NDJSON, "gzip", 413),
    ],
)
def test_what_is_refused_has_its_status(  # noqa: PLR0917  # a case
    client, writer, content, kind, encoding, status
):
    answer = send(client, writer, content, kind, **{"content-encoding": encoding})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_refused_leaves_nothing(client, writer, places):
    send(client, writer, b"x" * 100_001, NDJSON)
    assert places.tenants["default"].journal.n_records == 0


def test_who_is_for_one_site_cannot_speak_for_all(client, key_of, order):
    headers = key_of("write", sites=["dc_west"])
    answer = client.post("/v1/events", json=order(1), headers=headers)
    assert answer.status_code == 403


def test_too_far_behind_is_429_with_a_time(client, writer, monkeypatch, order):
    monkeypatch.setattr(Follower, "behind", property(lambda _: 2_000))
    answer = client.post("/v1/events", json=order(1), headers=writer)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


def test_decision_needs_the_scope_of_those_who_approve(client, key_of, places, order):
    tenant = places.tenants["default"]
    tenant.options = replace(tenant.options, checked_events_max=1)
    word = order(0, type="PlanApproved", data={"plan": "P1", "who": "anna"})
    events = [order(number) for number in range(1, 4)] + [word]
    for scopes in (("write",), ("write", "plan")):
        answer = client.post("/v1/events", json=events, headers=key_of(*scopes))
        assert answer.status_code == 403
        assert "'PlanApproved'" in answer.json()["detail"]
        assert "'approve'" in answer.json()["detail"]
    assert tenant.journal.n_records == 0
    headers = key_of("write", "approve")
    assert client.post("/v1/events", json=events, headers=headers).status_code == 202


def test_letter_is_no_way_round_the_scope_of_those_who_approve(
    client, key_of, order, folded
):
    word = order(0, type="PlanRejected", data={"plan": "P1", "who": "a", "why": "no"})
    writer, both = key_of("write", "read"), key_of("write", "read", "approve")
    send(client, writer, b"{broken", NDJSON)
    folded()
    (letter,) = client.get("/v1/deadletters", headers=writer).json()["letters"]
    path, body = f"/v1/deadletters/{letter['id']}/retry", {"body": json.dumps(word)}
    answer = client.post(path, json=body, headers=writer)
    assert answer.status_code == 403
    assert "'PlanRejected'" in answer.json()["detail"]
    progress = client.get("/v1/streams", headers=writer).json()
    assert (progress["read"], progress["behind"]) == (1, 0)
    assert client.post(path, json=body, headers=both).status_code == 202
