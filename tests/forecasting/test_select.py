import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.select import forecast_panel, is_regular
from forecasting.series import Panel


@pytest.fixture
def panel():
    rng = np.random.default_rng(7)
    steps = np.arange(72)
    return Panel.from_arrays(
        {
            "level": rng.poisson(20, 72),
            "rising": np.round(20 + 4 * steps + rng.normal(0, 3, 72)),
            "season": rng.poisson(30 + 25 * np.sin(2 * np.pi * steps / 12)),
            "new": [5],
        }
    )


def test_auto_picks_the_method_that_suits_each_series(panel):
    answer = forecast_panel(panel, 12, season_length=12)
    assert answer.methods == ("ses", "damped_holt", "seasonal_naive", "ses")
    assert answer.mean.shape == (4, 12)
    assert answer.quantiles.shape == (4, 12, 3)
    assert answer.summed_quantiles is None


def test_counts_get_whole_quantiles_in_order(panel):
    answer = forecast_panel(
        panel, 6, quantiles=[0.1, 0.5, 0.9, 0.99], protection=9, season_length=12
    )
    assert (answer.quantiles == np.floor(answer.quantiles)).all()
    assert (np.diff(answer.quantiles, axis=2) >= 0).all()
    assert (np.diff(answer.summed_quantiles, axis=1) >= 0).all()
    assert answer.summed_quantiles.shape == (4, 4)
    assert answer.mean.shape == (4, 6)


@pytest.mark.parametrize(
    "method",
    [
        "naive", "seasonal_naive", "mean", "ses", "damped_holt", "auto", "ets", "theta",
        "ets_theta", "regular",
    ],
)  # fmt: skip
def test_every_method_covers_stationary_demand_about_as_asked(method):
    """200 series of Poisson demand: the sum of 4 steps against its 0.9 quantile."""
    rng = np.random.default_rng(15)
    drawn = rng.poisson(25, (200, 64)).astype(float)
    panel = Panel.from_arrays({f"s{i}": row[:60] for i, row in enumerate(drawn)})
    answer = forecast_panel(
        panel, 4, quantiles=[0.9], protection=4, method=method, season_length=4
    )
    share = (drawn[:, 60:].sum(axis=1) <= answer.summed_quantiles[:, 0]).mean()
    assert 0.83 < share <= 0.99


def test_values_below_zero_get_normal_quantiles_below_zero():
    panel = Panel.from_arrays({"A": [-5.0, -6.5, -4.0, -5.5, -5.0, -6.0]})
    answer = forecast_panel(panel, 2, quantiles=[0.5], protection=2)
    assert answer.mean.max() < 0
    assert answer.quantiles.max() < 0
    assert answer.summed_quantiles[0, 0] == pytest.approx(answer.mean[0].sum())


def test_falling_demand_is_never_forecast_below_zero():
    panel = Panel.from_arrays({"A": np.arange(40.0, 0.0, -2.0)})
    answer = forecast_panel(panel, 20, method="damped_holt", protection=20)
    assert (answer.mean >= 0).all()
    assert (answer.quantiles >= 0).all()


def test_regular_series_get_the_combination_and_others_what_auto_picks(panel):
    told = forecast_panel(panel, 5, season_length=12, method="regular")
    assert told.methods == ("ets_theta", "ets_theta", "ets_theta", "ses")
    every = forecast_panel(panel, 5, season_length=12, method="ets_theta")
    auto = forecast_panel(panel, 5, season_length=12)
    assert (told.mean[:3] == every.mean[:3]).all()
    assert (told.quantiles[:3] == every.quantiles[:3]).all()
    assert (told.mean[3] == auto.mean[3]).all()


def test_two_seasons_are_taken_where_the_long_one_came_twice():
    t = np.arange(60)
    y = 20.0 + t % 3 + 4.0 * (t % 12 < 6)
    panel = Panel.from_arrays({"A": y[:48], "B": y[:20], "C": [1.0]})
    told = forecast_panel(panel, 12, season_length=(3, 12), method="regular")
    assert told.methods == ("seasons", "ets_theta", "ses")
    assert told.mean[0] == pytest.approx(y[48:], abs=0.2)
    every = forecast_panel(panel, 2, season_length=(3, 12), method="seasons")
    assert every.mean[0] == pytest.approx(told.mean[0, :2])
    one = forecast_panel(panel, 2, season_length=12, method="seasonal_naive")
    two = forecast_panel(panel, 2, season_length=(3, 12), method="seasonal_naive")
    assert (one.mean == two.mean).all()
    with pytest.raises(OptionError, match="two numbers for 'seasons'"):
        forecast_panel(panel, 2, season_length=12, method="seasons")


def test_regular_is_long_and_seldom_zero():
    sparse = [3.0] * 36
    sparse[::3] = [0.0] * 12
    panel = Panel.from_arrays({"A": [3.0] * 36, "B": [3.0] * 35, "C": sparse})
    assert is_regular(panel, 12).tolist() == [True, False, False]


def test_options_out_of_range_are_named(panel):
    with pytest.raises(OptionError, match="method must be one of auto, regular"):
        forecast_panel(panel, 2, method="oracle")
    with pytest.raises(OptionError, match="horizon"):
        forecast_panel(panel, 0)
    with pytest.raises(OptionError, match="season_length"):
        forecast_panel(panel, 2, season_length=0)
