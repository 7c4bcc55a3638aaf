"""Plans of small networks, and what of them is ordered."""

from dataclasses import replace

import numpy as np
import pytest

from twin.errors import OptionError
from twin.planning import planner as planner_module
from twin.planning.planner import decisions_of, first_orders
from twin.planning.structure import planning_structure


@pytest.fixture
def rounded(two_echelon):
    """Order some quantity on a lane with a minimum and a multiple."""

    def order(quantity, *, minimum=0.0, multiple=0.0):
        def terms(tables):
            tables["lanes"][0].update(minimum=minimum, multiple=multiple)

        structure = planning_structure(two_echelon(terms))
        decisions = decisions_of(structure, np.array([quantity, 0.0]))
        return decisions.quantity.tolist()

    return order


@pytest.mark.parametrize(
    ("quantity", "terms", "ordered"),
    [
        (7.3, (0, 0), [7.3]),
        (7.3, (0, 6), [6.0]),
        (9.1, (0, 6), [12.0]),
        (2.9, (0, 6), []),
        (12.0, (10, 0), [12.0]),
        (6.0, (10, 0), [10.0]),
        (4.9, (10, 0), []),
        (10.0, (10, 4), [12.0]),
        (6.0, (10, 4), [12.0]),
        (5.9, (10, 4), []),
        (13.9, (10, 4), [12.0]),
        (14.1, (10, 4), [16.0]),
        (0.3, (0.3, 0.1), [0.3]),
        (1e-9, (0, 0), []),
        (0.0, (10, 4), []),
    ],
)
def test_orders_are_rounded_to_what_is_allowed(rounded, quantity, terms, ordered):
    minimum, multiple = terms
    found = rounded(quantity, minimum=minimum, multiple=multiple)
    assert found == pytest.approx(ordered)


def test_decisions_list_lanes_then_starts_of_production(works):
    network = works()
    decisions = decisions_of(planning_structure(network), np.array([3.0, 0.0, 8.0]))
    assert decisions.lane.tolist() == [network.lane_index["box"]]
    assert decisions.item.tolist() == [network.item_index["box"]]
    assert decisions.make_item.tolist() == [network.item_index["tea"]]
    assert decisions.make_site.tolist() == [network.place_index["P"]]
    # Ten are started, for eight become good.
    assert decisions.make_quantity == pytest.approx([10.0])


def test_decisions_of_nothing_are_empty(works):
    decisions = decisions_of(planning_structure(works()), np.zeros(3))
    assert len(decisions.lane) == len(decisions.make_item) == 0


def test_plan_orders_what_the_path_lacks(two_echelon, folding, planner_of):
    network = two_echelon()
    world = folding(network)
    planner = planner_of(network)
    planned = planner.plan(
        world.state.settled(), now_us=world.as_of_us, demand=np.array([[4, 4, 8, 6.0]])
    )
    # 10 of 22 are at the shop, and late ones cost; the hub sends 12 in time.
    assert planned.solution.status == "optimal"
    assert planned.solution.orders.sum(axis=1).tolist() == [0.0, 12.0]
    assert planned.solution.sales.tolist() == [[4, 4, 8, 6]]
    first = planned.solution.orders[1, 0]
    assert planned.decisions.quantity == pytest.approx([first] if first > 0 else [])


def test_warm_planner_plans_like_a_new_one(two_echelon, folding, planner_of):
    network = two_echelon()
    world = folding(network)
    warm = planner_of(network)
    rng = np.random.default_rng(5)
    for _ in range(5):
        path = rng.poisson(6.0, (1, 6)).astype(float)
        args = {"now_us": world.as_of_us, "demand": path}
        again = warm.plan(world.state, **args).solution.objective
        fresh = planner_of(network).plan(world.state, **args).solution.objective
        assert again == pytest.approx(fresh)


def test_plan_of_the_works_keeps_to_its_machines(works, folding, planner_of):
    network = works()
    world = folding(network)
    planner = planner_of(network)
    demand = np.full((1, 4), 200.0)
    solution = planner.plan(world.state, now_us=world.as_of_us, demand=demand).solution
    # Filling takes 750 s of a day for a good tea; 100 leaves make 36.
    made = solution.orders[2]
    assert made.max() <= 86_400 / 750 + 1e-6
    assert made[0] == pytest.approx(100 / (1.25 * 2 / 0.9))


