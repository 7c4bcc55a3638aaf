import numpy as np
import pytest

from forecasting.global_model import Drivers
from forecasting.global_model.prices import (
    fit_price_effect,
    fit_price_effects,
    trees_gain,
)
from forecasting.global_model.rows import rows_at
from forecasting.series import Panel


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


def test_elasticity_does_not_lean_where_prices_move_within_the_level():
    rng = np.random.default_rng(5)
    changes = rng.normal(0.0, 0.3, (100, 27)).repeat(4, axis=1)
    demand = 50.0 * np.exp(-2.5 * changes)
    panel = Panel.from_arrays({f"S{i}": row for i, row in enumerate(demand)})
    prices = np.exp(changes).reshape(-1, 1)
    drivers = Drivers(("price",), prices, np.ones((100, 9, 1)), ("price",))
    cut = np.full(100, 9)

    def rows_of(slopes):
        return rows_at(panel, drivers, cut, (9, 7), slopes=slopes)

    once = fit_price_effect(rows_of({}), drivers)["price"]
    found = fit_price_effects(rows_of, drivers)["price"]
    assert found == pytest.approx(-2.5, rel=0.02)
    assert abs(found + 2.5) < 0.5 * abs(once + 2.5)


def test_trees_gain_where_their_deviance_is_less_than_noise_allows(shop):
    panel, drivers, _ = shop
    rows = rows_at(panel, drivers, np.full(60, 7), (7, 7), slopes={"price": -2.0})
    flat = np.full(rows.value.size, 1.0)
    right = np.maximum(rows.value / rows.unit, 1e-9)
    noise = np.exp(np.random.default_rng(1).normal(0.0, 0.1, flat.size))
    assert trees_gain(rows, right, flat, horizon=7)
    assert not trees_gain(rows, flat, right, horizon=7)
    assert not trees_gain(rows, flat, flat, horizon=7)
    assert not trees_gain(rows, flat * noise, flat, horizon=7)
