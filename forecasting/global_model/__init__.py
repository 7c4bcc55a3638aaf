"""One gradient booster for all series of a panel, with prices, promotions and calendar.

It learns from every series at once what a price, a promotion or a weekday does, so
that it forecasts items that have little history, or none (`fit_cold_start`). It is
scikit-learn's `HistGradientBoostingRegressor`, imported when the first one is fitted.
"""

from forecasting.global_model.booster import (
    BoosterOptions,
    GlobalForecast,
    GlobalModel,
    fit_booster,
    forecast_booster,
)
from forecasting.global_model.cold_start import (
    ColdStartModel,
    fit_cold_start,
    forecast_cold_start,
)
from forecasting.global_model.drivers import Drivers
from forecasting.global_model.explain import driver_importance, price_elasticity

__all__ = [
    "BoosterOptions",
    "ColdStartModel",
    "Drivers",
    "GlobalForecast",
    "GlobalModel",
    "driver_importance",
    "fit_booster",
    "fit_cold_start",
    "forecast_booster",
    "forecast_cold_start",
    "price_elasticity",
]
