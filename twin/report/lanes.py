"""A map of what goes where: places at their positions, lanes as wide as their flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from plotly import graph_objects as go

from twin.report.formatting import label
from twin.report.layout import single, top_legend
from twin.report.palette import LIGHT

__all__ = ["Flow", "Place", "figure", "note"]

HEIGHT_PX = 460
# Width of the widest lane, and of the thinnest that is still seen.
WIDEST_PX, THINNEST_PX = 9.0, 0.8
COLOURS = {
    "purchase": LIGHT["purchase"],
    "transport": LIGHT["transport"],
    "delivery": LIGHT["service"],
}
# How far outside the places of a network a supplier is still drawn, as a share of their
# extent: one that is further away would leave all else in a corner.
REACH = 0.6
SYMBOLS = {"supplier": "diamond", "plant": "square", "customer": "circle-open"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is: its name, its kind, degrees of latitude and longitude."""

    name: str
    kind: str
    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True, slots=True)
class Flow:
    """What goes from one place to another over the plan.

    Attributes
    ----------
    from_place, to_place
        Names of places.
    kind
        ``purchase``, ``transport`` or ``delivery``.
    quantity
        Units, > 0.
    money
        What carrying and buying it costs, in the currency of the page.
    """

    from_place: str
    to_place: str
    kind: str
    quantity: float
    money: float


def figure(places: list[Place], flows: list[Flow]) -> go.Figure | None:
    """Draw places and flows.

    Parameters
    ----------
    places
        Those without a position (NaN) are left out, with their flows. The picture is as
        large as places of kinds other than ``supplier`` need, and suppliers near them.
    flows
        Widths are by the root of money, or of units where nothing costs anything.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if no two places with a position are joined by a flow.
    """
    known, drawn = _known(places, flows)
    if not drawn:
        return None
    chart = single(height_px=HEIGHT_PX)
    for kind in COLOURS:
        chosen = [flow for flow in drawn if flow.kind == kind]
        most = max((_size(flow) for flow in chosen), default=1.0)
        for k, flow in enumerate(chosen):
            chart.add_trace(_line(flow, known, most=most, first=k == 0))
    used = {name for flow in drawn for name in (flow.from_place, flow.to_place)}
    chart.add_trace(_points([known[name] for name in known if name in used]))
    chart.update_layout(hovermode="closest", showlegend=True, legend=top_legend(chart))
    # Lines of far suppliers leave the picture.
    near = _near([known[name] for name in used])
    west, east = _range([one.longitude_deg for one in near])
    south, north = _range([one.latitude_deg for one in near])
    chart.update_xaxes(
        title_text="longitude", zeroline=False, ticksuffix="°", range=[west, east]
    )
    # A degree of longitude is shorter by the cosine of the latitude.
    middle = np.mean([one.latitude_deg for one in near])
    chart.update_yaxes(
        title_text="latitude",
        zeroline=False,
        ticksuffix="°",
        range=[south, north],
        scaleanchor="x",
        scaleratio=float(1.0 / max(np.cos(np.radians(middle)), 0.2)),
    )
    return chart


def note(places: list[Place], flows: list[Flow]) -> str:
    """Say as HTML who is outside the picture; empty if nobody is.

    Parameters
    ----------
    places, flows
        As drawn, see `figure`.
    """
    known, drawn = _known(places, flows)
    names = dict.fromkeys(
        name for flow in drawn for name in (flow.from_place, flow.to_place)
    )
    used = [known[name] for name in names]
    inside = {one.name for one in _near(used)}
    far = [label(one.name) for one in used if one.name not in inside]
    return f"Too far away to be drawn: {', '.join(far)}." if far else ""


def _known(
    places: list[Place], flows: list[Flow]
) -> tuple[dict[str, Place], list[Flow]]:
    """Return places that have a position, by name, and the flows between them."""
    known = {
        one.name: one
        for one in places
        if np.isfinite(one.latitude_deg) and np.isfinite(one.longitude_deg)
    }
    drawn = [f for f in flows if f.from_place in known and f.to_place in known]
    return known, drawn


def _near(used: list[Place]) -> list[Place]:
    """Return all places but suppliers that are far from all others."""
    own = [one for one in used if one.kind != "supplier"]
    if not own:
        return used
    spots = np.array([(one.latitude_deg, one.longitude_deg) for one in own])
    low, high = spots.min(axis=0), spots.max(axis=0)
    reach = REACH * max(float((high - low).max()), 1.0)

    def inside(one: Place) -> bool:
        spot = np.array([one.latitude_deg, one.longitude_deg])
        return bool(((low - reach <= spot) & (spot <= high + reach)).all())

    return [one for one in used if one.kind != "supplier" or inside(one)]


def _range(degrees: list[float]) -> tuple[float, float]:
    if not degrees:
        return -180.0, 180.0
    margin = max(0.15 * (max(degrees) - min(degrees)), 0.5)
    return min(degrees) - margin, max(degrees) + margin


def _size(flow: Flow) -> float:
    return flow.money if flow.money > 0.0 else flow.quantity


def _line(
    flow: Flow, known: dict[str, Place], *, most: float, first: bool
) -> go.Scatter:
    start, end = known[flow.from_place], known[flow.to_place]
    width = max(WIDEST_PX * float(np.sqrt(_size(flow) / most)), THINNEST_PX)
    text = (
        f"{label(flow.from_place)} to {label(flow.to_place)}<br>"
        f"{flow.quantity:,.0f} units, {flow.money:,.0f}"
    )
    # The middle is there to be pointed at.
    middle = (
        (start.longitude_deg + end.longitude_deg) / 2.0,
        (start.latitude_deg + end.latitude_deg) / 2.0,
    )
    return go.Scatter(
        x=[start.longitude_deg, middle[0], end.longitude_deg],
        y=[start.latitude_deg, middle[1], end.latitude_deg],
        mode="lines",
        line={"color": COLOURS[flow.kind], "width": width},
        opacity=0.65,
        name=flow.kind,
        legendgroup=flow.kind,
        showlegend=first,
        hovertemplate=text + "<extra></extra>",
    )


def _points(places: list[Place]) -> go.Scatter:
    # Places at one spot share a name, which would else be written over another.
    spots: dict[tuple[float, float], list[Place]] = {}
    for one in places:
        spots.setdefault((one.longitude_deg, one.latitude_deg), []).append(one)
    return go.Scatter(
        x=[longitude for longitude, _ in spots],
        y=[latitude for _, latitude in spots],
        mode="markers+text",
        text=[", ".join(label(one.name) for one in there) for there in spots.values()],
        textposition="top center",
        textfont={"size": 11, "color": LIGHT["ink"]},
        marker={
            "color": LIGHT["ink"],
            "size": 9,
            "symbol": [
                SYMBOLS.get(there[0].kind, "circle") for there in spots.values()
            ],
        },
        name="places",
        hovertemplate="%{text}<extra></extra>",
    )
