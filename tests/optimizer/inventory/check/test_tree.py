from dataclasses import replace

import pytest

from optimizer.inventory import ServiceStage, ServiceTree, check_times
from optimizer.inventory.search.tree import optimize_tree


@pytest.fixture
def tree():
    pump = ServiceStage(
        name="pump", lead_time=2, added_cost=3.0, service_time_max=1, demand_sd=4.0,
        safety_factor=1.5, suppliers=(("part", 2.0),),
    )  # fmt: skip
    part = ServiceStage(name="part", lead_time=5, added_cost=1.0)
    return ServiceTree(stages=(pump, part), holding_rate=0.25)


def test_times_of_the_method_pass(tree):
    assert check_times(tree, optimize_tree(tree)) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outbound": (2, 0)}, "allowed are 0..1"),
        ({"outbound": (0, 9)}, "longer than"),
        ({"inbound": (0, 0), "outbound": (0, 3)}, "promises 3"),
        ({"cost": 1.0}, "the safety stock costs"),
        ({"safety_stock": (0.0, 0.0)}, "its times need"),
        ({"outbound": (0,)}, "of 2 stages"),
    ],
)
def test_broken_promises_are_told(tree, change, said):
    told = check_times(tree, replace(optimize_tree(tree), **change))
    assert any(said in rule for rule in told)
