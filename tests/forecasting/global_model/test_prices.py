import numpy as np
import pytest

from forecasting.global_model import Drivers
from forecasting.global_model.prices import fit_price_effect
from forecasting.global_model.rows import rows_at


def test_elasticity_is_found_beside_other_drivers(shop):
    panel, drivers, _ = shop
    cut = np.full(panel.n_series, 56)
    rows = rows_at(panel, drivers, cut, (56, 7), slopes={})
    assert fit_price_effect(rows, drivers) == {"price": pytest.approx(-2.0, rel=0.05)}


def test_a_price_that_never_moved_has_no_elasticity(shop):
    panel, _, _ = shop
    still = Drivers(
        ("price",), np.ones((panel.values.size, 1)), np.ones((60, 7, 1)), ("price",)
    )
    rows = rows_at(panel, still, np.full(60, 7), (7, 7), slopes={})
    assert fit_price_effect(rows, still)["price"] == pytest.approx(0.0, abs=1e-6)
