"""What policies decide on states made by hand."""

import numpy as np
import pytest

from streams.events import (
    OrderReceived,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    StockCounted,
)
from twin.cycle import BaseStockPolicy, ClairvoyantPolicy, PlanPolicy
from twin.demand import MeanForecaster
from twin.errors import OptionError
from twin.planning import planning_structure


def ordered(network, decided):
    """Quantities by lane, and what is made by item."""
    decisions = decided.decisions
    lanes = [network.lanes.ids[lane] for lane in decisions.lane]
    items = [network.items.ids[item] for item in decisions.make_item]
    return {
        **dict(zip(lanes, decisions.quantity.tolist(), strict=True)),
        **{
            f"make {item}": quantity
            for item, quantity in zip(
                items, decisions.make_quantity.tolist(), strict=True
            )
        },
    }


@pytest.fixture
def base_stock(folding):
    """What a base-stock policy orders after some events."""

    def decide(network, levels, *events):
        world = folding(network)
        _, state = world.fold(*((k, event) for k, event in enumerate(events)))
        policy = BaseStockPolicy(planning_structure(network), np.array(levels, float))
        return ordered(network, policy.decide(state, world.as_of_us))

    return decide


def test_base_stock_orders_what_positions_lack(two_echelon, base_stock):
    network = two_echelon()
    assert base_stock(network, [25, 10.5]) == {"buy": 5.0, "ship": 0.5}
    assert base_stock(network, [15, 10]) == {}


def test_base_stock_counts_everything_under_way_and_owed(two_echelon, base_stock):
    network = two_echelon()
    events = [
        PurchaseOrderPlaced(
            order="P", supplier="V", item="tea", site="hub", quantity=4
        ),
        ShipmentDispatched(
            shipment="S", item="tea", from_site="hub", to_site="shop", quantity=3
        ),
        OrderReceived(order="C", customer="M", item="tea", site="shop", quantity=12),
    ]
    # Hub: 17 on hand and 4 on order; shop: 10 on hand, 3 on the way, 12 owed.
    assert base_stock(network, [30, 20], *events) == {"buy": 9.0, "ship": 19.0}


def test_base_stock_makes_or_buys_what_is_cheaper(works, base_stock):
    def bought(tables):
        tables["lanes"].append(
            {"lane": "tea", "from_place": "V", "to_place": "P", "item": "tea",
             "lead_time_s": 86_400, "price": 20.0}
        )  # fmt: skip

    levels = [90, 100, 48]
    # Eight good teas are ten started; stock has 40.
    made = {"box": 10.0, "make tea": pytest.approx(10.0)}
    assert base_stock(works(), levels) == made
    assert base_stock(works(bought), levels) == {"box": 10.0, "tea": 8.0}


def test_base_stock_counts_production_under_way_as_good_units(works, base_stock):
    released = ProductionOrderReleased(
        production_order="M1", item="tea", site="P", quantity=5.0
    )
    # Four of five become good.
    expected = {"make tea": pytest.approx(5.0)}
    assert base_stock(works(), [80, 100, 48], released) == expected


def test_base_stock_skips_points_without_source(two_echelon, base_stock):
    def depot(tables):
        tables["sites"].append({"site": "depot", "kind": "warehouse"})
        tables["stock"].append({"item": "tea", "site": "depot", "on_hand": 3})

    network = two_echelon(depot)
    sites = [network.places.ids[site] for site in network.stock.site_index]
    levels = [{"depot": 99, "hub": 25, "shop": 0}[site] for site in sites]
    assert base_stock(network, levels) == {"buy": 5.0}


def test_base_stock_refuses_levels_of_other_points(two_echelon):
    structure = planning_structure(two_echelon())
    with pytest.raises(OptionError, match="2 stock points, had shape"):
        BaseStockPolicy(structure, np.zeros(3))


def test_plan_policy_covers_the_path_of_its_horizon(two_echelon, folding, planner_of):
    network = two_echelon()
    world = folding(network)

    def mean(period, horizon):
        return np.arange(period, period + horizon, dtype=float)[None, :]

    forecaster = MeanForecaster(mean, dispersion=0.0)
    policy = PlanPolicy(
        planner_of(network), forecaster, quantile=0.9,
        horizon=lambda: 6 - policy.period,
    )  # fmt: skip
    first = policy.decide(world.state.settled(), world.as_of_us)
    policy.observe(np.array([3.0]))
    second = policy.decide(world.state.settled(), world.as_of_us)
    assert first.path.tolist() == [[0, 1, 2, 3, 4, 5]]
    assert second.path.tolist() == [[1, 2, 3, 4, 5]]
    assert first.planned.solution.sales == pytest.approx(first.path, abs=1e-9)
    assert policy.information == "knows the mean"


def test_clairvoyant_plans_for_what_is_left_and_nothing_after(
    two_echelon, folding, planner_of
):
    network = two_echelon()
    world = folding(network)
    demand = np.array([[4.0, 8.0, 6.0]])
    policy = ClairvoyantPolicy(planner_of(network), demand, horizon=lambda: 3)
    policy.observe(np.zeros(1))
    policy.observe(np.zeros(1))
    decided = policy.decide(world.state.settled(), world.as_of_us)
    assert decided.path.tolist() == [[6.0, 0.0, 0.0]]
    policy.observe(np.zeros(1))
    policy.observe(np.zeros(1))
    after = policy.decide(world.state.settled(), world.as_of_us)
    assert after.path.tolist() == [[0.0, 0.0, 0.0]]


def test_clairvoyant_refuses_demand_of_another_network(two_echelon, planner_of):
    with pytest.raises(OptionError, match="demand must have 1 rows"):
        ClairvoyantPolicy(
            planner_of(two_echelon()), np.zeros((2, 3)), horizon=lambda: 3
        )


def test_plan_policy_serves_backlog_before_it_grows(two_echelon, folding, planner_of):
    network = two_echelon()
    world = folding(network)
    empty = StockCounted(item="tea", site="shop", quantity=0.0)
    owed = OrderReceived(order="C", customer="M", item="tea", site="shop", quantity=9)
    _, state = world.fold((0, empty), (1, owed))
    policy = ClairvoyantPolicy(planner_of(network), np.zeros((1, 4)), horizon=lambda: 4)
    decided = policy.decide(state, world.as_of_us)
    assert ordered(network, decided) == {"ship": 9.0}
