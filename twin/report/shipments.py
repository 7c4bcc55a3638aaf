"""Shipments as one self-contained HTML page: what goes where, and what is short."""

from __future__ import annotations

import html
from collections import defaultdict
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from plotly import graph_objects as go

from twin.report import lanes, skeleton
from twin.report.course import course_sections
from twin.report.formatting import label
from twin.report.layout import single
from twin.report.palette import LIGHT
from twin.report.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["LanePeriod", "ShipmentsData", "render"]

LANES_MAX = 60
"""Lanes drawn and listed, the dearest first; more make the page slow to read."""

ROW_PX, FRAME_PX = 18, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePeriod:
    """A lane in a period: vehicles, the share of their room that is filled, units.

    `cost` is money, and `between_firms` tells whether firms pool stock by it.
    """

    lane: int
    from_site: str
    to_site: str
    period: str
    vehicles: int
    filled: float
    units: float
    cost: float
    between_firms: bool = False

    @property
    def name(self) -> str:
        """What the page calls the lane."""
        return f"{self.from_site} to {self.to_site}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShipmentsData:
    """All that the page shows.

    Attributes
    ----------
    title, subtitle
        Head of the page.
    periods
        Names, in order.
    flows
        Lanes by period, where any vehicle leaves.
    demand, served, stock
        Units by period, over all sites.
    costs
        Money by kind.
    short
        Site, item, period and units of what is not served.
    places
        Where sites are; those without a position are NaN.
    facts
        Figures of the problem: text by term.
    remarks
        Sentences that stand above all: conflicts and repairs.
    history
        Seconds, objective and bound over the solve.
    """

    title: str
    subtitle: str = ""
    periods: Sequence[str] = ()
    flows: Sequence[LanePeriod] = ()
    demand: Sequence[float] = ()
    served: Sequence[float] = ()
    stock: Sequence[float] = ()
    costs: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    short: Sequence[tuple[str, str, str, float]] = ()
    places: Sequence[lanes.Place] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    remarks: Sequence[str] = ()
    history: Sequence[tuple[float, float, float]] = ()


def render(data: ShipmentsData) -> str:
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
    if data.remarks:
        remarks = skeleton.listed(data.remarks)
        sections.append(skeleton.Section("why", "Why not all is served", remarks))
    sections.append(skeleton.Section("lanes", "Lanes", _lanes(data)))
    if drawn := _map(data):
        sections.append(skeleton.Section("map", "Map", drawn))
    sections.append(skeleton.Section("service", "Service and stock", _service(data)))
    if data.costs:
        sections.append(skeleton.Section("costs", "Costs", _costs(data.costs)))
    if data.short:
        sections.append(skeleton.Section("short", "Short", _short(data)))
    said = "How the best plan and the bound came nearer to each other."
    sections += course_sections(data.history, said)
    head = skeleton.origin(data.facts)
    return skeleton.page(data.title, data.subtitle, sections, head=head, tiles="")


def _lanes(data: ShipmentsData) -> str:
    """Draw vehicles by lane and period, and list what lanes carry and cost."""
    if not data.flows:
        return skeleton.empty("Nothing is shipped.")
    by_lane: dict[int, list[LanePeriod]] = defaultdict(list)
    for flow in data.flows:
        by_lane[flow.lane].append(flow)
    dearest = sorted(by_lane, key=lambda at: -sum(one.cost for one in by_lane[at]))
    chosen = dearest[:LANES_MAX]
    how = "Vehicles on each lane by the period in which they leave, dearest lanes first"
    how += f"; {LANES_MAX} of {len(dearest)}." if len(dearest) > LANES_MAX else "."
    chart = single(height_px=FRAME_PX + ROW_PX * len(chosen))
    found = [{one.period: one for one in by_lane[at]} for at in chosen]
    chart.add_trace(
        go.Heatmap(
            x=list(data.periods),
            y=list(range(len(chosen))),
            z=[
                [row[name].vehicles if name in row else None for name in data.periods]
                for row in found
            ],
            customdata=[
                [_hover(row.get(name)) for name in data.periods] for row in found
            ],
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
            colorscale=[[0.0, LIGHT["grid"]], [1.0, LIGHT["transport"]]],
            colorbar={"title": "vehicles"},
        )
    )
    names = [label(by_lane[at][0].name) for at in chosen]
    chart.update_xaxes(title="period", type="category")
    chart.update_yaxes(
        autorange="reversed", tickvals=list(range(len(chosen))), ticktext=names
    )
    rows = "".join(_lane_row(by_lane[at]) for at in chosen)
    heads = ["Lane", "Vehicles", "Filled", "Units", "Cost", "Between firms"]
    listed = table("What lanes carry and cost over all periods.", heads, rows)
    return skeleton.reading(how) + skeleton.chart("lanes", how, chart) + listed


