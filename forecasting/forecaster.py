"""What a forecaster is: a callable of a panel and a horizon."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np

from forecasting.series import FloatArray, Panel, PointForecast


@runtime_checkable
class QuantileForecast(Protocol):
    """Means and quantiles of each step, as `PanelForecast` has them."""

    @property
    def mean(self) -> FloatArray:
        """Means: ndarray of shape (n_series, horizon), float64."""

    @property
    def quantile_levels(self) -> FloatArray:
        """Probabilities: ndarray of shape (n_quantiles,), float64."""

    @property
    def quantiles(self) -> FloatArray:
        """Quantiles: ndarray of shape (n_series, horizon, n_quantiles), float64."""


Forecast = QuantileForecast | PointForecast | FloatArray
"""Means and quantiles, means and variances, or means of shape (n_series, horizon)."""

Forecaster = Callable[[Panel, int], Forecast]
"""Panel and horizon to a forecast: what is backtested, calibrated and chosen."""


def mean_of(forecast: Forecast) -> FloatArray:
    """Return the means of a forecast, whatever else it tells.

    Parameters
    ----------
    forecast : QuantileForecast, PointForecast or ndarray
        What a forecaster answered.

    Returns
    -------
    ndarray of shape (n_series, horizon), float64

    Examples
    --------
    >>> mean_of(np.array([[3, 4]])).tolist()
    [[3.0, 4.0]]
    """
    if isinstance(forecast, PointForecast | QuantileForecast):
        return forecast.mean
    return np.asarray(forecast, dtype=np.float64)
