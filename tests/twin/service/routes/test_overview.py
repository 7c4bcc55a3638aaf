def test_overview_has_measures_and_places(client, key_of):
    found = client.get("/v1/overview", headers=key_of("read")).json()
    assert found["currency"] == "EUR"
    assert found["measures"]["stock_value"] > 0
    assert {"plant_north", "cologne"} <= {one["place"] for one in found["places"]}
    assert found["latest_us"] is None


def test_network_has_the_shortest_lane_between_places(client, key_of):
    found = client.get("/v1/network", headers=key_of("read")).json()
    ways = [(lane["from_place"], lane["to_place"]) for lane in found["lanes"]]
    assert len(ways) == len(set(ways))
    assert ("plant_north", "dc_north") in ways
    assert "fill_north_1" in found["machines"]


def test_one_site_sees_its_own_items(client, key_of, demo_network):
    stock = demo_network.tables["stock"]
    every = client.get("/v1/network", headers=key_of("read")).json()["items"]
    assert every == list(demo_network.items.ids)
    headers = key_of("read", sites=["dc_west"])
    mine = client.get("/v1/network", headers=headers).json()["items"]
    assert set(mine) >= set(stock.filter(site="dc_west")["item"])
    assert 0 < len(mine) < len(every)
    none = key_of("read", sites=["nowhere"])
    assert client.get("/v1/network", headers=none).json()["items"] == []


def test_one_site_sees_its_own_lanes_and_machines(client, key_of):
    found = client.get("/v1/network", headers=key_of("read", sites=["dc_west"])).json()
    assert found["machines"] == []
    assert all(
        "dc_west" in (one["from_place"], one["to_place"]) for one in found["lanes"]
    )
    assert client.get("/v1/overview?at=zz", headers=key_of("read")).status_code == 422
