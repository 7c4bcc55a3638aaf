"""A method for each series, chosen by its demand, and told why."""

from forecasting.automatic.choice import Choice, MethodName
from forecasting.automatic.demand import DemandShape, describe_demand
from forecasting.automatic.explanation import Explanation, explain
from forecasting.automatic.forecast import AutomaticForecast, forecast_automatically

__all__ = [
    "AutomaticForecast",
    "Choice",
    "DemandShape",
    "Explanation",
    "MethodName",
    "describe_demand",
    "explain",
    "forecast_automatically",
]
