"""Locations as one self-contained HTML page: what is open, and what flows where."""

from __future__ import annotations

import html
from collections import defaultdict
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from plotly import graph_objects as go

from twin.report import skeleton
from twin.report.course import course_sections
from twin.report.layout import single
from twin.report.palette import LIGHT, tint
from twin.report.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Flow", "LocationData", "Site", "render"]

CLIENTS_MAX = 60
"""Clients drawn one by one; of more, those of a depot are drawn as one group."""

ROW_PX, FRAME_PX, LEAST_PX = 14, 80, 320


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A plant or depot that is open."""

    kind: str
    number: int
    capacity: float
    fixed_cost: float

    @property
    def name(self) -> str:
        """What the page calls it."""
        return f"{self.kind} {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What goes from one place to another, in units, and what that costs."""

    from_kind: str
    from_number: int
    to_kind: str
    to_number: int
    quantity: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocationData:
    """All that the page shows.

    Attributes
    ----------
    title, subtitle
        Head of the page.
    sites
        What is open.
    flows
        From plants to depots and from depots to clients.
    facts
        Figures of the problem: text by term.
    history
        Seconds, objective and bound over the solve.
    """

    title: str
    subtitle: str = ""
    sites: Sequence[Site] = ()
    flows: Sequence[Flow] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    history: Sequence[tuple[float, float, float]] = ()


def render(data: LocationData) -> str:
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
    sections = [skeleton.Section("flows", "Flows", _flows(data))]
    if data.sites:
        sections.append(skeleton.Section("open", "Open", _sites(data)))
    said = "How the best plan and the bound came to meet."
    sections += course_sections(data.history, said)
    head = skeleton.origin(data.facts)
    return skeleton.page(
        data.title, data.subtitle, sections, head=head, tiles="", times=""
    )


def _flows(data: LocationData) -> str:
    how = (
        "From left to right: plants, depots, clients. A band is as wide as the units "
        "that flow; many clients of one depot are drawn as one."
    )
    if not data.flows:
        return skeleton.reading(how) + skeleton.empty("There is no plan.")
    links = _links(data.flows)
    names = list(dict.fromkeys(name for ends in links for name in ends))
    place = {name: at for at, name in enumerate(names)}
    height = max(LEAST_PX, FRAME_PX + ROW_PX * (len(names) // 2))
    chart = single(height_px=height)
    hues = {"plant": "production", "depot": "stock"}
    chart.add_trace(
        go.Sankey(
            node={
                "label": names,
                "color": [LIGHT[hues.get(n.split()[0], "service")] for n in names],
                "pad": 8,
                "thickness": 12,
            },
            link={
                "source": [place[one] for one, _ in links],
                "target": [place[other] for _, other in links],
                "value": [units for units, _ in links.values()],
                "customdata": [cost for _, cost in links.values()],
                "color": tint("transport", 0.45),
                "hovertemplate": (
                    "%{source.label} to %{target.label}<br>%{value:,.6~g} units, "
                    "cost %{customdata:,.6~g}<extra></extra>"
                ),
            },
        )
    )
    return skeleton.reading(how) + skeleton.chart("flows", html.escape(how), chart)


def _links(flows: Sequence[Flow]) -> dict[tuple[str, str], tuple[float, float]]:
    """Add up flows between the same places, in units and money."""
    clients = {flow.to_number for flow in flows if flow.to_kind == "client"}
    grouped = len(clients) > CLIENTS_MAX
    served: dict[int, set[int]] = defaultdict(set)
    for flow in flows:
        if flow.to_kind == "client":
            served[flow.from_number].add(flow.to_number)
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for flow in flows:
        to = f"{flow.to_kind} {flow.to_number}"
        if grouped and flow.to_kind == "client":
            n = len(served[flow.from_number])
            to = f"clients of depot {flow.from_number} ({n})"
        ends = f"{flow.from_kind} {flow.from_number}", to
        units, cost = found.get(ends, (0.0, 0.0))
        found[ends] = units + flow.quantity, cost + flow.cost
    return found


def _sites(data: LocationData) -> str:
    sent: dict[str, float] = defaultdict(float)
    for flow in data.flows:
        sent[f"{flow.from_kind} {flow.from_number}"] += flow.quantity
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(site.name)}</th>"
        f"<td class='num'>{sent[site.name]:,.10g}</td>"
        f"<td class='num'>{site.capacity:,.10g}</td>"
        f"<td class='num'>{sent[site.name] / max(site.capacity, 1e-9):.0%}</td>"
        f"<td class='num'>{site.fixed_cost:,.10g}</td></tr>"
        for site in data.sites
    )
    heads = ["Site", "Sends", "Capacity", "Used", "Fixed cost"]
    return table("What is open, in units and money.", heads, rows)
