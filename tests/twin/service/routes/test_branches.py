import pytest

CHANGES = {"machine_speed": [{"group": "filling", "factor": 1.2}]}


@pytest.fixture
def fold_one(client, key_of, order, folded):
    assert (
        client.post("/v1/events", json=order(1), headers=key_of("write")).status_code
        == 202
    )
    folded()


def keep(client, headers, name="faster", changes=CHANGES):
    wanted = {"name": name, "changes": changes}
    return client.post("/v1/branches", json=wanted, headers=headers)


def test_branch_is_kept_shown_and_forgotten(client, key_of, fold_one):
    headers = key_of("plan", "read")
    made = keep(client, headers)
    assert made.status_code == 201
    assert client.get("/v1/branches", headers=headers).json() == [made.json()]
    assert client.get("/v1/branches/faster", headers=headers).json() == made.json()
    assert keep(client, headers).status_code == 409
    assert client.delete("/v1/branches/faster", headers=headers).status_code == 204
    assert client.get("/v1/branches/faster", headers=headers).status_code == 404


def test_branch_is_made_real_by_who_approves(client, key_of, fold_one, folded):
    admin = key_of("admin")
    keep(client, admin)
    path, why = "/v1/branches/faster/promotion", {"why": "a test"}
    shown = client.get(path, headers=key_of("read")).json()
    assert not shown["promoted"]
    assert client.post(path, json=why, headers=key_of("plan")).status_code == 403
    done = client.post(path, json=why, headers=key_of("approve"))
    assert done.status_code == 202
    assert done.json() == {**shown, "promoted": True}
    folded()
    assert not client.get(path, headers=admin).json()["events"]
    what = [one["what"] for one in client.get("/v1/audit", headers=admin).json()]
    assert what == ["branch.promoted", "branch.kept"]


def test_branches_of_another_tenant_are_not_seen(client, key_of):
    theirs, ours = key_of("admin", tenant="other"), key_of("admin")
    assert keep(client, theirs).status_code == 201
    assert client.get("/v1/branches", headers=ours).json() == []
    for method, path in (
        ("GET", "/v1/branches/faster"), ("DELETE", "/v1/branches/faster"),
        ("GET", "/v1/branches/faster/promotion"),
    ):  # fmt: skip
        assert client.request(method, path, headers=ours).status_code == 404
    asked = {"names": ["faster"]}
    answer = client.post("/v1/branches/comparison", json=asked, headers=ours)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "given",
    [{"name": "../x"}, {"name": ""}, {"changes": {}}, {"days": 0},
     {"changes": {"machine_speed": [{"group": "none", "factor": 1.2}]}}],
)  # fmt: skip
def test_branch_that_makes_no_sense_is_refused(client, key_of, given):
    wanted = {"name": "faster", "changes": CHANGES} | given
    answer = client.post("/v1/branches", json=wanted, headers=key_of("plan"))
    assert answer.status_code == 422


def test_key_of_one_site_sees_no_branches(client, key_of):
    headers = key_of("admin", sites=["dc_west"])
    assert client.get("/v1/branches", headers=headers).status_code == 403
    assert keep(client, headers).status_code == 403
