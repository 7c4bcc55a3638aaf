import numpy as np
import polars as pl
import pytest

from forecasting.reconcile import Hierarchy


@pytest.fixture
def shops():
    """Twelve leaves in stores and categories, which cross."""
    labels = pl.DataFrame(
        {
            "id": [f"leaf{i}" for i in range(12)],
            "store": list("NNNNSSSSWWWW"),
            "category": list("ABABABABABAB"),
        }
    )
    return Hierarchy.of(labels, [[], ["store"], ["category"], ["store", "category"]])


@pytest.fixture
def base(shops):
    """Base forecasts with many values near 0, three steps."""
    rng = np.random.default_rng(4)
    leaves = rng.exponential(1.0, (shops.n_leaves, 3))
    return shops.aggregate(leaves) + rng.normal(0.0, 3.0, (shops.n_nodes, 3))


@pytest.fixture
def residuals(shops):
    rng = np.random.default_rng(5)
    common = rng.normal(size=20)
    own = rng.normal(size=(shops.n_leaves, 20)) * rng.uniform(
        0.5, 3.0, (shops.n_leaves, 1)
    )
    noise = rng.normal(size=(shops.n_nodes, 20))
    return shops.aggregate(own + common) + noise
