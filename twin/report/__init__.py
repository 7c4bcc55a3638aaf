"""A run as one self-contained HTML page: charts, measures, plan."""

from twin.report.data import (
    Costs,
    Echelon,
    ExceptionMessage,
    ForecastFan,
    GanttBar,
    KpiRow,
    Marker,
    ReportData,
    Series,
    Service,
)
from twin.report.render import render, write

__all__ = [
    "Costs",
    "Echelon",
    "ExceptionMessage",
    "ForecastFan",
    "GanttBar",
    "KpiRow",
    "Marker",
    "ReportData",
    "Series",
    "Service",
    "render",
    "write",
]
