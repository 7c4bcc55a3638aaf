import pytest

from twin.service.asked.why import PLANS

SALES = """order,customer,item,site,asked_us,due_us,quantity,review,shipped
C1,cologne,soap,dc,0,1,10.0,0,10.0
C2,cologne,soap,dc,0,1,10.0,0,4.0
C3,cologne,salt,dc,0,1,10.0,0,10.0
C4,cologne,soap,plant,0,1,10.0,0,10.0
"""
SHIPMENTS = """shipment,order,kind,item,from_place,to_place,quantity,sent_us,review
S1,C1,delivery,soap,dc,cologne,10.0,0,0
S2,C2,delivery,soap,dc,cologne,4.0,0,0
S3,C3,delivery,salt,dc,cologne,6.0,0,0
S4,C3,delivery,salt,dc,cologne,4.0,172800000000,0
S5,C4,delivery,soap,plant,cologne,10.0,0,0
"""


@pytest.fixture
def plan(places):
    """A plan that is kept, of two tables."""
    tenant = places.tenants["default"]
    job = tenant.jobs.submit("plan", {}, lambda handle: {}, who="test")
    folder = tenant.store / PLANS / job.id
    folder.mkdir(parents=True)
    (folder / "sales.csv").write_text(SALES)
    (folder / "shipments.csv").write_text(SHIPMENTS)
    while job.status != "done":
        tenant.clock.sleep(0.01)
    return job.id


def test_served_lists_what_never_is_and_what_waits_first(client, key_of, plan):
    path = f"/v1/plans/{plan}/tables/served"
    found = client.get(path, headers=key_of("read")).json()
    rows = [(row["order"], row["waited_days"]) for row in found["rows"]]
    assert rows == [("C2", None), ("C3", 2.0), ("C1", 0.0), ("C4", 0.0)]
    assert found["n_rows"] == 4
    assert found["rows"][1]["served_us"] == 172_800_000_000


def test_rows_of_an_item_and_a_place_are_answered(client, key_of, plan):
    path = f"/v1/plans/{plan}/tables/served?item=soap&place=dc&rows=1"
    found = client.get(path, headers=key_of("read")).json()
    assert ([row["order"] for row in found["rows"]], found["n_rows"]) == (["C2"], 2)


def test_table_is_answered_as_a_file(client, key_of, plan):
    path = f"/v1/plans/{plan}/tables/sales?format=csv"
    answer = client.get(path, headers=key_of("read"))
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.splitlines()[1].startswith("C1,cologne,soap")


def test_plan_or_table_that_is_not_there_is_not_found(client, key_of):
    headers = key_of("read")
    for path, status in (
        ("plan-9/tables/sales", 404),
        ("plan-9/tables/keys", 422),
        (f"plan-9/tables/sales?first={2**64}", 422),
    ):
        assert client.get(f"/v1/plans/{path}", headers=headers).status_code == status


def test_key_of_a_site_sees_no_whole_plan(client, key_of, plan):
    headers = key_of("read", sites=["dc_west"])
    answer = client.get(f"/v1/plans/{plan}/tables/sales", headers=headers)
    assert answer.status_code == 403
