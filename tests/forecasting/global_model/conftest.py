"""Demand whose drivers are known."""

import numpy as np
import pytest

from forecasting.global_model import BoosterOptions, Drivers, fit_booster
from forecasting.series import Panel

N, LENGTH, HORIZON = 60, 126, 7
ELASTICITY = -2.0


@pytest.fixture(scope="session")
def few_trees():
    return BoosterOptions(n_trees=30, learning_rate=0.2, n_leaves=10, n_cutoffs=8)


@pytest.fixture(scope="session")
def shop():
    """Panel, drivers and true means of items with prices, promotions and weekdays."""
    rng = np.random.default_rng(20_000)
    total = LENGTH + HORIZON
    base = rng.uniform(20.0, 80.0, N)[:, None]
    spells = rng.normal(0.0, 0.2, (N, total // 7 + 1)).repeat(7, axis=1)[:, :total]
    promotion = (rng.random((N, total)) < 0.1).astype(float)
    weekday = 1.0 + 0.4 * np.sin(2.0 * np.pi * np.arange(total) / 7.0)
    mean = base * weekday * np.exp(ELASTICITY * spells + 0.5 * promotion)
    demand = rng.poisson(mean).astype(float)
    price = 3.0 * np.exp(spells)
    beside = np.stack([price, promotion], axis=-1)
    panel = Panel.from_arrays(
        {f"S{i}": row for i, row in enumerate(demand[:, :LENGTH])}
    )
    drivers = Drivers(
        names=("price", "promotion"),
        past=beside[:, :LENGTH].reshape(-1, 2),
        future=beside[:, LENGTH:],
        prices=("price",),
    )
    return panel, drivers, mean[:, LENGTH:]


@pytest.fixture(scope="session")
def fitted(shop, few_trees):
    panel, drivers, _ = shop
    return fit_booster(
        panel, 7, drivers, season_length=7, quantiles=[0.9, 0.5], options=few_trees
    )
