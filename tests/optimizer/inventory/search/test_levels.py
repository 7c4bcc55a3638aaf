from dataclasses import replace

import pytest

from optimizer.inventory import DemandLaw, StockItem
from optimizer.inventory.search.levels import METHODS, policy_with, reached, reorder

# Zheng and Federgruen (1991), table 1: mean, s, S, cost; costs 1, 9 and 64.
TABLE = [(10, 6, 40, 35.022), (25, 19, 56, 54.262), (60, 52, 129, 77.306),
         (64, 55, 74, 78.402)]  # fmt: skip


@pytest.mark.parametrize(("mean", "s", "top", "cost"), TABLE)
def test_reorder_gives_the_published_policies(mean, s, top, cost):
    item = StockItem(
        name="pump", demand=DemandLaw.poisson(mean), holding_cost=1.0,
        shortage_cost=9.0, fixed_cost=64.0,
    )  # fmt: skip
    policy = reorder(item)
    assert (policy.reorder_point, policy.order_up_to) == (s, top)
    assert policy.measures.cost == pytest.approx(cost, abs=1e-3)


@pytest.mark.parametrize("kind", ["base_stock", "s_S", "r_Q"])
@pytest.mark.parametrize("service", ["fill", "cycle"])
def test_service_is_reached_and_a_step_less_is_not(make_item, fill, kind, service):
    target = replace(fill, kind=service)
    item = make_item(service=target, fixed_cost=30.0, policy=kind)
    policy = METHODS[kind](item)
    assert reached(policy, target)
    assert not reached(policy_with(item, policy, lift=-1), target)


def test_cost_and_service_together_take_the_higher_level(make_item, fill):
    cheap = METHODS["base_stock"](make_item(shortage_cost=1.0))
    both = METHODS["base_stock"](make_item(shortage_cost=1.0, service=fill))
    served = METHODS["base_stock"](make_item(service=fill))
    assert cheap.order_up_to < both.order_up_to == served.order_up_to


def test_batches_keep_to_the_multiple(make_item):
    item = make_item(shortage_cost=9.0, fixed_cost=30.0, multiple=8.0)
    policy = METHODS["r_Q"](item)
    assert policy.order_quantity % 8.0 == 0.0
    free = METHODS["r_Q"](make_item(shortage_cost=9.0, fixed_cost=30.0))
    assert policy.measures.cost >= free.measures.cost
