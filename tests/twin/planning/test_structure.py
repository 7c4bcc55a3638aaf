"""Points, activities and costs of small networks, by hand."""

import numpy as np
import pytest

from twin.errors import OptionError
from twin.planning.structure import (
    planning_structure,
    replacement_costs,
)

DAY_US = 86_400_000_000


def inputs(structure):
    """Points and usages of every activity."""
    problem = structure.problem
    return [
        [
            (int(point), pytest.approx(float(usage)))
            for point, usage in zip(
                problem.input_point[a:b], problem.input_usage[a:b], strict=True
            )
        ]
        for a, b in zip(problem.input_start, problem.input_start[1:], strict=False)
    ]


def test_two_echelons_are_two_points_and_two_lanes(two_echelon):
    structure = planning_structure(two_echelon())
    problem = structure.problem
    assert problem.output_point.tolist() == [0, 1]
    assert problem.lead_periods.tolist() == [0, 1]
    assert inputs(structure) == [[], [(0, 1.0)]]
    # Price 3 and transport 0.1; transport 0.5 and handling 0.2 at the hub.
    assert problem.unit_cost == pytest.approx([3.1, 0.7])
    assert problem.pipeline_cost == pytest.approx([0.02, 0.01])
    assert problem.holding_cost == pytest.approx([0.04, 0.05])
    assert problem.demand_point.tolist() == [1]
    assert problem.price.tolist() == [10.0]
    assert problem.terminal_value.tolist() == [0.0, 0.0]


