import io

import polars as pl
import pytest


@pytest.fixture
def reader(key_of):
    return key_of("read")


def test_table_is_answered_with_its_place(client, reader):
    body = client.get("/v1/state/stock?rows=2&first=1", headers=reader).json()
    assert body["table"] == "stock"
    assert body["n_rows"] > len(body["rows"]) == 2
    assert body["provisional"] is True
    assert body["position"] == {"log/0": 0}


def test_file_has_all_rows(client, reader):
    n_rows = client.get("/v1/state/stock", headers=reader).json()["n_rows"]
    answer = client.get("/v1/state/stock?format=parquet&rows=1", headers=reader)
    assert pl.read_parquet(io.BytesIO(answer.content)).height == n_rows


def test_past_is_not_provisional(client, reader):
    body = client.get("/v1/state/stock?at=0", headers=reader).json()
    assert body["provisional"] is False


@pytest.mark.parametrize(
    "query",
    [
        "at=9",
        "at=zz",
        "rows=-1",
        "format=exe",
        "first=x",
        "rows=100001",
        f"first={2**64}",
        f"first={10**30}",
    ],
)
def test_mistake_is_told(client, reader, query):
    answer = client.get(f"/v1/state/stock?{query}", headers=reader)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_table_that_is_not_there_is_told(client, reader):
    answer = client.get("/v1/state/..%2Fkeys", headers=reader)
    assert answer.status_code in {404, 422}


def test_rows_of_other_sites_are_not_seen(client, key_of):
    headers = key_of("read", sites=["dc_west"])
    body = client.get("/v1/state/stock?rows=1000", headers=headers).json()
    assert {row["place"] for row in body["rows"]} == {"dc_west"}


def purchase(number, item, site):
    return {
        "specversion": "1.0", "id": f"p-{number}", "source": "erp",
        "type": "PurchaseOrderPlaced", "time": "2026-01-05T08:00:00Z",
        "data": {
            "order": f"B{number}", "supplier": "chem_far", "item": item,
            "site": site, "quantity": 100, "due_us": 1_767_600_000_000_000 + number,
        },
    }  # fmt: skip


@pytest.fixture
def orders_of_two_places(client, key_of, folded):
    wanted = [("glycerine", "plant_north"), ("citric_acid", "plant_north")]
    wanted += [("glycerine", "dc_west")]
    events = [purchase(n, *wanted[n % 3]) for n in range(12)]
    answer = client.post("/v1/events", json=events, headers=key_of("write"))
    assert answer.status_code == 202
    folded()


@pytest.mark.usefixtures("orders_of_two_places")
@pytest.mark.parametrize(
    ("query", "orders"),
    [
        ("item=glycerine&place=plant_north", ["B0", "B3", "B6", "B9"]),
        ("item=glycerine&place=plant_north&first=1&rows=2", ["B3", "B6"]),
        ("place=dc_west", ["B2", "B5", "B8", "B11"]),
        ("place=chem_far", []),
        ("item=no_such", []),
    ],
)
def test_rows_of_one_item_and_place_are_counted_and_answered(
    client, reader, query, orders
):
    body = client.get(f"/v1/state/orders?{query}", headers=reader).json()
    assert [row["order"] for row in body["rows"]] == orders
    assert body["n_rows"] == (4 if orders else 0)


@pytest.mark.usefixtures("orders_of_two_places")
def test_rows_about_another_site_are_not_seen(client, key_of):
    west = key_of("read", sites=["dc_west"])
    for query in ("place=plant_north", "item=citric_acid"):
        body = client.get(f"/v1/state/orders?{query}", headers=west).json()
        assert (body["n_rows"], body["rows"]) == (0, [])
