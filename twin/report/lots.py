"""Lot sizes as one self-contained HTML page: what is made, kept and asked for, when."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from plotly import graph_objects as go

from twin.report import skeleton
from twin.report.course import course_sections
from twin.report.formatting import label, short
from twin.report.layout import single
from twin.report.palette import LIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ITEMS_MAX", "ItemLots", "Load", "LotsData", "render"]

ITEMS_MAX = 40
"""Items and resources drawn; the page of twice as many is slow to open."""

CHART_PX = 190


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLots:
    """An item: demand, lots and stock (negative: waiting demand) by period, units."""

    name: str
    demand: Sequence[float]
    lots: Sequence[float]
    stock: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A resource: time used and capacity by period."""

    name: str
    used: Sequence[float]
    capacity: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LotsData:
    """All that the page shows.

    Attributes
    ----------
    title, subtitle
        Head of the page.
    periods
        Names of the periods.
    items, loads
        What is made, and what it is made on.
    facts
        Figures of the problem: text by term.
    history
        Seconds, objective and bound over the solve.
    """

    title: str
    subtitle: str = ""
    periods: Sequence[str] = ()
    items: Sequence[ItemLots] = ()
    loads: Sequence[Load] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    history: Sequence[tuple[float, float, float]] = ()


def render(data: LotsData) -> str:
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
    sections = [
        skeleton.Section("load", "Capacity", _loads(data)),
        skeleton.Section("items", "Items", _items(data)),
    ]
    said = "How the best plan and the bound came to meet."
    sections += course_sections(data.history, said, from_zero=True)
    head = skeleton.origin(data.facts)
    return skeleton.page(
        data.title, data.subtitle, sections, head=head, tiles="", times=""
    )


def _loads(data: LotsData) -> str:
    how = "Time that lots and setups take in each period, and the capacity as a line."
    if not data.loads:
        return skeleton.reading(how) + skeleton.empty("Nothing limits production.")
    charts = []
    for at, load in enumerate(data.loads[:ITEMS_MAX]):
        chart = _chart(load.name)
        chart.add_trace(_bars(data.periods, load.used, "used", "production"))
        chart.add_trace(_line(data.periods, load.capacity, "capacity", "shortage"))
        charts.append(skeleton.chart(f"load-{at}", f"Load of {load.name}.", chart))
    return skeleton.reading(how) + "".join(charts) + _left(len(data.loads))


def _items(data: LotsData) -> str:
    how = "Lots as bars, demand as dots, stock at period ends as a line; below zero, \
demand waits."
    if not data.items:
        return skeleton.reading(how) + skeleton.empty("There is no plan.")
    charts = []
    for at, item in enumerate(data.items[:ITEMS_MAX]):
        chart = _chart(item.name)
        chart.add_trace(_bars(data.periods, item.lots, "made", "production"))
        chart.add_trace(
            go.Scatter(
                x=list(data.periods),
                y=list(item.demand),
                name="demand",
                mode="markers",
                marker={"color": LIGHT["ink"], "size": 6},
            )
        )
        chart.add_trace(_line(data.periods, item.stock, "stock", "stock"))
        charts.append(skeleton.chart(f"item-{at}", f"Lots of {item.name}.", chart))
    return skeleton.reading(how) + "".join(charts) + _left(len(data.items))


def _left(count: int) -> str:
    left = count - ITEMS_MAX
    return skeleton.reading(f"{left:,} more are not drawn.") if left > 0 else ""


def _chart(name: str) -> go.Figure:
    chart = single(height_px=CHART_PX)
    chart.update_layout(title=label(short(name)), margin={"t": 34}, hovermode="x")
    chart.update_xaxes(type="category")
    return chart


def _bars(periods: Sequence[str], y: Sequence[float], name: str, hue: str) -> go.Bar:
    return go.Bar(x=list(periods), y=list(y), name=name, marker={"color": LIGHT[hue]})


def _line(
    periods: Sequence[str], y: Sequence[float], name: str, hue: str
) -> go.Scatter:
    line = {"shape": "hvh", "color": LIGHT[hue]}
    return go.Scatter(x=list(periods), y=list(y), name=name, mode="lines", line=line)
