import numpy as np
import pytest

from twin.simulate.decisions import Decisions

PLAN = {"on_hand": 1000.0}


def stocked(hub, shop):
    """Rows of the stock of the chain."""
    return [
        {"item": "tea", "site": "hub", **hub},
        {"item": "tea", "site": "shop", **shop},
    ]


def placed(run):
    return [event["value0"] for event in run.events("PurchaseOrderPlaced")]


def sent(run):
    return [event["value0"] for event in run.events("ShipmentDispatched")]


@pytest.mark.parametrize(
    ("policy", "figures"),
    [
        ({"policy": "base_stock", "order_up_to": 20}, ([5, 0, 7], [5, 7])),
        ({"policy": "s_S", "reorder_point": 15, "order_up_to": 20}, ([4, 1, 3], [5])),
        (
            {"policy": "r_Q", "reorder_point": 15, "order_quantity": 4},
            ([4, 1, 8], [4, 8]),
        ),
    ],
)
def test_a_policy_orders_what_it_says(
    simulation, chain, *, fixed_demand, policy, figures
):
    asked, orders = figures
    network = chain(stock=stocked(PLAN, {"on_hand": 20, **policy}))
    demand = fixed_demand(*([quantity] for quantity in asked))
    run = simulation(network, demand=demand, policies=True)
    run.advance(days=3)
    assert placed(run) == orders
    sums = run.plant.sums
    assert sums.n_orders.tolist() == [0, len(orders)]
    assert sums.ordered.tolist() == [0.0, sum(orders)]
    run.assert_same()


def test_orders_are_rounded_up_to_what_the_lane_allows(simulation, chain, fixed_demand):
    policy = {"on_hand": 20, "policy": "base_stock", "order_up_to": 20}

    def strict(tables):
        tables["stock"] = stocked(PLAN, policy)
        tables["lanes"][1].update(minimum=5, multiple=4)

    run = simulation(chain(strict), demand=fixed_demand([1], [13], [0]), policies=True)
    run.advance(days=3)
    assert placed(run) == [8, 8]  # 1 is wanted, then 6


def test_points_are_reviewed_as_often_as_they_say(simulation, chain, fixed_demand):
    policy = {"on_hand": 20, "policy": "base_stock", "order_up_to": 20}
    network = chain(stock=stocked(PLAN, {**policy, "review_s": 2 * 86_400}))
    run = simulation(network, demand=fixed_demand([1], [2], [4], [8]), policies=True)
    run.advance(days=4)
    times = [event["time_us"] for event in run.events("PurchaseOrderPlaced")]
    days = (np.array(times) - network.settings.as_of_us) / network.settings.period_us
    assert days.tolist() == [2.0, 4.0]
    assert placed(run) == [3, 12]


def test_orders_to_own_sites_wait_and_pass_on_at_once(simulation, chain, fixed_demand):
    base = {"policy": "base_stock"}
    network = chain(
        stock=stocked({"on_hand": 6, "order_up_to": 6, **base},
                      {"on_hand": 10, "order_up_to": 10, **base})
    )  # fmt: skip
    run = simulation(network, demand=fixed_demand([9], [0], [0]), policies=True)
    run.advance()
    # The shop first, then the hub, which owes 3 of 9 and orders all 9.
    assert placed(run) == [9, 9]
    assert sent(run)[1:] == [6, 9]
    assert run.level("tea", "shop", "on_order") == 3.0
    run.advance(days=2)
    assert sent(run)[3:] == [3]
    costs = [event["value1"] for event in run.events("ShipmentDispatched")]
    assert costs[1:] == [3.0, 0.0, 1.5]
    run.advance(days=2)
    assert run.level("tea", "shop") == 10.0
    assert run.level("tea", "hub") == 6.0
    assert run.events("OrderCancelled") == []
    run.assert_same()


def test_production_waits_for_components(simulation, workshop, make):
    def policy(tables):
        tables["stock"] = [
            {"item": "leaf", "site": "P", "policy": "base_stock", "order_up_to": 4,
             "on_hand": 4},
            {"item": "box", "site": "P", "on_hand": 99},
        ]  # fmt: skip

    network = workshop(policy)
    run = simulation(network, policies=True)
    run.advance(days=0.5)
    run.plant.release(make(network, 5))
    run.advance(days=0.1)
    released = [event["value0"] for event in run.events("ProductionOrderReleased")]
    assert released == [2]
    run.advance(days=2)
    # 6 leaves are owed, and 4 are to be there: 10 were ordered at the next review.
    assert placed(run) == [10]
    released = [event["value0"] for event in run.events("ProductionOrderReleased")]
    assert released == [2, 3]
    run.advance(days=0.5)
    assert run.level("tea", "P") == 5.0
    assert run.level("leaf", "P") == 4.0
    run.assert_same()


def test_decisions_wait_as_orders_of_policies_do(simulation, chain):
    network = chain(stock=stocked({"on_hand": 2}, {}))
    run = simulation(network, policies=True)
    run.plant.release(Decisions(np.array([1]), np.zeros(1, int), np.array([7.0])))
    run.advance(days=0.5)
    assert sent(run) == [2.0]
    assert run.level("tea", "shop", "on_order") == 5.0
    assert run.events("OrderCancelled") == []
    run.assert_same()


def test_sums_are_taken_at_the_ends_of_periods(simulation, chain, fixed_demand):
    base = {"policy": "base_stock"}
    network = chain(
        stock=stocked(PLAN, {"on_hand": 10, "order_up_to": 10, **base})
    )  # fmt: skip
    run = simulation(network, demand=fixed_demand([4], [12], [0]), policies=True)
    run.advance(days=3)
    sums = run.plant.sums
    # Day 1: 6 left. Day 2: 4 more came, 12 asked for: 2 wait. Day 3: 12 came.
    assert sums.n_periods == 3
    assert sums.on_hand[1] == 6 + 0 + 10
    assert sums.backorder[1] == 2
    assert sums.in_transit[1] == 0
