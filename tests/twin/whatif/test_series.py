"""Series of a future, period by period."""

import math

import numpy as np

from twin.whatif.series import SERIES, series_key, series_of


def test_periods_stand_under_their_keys():
    found = series_of(
        np.array([1.0, 2.0]),
        np.array([3.0, np.inf]),
        demanded=np.array([4.0, 0.0]),
        served=np.array([3.0, 0.0]),
    )
    assert len(found) == 2 * len(SERIES)
    assert found[series_key("stock_value", 1)] == 2.0
    assert found["fill_rate@0"] == 0.75
    assert math.isnan(found["fill_rate@1"])
    assert math.isnan(found["backorder@1"])
