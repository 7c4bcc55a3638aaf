"""The forecast of a panel with a method for each series."""

import numpy as np
import pytest

from forecasting import OptionError, Panel, PanelError
from forecasting.automatic import forecast_automatically

LEVELS = (0.1, 0.5, 0.9)


def test_every_kind_of_series_is_answered(panel):
    made = forecast_automatically(panel, 9, season_length=7, protection=12)
    told = made.forecast
    assert told.mean.shape == (7, 9)
    assert told.quantiles.shape == (7, 9, 3)
    assert told.summed_quantiles.shape == (7, 3)
    for array in (told.mean, told.quantiles, told.summed_quantiles):
        assert np.isfinite(array).all()
    assert (np.diff(told.quantiles, axis=2) >= 0.0).all()
    named = dict(zip(panel.ids, told.methods, strict=True))
    assert named["smooth"] == "ets_theta"
    assert named["lumpy"] == "intermittent"
    assert named["short"] in {"ses", "damped_holt", "seasonal_naive"}


def test_closed_days_are_forecast_as_closed(panel):
    made = forecast_automatically(panel, 7, season_length=7).forecast
    shop = panel.ids.index("shop")
    assert made.mean[shop, 5:].tolist() == [0.0, 0.0]
    assert made.quantiles[shop, 5:].tolist() == [[0.0] * 3] * 2
    assert made.mean[shop, :5] == pytest.approx([90, 80, 70, 60, 80], rel=0.1)


def test_series_is_told_the_same_alone_without_calibration(panel, rows):
    options = {"season_length": 7, "protection": 3, "calibrated": False}
    together = forecast_automatically(panel, 4, **options).forecast
    for k, name in enumerate(panel.ids):
        alone = forecast_automatically(
            Panel.from_arrays({name: rows[name]}), 4, **options
        ).forecast
        assert alone.mean.tolist() == together.mean[[k]].tolist()
        assert alone.quantiles.tolist() == together.quantiles[[k]].tolist()
        assert alone.summed_quantiles.tolist() == (
            together.summed_quantiles[[k]].tolist()
        )


def test_calibration_is_by_default_where_errors_are_enough_and_never_if_refused():
    rng = np.random.Generator(np.random.PCG64(6))
    rows = {f"S{k}": 200.0 + 9.0 * rng.normal(size=60) for k in range(8)}
    panel = Panel.from_arrays(rows)
    made = forecast_automatically(panel, 3)
    assert (made.n_errors >= 40).all()
    refused = forecast_automatically(panel, 3, calibrated=False)
    assert not refused.n_errors.any()
    assert made.forecast.mean.tolist() == refused.forecast.mean.tolist()
    assert made.forecast.quantiles.tolist() != refused.forecast.quantiles.tolist()


def test_calibration_of_what_is_too_short_is_refused():
    panel = Panel.from_arrays({"A": [4.0, 5, 6, 5], "B": [0.0, 0, 0, 3] * 9})
    with pytest.raises(OptionError, match="calibrated: no series"):
        forecast_automatically(panel, 9, calibrated=True)


def test_calibration_of_a_method_without_variances_names_those_that_have_them():
    panel = Panel.from_arrays({"A": [0.0, 0, 0, 3] * 10})
    with pytest.raises(OptionError, match=r"are ets_theta, .*; had intermittent"):
        forecast_automatically(panel, 3, method="intermittent", calibrated=True)


def test_method_asked_for_is_taken_or_refused(panel, rows):
    made = forecast_automatically(panel, 2, method="theta", calibrated=False)
    assert set(made.forecast.methods) == {"theta"}
    with pytest.raises(PanelError, match="series 'signed'"):
        forecast_automatically(panel, 2, method="intermittent")
    with pytest.raises(OptionError, match="method must be one of"):
        forecast_automatically(panel, 2, method="magic")
    with pytest.raises(OptionError, match="season_length"):
        forecast_automatically(panel, 2, season_length=(7, 7))


@pytest.mark.parametrize(
    "values", [[5.0], [0.0], [-1.0], [3.0] * 40, [1e-300] * 12, [1e12, 2e12] * 20]
)
def test_odd_series_have_finite_quantiles_in_order(values):
    made = forecast_automatically(
        Panel.from_arrays({"A": values}), 3, season_length=2, protection=2
    ).forecast
    assert np.isfinite(made.quantiles).all()
    assert (np.diff(made.quantiles, axis=2) >= 0.0).all()
    assert (np.diff(made.summed_quantiles) >= 0.0).all()


def test_selection_takes_what_the_backtest_says(panel):
    made = forecast_automatically(panel, 7, season_length=7, method="select")
    trial = made.choice.trial
    assert trial is not None
    assert set(made.choice.methods.tolist()) <= set(trial.names)
    assert np.isfinite(made.forecast.quantiles).all()
