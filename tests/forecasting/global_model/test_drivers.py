from datetime import UTC, datetime

import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.global_model import Drivers
from forecasting.global_model.drivers import calendar, check_drivers, logged
from forecasting.series import Panel


def test_calendar_is_that_of_the_standard_library():
    rng = np.random.default_rng(0)
    seconds = rng.integers(0, 2_000_000_000, 50)
    for second, row in zip(seconds, calendar(seconds * 1_000_000), strict=True):
        at = datetime.fromtimestamp(int(second), UTC)
        day_of_year = at.timetuple().tm_yday
        expected = [at.weekday(), at.day, at.month, day_of_year, at.hour]
        assert row.tolist() == expected


def test_only_prices_are_logged():
    drivers = Drivers(("p", "x"), np.ones((1, 2)), np.ones((1, 1, 2)), prices=("p",))
    assert logged(drivers, np.array([[np.e, 5.0]])).tolist() == [[1.0, 5.0]]


def test_shapes_that_do_not_fit_are_refused():
    panel = Panel.from_arrays({"A": [1, 2]})
    with pytest.raises(OptionError, match="must have 1 columns, had 2 and 1"):
        Drivers(("p",), np.ones((2, 2)), np.ones((1, 1, 1)))
    with pytest.raises(OptionError, match="price 'q': must be one of"):
        Drivers(("p",), np.ones((2, 1)), np.ones((1, 1, 1)), prices=("q",))
    with pytest.raises(OptionError, match="static must have 0 columns, had 1"):
        Drivers(static=np.ones((1, 1)))
    drivers = Drivers(("p",), np.ones((3, 1)), np.ones((1, 1, 1)))
    with pytest.raises(OptionError, match="past must have 2 rows, one a value, had 3"):
        check_drivers(drivers, panel, 1)
    fitting = Drivers(("p",), np.ones((2, 1)), np.ones((1, 1, 1)))
    with pytest.raises(OptionError, match=r"future must have the shape \(1, 4, 1\)"):
        check_drivers(fitting, panel, 4)
    static = Drivers(static=np.ones((2, 1)), static_names=("kind",))
    with pytest.raises(OptionError, match="static must have 1 rows, had 2"):
        check_drivers(static, panel, None)
