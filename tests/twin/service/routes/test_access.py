import pytest


def test_key_that_was_made_opens_what_it_may(client, key_of):
    admin = key_of("admin")
    made = client.post(
        "/v1/keys", json={"name": "anna", "scopes": ["read"]}, headers=admin
    )
    assert made.status_code == 201
    headers = {"authorization": f"Bearer {made.json()['key']}"}
    assert client.get("/v1/streams", headers=headers).status_code == 200
    assert client.get("/v1/keys", headers=headers).status_code == 403
    listed = client.get("/v1/keys", headers=admin)
    assert made.json()["key"].split("_")[2] not in listed.text
    assert (
        client.delete(f"/v1/keys/{made.json()['id']}", headers=admin).status_code == 204
    )
    assert client.get("/v1/streams", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "given",
    [{}, {"name": "", "scopes": ["read"]}, {"name": "a", "scopes": []},
     {"name": "a", "scopes": ["root"]}, {"name": " ", "scopes": ["read"]}],
)  # fmt: skip
def test_key_that_makes_no_sense_is_refused(client, key_of, given):
    answer = client.post("/v1/keys", json=given, headers=key_of("admin"))
    assert answer.status_code == 422


def test_key_of_another_tenant_cannot_be_ended(client, key_of, places):
    key_of("read", tenant="other")
    (row,) = places.keys.rows("other")
    answer = client.delete(f"/v1/keys/{row.id}", headers=key_of("admin"))
    assert answer.status_code == 404
    assert len(places.keys.rows("other")) == 1


def test_audit_has_what_was_done_and_nothing_of_others(client, key_of):
    admin, other = key_of("admin"), key_of("admin", tenant="other")
    client.post("/v1/keys", json={"name": "anna", "scopes": ["read"]}, headers=admin)
    client.post("/v1/keys", json={"name": "ben", "scopes": ["read"]}, headers=other)
    found = client.get("/v1/audit", headers=admin).json()
    assert [(one["who"], one["what"]) for one in found] == [("admin", "key.made")]


def test_cookie_of_a_session_is_out_of_reach(client, key_of):
    key = key_of("read")["authorization"].removeprefix("Bearer ")
    answer = client.post("/v1/session", json={"key": key})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.post("/v1/session", json={"key": "ms_a_b"}).status_code == 401
