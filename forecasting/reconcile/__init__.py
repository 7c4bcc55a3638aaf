"""Forecasts of parts and of their sums that fit each other."""

from forecasting.reconcile.covariance import ErrorCovariance, error_covariance
from forecasting.reconcile.hierarchy import Hierarchy
from forecasting.reconcile.non_negative import NonNegative, reconcile_non_negative
from forecasting.reconcile.project import reconcile
from forecasting.reconcile.proportions import bottom_up, top_down
from forecasting.reconcile.samples import ordered_samples

__all__ = [
    "ErrorCovariance",
    "Hierarchy",
    "NonNegative",
    "bottom_up",
    "error_covariance",
    "ordered_samples",
    "reconcile",
    "reconcile_non_negative",
    "top_down",
]
