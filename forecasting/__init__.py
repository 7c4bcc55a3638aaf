"""Panels of series in, quantiles of summed demand out."""

from forecasting.anomaly import Changes, detect_changes
from forecasting.baselines import mean, naive, naive2, seasonal_naive
from forecasting.censored import unconstrained
from forecasting.combination import forecast_ets_theta
from forecasting.competition import msis, owa, rmsse, smape
from forecasting.conformal import (
    Calibration,
    calibrate,
    conformal_intervals,
    conformal_quantiles,
)
from forecasting.errors import ForecastingError, OptionError, PanelError
from forecasting.ets import EtsFit, fit_ets, forecast_ets
from forecasting.forecaster import Forecaster, QuantileForecast
from forecasting.intervals import (
    cumulative_quantile_path,
    empirical_summed_quantiles,
    quantiles_of,
    summed_quantiles,
)
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
from forecasting.mixture import Posterior, mixture_quantile_path, posterior_weights
from forecasting.seasonal import SeasonsFit, fit_seasons, forecast_seasons
from forecasting.select import PanelForecast, forecast_panel, is_regular
from forecasting.series import Panel, PointForecast
from forecasting.smoothing import (
    FilterGains,
    FilterState,
    SmoothingFit,
    fit_damped_holt,
    fit_ses,
    forecast,
    forecast_state,
    update_state,
)
from forecasting.theta import ThetaFit, fit_theta, forecast_theta

__all__ = [
    "Calibration",
    "Changes",
    "EtsFit",
    "FilterGains",
    "FilterState",
    "Forecaster",
    "ForecastingError",
    "OptionError",
    "Panel",
    "PanelError",
    "PanelForecast",
    "PointForecast",
    "Posterior",
    "QuantileForecast",
    "SeasonsFit",
    "SmoothingFit",
    "ThetaFit",
    "bias",
    "calibrate",
    "conformal_intervals",
    "conformal_quantiles",
    "coverage",
    "cumulative_quantile_path",
    "detect_changes",
    "empirical_summed_quantiles",
    "fit_damped_holt",
    "fit_ets",
    "fit_seasons",
    "fit_ses",
    "fit_theta",
    "forecast",
    "forecast_ets",
    "forecast_ets_theta",
    "forecast_panel",
    "forecast_seasons",
    "forecast_state",
    "forecast_theta",
    "is_regular",
    "mase",
    "mean",
    "mixture_quantile_path",
    "msis",
    "naive",
    "naive2",
    "newsvendor_cost",
    "owa",
    "pinball",
    "posterior_weights",
    "quantiles_of",
    "rmsse",
    "scaled_pinball",
    "seasonal_naive",
    "seasonal_scale",
    "smape",
    "summed_quantiles",
    "unconstrained",
    "update_state",
    "wape",
    "wql",
]
