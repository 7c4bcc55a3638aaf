import numpy as np
import pytest

from twin.simulate.demand import LawDemand
from twin.simulate.disruptions import Disruption
from twin.simulate.laying import chain as laying
from twin.simulate.laying.whole import lay_out
from twin.simulate.replenishment import replenishment

HOUR_US = 3_600_000_000


def window(network, kind, start, end, *, targets=(), **more):
    start_us = network.settings.as_of_us
    return Disruption(
        kind=kind, start_us=start_us + start * HOUR_US, end_us=start_us + end * HOUR_US,
        targets=targets, **more,
    )  # fmt: skip


def test_points_know_the_recipes_they_go_into(workshop):
    network = workshop()
    layout = lay_out(network, (), until_us=network.settings.as_of_us)
    (recipe,) = layout.recipes
    item = network.item_index
    users = {
        network.items.ids[row["item"]]: layout.users[
            row["first_user"] : row["last_user"]
        ].tolist()
        for row in layout.points
    }
    assert users == {"box": [0], "leaf": [0], "tea": []}
    made = layout.points[layout.point_of[item["tea"], recipe["site"]]]
    assert made["recipe"] == 0
    assert (layout.points["recipe"] >= 0).sum() == 1


def test_points_are_brought_by_their_lane(chain):
    network = chain()
    ways = replenishment(network)
    none = (np.zeros((1, 9), np.int32), np.zeros(0, [("first_component", "i4")]), None)
    points, users = laying.points(network, ways, recipes=none)
    assert points["lane"].tolist() == ways.lane.tolist()
    assert sorted(network.lanes.ids[k] for k in points["lane"]) == ["a", "b"]
    assert not len(users)


def test_places_send_without_limit_unless_one_is_given(chain):
    def limit(tables):
        tables["sites"][0]["dispatch_capacity_per_period"] = 7

    network = chain(limit)
    room = laying.places(network)["room"]
    hub = network.place_index["hub"]
    assert room[hub] == 7
    assert np.isinf(np.delete(room, hub)).all()


def test_windows_of_a_lane_are_in_the_order_of_time(chain):
    network = chain()
    lane, hub = network.lanes.ids.index("b"), network.place_index["hub"]
    rows, windows = laying.lanes(
        network,
        [
            window(network, "place", 5, 6, targets=(hub,)),
            window(network, "lane", 1, 3, targets=(lane,), factor=0.5),
            window(network, "demand", 0, 9, targets=()),
        ],
    )
    own = windows[rows["first_window"][lane] : rows["last_window"][lane]]
    assert (own["start_us"] - network.settings.as_of_us).tolist() == [
        HOUR_US,
        5 * HOUR_US,
    ]
    assert own["factor"].tolist() == [0.5, 0.0]
    assert len(windows) == 2


def test_demand_is_sent_on_the_lane_to_the_customer(chain):
    def send(tables):
        tables["lanes"].append(
            {"lane": "c", "from_place": "shop", "to_place": "M", "item": "tea",
             "lead_time_s": 7200}
        )  # fmt: skip

    with_lane, without = chain(send), chain()
    (row,) = laying.demands(with_lane)
    assert with_lane.lanes.ids[row["lane"]] == "c"
    assert row["usual_us"] == 2 * HOUR_US
    (row,) = laying.demands(without)
    assert (row["lane"], row["usual_us"]) == (-1, 0)
    stock = without.stock
    assert stock.site_index[row["point"]] == without.place_index["shop"]


@pytest.mark.parametrize("trend", [0.0, 0.1])
def test_mean_demand_is_that_of_the_law(chain, trend):
    def grow(tables):
        tables["demands"][0]["trend_per_day"] = trend

    network = chain(grow)
    settings, source = network.settings, LawDemand(network, 0)
    until_us = settings.as_of_us + 5 * settings.period_us + 1
    mean = laying.demand_mean(network, until_us)
    wanted = [source.mean(period).tolist() for period in range(5)]
    assert mean.tolist() == wanted
    assert (mean[0] < mean[-1]).all() == (trend > 0)


def test_demand_is_disrupted_where_item_and_customer_are_struck(chain):
    network = chain()
    customer, tea = network.place_index["M"], network.item_index["tea"]
    windows, factors = laying.demand_windows(
        network,
        [
            window(network, "demand", 1, 2, targets=(), factor=3.0),
            window(
                network, "demand", 2, 4, targets=(customer,), items=(tea,), factor=0.5
            ),
            window(network, "demand", 5, 6, targets=(customer + 1,), factor=9.0),
            window(network, "lane", 5, 6, targets=(0,)),
        ],
    )
    assert factors.tolist() == [[3.0], [0.5], [1.0]]
    assert (windows["end_us"] > windows["start_us"]).all()
    nothing, none = laying.demand_windows(network, [])
    assert (len(nothing), none.shape) == (0, (0, 1))
