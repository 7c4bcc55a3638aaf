"""State to problem, by hand."""

import pytest

from streams.events import OperationStarted, ProductionOrderReleased
from twin.errors import InputError
from twin.planning.shop_schedule import shop_problem
from twin.simulate.opening.conditions import conditions_of
from twin.whatif import network_of_state

ORDERS = [
    {"order": "A", "kind": "production", "item": "tea", "to_place": "P",
     "quantity": 10, "due": "2024-01-03T00:00:00Z", "step": 1}
]  # fmt: skip


def test_the_open_orders_of_a_network_become_jobs(works):
    shop = shop_problem(works(open_orders=ORDERS))
    problem = shop.problem
    assert problem.names.jobs == ("A",)
    assert problem.names.operations == ("fill", "pack")
    # 10 pieces of 600 s; 8 good ones of 900 s at twice the speed after a setup.
    assert problem.modes.duration.tolist() == [6000, 1800 + 3600]
    assert problem.operations.resumable.tolist() == [1, 1]
    assert problem.arcs.before.tolist() == [0]
    days = (problem.jobs.due[0] * problem.tick_us + shop.at_us) // 86_400_000_000
    assert days == 19_725  # 2024-01-03


def test_work_under_way_stays_with_what_is_left_of_it(works, folding):
    network = works()
    fold = folding(network)
    fold.fold(
        (0, ProductionOrderReleased(
            production_order="A", item="tea", site="P", quantity=10.0)),
        (1_000_000, OperationStarted(
            production_order="A", operation="fill", machine="F1", item="tea")),
    )  # fmt: skip
    at_us = network.settings.as_of_us + 601_000_000
    carried = network_of_state(network, fold.state.settled(), at_us=at_us)
    conditions = conditions_of(carried.state, carried.network, at_us=at_us)
    shop = shop_problem(carried.network, conditions, left_out=carried.left_out)
    problem = shop.problem
    assert problem.locks.operation.tolist() == [0]
    assert problem.locks.start.tolist() == [0]
    assert problem.modes.duration[0] == 6000 - 600
    assert shop.at_us == at_us


def test_pools_are_held(works):
    def pools(tables):
        tables["pools"] = [
            {"pool": "crew", "site": "P", "size": 3},
            {"pool": "die", "site": "P", "kind": "tool", "size": 1},
        ]
        tables["routings"][0].update(operator_pool="crew", operators=2, tool_pool="die")

    problem = shop_problem(works(pools, open_orders=ORDERS)).problem
    assert problem.modes.use_amount.tolist() == [2, 1]
    assert problem.pools.capacity.tolist() == [3, 1]


def test_what_a_schedule_does_not_know_is_told(works):
    def special(tables):
        tables["routings"][0].update(batch_max=2, batch_min=2, sampling_rate=0.5)
        tables["groups"] = [{"group": "packing", "capacity": 1}]

    told = shop_problem(works(special, open_orders=ORDERS)).left_out
    assert len(told) == 3


def test_nothing_to_make_is_a_mistake(works):
    with pytest.raises(InputError, match="nothing to schedule"):
        shop_problem(works())
