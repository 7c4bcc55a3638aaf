"""The seam to forecasting: demand seen so far to the demand path a plan must cover."""

from twin.demand.forecasters import (
    DemandForecaster,
    FamilyForecaster,
    HistoryForecaster,
    MeanForecaster,
)
from twin.demand.history import DemandHistory
from twin.demand.issue import forecasts_issued
from twin.demand.laws import calendar_factors, law_means
from twin.demand.panel import ForecastTable, forecast_table

__all__ = [
    "DemandForecaster",
    "DemandHistory",
    "FamilyForecaster",
    "ForecastTable",
    "HistoryForecaster",
    "MeanForecaster",
    "calendar_factors",
    "forecast_table",
    "forecasts_issued",
    "law_means",
]
