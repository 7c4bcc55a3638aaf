import pytest

from optimizer.errors import ProblemError
from optimizer.inventory import LotItem

PEN = {"name": "pen", "fixed_cost": 8.0, "demand_rate": 1300.0}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"holding_cost": -1.0}, "item 'pen': holding_cost must be > 0"),
        ({"holding_rate": 0.3, "prices": ((1.0, 2.0),)}, "prices must begin at 0"),
        (
            {"holding_rate": 0.3, "prices": ((0.0, 2.0),), "shortage_cost": 1.0},
            "go without price breaks only",
        ),
        (
            {"holding_cost": 1.0, "production_rate": 9.0},
            "production_rate must be > 1300",
        ),
    ],
)
def test_what_is_no_lot_is_refused(more, said):
    with pytest.raises(ProblemError, match=said):
        LotItem(**PEN, **more)
