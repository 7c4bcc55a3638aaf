"""Every method, asked in one way."""

import numpy as np
import pytest

from forecasting import Panel, forecast_panel, naive, seasonal_naive
from forecasting.automatic.answers import (
    COUNT_MEAN_MAX,
    MOMENTS,
    Question,
    answer,
    families,
    forecaster_of,
)
from forecasting.forecaster import mean_of
from forecasting.intermittent import forecast_intermittent
from forecasting.select import rows_of

LEVELS = np.array([0.9, 0.1])
WEEKLY = Question(5, (7,), LEVELS, 3)


@pytest.mark.parametrize("method", [*MOMENTS[2:], "ets_theta", "intermittent"])
def test_series_is_told_the_same_alone_and_among_others(panel, method):
    whole = [panel.ids.index(name) for name in ("smooth", "lumpy", "short")]
    part = rows_of(panel, np.array(whole))
    together = answer(part, method, WEEKLY)
    for k in range(3):
        alone = answer(rows_of(part, np.array([k])), method, WEEKLY)
        assert alone.mean.tolist() == together.mean[[k]].tolist()
        assert alone.quantiles.tolist() == together.quantiles[[k]].tolist()
        assert alone.summed.tolist() == together.summed[[k]].tolist()
        assert alone.methods == together.methods[k : k + 1]
    assert (together.quantiles[..., 0] >= together.quantiles[..., 1]).all()


def test_moments_are_those_of_the_forecast_of_a_panel(panel):
    smooth = rows_of(panel, np.array([0]))
    made = answer(smooth, "ets_theta", WEEKLY)
    told = forecast_panel(
        smooth, 5, season_length=7, quantiles=LEVELS, protection=3, method="ets_theta"
    )
    assert made.mean.tolist() == told.mean.tolist()
    assert made.quantiles.tolist() == told.quantiles.tolist()
    assert made.summed.tolist() == told.summed_quantiles.tolist()


def test_intermittent_demand_is_a_rate_and_its_sum_is_of_counts(panel):
    lumpy = rows_of(panel, np.array([3]))
    made = answer(lumpy, "intermittent", WEEKLY)
    assert np.ptp(made.mean) == 0.0
    assert np.ptp(made.quantiles, axis=1).tolist() == [[0.0, 0.0]]
    told = forecast_intermittent(lumpy, LEVELS, 3).summed_quantiles
    assert made.summed.tolist() == told.tolist()


def test_closed_days_are_discounted_once_and_sums_are_of_open_days():
    """Demand of Poisson(0.5) on five days of seven: 2.5 a week."""
    rng = np.random.Generator(np.random.PCG64(9))
    weeks = rng.poisson(0.5, (60, 52, 7)) * (np.arange(7) < 5)
    panel = Panel.from_arrays(
        {f"S{k}": row.ravel().astype(float) for k, row in enumerate(weeks)}
    )
    made = answer(panel, "intermittent", Question(7, (7,), LEVELS, 7))
    assert not made.mean[:, 5:].any()
    assert not made.quantiles[:, 5:].any()
    assert made.mean.sum(axis=1).mean() == pytest.approx(2.5, rel=0.1)
    opened = Panel.from_arrays(
        {f"S{k}": row[:, :5].ravel().astype(float) for k, row in enumerate(weeks)}
    )
    told = forecast_intermittent(opened, LEVELS, 5)
    assert made.summed.tolist() == told.summed_quantiles.tolist()
    assert made.mean[:, 0].tolist() == told.mean.tolist()


def test_sum_over_closed_days_alone_is_nothing():
    rows = {"shop": [4.0, 0, 3, 0, 0, 6, 0, 0, 0, 0] * 6, "seal": [2.0, 0, 0] * 20}
    rows["shop"] = [*rows["shop"], 4.0, 0, 3, 0, 0, 6]
    panel = Panel.from_arrays(rows)
    made = answer(panel, "intermittent", Question(2, (10,), LEVELS, 4))
    assert made.summed[0].tolist() == [0.0, 0.0]
    assert made.summed[1, 0] > 0.0
    steps = answer(panel, "theta", Question(4, (10,), LEVELS))
    assert steps.mean[0].tolist() == [0.0] * 4


def test_values_below_zero_have_no_lowest_quantile(panel):
    signed = rows_of(panel, np.array([panel.ids.index("signed")]))
    made = answer(signed, "auto", WEEKLY)
    assert (made.quantiles[..., 1] < 0.0).all()
    assert (made.summed[:, 1] < 0.0).all()


def test_great_whole_numbers_are_normal_and_small_ones_counts():
    panel = Panel.from_arrays({
        "few": [3.0, 4, 5], "many": [COUNT_MEAN_MAX + 1.0] * 3, "parts": [1.5, 2, 3],
        "below": [-1.0, 2, 3],
    })  # fmt: skip
    minimum, laws = families(panel)
    assert minimum.tolist() == [0.0, 0.0, 0.0, -np.inf]
    assert [(name, rows.tolist()) for name, rows in laws] == [
        ("count", [0]),
        ("normal", [1, 2, 3]),
    ]


def test_method_of_one_season_takes_the_short_one_of_two(panel):
    smooth = rows_of(panel, np.array([0]))
    both = Question(7, (7, 14), LEVELS)
    made = answer(smooth, "seasonal_naive", both)
    assert (
        made.mean.tolist() == seasonal_naive(smooth, 7, season_length=7).mean.tolist()
    )
    two = answer(smooth, "seasons", both)
    assert two.methods == ("seasons",)
    told = mean_of(forecaster_of("seasons", both)(smooth, 7))
    assert two.mean.tolist() == told.tolist()
    plain = Question(2, (1,), LEVELS)
    last = answer(smooth, "seasonal_naive", plain)
    assert last.mean.tolist() == naive(smooth, 2).mean.tolist()


@pytest.mark.slow
def test_booster_has_quantiles_in_the_order_asked_for_and_no_sums(few_trees):
    rows = {f"S{i}": [i + 1.0, 3.0 * (i + 1)] * 20 for i in range(20)}
    panel = Panel.from_arrays(rows)
    made = answer(panel, "booster", Question(2, (2,), LEVELS, 2))
    assert made.summed is None
    assert (made.quantiles[..., 0] >= made.quantiles[..., 1]).all()
    mean = mean_of(forecaster_of("booster", Question(2, (2,), LEVELS))(panel, 2))
    assert made.mean == pytest.approx(mean)
