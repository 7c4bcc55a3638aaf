"""The seam to forecasting: demand seen so far to the demand path a plan must cover."""

from twin.demand.adjusted import JUDGED, Adjustment, adjusted, value_added
from twin.demand.asked import AskedDemand
from twin.demand.explained import (
    CHANGED,
    FALSE_ALARM,
    Explained,
    changes_of,
    explained,
)
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
from twin.demand.past import demand_by_review
from twin.demand.refitted import RefitOptions, RefittedForecaster
from twin.demand.summed import summed_quantiles

__all__ = [
    "CHANGED",
    "FALSE_ALARM",
    "JUDGED",
    "Adjustment",
    "AskedDemand",
    "DemandForecaster",
    "DemandHistory",
    "Explained",
    "FamilyForecaster",
    "ForecastTable",
    "HistoryForecaster",
    "MeanForecaster",
    "RefitOptions",
    "RefittedForecaster",
    "adjusted",
    "calendar_factors",
    "changes_of",
    "demand_by_review",
    "explained",
    "forecast_table",
    "forecasts_issued",
    "law_means",
    "summed_quantiles",
    "value_added",
]
