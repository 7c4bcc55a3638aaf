"""Forecasts that follow events: filters updated in constant time, and their drift."""

from forecasting.online.arrays import FilterArrays, NextStep
from forecasting.online.forecaster import OnlineForecaster
from forecasting.online.options import OnlineOptions, drift_bound, score_steps

__all__ = [
    "FilterArrays",
    "NextStep",
    "OnlineForecaster",
    "OnlineOptions",
    "drift_bound",
    "score_steps",
]
