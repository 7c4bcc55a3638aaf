import numpy as np
import pytest

from forecasting.combination import forecast_ets_theta
from forecasting.ets import fit_ets, forecast_ets
from forecasting.series import Panel
from forecasting.theta import fit_theta, forecast_theta


def test_combination_is_the_mean_of_both():
    rng = np.random.default_rng(0)
    panel = Panel.from_arrays({"A": rng.normal(size=50).cumsum() + 40.0, "B": [1.0]})
    told = forecast_ets_theta(panel, 6, season_length=4, n_threads=2)
    smoothed = forecast_ets(fit_ets(panel, season_length=4), 6)
    theta = forecast_theta(fit_theta(panel, season_length=4), 6)
    assert told.mean == pytest.approx((smoothed.mean + theta.mean) / 2.0)
    for field in ("variance", "sum_variance"):
        spreads = [np.sqrt(getattr(p, field)) for p in (smoothed, theta)]
        expected = (sum(spreads) / 2.0) ** 2
        assert getattr(told, field) == pytest.approx(expected)


def test_means_stay_above_the_minimum():
    falling = Panel.from_arrays({"A": np.arange(20.0, 0.0, -1.0)})
    assert forecast_ets_theta(falling, 9, minimum=0.0).mean.min() == 0.0