def test_weekly_review_counts_weeks(two_echelon):
    def limited(tables):
        tables["sites"][0]["dispatch_capacity_per_period"] = 30
        tables["lanes"][0]["capacity_per_period"] = 10

    weekly = {"review_s": 7 * 86_400}
    structure = planning_structure(two_echelon(limited, settings=weekly))
    problem = structure.problem
    # The hub needs it at the next review, customers of the shop every day.
    assert problem.lead_periods.tolist() == [0, 1]
    assert (structure.first_need_us // DAY_US).tolist() == [7, 1]
    assert problem.holding_cost == pytest.approx([0.28, 0.35])
    assert problem.pipeline_cost == pytest.approx([0.14, 0.07])
    assert problem.shortage_cost == pytest.approx([3.5])
    assert problem.order_upper.tolist() == [70.0, np.inf]
    assert structure.capacity[0] == 210.0
    assert problem.capacity_index.tolist() == [-1, 0]


def test_lost_demand_pays_shortage_once_whatever_the_review(two_echelon):
    def lost(tables):
        tables["demands"][0]["backlogged"] = False

    structure = planning_structure(two_echelon(lost, settings={"review_s": 7 * 86_400}))
    assert structure.problem.shortage_cost.tolist() == [0.5]


def test_terminal_share_values_what_is_left(two_echelon):
    def dear(tables):
        tables["lanes"][0]["price"] = 3.4

    problem = planning_structure(two_echelon(dear), terminal_share=0.9).problem
    # Unit cost is 4; another one costs 3.5 at the hub and 4.2 at the shop.
    assert problem.terminal_value == pytest.approx([0.9 * 3.5, 0.9 * 4.0])


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_terminal_share_out_of_range_is_refused(two_echelon, share):
    with pytest.raises(OptionError, match=r"terminal_share must be in \[0, 1\]"):
        planning_structure(two_echelon(), terminal_share=share)


def test_replacement_costs_follow_the_cheapest_way(works):
    problem = planning_structure(works()).problem
    # A box costs 1 and a leaf 2; making costs 16.8.
    tea = 16.8 + 1.25 * 1 + 1.25 * 2 / 0.9 * 2
    assert replacement_costs(problem) == pytest.approx([1.0, 2.0, tea])


def test_replacement_of_what_goes_in_circles_is_endless(two_echelon):
    def circle(tables):
        tables["suppliers"], tables["lanes"] = [], tables["lanes"][1:]
        tables["sites"].append({"site": "depot", "kind": "plant"})
        tables["lanes"].append(
            {"lane": "back", "from_place": "shop", "to_place": "hub", "item": "tea",
             "lead_time_s": 86_400}
        )  # fmt: skip
        tables["routings"] = [
            {"item": "tea", "site": "depot", "step": 1, "operation": "mix",
             "machine_group": "g", "duration_s": 1}
        ]  # fmt: skip
        tables["machines"] = [{"machine": "m", "site": "depot", "group": "g"}]

    network = two_echelon(circle)
    costs = replacement_costs(planning_structure(network).problem)
    sites = [network.places.ids[site] for site in network.stock.site_index]
    assert dict(zip(sites, costs.tolist(), strict=True)) == {
        "depot": 0.0, "hub": np.inf, "shop": np.inf,
    }  # fmt: skip


def test_works_take_components_for_what_is_started(works):
    structure = planning_structure(works())
    # Points are box, leaf and tea; a good tea takes 1.25 starts of 1 box and 2 leaves,
    # of which one in ten is lost.
    assert inputs(structure) == [[], [], [(0, 1.25), (1, 1.25 * 2 / 0.9)]]
    assert structure.yield_rate.tolist() == [1.0, 1.0, 0.8]
    assert structure.activity_lane.tolist() == [0, 1, -1]
    assert structure.problem.output_point.tolist() == [0, 1, 2]


def test_works_are_limited_by_their_narrowest_group(works):
    structure = planning_structure(works())
    problem = structure.problem
    # Three places, then filling and packing; packing is twice as fast.
    assert structure.capacity[3:].tolist() == [86_400.0, 172_800.0]
    assert problem.capacity_index.tolist() == [-1, -1, 3]
    assert problem.capacity_usage[2] == pytest.approx(600 / 0.8)
    machine_cost = 750 / 3600 * 36 + 900 / 3600 * 72 / 2
    assert problem.unit_cost[2] == pytest.approx(machine_cost + 0.3)


def test_handling_and_delivery_are_taken_off_the_price(works):
    def delivered(tables):
        tables["lanes"].append(
            {"lane": "out", "from_place": "P", "to_place": "M", "item": "tea",
             "lead_time_s": 1.5 * 86_400, "unit_cost": 0.4,
             "pipeline_cost_per_day": 0.1}
        )  # fmt: skip

    structure = planning_structure(works(delivered))
    # On the way at two ends of a period: the one it leaves at, and the next.
    assert structure.problem.price == pytest.approx([30.0 - 0.3 - 0.4 - 0.2])
    assert structure.problem.n_activities == 3


def test_site_yield_counts_once(two_echelon, works):
    def poor(tables):
        tables["sites"][0]["yield_rate"] = 0.5

    # Without bill or routing it is lost in dispatch; with them, in production.
    assert inputs(planning_structure(two_echelon(poor))) == [[], [(0, 2.0)]]
    structure = planning_structure(works(poor))
    assert structure.yield_rate[2] == pytest.approx(0.4)
    assert structure.problem.capacity_usage[2] == pytest.approx(1500.0)


def test_plant_sends_what_it_makes_without_losing_it_again(works):
    def with_store(tables):
        tables["sites"][0]["yield_rate"] = 0.5
        tables["sites"].append({"site": "S", "kind": "store"})
        tables["lanes"].append(
            {"lane": "out", "from_place": "P", "to_place": "S", "item": "tea",
             "lead_time_s": 86_400}
        )  # fmt: skip

    structure = planning_structure(works(with_store))
    assert inputs(structure)[2] == [(2, 1.0)]


def test_limited_lane_of_several_items_is_one_capacity(works):
    def one_truck(tables):
        tables["lanes"] = [
            {"lane": "all", "from_place": "V", "to_place": "P", "item": "*",
             "lead_time_s": 86_400, "capacity_per_period": 50}
        ]  # fmt: skip

    structure = planning_structure(works(one_truck))
    last = len(structure.capacity) - 1
    assert structure.problem.capacity_index.tolist() == [last, last, 3]
    assert structure.capacity[last] == 50.0


def test_network_without_lanes_makes_what_it_sells(works):
    network = works(items=[{"item": "tea"}], bills=[], lanes=[], suppliers=[], stock=[])
    structure = planning_structure(network)
    assert structure.n_lane_activities == 0
    assert structure.problem.n_activities == structure.problem.n_points == 1
    assert inputs(structure) == [[]]


def test_network_without_demand_has_a_structure(two_echelon):
    structure = planning_structure(two_echelon(demands=[], customers=[]))
    assert structure.problem.n_demands == 0
    assert structure.problem.n_activities == 2
