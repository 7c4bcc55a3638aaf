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
    "query", ["at=9", "at=zz", "rows=-1", "format=exe", "first=x", "rows=100001"]
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
