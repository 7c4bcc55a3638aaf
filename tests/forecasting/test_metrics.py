import math

import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.metrics import (
    bias,
    coverage,
    mase,
    newsvendor_cost,
    pinball,
    scaled_pinball,
    seasonal_scale,
    wape,
    wql,
)
from forecasting.series import Panel


def test_mase_of_the_seasonal_naive_within_its_history_is_one():
    """The definition: the scale is that method's own mean absolute error."""
    rng = np.random.default_rng(3)
    values = rng.poisson(20, 48).astype(float)
    panel = Panel.from_arrays({"A": values})
    found = mase([values[12:]], [values[:-12]], panel, season_length=12)
    assert found.tolist() == [pytest.approx(1.0)]


def test_seasonal_scale_equals_a_loop_over_series():
    rng = np.random.default_rng(4)
    series = {f"s{n}": rng.normal(0, 5, n) for n in (1, 3, 4, 9, 30)}
    found = seasonal_scale(Panel.from_arrays(series), 3)
    for scale, values in zip(found, series.values(), strict=True):
        if len(values) <= 3:
            assert math.isnan(scale)
        else:
            assert scale == pytest.approx(np.abs(values[3:] - values[:-3]).mean())


def test_seasonal_scale_of_a_repeating_series_is_unknown():
    assert math.isnan(seasonal_scale(Panel.from_arrays({"A": [4.0] * 5}))[0])


def test_wape_and_bias_of_the_example_by_hand():
    assert wape([4, 0, 6], [5, 1, 3]) == pytest.approx(0.5)
    assert bias([4, 0, 6], [5, 1, 3]) == pytest.approx(-0.1)
    assert math.isnan(wape([0.0], [1.0]))


def test_pinball_is_least_at_the_true_quantile():
    rng = np.random.default_rng(5)
    drawn = rng.exponential(10.0, 20_000)
    true = -10.0 * np.log(1 - 0.9)
    tried = np.array([0.8, 0.9, 1.0, 1.1, 1.2]) * true
    losses = [pinball(drawn, np.full((20_000, 1), x), [0.9])[0] for x in tried]
    assert int(np.argmin(losses)) == 2


def test_pinball_at_the_median_is_half_the_absolute_error():
    actual, expected = np.array([3.0, 8.0]), np.array([5.0, 2.0])
    found = pinball(actual, expected[:, None], [0.5])
    assert found[0] == np.abs(actual - expected).mean() / 2


def test_scaled_pinball_is_the_mean_over_the_scale():
    panel = Panel.from_arrays({"A": [1, 3, 5], "B": [10, 20, 10]})
    actual = np.array([[5.0, 5.0], [10.0, 12.0]])
    quantiles = np.repeat(actual[..., None], 2, axis=2) - [1.0, -1.0]
    found = scaled_pinball(actual, quantiles, [0.1, 0.9], panel)
    assert found == pytest.approx([0.1 / 2.0, 0.1 / 10.0])


def test_coverage_counts_the_share_not_exceeded():
    actual = np.array([[1.0, 2.0], [3.0, 4.0]])
    quantiles = np.broadcast_to([1.0, 3.0], (2, 2, 2))
    assert coverage(actual, quantiles, [0.2, 0.7]).tolist() == [0.25, 0.75]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wape([1.0], [1.0, 2.0]), "one shape"),
        (lambda: bias([], []), "a value at least"),
        (lambda: pinball([1.0], [1.0], [0.5]), r"must have the shape \(1, 1\)"),
        (lambda: coverage([1.0], [[1.0]], [1.5]), "quantiles must be > 0 and < 1"),
        (
            lambda: mase([1.0], [1.0], Panel.from_arrays({"A": [1, 2]})),
            r"must have the shape \(1, horizon\)",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_named(call, message):
    with pytest.raises(OptionError, match=message):
        call()


def test_weighted_quantile_loss_at_the_median_is_the_wape():
    rng = np.random.default_rng(8)
    actual, told = rng.poisson(5, (2, 30)), rng.poisson(5, (2, 30))
    assert wql(actual, told[..., None], [0.5]) == pytest.approx(wape(actual, told))
    both = np.stack([told, told + 1], axis=-1)
    expected = 2.0 * pinball(actual, both, [0.2, 0.9]).mean() * actual.size
    assert wql(actual, both, [0.2, 0.9]) == pytest.approx(expected / actual.sum())


def test_newsvendor_cost_is_least_at_the_quantile():
    demand = np.random.default_rng(0).poisson(10.0, 5_000).astype(float)
    costs = [
        newsvendor_cost(demand, np.full_like(demand, stock), 0.9)
        for stock in range(5, 20)
    ]
    assert 5 + int(np.argmin(costs)) == np.quantile(demand, 0.9, method="inverted_cdf")


@pytest.mark.parametrize("ratio", [0.0, 1.0, np.nan])
def test_newsvendor_cost_refuses_other_ratios(ratio):
    with pytest.raises(OptionError, match="ratio must be"):
        newsvendor_cost([1.0], [1.0], ratio)
