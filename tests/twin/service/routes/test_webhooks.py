import pytest

from twin.service.webhooks import guard

KINDS = ["plan.approved", "job.ended"]


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    known = {"example.com": ["127.0.0.1"], "world.example": ["93.184.216.34"]}
    monkeypatch.setattr(guard, "resolve", lambda host, _: known.get(host, []))


def make(client, headers, url="https://world.example/hook"):
    return client.post(
        "/v1/webhooks", json={"url": url, "kinds": KINDS}, headers=headers
    )


def test_webhook_is_made_listed_and_ended(client, key_of):
    admin = key_of("admin")
    made = make(client, admin)
    assert made.status_code == 201
    assert len(made.json()["secret"]) == 64
    (listed,) = client.get("/v1/webhooks", headers=admin).json()
    assert {**listed, "secret": made.json()["secret"]} == made.json()
    path = f"/v1/webhooks/{listed['id']}"
    assert client.get(path, headers=admin).json() == listed
    assert client.delete(path, headers=admin).status_code == 204
    assert client.get(path, headers=admin).status_code == 404
    what = [one["what"] for one in client.get("/v1/audit", headers=admin).json()]
    assert what == ["webhook.ended", "webhook.made"]


@pytest.mark.parametrize(
    "url",
    ["http://world.example/", "https://example.com/", "https://nowhere.example/",
     "https://169.254.169.254/latest/meta-data", "https://u:p@world.example/"],
)  # fmt: skip
def test_webhook_that_leads_inside_is_refused(client, key_of, url):
    answer = make(client, key_of("admin"), url)
    assert answer.status_code == 422
    assert "127.0.0.1" not in answer.text


@pytest.mark.parametrize("given", [{"kinds": []}, {"kinds": ["all"]}, {"url": ""}])
def test_webhook_that_makes_no_sense_is_refused(client, key_of, given):
    wanted = {"url": "https://world.example/", "kinds": KINDS} | given
    answer = client.post("/v1/webhooks", json=wanted, headers=key_of("admin"))
    assert answer.status_code == 422


def test_webhook_of_another_tenant_is_out_of_reach(client, key_of):
    ours, theirs = key_of("admin"), key_of("admin", tenant="other")
    path = f"/v1/webhooks/{make(client, theirs).json()['id']}"
    assert client.get("/v1/webhooks", headers=ours).json() == []
    for method, way in (
        ("GET", path), ("DELETE", path), ("GET", f"{path}/deliveries"),
        ("POST", f"{path}/ping"),
    ):  # fmt: skip
        assert client.request(method, way, headers=ours).status_code == 404
    assert client.get(path, headers=theirs).status_code == 200


def test_key_of_one_site_makes_no_webhook(client, key_of):
    headers = key_of("admin", sites=["dc_west"])
    assert make(client, headers).status_code == 403
    assert client.get("/v1/webhooks", headers=headers).status_code == 403


def test_decision_and_ping_are_deliveries(client, key_of, folded):
    admin = key_of("admin")
    path = f"/v1/webhooks/{make(client, admin).json()['id']}"
    pinged = client.post(f"{path}/ping", headers=admin)
    assert (pinged.status_code, pinged.json()["kind"]) == (202, "ping")
    assert client.post("/v1/plans/P7/approval", headers=admin).status_code == 202
    folded()
    listed = client.get(f"{path}/deliveries", headers=admin).json()
    told = [(one["kind"], one["about"]) for one in listed]
    assert told == [("plan.approved", "P7"), ("ping", path.rpartition("/")[2])]
