"""What of a state comes along: told by events, found in the tables."""

import pytest

from streams.events import (
    TYPE_CODES,
    OperationCompleted,
    OperationStarted,
    OrderReceived,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    StockCounted,
)
from streams.names import Names
from twin.errors import OptionError
from twin.whatif import ENGINES, as_it_is, base_branch, network_of_state

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000


@pytest.fixture
def carried(folding):
    """Fold events into a network, and carry the state over."""

    def make(network, *timed, at_us=None):
        fold = folding(network)
        _, state = fold.fold(*timed)
        return network_of_state(network, state, at_us=at_us)

    return make


def orders_of(found):
    columns = ("order", "kind", "item", "from_place", "to_place", "quantity", "due")
    frame = found.network.tables["open_orders"]
    return [tuple(row[name] for name in columns) for row in frame.to_dicts()]


def test_stock_is_that_of_the_state(two_echelon, carried):
    network = two_echelon()
    count = StockCounted(item="tea", site="hub", quantity=33)
    found = carried(network, (HOUR_US, count))
    assert found.network.stock.on_hand.tolist() == [33.0, 10.0]
    assert found.network.settings.as_of_us == network.settings.as_of_us + HOUR_US
    assert found.left_out == ()


def test_point_the_table_lacks_is_added(works, carried):
    def bare(tables):
        tables["stock"] = [row for row in tables["stock"] if row["item"] != "tea"]

    count = StockCounted(item="tea", site="P", quantity=4)
    found = carried(works(bare), (0, count))
    assert found.network.stock.on_hand.tolist() == [80.0, 100.0, 4.0]
    assert found.counts["stock"] == 3


def test_orders_keep_what_is_left_of_them(two_echelon, carried):
    network = two_echelon()
    start_us = network.settings.as_of_us
    found = carried(
        network,
        (0, OrderReceived(order="C1", customer="M", item="tea", site="shop",
                          quantity=30, due_us=start_us + 3 * DAY_US)),
        (0, PurchaseOrderPlaced(order="B1", supplier="V", item="tea", site="hub",
                                quantity=50)),
        (HOUR_US, ShipmentDispatched(shipment="S1", order="B1", item="tea",
                                     from_site="V", to_site="hub", quantity=20)),
    )  # fmt: skip
    assert orders_of(found) == [
        ("B1", "purchase", "tea", "V", "hub", 30.0, start_us + DAY_US),
        ("C1", "customer", "tea", "shop", "M", 30.0, start_us + 3 * DAY_US),
        ("S1", "purchase", "tea", "V", "hub", 20.0, start_us + DAY_US + HOUR_US),
    ]
    assert found.counts == {
        "stock": 2, "customer": 1, "purchase": 2, "transfer": 0, "production": 0,
    }  # fmt: skip


def test_production_order_comes_after_its_planned_time(works, carried):
    network = works()
    order = ProductionOrderReleased(
        production_order="P1", item="tea", site="P", quantity=10
    )
    ((name, kind, _, origin, site, quantity, due_us),) = orders_of(
        carried(network, (HOUR_US, order))
    )
    assert (name, kind, origin, site, quantity) == ("P1", "production", None, "P", 10.0)
    assert due_us > network.settings.as_of_us + HOUR_US


def test_production_order_goes_on_with_its_step(works, carried):
    order = ProductionOrderReleased(
        production_order="P1", item="tea", site="P", quantity=10
    )
    done = OperationCompleted(
        production_order="P1", operation="fill", machine="F1", good=8, scrap=2
    )
    found = carried(works(), (0, order), (HOUR_US, done))
    (row,) = found.network.tables["open_orders"].to_dicts()
    steps = sorted(found.network.routings.step.tolist())
    assert (row["step"], row["quantity"]) == (steps[1], 8.0)


def test_branches_begin_with_what_is_under_way(works, carried, branch):
    order = ProductionOrderReleased(
        production_order="P1", item="tea", site="P", quantity=10
    )
    begun = OperationStarted(production_order="P1", operation="fill", machine="F1")
    found = carried(works(), (0, order), (60_000_000, begun), at_us=None)
    base = as_it_is(base_branch(found.network), found)
    assert base.begins.work.machine.tolist() == [found.network.machine_index["F1"]]
    more = {"table": "machines", "row": {"machine": "A0", "site": "P",
                                         "group": "filling"}}  # fmt: skip
    other = branch(base, add_row=[more])
    assert as_it_is(other, found).begins.work.machine.tolist() == [
        other.network.machine_index["F1"]
    ]
    plants = [
        engine(found.network, Names(), 1, (), begins=base.begins)
        for engine in ENGINES.values()
    ]
    until_us = found.network.settings.as_of_us + 100 * DAY_US
    one, two = (plant.advance(until_us) for plant in plants)
    assert one.time_us.tobytes() == two.time_us.tobytes()
    assert (one.type_code == TYPE_CODES["ProductionOrderClosed"]).sum() == 1


def test_lines_of_one_order_become_orders_of_their_own(works, carried):
    lines = [
        (0, PurchaseOrderPlaced(order="B1", supplier="V", item=item, site="P",
                                quantity=5))
        for item in ("leaf", "box")
    ]  # fmt: skip
    assert [row[0] for row in orders_of(carried(works(), *lines))] == ["B1", "B1#2"]


def test_what_the_network_does_not_know_is_told(two_echelon, carried):
    found = carried(
        two_echelon(),
        (0, StockCounted(item="gold", site="hub", quantity=3)),
        (0, OrderReceived(order="C1", customer="X", item="tea", site="shop",
                          quantity=3)),
    )  # fmt: skip
    assert [line.split(" ", 1)[0] for line in found.left_out] == ["stock", "1"]
    assert orders_of(found) == []


def test_orders_of_the_network_give_way_to_those_of_the_state(two_echelon, carried):
    network = two_echelon(
        open_orders=[
            {"order": "old", "kind": "purchase", "item": "tea", "from_place": "V",
             "to_place": "hub", "quantity": 5, "due": "2024-01-02T00:00:00Z"}
        ]
    )  # fmt: skip
    count = StockCounted(item="tea", site="hub", quantity=3)
    assert orders_of(carried(network, (0, count))) == []


def test_trend_goes_on_from_the_new_time(two_echelon, carried):
    def growing(tables):
        tables["demands"][0]["trend_per_day"] = 0.5

    count = StockCounted(item="tea", site="hub", quantity=3)
    demands = carried(two_echelon(growing), (2 * DAY_US, count)).network.demands
    assert demands.mean_per_day.tolist() == [8.0]  # 4 x (1 + 2 x 0.5)
    assert demands.trend_per_day.tolist() == [0.25]  # 2 more a day, as before


def test_time_may_be_later_than_the_last_event(two_echelon, carried):
    network = two_echelon()
    start_us = network.settings.as_of_us
    count = StockCounted(item="tea", site="hub", quantity=3)
    found = carried(network, (0, count), at_us=start_us + DAY_US)
    assert found.network.settings.as_of_us == start_us + DAY_US
    with pytest.raises(OptionError, match="before as_of"):
        carried(network, (0, count), at_us=start_us - 1)


def test_state_without_events_is_no_start(two_echelon, folding):
    network = two_echelon()
    with pytest.raises(OptionError, match="has seen no event"):
        network_of_state(network, folding(network).state.settled())


def test_carried_network_plays(two_echelon, carried, compared):
    order = PurchaseOrderPlaced(
        order="B1", supplier="V", item="tea", site="hub", quantity=50
    )
    found = carried(two_echelon(), (HOUR_US, order))
    assert compared(base_branch(found.network), n=2, days=3).replications.n == 2