def test_network_without_activities_to_choose_from_is_planned(
    works, folding, planner_of
):
    network = works(demands=[], customers=[])
    world = folding(network)
    planned = planner_of(network).plan(
        world.state, now_us=world.as_of_us, demand=np.zeros((0, 3))
    )
    assert planned.solution.status == "optimal"
    assert not planned.solution.orders.any()


@pytest.mark.parametrize("share", [0.9, 1.0])
def test_stock_worth_more_than_it_costs_is_not_hoarded(
    two_echelon, folding, planner_of, share
):
    def treasure(tables):
        tables["items"][0]["unit_cost"] = 1000.0

    network = two_echelon(treasure)
    world = folding(network)
    planned = planner_of(network, terminal_share=share).plan(
        world.state, now_us=world.as_of_us, demand=np.full((1, 8), 6.0)
    )
    assert planned.solution.status == "optimal"
    # 18 of the 48 are missing.
    assert planned.solution.orders[0].sum() == pytest.approx(18.0)
    assert planned.solution.sales.sum() == pytest.approx(48.0)


DAY_US = 86_400_000_000


def slow_setups(tables):
    # Work fills 5/6 of packing, 5760 s are left of 0.9 of it: setups of 2.5 times that.
    tables["machines"][1]["speed"] = 1
    tables["routings"][1].update(duration_s=3600, setup_s=14_400)


def test_campaign_gathers_its_periods_in_the_turn_of_an_item(works):
    network = works(slow_setups)
    structure = planning_structure(network)
    assert structure.campaign == 3
    orders = np.array([[1.0] * 5, [2.0] * 5, [3.0, 4.0, 5.0, 6.0, 7.0]])
    as_of_us = network.settings.as_of_us
    now = [
        first_orders(structure, orders, as_of_us + k * DAY_US).tolist()
        for k in range(4)
    ]
    waits, turn = [1.0, 2.0, 0.0], [1.0, 2.0, 12.0]
    assert now == [turn, waits, waits, turn]


def test_campaign_of_one_review_makes_what_is_planned_now(works):
    structure = planning_structure(works())
    assert structure.campaign == 1
    orders = np.array([[1.0, 9.0], [2.0, 9.0], [3.0, 9.0]])
    assert first_orders(structure, orders, 0).tolist() == [1.0, 2.0, 3.0]


def test_endless_profit_is_refused_by_name(two_echelon, folding, planner_of):
    network = two_echelon()
    world, planner = folding(network), planner_of(network)
    problem = replace(planner.structure.problem, terminal_value=np.array([9.0, 0.0]))
    planner.structure = replace(planner.structure, problem=problem)
    message = r"^network 'two': lane 'buy', item 'tea': endless profit.* 3\.1 .* 9 "
    with pytest.raises(OptionError, match=message):
        planner.plan(world.state, now_us=world.as_of_us, demand=np.ones((1, 4)))


@pytest.fixture
def out_of_time(monkeypatch):
    """Let every solve from now on end without a plan."""

    def stop():
        solve = planner_module.plan_replenishment

        def stopped(problem, options, **rest):
            found = solve(problem, options, **rest)
            nothing = np.zeros_like(found.orders)
            return replace(found, status="feasible", bound=np.inf, orders=nothing)

        monkeypatch.setattr(planner_module, "plan_replenishment", stopped)

    return stop


def test_plan_out_of_time_follows_the_one_before(
    two_echelon, folding, planner_of, out_of_time
):
    network = two_echelon()
    world, planner = folding(network), planner_of(network)

    def plan(period):
        now_us = world.as_of_us + period * DAY_US
        # 10 are at the shop; what comes on days 3 and 4 is sent two days before.
        demand = np.array([[5, 5, 6, 7.0]])
        return planner.plan(world.state, now_us=now_us, demand=demand)

    first = plan(0)
    assert first.finished
    assert first.solution.orders[1].tolist() == [0, 6, 7, 0]
    out_of_time()
    later = [plan(period) for period in (1, 2, 3, 4, 0)]
    assert not any(planned.finished for planned in later)
    assert not any(planned.solution.orders.any() for planned in later)
    found = [planned.decisions.quantity.tolist() for planned in later]
    assert found == [[6.0], [7.0], [], [], []]


def test_first_plan_out_of_time_orders_nothing(
    two_echelon, folding, planner_of, out_of_time
):
    network = two_echelon()
    world, planner = folding(network), planner_of(network)
    out_of_time()
    demand = np.array([[9, 9, 9, 9.0]])
    planned = planner.plan(world.state, now_us=world.as_of_us, demand=demand)
    assert not planned.finished
    assert len(planned.decisions.lane) == 0
