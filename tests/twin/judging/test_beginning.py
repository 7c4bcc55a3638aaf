"""Futures begin as the live state is."""

import numpy as np
import pytest

from streams.events import (
    MachineStateChanged,
    OrderReceived,
    PurchaseOrderPlaced,
    ShipmentDispatched,
)
from twin.judging.beginning import begin_futures, network_ahead

DAY_US = 86_400_000_000


@pytest.fixture
def begin():
    def of(situation, horizon=6, seed=1):
        return begin_futures(
            situation.structure, situation.state, situation.forecaster,
            now_us=situation.now_us, horizon=horizon, seed=seed,
        )  # fmt: skip

    return of


def points(plant, column):
    return plant.tables.points[column].tolist()


def test_stock_orders_and_waiting_customers_are_there(two_echelon, situation_of, begin):
    def late(tables):
        tables["demands"][0]["backlogged"] = True

    events = [
        PurchaseOrderPlaced(
            order="P", supplier="V", item="tea", site="hub", quantity=4
        ),
        ShipmentDispatched(
            shipment="S", item="tea", from_site="hub", to_site="shop", quantity=3
        ),
        OrderReceived(order="C", customer="M", item="tea", site="shop", quantity=12),
    ]
    plant = begin(situation_of(two_echelon(late), *events))
    # Ten on hand in the shop go to the customer, who waits for two more.
    assert points(plant, "on_hand") == [17.0, 0.0]
    assert points(plant, "backorder") == [0.0, 2.0]
    assert points(plant, "on_order") == [4.0, 3.0]
    plant.advance(plant.now_us + DAY_US - 2)
    assert points(plant, "on_hand")[0] == 17.0
    plant.advance(plant.now_us + 4 * DAY_US)
    assert points(plant, "on_order") == [0.0, 0.0]


def test_demand_is_that_of_the_forecaster(two_echelon, situation_of):
    situation = situation_of(two_echelon())

    class Doubled:
        def means(self, horizon):
            return 2.0 * situation.forecaster.means(horizon)

    network = network_ahead(
        situation.structure, situation.state, Doubled(),
        now_us=situation.now_us + 3 * DAY_US, n=5,
    )  # fmt: skip
    assert network.demands.mean_per_day.tolist() == pytest.approx([8.0])
    assert network.settings.as_of_us == situation.now_us + 3 * DAY_US


def test_broken_machine_is_broken_in_futures(works, situation_of, begin):
    def fails(tables):
        tables["machines"][0] |= {"mttf_s": 1e6, "mttr_s": 1e5}

    network = works(fails)
    down = MachineStateChanged(machine="F1", state="down")
    running, broken = (
        begin(situation_of(network, *events), seed=3) for events in ((), (down,))
    )
    assert not running.tables.machines["failure"].any()
    assert broken.tables.machines["failure"].tolist()[0] == 1


def test_start_is_the_same_for_the_same_state_and_seed(works, situation_of, begin):
    one, other = (begin(situation_of(works()), seed=9) for _ in range(2))
    np.testing.assert_array_equal(one.tables.block, other.tables.block)
