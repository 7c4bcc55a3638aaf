import numpy as np
import pytest
from scipy import stats

from forecasting.errors import OptionError
from forecasting.lifetimes import split_fixed_part


def test_parts_and_intervals_equal_a_regression_of_scipy():
    rng = np.random.default_rng(1)
    quantity = rng.integers(1, 20, 80).astype(float)
    duration = 40.0 + quantity * rng.gamma(9.0, 0.5, 80)
    line = stats.linregress(1 / quantity, duration / quantity)
    t = stats.t.ppf(0.975, 78)
    parts = split_fixed_part(duration, quantity)
    assert parts.fixed == pytest.approx(line.slope)
    assert parts.each == pytest.approx(line.intercept)
    assert parts.fixed_interval.high == pytest.approx(line.slope + t * line.stderr)
    low = line.intercept - t * line.intercept_stderr
    assert parts.each_interval.low == pytest.approx(low)


def test_equal_quantities_or_few_durations_cannot_be_split():
    assert split_fixed_part(np.arange(1.0, 30.0), np.full(29, 5.0)) is None
    assert split_fixed_part([3.0, 4.0], [1.0, 2.0]) is None


def test_fixed_part_is_never_below_zero():
    quantity = np.arange(1.0, 20.0)
    parts = split_fixed_part(quantity**1.3, quantity)
    assert parts.fixed == 0.0


def test_quantity_of_zero_is_refused():
    with pytest.raises(OptionError, match="above 0"):
        split_fixed_part([1.0], [0.0])
