from dataclasses import replace

import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.global_model import driver_importance, price_elasticity


def test_elasticity_is_found_within_a_tenth(shop, fitted):
    panel, drivers, _ = shop
    found = price_elasticity(fitted, panel, drivers)
    assert found[-1] == pytest.approx(-2.0, rel=0.1)
    assert np.median(found[:-1]) == pytest.approx(-2.0, rel=0.1)


def test_what_drives_demand_is_named_first(fitted):
    importance = driver_importance(fitted, n_repeats=2)
    first = [*importance][:3]
    assert first[0] == "price"
    assert "weekday" in first
    assert importance["month"] < 0.05
    assert importance == driver_importance(fitted, n_repeats=2)


def test_prices_that_say_nothing_are_refused(shop, fitted):
    panel, drivers, _ = shop
    with pytest.raises(OptionError, match="price must be one of"):
        price_elasticity(fitted, panel, drivers, price="promotion")
    still = replace(drivers, past=np.ones_like(drivers.past))
    with pytest.raises(OptionError, match="must vary for an elasticity"):
        price_elasticity(fitted, panel, still)