def _hover(one: LanePeriod | None) -> str:
    if one is None:
        return ""
    return (
        f"{label(one.name)}, period {label(one.period)}<br>{one.vehicles} vehicles, "
        f"{one.filled:.0%} filled<br>{one.units:,.6g} units, cost {one.cost:,.6g}"
    )


def _lane_row(flows: list[LanePeriod]) -> str:
    vehicles = sum(one.vehicles for one in flows)
    filled = sum(one.filled * one.vehicles for one in flows) / vehicles
    return (
        f"<tr><th scope='row'>{html.escape(flows[0].name)}</th>"
        f"<td class='num'>{vehicles:,}</td><td class='num'>{filled:.0%}</td>"
        f"<td class='num'>{sum(one.units for one in flows):,.6g}</td>"
        f"<td class='num'>{sum(one.cost for one in flows):,.10g}</td>"
        f"<td>{'yes' if flows[0].between_firms else ''}</td></tr>"
    )


def _map(data: ShipmentsData) -> str:
    units: dict[tuple[str, str], list[float]] = {}
    for one in data.flows:
        total = units.setdefault((one.from_site, one.to_site), [0.0, 0.0])
        total[0] += one.units
        total[1] += one.cost
    flows = [
        lanes.Flow(
            from_place=start, to_place=end, kind="transport", quantity=carried,
            money=money,
        )
        for (start, end), (carried, money) in units.items()
    ]  # fmt: skip
    chart = lanes.figure(list(data.places), flows)
    if chart is None:
        return ""
    how = "Sites and lanes; a lane is as wide as the root of what it costs."
    return skeleton.reading(how) + skeleton.chart("map", how, chart)


def _service(data: ShipmentsData) -> str:
    how = "Units over all sites: what is asked for and served, and what is left."
    chart = single(height_px=260)
    for name, units, colour in (
        ("asked for", data.demand, "ink"),
        ("served", data.served, "service"),
        ("stock left", data.stock, "stock"),
    ):
        chart.add_trace(
            go.Scatter(
                x=list(data.periods),
                y=list(units),
                name=name,
                mode="lines+markers",
                line={"color": LIGHT[colour]},
            )
        )
    chart.update_xaxes(title="period", type="category")
    chart.update_yaxes(title="units", rangemode="tozero")
    return skeleton.reading(how) + skeleton.chart("service", how, chart)


def _costs(costs: Mapping[str, float]) -> str:
    total = sum(costs.values())
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(kind)}</th>"
        f"<td class='num'>{money:,.10g}</td>"
        f"<td class='num'>{money / total if total > 0.0 else 0.0:.1%}</td></tr>"
        for kind, money in costs.items()
    )
    return table("What the plan costs, by kind.", ["Kind", "Money", "Share"], rows)


def _short(data: ShipmentsData) -> str:
    worst = sorted(data.short, key=lambda row: -row[3])[:LANES_MAX]
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(site)}</th><td>{html.escape(item)}</td>"
        f"<td>{html.escape(period)}</td><td class='num'>{units:,.6g}</td></tr>"
        for site, item, period, units in worst
    )
    caption = f"Demand that is not served, most first: {len(worst)} of "
    caption += f"{len(data.short)} rows."
    return table(caption, ["Site", "Item", "Period", "Units"], rows)
