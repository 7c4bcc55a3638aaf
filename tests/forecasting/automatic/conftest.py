"""Series of every kind of demand."""

from functools import partial

import numpy as np
import pytest

from forecasting import Panel
from forecasting.automatic import answers, explanation
from forecasting.global_model import BoosterOptions, fit_booster


@pytest.fixture(scope="session")
def rows():
    """Series by name, each of a kind."""
    rng = np.random.Generator(np.random.PCG64(3))
    week = np.array([9.0, 8, 7, 6, 8, 12, 13])
    seldom = rng.random(84) < 0.25
    return {
        "smooth": 20.0 + np.tile(week, 12) + rng.normal(size=84).round(2),
        "shop": np.tile(np.where(week < 12.0, 10.0 * week, 0.0), 12)
        + np.tile(week < 12.0, 12) * rng.normal(0.0, 2.0, 84),
        "intermittent": np.where(seldom, 3.0, 0.0),
        "lumpy": np.where(seldom, rng.geometric(0.1, 84), 0).astype(float),
        "none": np.zeros(30),
        "signed": rng.normal(0.0, 5.0, 84),
        "short": np.array([4.0, 6, 5, 7, 5, 6, 4, 5]),
    }


@pytest.fixture(scope="session")
def panel(rows):
    return Panel.from_arrays(rows)


@pytest.fixture
def few_trees(monkeypatch):
    """Grow boosters of a few trees: a tenth of the time."""
    grown = partial(fit_booster, options=BoosterOptions(n_trees=20))
    for module in (answers, explanation):
        monkeypatch.setattr(module, "fit_booster", grown)
