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


def test_key_of_a_site_sees_no_whole_plan(client, key_of):
    headers = key_of("read", sites=["dc_west"])
    for path in ("plan-1/diff/plan-2", "plan-1/why/C1"):
        assert client.get(f"/v1/plans/{path}", headers=headers).status_code == 403
