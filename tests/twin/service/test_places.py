from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from twin.service.access.sessions import CSRF_HEADER
from twin.service.app import make_app

ROUTES = [
    ("GET", "/v1/streams", "read"), ("GET", "/v1/deadletters", "read"),
    ("GET", "/v1/state/{table}", "read"), ("GET", "/v1/overview", "read"),
    ("GET", "/v1/network", "read"), ("GET", "/v1/jobs", "read"),
    ("GET", "/v1/jobs/{job_id}", "read"), ("GET", "/v1/jobs/{job_id}/result", "read"),
    ("GET", "/v1/jobs/{job_id}/progress", "read"),
    ("POST", "/v1/events", "write"),
    ("POST", "/v1/deadletters/{letter}/retry", "write"),
    ("POST", "/v1/schedules", "plan"), ("POST", "/v1/schedules/check", "plan"),
    ("GET", "/v1/plans", "read"), ("POST", "/v1/plans", "plan"),
    ("POST", "/v1/forecasts", "plan"), ("POST", "/v1/health", "plan"),
    ("GET", "/v1/health", "read"),
    ("POST", "/v1/whatif", "plan"), ("POST", "/v1/promises", "plan"),
    ("DELETE", "/v1/jobs/{job_id}", "plan"),
    ("GET", "/v1/plans/{before}/diff/{after}", "read"),
    ("POST", "/v1/plans/{before}/diff/{after}", "plan"),
    ("GET", "/v1/plans/{plan}/why/{order}", "read"),
    ("POST", "/v1/plans/{plan}/why", "plan"),
    ("POST", "/v1/plans/{plan}/approval", "approve"),
    ("POST", "/v1/plans/{plan}/rejection", "approve"),
    ("GET", "/v1/plans/{plan}/tables/{table}", "read"),
    ("GET", "/v1/decisions", "read"), ("GET", "/v1/actions", "read"),
    ("POST", "/v1/actions", "plan"),
    ("POST", "/v1/actions/{action}/approval", "approve"),
    ("POST", "/v1/actions/{action}/rejection", "approve"),
    ("GET", "/v1/keys", "admin"), ("GET", "/v1/audit", "admin"),
    ("POST", "/v1/keys", "admin"), ("DELETE", "/v1/keys/{key_id}", "admin"),
    ("GET", "/v1/branches", "read"), ("POST", "/v1/branches", "plan"),
    ("POST", "/v1/branches/comparison", "plan"),
    ("GET", "/v1/branches/{name}", "read"), ("DELETE", "/v1/branches/{name}", "plan"),
    ("GET", "/v1/branches/{name}/promotion", "read"),
    ("POST", "/v1/branches/{name}/promotion", "approve"),
    ("GET", "/v1/webhooks", "admin"), ("POST", "/v1/webhooks", "admin"),
    ("GET", "/v1/webhooks/{webhook}", "admin"),
    ("DELETE", "/v1/webhooks/{webhook}", "admin"),
    ("GET", "/v1/webhooks/{webhook}/deliveries", "admin"),
    ("POST", "/v1/webhooks/{webhook}/ping", "admin"),
]  # fmt: skip
"""Every route with the scope it needs; a new one must be put in."""

ENDLESS = ("GET", "/v1/changes", "read")
OPEN = {("POST", "/v1/session")}
ANY = {("GET", "/v1/session"), ("DELETE", "/v1/session")}
"""What every key may do, whatever its scopes."""
FILLED = {
    "{table}": "stock", "{job_id}": "none", "{key_id}": "none", "{plan}": "P1",
    "{before}": "P1", "{after}": "P2", "{order}": "C1",
    "{webhook}": "none", "{name}": "none",
    "{letter}": "none",
}  # fmt: skip
SCOPES = ("read", "write", "plan", "approve", "admin")
DENIED = {401, 403}


def filled(path):
    for name, value in FILLED.items():
        path = path.replace(name, value)
    return path


