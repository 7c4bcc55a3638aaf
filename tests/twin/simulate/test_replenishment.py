import pytest

from twin.errors import OptionError
from twin.simulate.replenishment import check_replenished, replenishment


def lanes_of(network):
    ways = replenishment(network)
    return [network.lanes.ids[lane] if lane >= 0 else "" for lane in ways.lane]


def test_the_cheapest_lane_replenishes(chain):
    def dearer(tables):
        more = {"from_place": "V", "to_place": "shop", "item": "tea", "lead_time_s": 1}
        tables["lanes"] += [
            {"lane": "c", "price": 0.25, "unit_cost": 0.2, **more},
            {"lane": "d", "price": 0.45, **more},
            {"lane": "e", "price": 0.5, **more},
        ]

    assert lanes_of(chain(dearer)) == ["a", "c"]


def test_points_come_after_those_they_replenish(chain, workshop):
    network = chain()
    assert [network.places.ids[k] for k in network.stock.site_index] == ["hub", "shop"]
    assert replenishment(network).turn.tolist() == [1, 0]

    network = workshop()
    ways = replenishment(network)
    items = [network.items.ids[k] for k in network.stock.item_index]
    assert items == ["box", "leaf", "tea"]
    assert ways.made.tolist() == [False, False, True]
    assert ways.turn.tolist() == [1, 2, 0]


def test_points_in_a_circle_come_in_the_order_of_the_network(chain):
    def circle(tables):
        tables["lanes"] = tables["lanes"][:1] + [
            {"lane": name, "from_place": start, "to_place": end, "item": "tea",
             "lead_time_s": 1}
            for name, start, end in (("b", "shop", "hub"), ("c", "hub", "shop"))
        ]  # fmt: skip

    assert replenishment(chain(circle)).turn.tolist() == [0, 1]


def test_a_policy_without_a_lane_is_refused(chain):
    def cut_off(tables):
        tables["lanes"][0]["to_place"] = "shop"
        tables["stock"][0].update(policy="base_stock", order_up_to=5)

    network = chain(cut_off)
    with pytest.raises(
        OptionError, match="item 'tea' at 'hub': policy 'base_stock' ne"
    ):
        check_replenished(network, replenishment(network))
