"""The seam to failures: what machines showed, to how long they last and when to act."""

from forecasting.failure.maintenance import Costs
from forecasting.failure.rul import RulOptions
from twin.health.tables import HORIZON, HealthTable, health_table, risk_table

__all__ = [
    "HORIZON",
    "Costs",
    "HealthTable",
    "RulOptions",
    "health_table",
    "risk_table",
]
