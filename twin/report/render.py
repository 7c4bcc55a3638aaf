"""One self-contained HTML page: no file beside it, no network, no server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twin.report import cost, fans, gantt, service, skeleton, stock, variance
from twin.report.tables import disruption_table, exception_table, kpi_table
from twin.report.tiles import tiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from plotly import graph_objects as go

    from twin.report.data import ReportData

__all__ = ["render", "write"]


def _no_note(_: ReportData) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class _Chart:
    """A section with a chart: how it is called, how it reads, who draws it."""

    name: str
    title: str
    reading: str
    empty: str
    figure: Callable[[ReportData], go.Figure | None]
    note: Callable[[ReportData], str] = _no_note


CHARTS = (
    _Chart(
        "service",
        "Service",
        "How much of the demand was served in time, and what customers still wait for.",
        "Service was not measured in this run.",
        service.figure,
    ),
    _Chart(
        "costs",
        "Costs and profit",
        "What comes in stands above the line, what goes out below it; the lower panel "
        "adds both up, beside the other policies.",
        "Costs were not measured in this run.",
        cost.figure,
    ),
    _Chart(
        "stock",
        "Stock",
        "On-hand stock at the end of each period; a panel that touches zero ran out.",
        "No stock was recorded in this run.",
        stock.figure,
    ),
    _Chart(
        "forecasts",
        "Forecasts",
        "The shaded bands hold the stated share of futures, so most dots should lie "
        "inside them.",
        "No forecasts were issued in this run.",
        fans.figure,
        fans.note,
    ),
    _Chart(
        "variance",
        "Order and demand variance",
        "An echelon whose orders vary more than the demand it sees amplifies it: the "
        "number is the ratio of the two, and above 1 is the bullwhip effect.",
        "No variance was measured in this run.",
        variance.figure,
    ),
    _Chart(
        "plan",
        "Plan",
        "Each bar is one planned activity; an outlined bar ends after it is due.",
        "No plan was released in this run.",
        gantt.figure,
        gantt.note,
    ),
)


def render(data: ReportData) -> str:
    """Write the report as one HTML page that needs nothing else.

    The same data give the same page, byte for byte.

    Parameters
    ----------
    data
        What the report shows.

    Returns
    -------
    str
        The page; about 5 MB, nearly all of it the script that draws the charts.
    """
    sections = [
        skeleton.Section("measures", "Measures", _measures(data)),
        *(
            skeleton.Section(one.name, one.title, _chart_section(one, data))
            for one in CHARTS
        ),
        skeleton.Section("exceptions", "Exceptions", _exceptions(data)),
    ]
    return skeleton.page(
        data.title,
        data.subtitle,
        sections,
        head=skeleton.origin(data.created_from),
        tiles=tiles(data),
    )


def write(data: ReportData, path: Path) -> None:
    """Write the report, whole or not at all; an existing file is replaced.

    Parameters
    ----------
    data
        What the report shows.
    path
        File to write; its folder is made.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    skeleton.write(render(data), path)


def _measures(data: ReportData) -> str:
    table = kpi_table(data) or skeleton.empty("No measures were taken in this run.")
    return skeleton.reading("The whole run in numbers.") + table


def _exceptions(data: ReportData) -> str:
    table = exception_table(data) or skeleton.empty("Nothing needs a planner.")
    disruptions = disruption_table(data)
    what_happened = f"<h3>Disruptions</h3>{disruptions}" if disruptions else ""
    return skeleton.reading("What went wrong or is about to, and what it costs.") + (
        table + what_happened
    )


def _chart_section(chart: _Chart, data: ReportData) -> str:
    figure = chart.figure(data)
    if figure is None:
        return skeleton.reading(chart.reading) + skeleton.empty(chart.empty)
    reading = chart.reading
    if figure.layout.shapes:
        reading += " Numbered lines are disruptions, listed below the exceptions."
    drawn = skeleton.chart(
        chart.name,
        f"{chart.title}: {reading}",
        figure,
        note=chart.note(data),
    )
    return skeleton.reading(reading) + drawn
