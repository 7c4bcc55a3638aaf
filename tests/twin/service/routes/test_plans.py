import pytest


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/plans/plan-1/diff/plan-2"),
        ("POST", "/v1/plans/plan-1/diff/plan-2"),
        ("GET", "/v1/plans/plan-1/why/C1"),
        ("POST", "/v1/plans/plan-1/why"),
        ("GET", "/v1/plans/..%2f..%2fkeys.json/why/C1"),
    ],
)
def test_plan_that_nobody_made_is_not_there(client, key_of, method, path):
    answer = client.request(
        method, path, json={"order": "C1"}, headers=key_of("read", "plan")
    )
    assert answer.status_code == 404


def test_plans_that_events_released_are_listed(client, key_of, folded):
    head = key_of("read", "write", "approve")
    told = {
        "specversion": "1.0", "id": "r1", "source": "loop", "type": "PlanReleased",
        "time": "2026-01-05T08:00:00Z",
        "data": {"plan": "LOOP-1", "start_us": 5, "end_us": 9, "policy": "mpc"},
    }  # fmt: skip
    assert client.get("/v1/plans", headers=head).json() == []
    sent = client.post("/v1/events", json=told, headers=head)
    assert sent.status_code == 202
    folded()
    said = client.post("/v1/plans/LOOP-1/rejection", json={"why": "no"}, headers=head)
    assert said.status_code == 202, said.text
    folded()
    (plan,) = client.get("/v1/plans", headers=head).json()
    assert (plan["plan"], plan["policy"], plan["orders"]) == ("LOOP-1", "mpc", 0)
    assert (plan["status"], plan["why"]) == ("rejected", "no")


def test_key_of_a_site_sees_no_whole_plan(client, key_of):
    headers = key_of("read", sites=["dc_west"])
    for path in ("", "/plan-1/diff/plan-2", "/plan-1/why/C1"):
        assert client.get(f"/v1/plans{path}", headers=headers).status_code == 403
