import numpy as np
import pytest

from forecasting.errors import OptionError, PanelError
from forecasting.global_model import Drivers, fit_cold_start, forecast_cold_start
from forecasting.series import DAY_US, Panel


@pytest.fixture(scope="module")
def kinds(few_trees):
    """Demand by kind of item, weekday and price, and the booster of it."""
    rng = np.random.default_rng(3)
    kind = np.arange(40) % 4
    price = rng.uniform(1.0, 4.0, (40, 70))
    weekend = np.arange(70) % 7 >= 5
    mean = (5.0 + 10.0 * kind)[:, None] * (1.0 + weekend) / price
    panel = Panel.from_arrays(
        {f"S{i}": row for i, row in enumerate(rng.poisson(mean).astype(float))},
        start_us=4 * DAY_US,  # a Monday
    )
    drivers = Drivers(
        ("price",), price.reshape(-1, 1), np.empty((40, 0, 1)), ("price",),
        static=kind[:, None].astype(float), static_names=("kind",),
    )  # fmt: skip
    return fit_cold_start(panel, drivers, quantiles=[0.9], options=few_trees)


def test_new_items_sell_like_their_kind_at_their_price(kinds):
    new = Drivers(
        ("price",), np.empty((0, 1)), np.array([[[2.0]] * 7, [[1.25]] * 7]), ("price",),
        static=np.array([[3.0], [0.0]]), static_names=("kind",),
    )  # fmt: skip
    answer = forecast_cold_start(kinds, new, np.full(2, 4 * DAY_US), 7)
    days = np.array([1.0] * 5 + [2.0] * 2)
    assert answer.mean[0] == pytest.approx(17.5 * days, rel=0.2)
    assert answer.mean[1] == pytest.approx(4.0 * days, rel=0.4)
    assert (answer.quantiles[..., 0] > answer.mean).all()


def test_other_drivers_are_refused(kinds, few_trees):
    panel = Panel.from_arrays({"A": [1.0]})
    with pytest.raises(OptionError, match="needs at least one driver"):
        fit_cold_start(panel, Drivers(), options=few_trees)
    kind = Drivers(static=np.ones((1, 1)), static_names=("kind",))
    with pytest.raises(OptionError, match="as fitted, were"):
        forecast_cold_start(kinds, kind, np.zeros(1, dtype=np.int64), 2)
    with pytest.raises(PanelError, match="demand must be >= 0"):
        fit_cold_start(Panel.from_arrays({"A": [-1.0]}), kind)
