import pytest

from optimizer.errors import ProblemError
from optimizer.inventory.formats.single import lot_of, season_of

CAKE = {"name": "cake", "demand": {"mean": 6}}
PEN = {"name": "pen", "fixed_cost": 8, "demand_rate": 1300}


def test_money_becomes_what_a_unit_too_much_and_too_few_cost():
    item = season_of(CAKE | {"price": 5, "unit_cost": 2, "salvage": 0.5})
    assert (item.overage_cost, item.underage_cost) == (1.5, 3.0)
    plain = season_of(CAKE | {"overage_cost": 1, "underage_cost": 4})
    assert (plain.overage_cost, plain.underage_cost) == (1.0, 4.0)


def test_a_lot_has_breaks_or_a_holding_cost():
    prices = [{"quantity": 0, "price": 2}, {"quantity": 9, "price": 1}]
    item = lot_of(PEN | {"holding_rate": 0.3, "prices": prices, "incremental": True})
    assert item.prices == ((0.0, 2.0), (9.0, 1.0))
    assert item.incremental
    assert lot_of(PEN | {"holding_cost": 1, "shortage_cost": None}).holding_cost == 1.0


@pytest.mark.parametrize(
    ("make", "row", "said"),
    [
        (season_of, CAKE, "must have price and unit_cost, or overage_cost"),
        (season_of, CAKE | {"price": 1, "unit_cost": 2}, "underage_cost must be > 0"),
        (lot_of, PEN, "must have one of holding_cost and holding_rate"),
        (lot_of, PEN | {"holding_rate": 1}, "prices go with holding_rate"),
        (lot_of, PEN | {"holding_cost": 1, "colour": 1}, "'colour' is not known"),
    ],
)
def test_what_does_not_go_together_is_told(make, row, said):
    with pytest.raises(ProblemError, match=said):
        make(row)
