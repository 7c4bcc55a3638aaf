"""One self-contained HTML page: no file beside it, no network, no server."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

from plotly.offline import get_plotlyjs

from twin.report import cost, fans, gantt, service, stock, variance
from twin.report.palette import DARK, LIGHT, pairs
from twin.report.tables import disruption_table, exception_table, kpi_table, origin
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
        ("measures", "Measures", _measures(data)),
        *((chart.name, chart.title, _chart_section(chart, data)) for chart in CHARTS),
        ("exceptions", "Exceptions", _exceptions(data)),
    ]
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title, _ in sections)
    return Template(_text("page.html")).substitute(
        title=html.escape(data.title),
        subtitle=html.escape(data.subtitle),
        style=_colours() + _text("style.css"),
        origin=origin(data),
        tiles=tiles(data),
        links=links,
        sections="".join(
            f'<section id="{name}" aria-labelledby="{name}-title">'
            f'<h2 id="{name}-title">{title}</h2>{body}</section>'
            for name, title, body in sections
        ),
        theme=_script_safe(json.dumps(pairs())),
        plotly=get_plotlyjs(),
        script=_text("page.js"),
    )


def write(data: ReportData, path: Path) -> None:
    """Write the report to a file; an existing one is replaced.

    Parameters
    ----------
    data
        What the report shows.
    path
        File to write; its folder must exist.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    path.write_text(render(data), encoding="utf-8")


def _text(name: str) -> str:
    return resources.files("twin.report").joinpath(name).read_text(encoding="utf-8")


def _script_safe(text: str) -> str:
    """Keep JSON from ending the script element that holds it."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _colours() -> str:
    """Write the palette as custom properties, for both pages."""

    def rules(colours: dict[str, str]) -> str:
        return "".join(f"--{meaning}:{value};" for meaning, value in colours.items())

    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{rules(DARK)}}}}}"
    return f":root{{{rules(LIGHT)}}}{dark}\n"


def _help(text: str) -> str:
    return f'<p class="reading">{text}</p>'


def _empty(text: str) -> str:
    return f'<p class="empty">{text}</p>'


def _measures(data: ReportData) -> str:
    table = kpi_table(data) or _empty("No measures were taken in this run.")
    return _help("The whole run in numbers.") + table


def _exceptions(data: ReportData) -> str:
    table = exception_table(data) or _empty("Nothing needs a planner.")
    disruptions = disruption_table(data)
    what_happened = f"<h3>Disruptions</h3>{disruptions}" if disruptions else ""
    return _help("What went wrong or is about to, and what it costs.") + (
        table + what_happened
    )


def _chart_section(chart: _Chart, data: ReportData) -> str:
    figure = chart.figure(data)
    if figure is None:
        return _help(chart.reading) + _empty(chart.empty)
    note = chart.note(data)
    more = f'<p class="note">{note}</p>' if note else ""
    name = f"chart-{chart.name}"
    return (
        f"{_help(chart.reading)}<figure>"
        f'<div id="{name}" class="chart" role="img" aria-label="{chart.title}: '
        f'{chart.reading}" style="height:{figure.layout.height}px"></div>'
        f'<script type="application/json" data-chart="{name}">'
        f"{_script_safe(figure.to_json())}</script>{more}</figure>"
    )
