import numpy as np
import pytest

from twin.errors import OptionError
from twin.simulate.decisions import Decisions
from twin.simulate.disruptions import Disruption


def to_shop(quantity):
    one = np.ones(1, np.int32)
    return Decisions(one, np.zeros(1, np.int32), np.array([quantity], np.float64))


def test_unmet_demand_waits_and_is_served_first_come_first_served(
    simulation, chain, fixed_demand
):
    demand = fixed_demand([6], [3], [0], [1])
    run = simulation(chain(), demand=demand)
    run.plant.release(to_shop(4))  # arrives with the first demand
    run.advance()
    assert (run.level("tea", "shop"), run.level("tea", "shop", "backorder")) == (2, 0)
    run.plant.release(to_shop(0))
    run.advance()
    assert run.level("tea", "shop", "backorder") == 1
    run.plant.release(to_shop(5))
    run.advance()  # nobody asks; who waits is served
    run.advance()
    assert run.level("tea", "shop") == 3
    assert demand.served == [[0.0], [0.0], [1.0], [0.0]]
    shipped = [event["value0"] for event in run.events("ShipmentDispatched")]
    assert shipped == [4.0, 6.0, 2.0, 5.0, 1.0, 1.0]
    run.assert_same()
    assert run.state.settled().tables.orders["status"][:6].max() == 2  # all closed


def test_unmet_demand_is_lost_where_it_does_not_wait(simulation, chain, fixed_demand):
    def lost(tables):
        tables["demands"][0]["backlogged"] = False

    demand = fixed_demand([6], [3], [0])
    run = simulation(chain(lost), demand=demand)
    for _ in range(3):
        run.advance()
    assert demand.served == [[0.0], [2.0], [3.0]]
    batch = run.batches[0]
    assert [batch.detail_of(row) for row in range(len(batch))] == [
        b"", b"", b'{"order":"C1","reason":"lost"}', b"",
    ]  # fmt: skip
    assert len(run.events("OrderCancelled")) == 2
    assert run.level("tea", "shop", "backorder") == 0
    run.assert_same()


def test_no_demand_tells_nothing(simulation, chain, fixed_demand):
    run = simulation(chain(), demand=fixed_demand())
    assert len(run.advance(days=5)) == 0


def test_goods_that_come_between_reviews_serve_who_waits(
    simulation, chain, fixed_demand
):
    def sooner(tables):
        tables["lanes"][1]["lead_time_s"] = 3600

    run = simulation(chain(sooner), demand=fixed_demand([7]))
    run.advance()
    run.plant.release(to_shop(5))
    run.advance(days=0.1)
    assert run.level("tea", "shop", "backorder") == 0
    run.assert_same()


def test_a_lane_to_the_customer_takes_its_time(simulation, chain, fixed_demand):
    def delivered(tables):
        tables["lanes"].append(
            {"lane": "c", "from_place": "shop", "to_place": "M", "item": "tea",
             "lead_time_s": 7200, "unit_cost": 0.25}
        )  # fmt: skip

    run = simulation(chain(delivered), demand=fixed_demand([4]))
    run.advance()
    assert not run.events("ShipmentReceived")
    run.advance()
    (sent,), (received,) = (
        run.events("ShipmentDispatched"), run.events("ShipmentReceived"),
    )  # fmt: skip
    assert received["time_us"] - sent["time_us"] == 7200 * 10**6
    assert sent["value1"] == 1.0
    (order,) = run.events("OrderReceived")
    assert order["time0"] == sent["time0"] == received["time_us"]
    run.assert_same()
    with pytest.raises(OptionError, match="lane 'c' ends at a customer"):
        run.plant.release(Decisions(np.array([2]), np.zeros(1, int), np.ones(1)))


def test_a_shock_multiplies_demand(simulation, chain, fixed_demand):
    network = chain()
    start_us = network.settings.as_of_us + network.settings.period_us
    shock = Disruption("demand", start_us, start_us + 1, factor=3.0)
    run = simulation(network, demand=fixed_demand([1], [1], [1]), disruptions=[shock])
    run.advance(days=3)
    assert [event["value0"] for event in run.events("OrderReceived")] == [1, 3, 1]


def test_a_source_that_gives_something_else_is_told_so(simulation, chain, fixed_demand):
    class Wrong:
        def draw(self, period, served):
            return np.array([-2.0])

    run = simulation(chain(), demand=Wrong())
    with pytest.raises(OptionError, match=r"period 0: must be 1 numbers >= 0"):
        run.advance()


def crowd(tables):
    """Three customers of the shop, who ask for 2, 4 and 6."""
    tables["customers"] = [
        {"customer": name, "priority": priority}
        for name, priority in (("A", 1.0), ("B", 3.0), ("C", 2.0))
    ]
    tables["demands"] = [
        {"customer": name, "item": "tea", "site": "shop", "mean_per_day": 1}
        for name in "ABC"
    ]


def shipped(run):
    events = run.events("ShipmentDispatched")
    return [event["value0"] for event in events]


@pytest.mark.parametrize(
    ("allocation", "shares"),
    [
        ("fifo", ([2, 4, 1], [5])),  # to A, B, C; C
        ("priority", ([4, 3], [3, 2])),  # to B, C; C, A
        ("proportional", ([2, 2, 3], [2, 3])),  # shares 1.17, 2.33, 3.5; then B, C
    ],
)
def test_scarce_stock_is_given_out_by_rule(
    simulation, chain, *, fixed_demand, allocation, shares
):
    first, then = shares

    def short(tables):
        crowd(tables)
        tables["stock"][1].update(on_hand=7, allocation=allocation)
        tables["stock"][0].update(on_hand=20)

    run = simulation(chain(short), demand=fixed_demand([2, 4, 6]))
    run.advance(days=1)
    assert shipped(run) == first
    run.plant.release(Decisions(np.array([1]), np.zeros(1, int), np.array([5.0])))
    run.advance(days=1)
    assert shipped(run)[len(first) + 1 :] == then
    run.assert_same()


def test_what_must_not_be_split_waits_until_it_is_whole(
    simulation, chain, fixed_demand
):
    def whole(tables):
        crowd(tables)
        tables["demands"][1]["split"] = False
        tables["stock"][1].update(on_hand=5)
        tables["stock"][0].update(on_hand=20)

    run = simulation(chain(whole), demand=fixed_demand([2, 4, 6]))
    run.advance(days=1)
    assert shipped(run) == [2]  # 3 are kept for B, and C waits behind it
    run.plant.release(Decisions(np.array([1]), np.zeros(1, int), np.array([4.0])))
    run.advance(days=1)
    assert shipped(run)[2:] == [4, 3]
    run.assert_same()


def test_what_must_not_be_split_is_lost_whole(simulation, chain, fixed_demand):
    def whole(tables):
        tables["demands"][0].update(split=False, backlogged=False)

    run = simulation(chain(whole), demand=fixed_demand([5], [4]))
    run.advance(days=2)
    assert shipped(run) == [4]
    assert len(run.events("OrderCancelled")) == 1
    run.assert_same()
