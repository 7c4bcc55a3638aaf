"""Methods compared by forecasting the past again, from one cutoff after another."""

from forecasting.backtest.rolling import Backtest, backtest, panel_before
from forecasting.backtest.workers import Workers

__all__ = [
    "Backtest",
    "Workers",
    "backtest",
    "panel_before",
]
