"""The seam to forecasting: demand seen so far to the demand path a plan must cover."""

from twin.demand.forecasters import (
    DemandForecaster,
    FamilyForecaster,
    HistoryForecaster,
    MeanForecaster,
)
from twin.demand.history import DemandHistory
from twin.demand.laws import mean_path, weekly_factors

__all__ = [
    "DemandForecaster",
    "DemandHistory",
    "FamilyForecaster",
    "HistoryForecaster",
    "MeanForecaster",
    "mean_path",
    "weekly_factors",
]
