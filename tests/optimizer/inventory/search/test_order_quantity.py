import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.inventory.search.order_quantity import (
    discounted_quantity,
    order_quantities,
    order_quantity,
)


def test_published_lot_with_backorders():
    lot = order_quantity(
        fixed_cost=8.0, holding_cost=0.225, demand_rate=1300.0, shortage_cost=5.0
    )
    found = (lot.quantity, lot.backorder_share, lot.cost)
    assert found == pytest.approx((310.812555, 0.043062201, 66.921364), rel=1e-7)


def test_many_lots_are_the_single_ones():
    fixed, rates = np.array([8.0, 20.0]), np.array([1300.0, 90.0])
    quantity, cost = order_quantities(fixed, 0.225, rates)
    for i in range(2):
        lot = order_quantity(
            fixed_cost=fixed[i], holding_cost=0.225, demand_rate=rates[i]
        )
        assert (quantity[i], cost[i]) == pytest.approx((lot.quantity, lot.cost))


@pytest.mark.parametrize("incremental", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_breaks_cost_no_more_than_any_quantity(seed, incremental):
    rng = np.random.default_rng(seed)
    starts = np.concatenate([[0.0], np.sort(rng.uniform(50, 900, 3))])
    prices = 1.0 - np.concatenate([[0.0], np.sort(rng.uniform(0.0, 0.4, 3))])
    lot = discounted_quantity(
        fixed_cost=8.0, holding_rate=0.3, demand_rate=1300.0,
        breaks=list(zip(starts, prices, strict=True)), incremental=incremental,
    )  # fmt: skip

    def cost(quantity):
        band = int(np.searchsorted(starts, quantity, side="right")) - 1
        bill = prices[band] * quantity
        if incremental:
            ends = np.append(starts[1:], np.inf)
            bill = float(prices @ np.clip(quantity - starts, 0.0, ends - starts))
        return (8.0 + bill) * 1300.0 / quantity + 0.5 * 0.3 * bill

    assert lot.cost == pytest.approx(cost(lot.quantity))
    tried = [cost(quantity) for quantity in np.linspace(5.0, 1500.0, 4000)]
    assert lot.cost <= min(tried) + 1e-9


def test_what_is_not_allowed_is_told():
    with pytest.raises(ProblemError, match="fixed_cost must be > 0"):
        order_quantity(fixed_cost=0.0, holding_cost=1.0, demand_rate=1.0)
    with pytest.raises(ProblemError, match="production_rate must be > 5"):
        order_quantity(
            fixed_cost=1.0, holding_cost=1.0, demand_rate=5.0, production_rate=5.0
        )
    with pytest.raises(ProblemError, match="breaks must begin at 0"):
        discounted_quantity(
            fixed_cost=1.0, holding_rate=1.0, demand_rate=1.0, breaks=[(5.0, 1.0)]
        )


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan])
def test_an_item_of_many_that_is_not_allowed_is_told(wrong):
    with pytest.raises(ProblemError, match="must be > 0"):
        order_quantities([1.0, 2.0], [1.0, wrong], [3.0, 4.0])
