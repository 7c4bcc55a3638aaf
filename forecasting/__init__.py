"""Panels of series in, quantiles of summed demand out."""

from forecasting.baselines import mean, naive, seasonal_naive
from forecasting.censored import unconstrained
from forecasting.errors import ForecastingError, OptionError, PanelError
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
    pinball,
    scaled_pinball,
    seasonal_scale,
    wape,
)
from forecasting.mixture import Posterior, mixture_quantile_path, posterior_weights
from forecasting.select import PanelForecast, forecast_panel
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

__all__ = [
    "FilterGains",
    "FilterState",
    "ForecastingError",
    "OptionError",
    "Panel",
    "PanelError",
    "PanelForecast",
    "PointForecast",
    "Posterior",
    "SmoothingFit",
    "bias",
    "coverage",
    "cumulative_quantile_path",
    "empirical_summed_quantiles",
    "fit_damped_holt",
    "fit_ses",
    "forecast",
    "forecast_panel",
    "forecast_state",
    "mase",
    "mean",
    "mixture_quantile_path",
    "naive",
    "pinball",
    "posterior_weights",
    "quantiles_of",
    "scaled_pinball",
    "seasonal_naive",
    "seasonal_scale",
    "summed_quantiles",
    "unconstrained",
    "update_state",
    "wape",
]