def test_every_route_has_a_scope(client):
    paths = client.get("/v1/openapi.json").json()["paths"]
    described = {
        (method.upper(), path)
        for path, routes in paths.items()
        for method in routes
        if path.startswith("/v1/")
    }
    known = {(method, path) for method, path, _ in (*ROUTES, ENDLESS)}
    assert described == known | OPEN | ANY


@pytest.mark.parametrize("scope", SCOPES)
def test_key_opens_the_routes_of_its_scope_alone(client, key_of, scope):
    headers = key_of(scope)
    for method, path, needed in ROUTES:
        answer = client.request(method, filled(path), headers=headers)
        allowed = scope in {needed, "admin"}
        assert (answer.status_code not in DENIED) == allowed, path
        if not allowed:
            assert f"allowed: those with '{needed}'" in answer.json()["detail"]
    for method, path in ANY:
        assert client.request(method, path, headers=headers).status_code in {200, 204}


@pytest.mark.parametrize("header", [None, "Bearer ms_a_b", "Bearer ", "Basic eDp5"])
def test_nothing_is_open_without_a_key(client, header):
    headers = {} if header is None else {"authorization": header}
    closed = [*(route[:2] for route in (*ROUTES, ENDLESS)), *ANY]
    for method, path in closed:
        answer = client.request(method, filled(path), headers=headers)
        assert answer.status_code == 401, path


def test_nothing_of_another_tenant_is_seen(client, key_of, order, folded):
    theirs, ours = key_of("admin", tenant="other"), key_of("admin")
    assert client.post("/v1/events", json=order(7), headers=theirs).status_code == 202
    folded("other")
    seen = client.get("/v1/state/orders", headers=theirs).json()
    assert [row["order"] for row in seen["rows"]] == ["C7"]
    assert client.get("/v1/state/orders", headers=ours).json()["rows"] == []
    assert client.get("/v1/streams", headers=ours).json()["read"] == 0
    names = [one["name"] for one in client.get("/v1/keys", headers=ours).json()]
    assert len(names) == 1


def test_session_needs_its_token_for_changes(client, key_of, order):
    key = key_of("admin")["authorization"].removeprefix("Bearer ")
    signed = client.post("/v1/session", json={"key": key}).json()
    assert client.get("/v1/streams").status_code == 200
    assert client.post("/v1/events", json=order(1)).status_code == 403
    forged = {CSRF_HEADER: "0" * len(signed["csrf"])}
    assert client.post("/v1/events", json=order(1), headers=forged).status_code == 403
    right = {CSRF_HEADER: signed["csrf"]}
    assert client.post("/v1/events", json=order(1), headers=right).status_code == 202
    assert client.delete("/v1/session", headers=right).status_code == 204
    assert client.get("/v1/streams").status_code == 401


def test_ended_key_ends_its_sessions(client, places, key_of):
    key = key_of("read")["authorization"].removeprefix("Bearer ")
    client.post("/v1/session", json={"key": key})
    places.keys.end(key.split("_")[1], tenant="default")
    assert client.get("/v1/streams").status_code == 401


def test_other_tab_goes_on_with_the_token_of_the_session(client, key_of, order):
    key = key_of("write")["authorization"].removeprefix("Bearer ")
    signed = client.post("/v1/session", json={"key": key}).json()
    assert client.get("/v1/session").json() == signed
    right = {CSRF_HEADER: signed["csrf"]}
    assert client.delete("/v1/session", headers=right).status_code == 204
    assert client.get("/v1/session").status_code == 401


def test_key_of_one_site_sees_no_keys(client, key_of):
    headers = key_of("admin", sites=["dc_west"])
    assert client.get("/v1/keys", headers=headers).status_code == 403


def test_numbers_need_a_key_where_others_reach_them(places, key_of):
    app = make_app(replace(places, is_local=False))
    with TestClient(app) as client:
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers=key_of("read")).status_code == 403
        assert client.get("/metrics", headers=key_of("admin")).status_code == 200


def test_secret_of_a_mistaken_request_is_not_told_back(client):
    answer = client.post("/v1/session", json={"Key": "ms_secret"})
    assert answer.status_code == 422
    assert "secret" not in answer.text
