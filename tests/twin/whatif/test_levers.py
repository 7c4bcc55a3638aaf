"""What may hold an order back, and networks in which it does not."""

import pytest

from twin.whatif.levers import LEVERS_MAX, PLENTY, QUICK, levers_of, without


def named(levers):
    return [lever.name for lever in levers]


@pytest.fixture
def of_chain():
    return {"item": "tea", "site": "shop", "customer": "M"}


def test_levers_of_a_chain_go_upstream_step_by_step(two_echelon, of_chain):
    assert named(levers_of(two_echelon(), **of_chain)) == [
        "orders of others for tea at shop",
        "stock of tea at shop",
        "the way of tea from hub to shop",
        "stock of tea at hub",
        "the way of tea from V to hub",
    ]


def test_levers_of_what_is_made_are_machines_and_components(works):
    levers = levers_of(works(), item="tea", site="P", customer="M")
    assert set(named(levers)) >= {
        "machines of filling at P", "machines of packing at P", "stock of leaf at P",
        "the way of leaf from V to P", "stock of box at P",
    }  # fmt: skip
    assert len(set(levers)) == len(levers) <= LEVERS_MAX


def test_way_to_the_customer_is_a_lever(two_echelon, of_chain):
    def delivered(tables):
        tables["lanes"].append(
            {"lane": "bring", "from_place": "shop", "to_place": "M", "item": "*",
             "lead_time_s": 86_400}
        )  # fmt: skip

    network = two_echelon(delivered)
    (lever,) = (one for one in levers_of(network, **of_chain) if one.place == "M")
    freed = without(network, lever, quantity=1.0, order="promise")
    assert freed.lanes.lead_time_s[freed.lane_index["bring"]] == 1.0


def freed(network, name, **place):
    (lever,) = (one for one in levers_of(network, **place) if one.name == name)
    return without(network, lever, quantity=7.0, order="own")


def test_each_lever_frees_its_own_thing_only(works, two_echelon, of_chain):
    network = two_echelon()
    more = freed(network, "stock of tea at hub", **of_chain)
    assert (more.stock.on_hand - network.stock.on_hand).tolist() == [7.0 * PLENTY, 0.0]
    quick = freed(network, "the way of tea from hub to shop", **of_chain)
    lane = network.lane_index
    assert quick.lanes.lead_time_s[lane["ship"]] == 1.0
    assert quick.lanes.lead_time_s[lane["buy"]] == 86_400.0
    plant = works()
    fast = freed(plant, "machines of packing at P", item="tea", site="P", customer="M")
    assert (fast.machines.speed / plant.machines.speed).tolist() == [1.0, QUICK]


def test_queue_without_others_keeps_the_order_itself(two_echelon, of_chain):
    orders = [
        {"order": name, "kind": "customer", "item": "tea", "from_place": "shop",
         "to_place": "M", "quantity": 5, "due": "2024-01-01T00:00:00Z"}
        for name in ("first", "own")
    ]  # fmt: skip
    network = two_echelon(open_orders=orders)
    alone = freed(network, "orders of others for tea at shop", **of_chain)
    assert list(alone.open_orders.ids) == ["own"]


def test_stock_lever_adds_a_point_that_is_not_in_the_table(two_echelon, of_chain):
    def unlisted(tables):
        del tables["stock"][0]

    more = freed(two_echelon(unlisted), "stock of tea at hub", **of_chain)
    assert sorted(more.stock.on_hand.tolist()) == [10.0, 7.0 * PLENTY]
