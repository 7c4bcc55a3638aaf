"""Costs of futures against costs by hand, and production against a plain count."""

import numpy as np
import pytest

from streams.names import Names
from twin.judging.prices import Prices, in_production
from twin.planning import decisions_of, planning_structure
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.tables import FREE_ORDER, N_ORDERS

DAY_US = 86_400_000_000


def test_orders_cost_what_lanes_and_work_cost(two_echelon, lane_orders):
    network = two_echelon()
    prices = Prices(planning_structure(network))
    bought = lane_orders(network, ("buy", "tea", 10.0))
    # Price 3, transport 0.1 and a day on the way at 0.02 a unit; 5 an order.
    assert prices.decided(bought) == pytest.approx(10 * 3.1 + 5.0, abs=0.21)
    sent = lane_orders(network, ("ship", "tea", 10.0))
    # Transport 0.5, handling 0.2 and at most three days on the way at 0.01 a unit.
    assert prices.decided(sent) == pytest.approx(10 * 0.7, abs=0.31)


def test_decisions_are_priced_as_the_orders_that_they_came_from(works):
    structure = planning_structure(works())
    prices, problem = Prices(structure), structure.problem
    orders = np.arange(1.0, problem.n_activities + 1.0)
    one = prices.decided(decisions_of(structure, orders))
    assert one == pytest.approx(
        orders @ (problem.unit_cost + problem.pipeline_cost * problem.lead_periods)
    )


def test_stock_shortage_and_loss_cost_by_the_period(two_echelon):
    def lost(tables):
        tables["demands"][0]["backlogged"] = False

    network = two_echelon(lost)
    prices = Prices(planning_structure(network))
    plant = CompiledPlant(network, Names(), seed=0)
    plant.tables.points["on_hand"] = [10.0, 0.0]
    plant.tables.lost[:] = 3.0
    # Holding 0.04; what is lost costs 0.5 and its margin over 4.0 of cost.
    margin = planning_structure(network).problem.price[0] - 4.0
    assert prices.stood(plant.tables) == pytest.approx(0.4 + 3.0 * (0.5 + margin))
    assert prices.worth(np.array([2.0, 1.0])) == 12.0


def test_production_is_counted_as_orders_open_and_close(works):
    network = works()
    plant = CompiledPlant(network, Names(), seed=1)
    structure = planning_structure(network)
    orders = np.zeros(structure.problem.n_activities)
    tea = structure.n_lane_activities
    point = structure.problem.output_point[tea]
    counts = []
    for turn in range(24):
        orders[tea] = 2.0 if turn < 6 else 0.0
        plant.release(decisions_of(structure, orders))
        plant.advance(plant.now_us + DAY_US // 48)
        n_open = int(plant.tables.clock[N_ORDERS])
        found = in_production(plant.tables, structure.problem.n_points)
        assert (found[point] > 0.0) == (n_open > 0)
        counts.append(n_open)
    assert max(counts) > 0
    assert counts[-1] == 0


def test_production_is_counted_when_tables_have_grown(works):
    def plenty(tables):
        for row in tables["stock"]:
            row["on_hand"] = 1e6

    network = works(plenty)
    plant = CompiledPlant(network, Names(), seed=1)
    structure = planning_structure(network)
    orders = np.zeros(structure.problem.n_activities)
    orders[structure.n_lane_activities] = 1.0
    small, sizes = decisions_of(structure, orders), set()
    for turn in range(120):
        for _ in range(1 + turn % 7):
            plant.release(small)
        plant.advance(plant.now_us + DAY_US // 96)
        sizes.add(len(plant.tables.orders))
        rows, at = plant.tables.orders, int(plant.tables.clock[FREE_ORDER])
        is_open = np.ones(len(rows), np.bool_)
        for _ in range(len(rows) - int(plant.tables.clock[N_ORDERS])):
            is_open[at] = False
            at = rows[at]["next"]
        expected = rows["pieces"][is_open].sum()
        assert in_production(plant.tables, structure.problem.n_points).sum() == expected
    assert len(sizes) > 1
