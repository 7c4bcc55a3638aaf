"""What somebody with bad intent sends, and what comes of it."""

import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.service.access.sessions import CSRF_HEADER
from twin.service.bodies import CLOUD_EVENTS, EPCIS, JSON, NDJSON

TEXTS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)
FEW = settings(
    max_examples=40, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.mark.slow
def test_no_body_breaks_it_and_nothing_of_one_is_lost(client, key_of, places, folded):
    headers = key_of("write")
    tenant = places.tenants["default"]

    @FEW
    @given(
        body=st.binary(min_size=1, max_size=200)
        | TEXTS.map(lambda content: json.dumps(content).encode()),
        kind=st.sampled_from([JSON, NDJSON, CLOUD_EVENTS, EPCIS]),
    )
    def send(body, kind):
        before = tenant.journal.n_records
        answer = client.post(
            "/v1/events", content=body, headers={**headers, "content-type": kind}
        )
        assert answer.status_code < 500
        if answer.status_code == 202:
            assert tenant.journal.n_records - before == answer.json()["accepted"]

    send()
    folded()
    progress = tenant.follower.progress()
    assert progress.position.to_json() == {"log/0": tenant.journal.n_records}
    # A record with a list holds several events, each counted.
    n_letters = sum(progress.dead_letters.values())
    assert n_letters + progress.applied + progress.waiting == progress.read
    assert n_letters > 0


@pytest.mark.parametrize(
    "path",
    [
        "/v1/state/..%2f..%2fkeys.json", "/v1/jobs/..%2f..%2fkeys/result",
        "/page/..%2ffiles.py", "/page/....//files.py", "/v1/jobs/%00/result",
        "/v1/keys/..%2f",
    ],
)  # fmt: skip
def test_path_leads_nowhere_else(client, key_of, path):
    answer = client.get(path, headers=key_of("admin"))
    assert answer.status_code in {404, 405, 422}
    assert "digest" not in answer.text


@pytest.mark.parametrize("kind", [JSON, NDJSON, EPCIS])
def test_deep_nesting_is_refused_or_a_dead_letter(client, key_of, folded, kind):
    headers = key_of("write", "read")
    for n_bodies, depth in enumerate((1_000, 40_000), 1):
        body = b"[" * depth + b"]" * depth
        answer = client.post(
            "/v1/events", content=body, headers={**headers, "content-type": kind}
        )
        assert answer.status_code in {202, 400}
        folded()
        found = client.get("/v1/deadletters", headers=headers).json()
        assert found["total"] == n_bodies


def test_deep_nesting_elsewhere_is_refused(client, key_of):
    body = b'{"changes": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    headers = {**key_of("plan"), "content-type": JSON}
    assert client.post("/v1/whatif", content=body, headers=headers).status_code in {
        400,
        422,
    }


@pytest.mark.parametrize("path", ["/v1/whatif", "/v1/keys", "/v1/session", "/v1/plans"])
def test_large_body_is_refused_everywhere(client, key_of, path):
    body = b'{"name": "' + b"x" * 200_000 + b'"}'
    headers = {**key_of("admin"), "content-type": JSON}
    assert client.post(path, content=body, headers=headers).status_code == 413


def test_bomb_is_refused(client, key_of):
    headers = {**key_of("write"), "content-type": NDJSON, "content-encoding": "gzip"}
    bomb = gzip.compress(b"0" * 20_000_000)
    assert client.post("/v1/events", content=bomb, headers=headers).status_code == 413


def test_no_cell_of_a_sheet_is_a_formula(client, key_of, order, folded):
    headers = key_of("write", "read")
    names = ["=1+1", "+cmd|'/C calc'!A0", "@SUM(A1)", "-2", "\t=1"]
    events = [order(number) for number in range(len(names))]
    for event, name in zip(events, names, strict=True):
        event["data"]["order"] = name
    client.post("/v1/events", json=events, headers=headers)
    folded()
    answer = client.get("/v1/state/orders?format=csv", headers=headers)
    rows = answer.text.splitlines()[1:]
    assert len(rows) == len(names)
    assert all(row.lstrip('"').startswith("'") for row in rows)


@pytest.mark.parametrize("value", ["a\r\nset-cookie: x=1", "a\nb"])
def test_no_header_comes_from_what_is_sent(client, key_of, value):
    answer = client.get("/v1/state/stock", params={"at": value}, headers=key_of("read"))
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


def test_form_of_another_site_changes_nothing(client, key_of, places, order):
    key = key_of("admin")["authorization"].removeprefix("Bearer ")
    client.post("/v1/session", json={"key": key})
    forged = {"origin": "https://elsewhere.example", "content-type": JSON}
    answer = client.post("/v1/events", content=json.dumps(order(1)), headers=forged)
    assert answer.status_code == 403
    assert CSRF_HEADER in answer.json()["detail"]
    assert places.tenants["default"].journal.n_records == 0
