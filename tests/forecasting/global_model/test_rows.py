import numpy as np
import pytest

from forecasting.global_model import Drivers
from forecasting.global_model.rows import rows_at
from forecasting.series import DAY_US, Panel


def column(rows, name):
    return rows.features[:, rows.names.index(name)]


def test_lags_and_means_end_at_the_cutoff():
    panel = Panel.from_arrays({"A": np.arange(1.0, 31.0), "B": [5.0, 6.0]})
    rows = rows_at(panel, Drivers(), np.array([3, 3]), (3, 7), slopes={})
    level = (np.arange(1.0, 28.0).sum() + 14.0) / 28.0
    assert rows.level == pytest.approx([level] * 3)
    assert rows.value.tolist() == [28.0, 29.0, 30.0]
    assert column(rows, "last") * level == pytest.approx([27.0] * 3)
    assert column(rows, "season_lag_1") * level == pytest.approx([21.0, 22.0, 23.0])
    assert column(rows, "season_lag_2") * level == pytest.approx([14.0, 15.0, 16.0])
    assert column(rows, "mean_1_seasons") * level == pytest.approx([24.0] * 3)


def test_steps_to_come_take_the_plan_and_have_no_value():
    panel = Panel.from_arrays({"A": [4.0, 4.0, 4.0]}, start_us=DAY_US)
    drivers = Drivers(("x",), np.ones((3, 1)), np.array([[[0.0], [1.0]]]))
    rows = rows_at(panel, drivers, np.array([0]), (2, 1), slopes={})
    assert np.isnan(rows.value).all()
    assert column(rows, "x").tolist() == [-1.0, 0.0]
    assert column(rows, "x_now").tolist() == [0.0, 1.0]
    assert column(rows, "weekday").tolist() == [0.0, 1.0]  # 5 January 1970: Monday


def test_demand_is_taken_at_the_mean_price():
    """Elasticity -1: half the demand at twice the price is no change of level."""
    price = np.array([1.0, 2.0, 1.0, 2.0])
    panel = Panel.from_arrays({"A": 8.0 / price})
    drivers = Drivers(("p",), price[:, None], np.array([[[4.0]]]), prices=("p",))
    rows = rows_at(panel, drivers, np.array([0]), (1, 1), slopes={"p": -1.0})
    assert rows.level == pytest.approx([8.0 / np.sqrt(2.0)])
    assert rows.unit == pytest.approx([2.0])
    assert column(rows, "last") == pytest.approx([1.0])


def test_series_of_zeros_have_a_level_above_zero():
    panel = Panel.from_arrays({"none": [0.0] * 9, "some": [5.0] * 9})
    rows = rows_at(panel, Drivers(), np.array([1, 1]), (1, 1), slopes={})
    assert (rows.level > 0.0).all()
    alone = Panel.from_arrays({"none": [0.0] * 9})
    assert rows_at(alone, Drivers(), np.array([1]), (1, 1), slopes={}).level == [1.0]
