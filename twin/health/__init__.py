"""The seam to failures: what machines showed, to how long they last and when to act."""

from forecasting.failure import Costs, RulOptions
from twin.health.tables import (
    HORIZON,
    RESTATES,
    HealthTable,
    health_table,
    risk_table,
)

__all__ = [
    "HORIZON",
    "RESTATES",
    "Costs",
    "HealthTable",
    "RulOptions",
    "health_table",
    "risk_table",
]
