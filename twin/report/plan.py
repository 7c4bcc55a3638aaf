"""The page of a plan: what it comes to, who does what when, stock, money, and lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twin.report import cost, gantt, lanes, service, skeleton, stock
from twin.report.tables import exception_table, kpi_table
from twin.report.tiles import tiles

if TYPE_CHECKING:
    from pathlib import Path

    from plotly import graph_objects as go

    from twin.report.data import ReportData

__all__ = ["PlanPage", "render_plan", "write_plan_page"]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """What the page shows.

    Attributes
    ----------
    data
        KPIs, Gantt, stock, costs, service, and what falls short as exceptions.
    places, flows
        What the map shows.
    """

    data: ReportData
    places: tuple[lanes.Place, ...] = ()
    flows: tuple[lanes.Flow, ...] = ()


def render_plan(page: PlanPage) -> str:
    """Write a plan as one HTML page that needs nothing else.

    Parameters
    ----------
    page
        What it shows.

    Returns
    -------
    str
        The same for the same plan, byte for byte.
    """
    data = page.data
    measures = kpi_table(data) or skeleton.empty("Nothing was measured.")
    short = exception_table(data) or skeleton.empty("All demand is served at once.")
    sections = [
        skeleton.Section(
            "measures",
            "Measures",
            skeleton.reading("The whole plan in numbers.") + measures,
        ),
        _drawn(
            "plan",
            "Who does what when",
            "Each bar is an operation of a machine, a transport or a purchase on its "
            "way.",
            gantt.figure(data),
            note=gantt.note(data),
        ),
        _drawn(
            "stock",
            "Stock projection",
            "Value on hand at the end of each review, by site.",
            stock.figure(data),
        ),
        _drawn(
            "costs",
            "Costs and profit",
            "What comes in stands above the line, what goes out below it.",
            cost.figure(data),
        ),
        _drawn(
            "service",
            "Service",
            "How much of the expected demand is served at once.",
            service.figure(data),
        ),
        _lanes(page),
        skeleton.Section(
            "exceptions",
            "What falls short",
            skeleton.reading(
                "Demand that is not served at once, what it costs, and what its next "
                "goods wait for, back to where nothing is waited for."
            )
            + short,
        ),
    ]
    return skeleton.page(
        data.title,
        data.subtitle,
        sections,
        head=skeleton.origin(data.created_from),
        tiles=tiles(data),
    )


def _lanes(page: PlanPage) -> skeleton.Section:
    places, flows = list(page.places), list(page.flows)
    return _drawn(
        "lanes",
        "Lanes",
        "Lines are as wide as the root of the money that goes over them: purchases at "
        "their price, transport and deliveries at what carrying costs.",
        lanes.figure(places, flows),
        note=lanes.note(places, flows),
    )


def write_plan_page(page: PlanPage, path: Path) -> None:
    """Write the page, whole or not at all; an existing file is replaced.

    Parameters
    ----------
    page
        What it shows.
    path
        File to write; its folder is made.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    skeleton.write(render_plan(page), path)


def _drawn(
    name: str, title: str, reading: str, figure: go.Figure | None, *, note: str = ""
) -> skeleton.Section:
    body = skeleton.reading(reading)
    if figure is None:
        body += skeleton.empty("There is nothing to draw.")
    else:
        body += skeleton.chart(name, f"{title}: {reading}", figure, note=note)
    return skeleton.Section(name, title, body)
