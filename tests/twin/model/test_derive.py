import pytest

from twin.model import build


def made(network):
    return {
        (network.items.ids[item], network.places.ids[site])
        for item, site in zip(
            network.production.first, network.production.second, strict=True
        )
    }


@pytest.fixture
def two_plants(tables):
    tables["sites"].append({"site": "Q", "kind": "plant"})
    tables["machines"].append({"machine": "F2", "site": "Q", "group": "filling"})
    return tables


def test_routing_of_any_site_needs_every_machine_there(two_plants, settings):
    assert made(build(two_plants, settings)) == {("tea", "P")}
    two_plants["machines"].append({"machine": "K2", "site": "Q", "group": "packing"})
    assert made(build(two_plants, settings)) == {("tea", "P"), ("tea", "Q")}


def test_routing_of_a_site_is_made_there_alone(two_plants, settings):
    two_plants["routings"] = [
        {"item": "tea", "site": "Q", "step": 1, "operation": "fill",
         "machine_group": "filling", "duration_s": 1}
    ]  # fmt: skip
    assert made(build(two_plants, settings)) == {("tea", "Q")}


def test_bill_without_routing_is_made_at_every_plant(two_plants, settings):
    two_plants["routings"] = []
    assert made(build(two_plants, settings)) == {("tea", "P"), ("tea", "Q")}


def test_lanes_for_everything_chain_upstream(tables, settings):
    tables["sites"].append({"site": "S", "kind": "store"})
    tables["lanes"].append(
        {"lane": "DS", "from_place": "D", "to_place": "S", "lead_time_s": 1}
    )
    tables["demands"][0]["site"] = "S"
    tables["stock"] = []
    network = build(tables, settings)
    tea = network.item_index["tea"]
    at = network.stock.site_index[network.stock.item_index == tea]
    assert {network.places.ids[site] for site in at} == {"P", "D", "S"}


def test_lane_to_a_customer_carries_what_that_customer_asks_there(tables, settings):
    tables["lanes"].append(
        {"lane": "DM", "from_place": "D", "to_place": "M", "lead_time_s": 1}
    )
    network = build(tables, settings)
    lane = network.lane_index["DM"]
    carried = network.lane_items.second[network.lane_items.first == lane]
    assert [network.items.ids[item] for item in carried] == ["tea"]


def test_lane_for_everything_from_a_plant_carries_what_it_makes(two_plants, settings):
    two_plants["lanes"].append(
        {"lane": "QD", "from_place": "Q", "to_place": "D", "lead_time_s": 1}
    )
    network = build(two_plants, settings)
    lane = network.lane_index["QD"]
    assert lane not in network.lane_items.first
    tea = network.item_index["tea"]
    at = network.stock.site_index[network.stock.item_index == tea]
    assert network.place_index["Q"] not in at


def test_routing_of_a_site_does_not_hide_one_of_any(two_plants, settings):
    step = {"operation": "fill", "machine_group": "filling", "duration_s": 1}
    two_plants["machines"].append({"machine": "K2", "site": "Q", "group": "packing"})
    two_plants["routings"] = [
        {"item": "tea", "site": "Q", "step": 1, **step},
        {"item": "tea", "step": 1, **step},
    ]
    assert made(build(two_plants, settings)) == {("tea", "P"), ("tea", "Q")}


def points(network, item):
    index = network.item_index[item]
    at = network.stock.site_index[network.stock.item_index == index]
    return {network.places.ids[site] for site in at}


def carried(network, lane):
    items = network.lane_items.second[
        network.lane_items.first == network.lane_index[lane]
    ]
    return {network.items.ids[item] for item in items}


def test_what_comes_out_is_kept_where_it_is_made_and_not_bought(tables, settings):
    tables["items"].append({"item": "dust"})
    tables["outputs"] = [{"item": "tea", "product": "dust", "quantity": 0.1}]
    network = build(tables, settings)
    assert points(network, "dust") == {"P"}
    assert carried(network, "VP") == {"leaf", "bag"}


def test_what_comes_out_is_bought_where_something_is_made_of_it(tables, settings):
    tables["outputs"] = [{"item": "tea", "product": "bag", "quantity": 1}]
    network = build(tables, settings)
    assert points(network, "bag") == {"P"}
    assert carried(network, "VP") == {"leaf", "bag"}


def test_points_of_a_network_with_releases_hold_what_they_make(tables, settings):
    tables["items"].append({"item": "box"})
    tables["bills"].append({"item": "box", "component": "bag", "quantity": 1})
    tables["releases"] = [
        {"release": "r", "item": "box", "site": "P", "interval_s": 60}
    ]
    assert points(build(tables, settings), "box") == {"P"}
