"""What forecasters may answer."""

import numpy as np
import pytest

from forecasting import (
    Panel,
    calibrate,
    conformal_quantiles,
    forecast_panel,
    mean,
    naive,
)
from forecasting.backtest import backtest
from forecasting.forecaster import QuantileForecast, mean_of

PANEL = Panel.from_arrays({"A": [5, 6, 4, 5, 7, 5, 4, 6, 5, 5, 6, 4], "B": [2.0] * 12})
ANSWERS = {
    "means": lambda panel, horizon: naive(panel, horizon).mean,
    "moments": naive,
    "quantiles": lambda panel, horizon: forecast_panel(panel, horizon, method="naive"),
}


@pytest.mark.parametrize("forecaster", ANSWERS.values(), ids=ANSWERS)
def test_one_forecaster_is_asked_backtested_and_calibrated(forecaster):
    assert mean_of(forecaster(PANEL, 2)).tolist() == [[4.0, 4.0], [2.0, 2.0]]
    table = backtest(PANEL, {"it": forecaster, "mean": mean}, 2, n_origins=2).table
    assert table["smape"][0] == pytest.approx(
        backtest(PANEL, {"naive": naive}, 2, n_origins=2).table["smape"][0]
    )
    made = calibrate(PANEL, forecaster, 2)
    assert made.mean.tolist() == [[4.0, 4.0], [2.0, 2.0]]
    assert np.isfinite(conformal_quantiles(made, [0.1, 0.9])).all()


def test_forecast_of_a_panel_has_quantiles_and_moments_have_none():
    assert isinstance(forecast_panel(PANEL, 1), QuantileForecast)
    assert not isinstance(naive(PANEL, 1), QuantileForecast)
