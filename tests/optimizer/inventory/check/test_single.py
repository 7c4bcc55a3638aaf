from dataclasses import replace

import pytest

from optimizer.inventory import (
    DemandLaw,
    LotItem,
    SeasonItem,
    check_lot,
    check_season,
    lot_cost,
)
from optimizer.inventory.solve import plan_lot, plan_season

BREAKS = ((0.0, 0.75), (400.0, 0.72), (800.0, 0.68))


@pytest.fixture
def cake():
    return SeasonItem(
        name="cake", demand=DemandLaw.poisson(6.0), overage_cost=1.0, underage_cost=4.0
    )


def test_another_level_is_refused(cake):
    order = plan_season(cake)
    assert check_season(cake, order) == ()
    (wrong,) = check_season(cake, replace(order, cost=1.0))
    assert "its level gives 3.57" in wrong
    assert "level 8 costs" in check_season(cake, replace(order, level=7.0))[1]


@pytest.mark.parametrize("incremental", [False, True])
def test_a_better_lot_is_seen(incremental):
    item = LotItem(
        name="pen", fixed_cost=8.0, demand_rate=1300.0, holding_rate=0.3,
        prices=BREAKS, incremental=incremental,
    )  # fmt: skip
    lot = plan_lot(item)
    assert check_lot(item, lot) == ()
    half = replace(lot, quantity=lot.quantity / 2)
    half = replace(half, cost=lot_cost(item, half.quantity))
    assert "a lot of" in check_lot(item, half)[0]


@pytest.mark.parametrize("production_rate", [float("inf"), 2600.0])
def test_waiting_is_chosen_as_well_as_the_lot(production_rate):
    """Both together: a lot that comes in slowly, and customers who wait."""
    item = LotItem(
        name="pen", fixed_cost=8.0, demand_rate=1300.0, holding_cost=0.225,
        shortage_cost=5.0, production_rate=production_rate,
    )  # fmt: skip
    lot = plan_lot(item)
    assert check_lot(item, lot) == ()
    assert lot.backorder_share == pytest.approx(0.225 / 5.225)
    other = replace(lot, backorder_share=0.2)
    assert check_lot(item, replace(other, cost=lot_cost(item, lot.quantity, 0.2)))
