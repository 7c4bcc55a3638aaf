"""Actions on open orders: proposed, approved, rejected."""

import pytest

AT_US = 1_767_600_000_000_000
DAY_US = 86_400_000_000


@pytest.fixture
def purchase(client, key_of, folded):
    """Have an open purchase of 100 units, due in four days."""
    event = {
        "specversion": "1.0", "id": "p-1", "source": "erp",
        "type": "PurchaseOrderPlaced", "time": "2026-01-05T08:00:00Z",
        "data": {
            "order": "B1", "supplier": "chem_far", "item": "glycerine",
            "site": "plant_north", "quantity": 100, "due_us": AT_US + 4 * DAY_US,
        },
    }  # fmt: skip
    answer = client.post("/v1/events", json=event, headers=key_of("write"))
    assert answer.status_code == 202
    folded()


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
