"""Routes as one self-contained HTML page: a map, what each route does, the search."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from plotly import graph_objects as go

from twin.report import skeleton
from twin.report.course import course_sections
from twin.report.formatting import label
from twin.report.layout import single
from twin.report.palette import LIGHT
from twin.report.schedule import HUES
from twin.report.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["RouteLine", "RoutesData", "Stop", "render"]

MAP_PX = 620

ROUTES_MAX = 400
"""Routes drawn on the map and listed; more are neither seen nor read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stop of a route: name, place, ticks of start and end, load behind it."""

    name: str
    is_depot: bool
    x: float | None
    y: float | None
    start: int
    departure: int
    load: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLine:
    """A route: its name, its stops with both ends, its distance and its duration."""

    name: str
    stops: Sequence[Stop]
    distance: int
    duration: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoutesData:
    """All that the page shows.

    Attributes
    ----------
    title, subtitle
        Head of the page.
    routes
        The plan.
    facts
        Figures of the problem: text by term.
    history
        Seconds and objective over the solve.
    notes
        Conflicts and changes, in sentences.
    """

    title: str
    subtitle: str = ""
    routes: Sequence[RouteLine] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    history: Sequence[tuple[float, float]] = ()
    notes: Sequence[str] = ()


def render(data: RoutesData) -> str:
    """Write the plan as one HTML page that needs nothing else.

    Parameters
    ----------
    data
        What the page shows.

    Returns
    -------
    str
        The page; about 5 MB, nearly all of it the script that draws the charts.
    """
    sections = []
    if data.notes:
        changes = skeleton.listed(data.notes)
        sections.append(skeleton.Section("changes", "Changes", changes))
    sections.append(skeleton.Section("map", "Map", _map(data)))
    if data.routes:
        sections.append(skeleton.Section("routes", "Routes", _routes(data)))
    said = "How the best plan came down."
    sections += course_sections(data.history, said, height_px=240)
    head = skeleton.origin(data.facts)
    return skeleton.page(
        data.title, data.subtitle, sections, head=head, tiles="", times=""
    )


def _map(data: RoutesData) -> str:
    how = (
        "A colour a route; squares are depots. Point at a stop for its times and its "
        "load. Drag to zoom, double-click to see all."
    )
    drawn = [
        route
        for route in data.routes[:ROUTES_MAX]
        if all(stop.x is not None for stop in route.stops)
    ]
    if not drawn:
        why = "There is no plan." if not data.routes else "No places are known."
        return skeleton.reading(how) + skeleton.empty(why)
    left = len(data.routes) - len(drawn)
    note = f"{left:,} of {len(data.routes):,} routes are not drawn." if left else ""
    chart = single(height_px=MAP_PX)
    for at, route in enumerate(drawn):
        chart.add_trace(_line(route, HUES[at % len(HUES)]))
    chart.add_trace(_depots(drawn))
    chart.update_layout(hovermode="closest", showlegend=False)
    chart.update_yaxes(scaleanchor="x", zeroline=False, rangemode="normal")
    chart.update_xaxes(zeroline=False)
    return skeleton.reading(how) + skeleton.chart(
        "map", html.escape(how), chart, note=note
    )


def _line(route: RouteLine, colour: str) -> go.Scatter:
    return go.Scatter(
        x=[stop.x for stop in route.stops],
        y=[stop.y for stop in route.stops],
        mode="lines+markers",
        line={"color": colour, "width": 1.6},
        marker={"size": 6, "color": colour},
        customdata=[
            f"<b>{label(stop.name)}</b>, {label(route.name)}<br>"
            f"{stop.start:,} to {stop.departure:,}<br>load {label(stop.load)}"
            for stop in route.stops
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _depots(routes: Sequence[RouteLine]) -> go.Scatter:
    stops = {
        (stop.x, stop.y): stop.name
        for route in routes
        for stop in route.stops
        if stop.is_depot
    }
    return go.Scatter(
        x=[x for x, _ in stops],
        y=[y for _, y in stops],
        mode="markers",
        marker={"size": 13, "symbol": "square", "color": LIGHT["ink"]},
        customdata=[f"depot {label(name)}" for name in stops.values()],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _routes(data: RoutesData) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(route.name)}</th>"
        f"<td class='num'>{sum(not stop.is_depot for stop in route.stops):,}</td>"
        f"<td class='num'>{route.distance:,}</td>"
        f"<td class='num'>{route.duration:,}</td>"
        f"<td class='num'>{route.stops[0].start:,}</td>"
        f"<td class='num'>{route.stops[-1].departure:,}</td>"
        f"<td>{html.escape(', '.join(s.name for s in route.stops[1:-1]))}</td></tr>"
        for route in data.routes[:ROUTES_MAX]
    )
    heads = ["Route", "Clients", "Distance", "Duration", "Start", "End", "Stops"]
    return table("What each vehicle does, in ticks and units of distance.", heads, rows)
