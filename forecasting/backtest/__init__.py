"""Methods compared by forecasting the past again, from one cutoff after another."""

from forecasting.backtest.answers import Forecaster, QuantileForecast
from forecasting.backtest.rolling import Backtest, backtest, panel_before
from forecasting.backtest.workers import Workers

__all__ = [
    "Backtest",
    "Forecaster",
    "QuantileForecast",
    "Workers",
    "backtest",
    "panel_before",
]
