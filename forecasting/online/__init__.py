"""Forecasts that follow events: filters updated in constant time, and their drift."""

from forecasting.online.arrays import FilterArrays
from forecasting.online.forecaster import NextStep, OnlineForecaster
from forecasting.online.options import OnlineOptions, drift_bound

__all__ = [
    "FilterArrays",
    "NextStep",
    "OnlineForecaster",
    "OnlineOptions",
    "drift_bound",
]
