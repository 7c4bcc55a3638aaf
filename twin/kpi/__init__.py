"""What a network earns and how well it serves: by period, by run, by any window."""

from twin.kpi.definitions import KPI_DEFINITIONS, Kpi
from twin.kpi.ledger import KpiTable, Ledger, PeriodMeasures
from twin.kpi.measures import RunMeasures
from twin.kpi.terms import Window

__all__ = [
    "KPI_DEFINITIONS",
    "Kpi",
    "KpiTable",
    "Ledger",
    "PeriodMeasures",
    "RunMeasures",
    "Window",
]
