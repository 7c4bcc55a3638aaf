"""Order variance against demand variance, echelon by echelon (the bullwhip effect)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from plotly import graph_objects as go

from twin.report.formatting import THIN, label, number, short
from twin.report.layout import single, top_legend
from twin.report.palette import LIGHT, tint

if TYPE_CHECKING:
    from twin.report.data import Echelon, ReportData

__all__ = ["figure"]

ROW_PX = 46
FRAME_PX = 100
# Above this ratio of the largest to the least variance, a linear axis hides the least.
SPREAD_LINEAR_MAX = 20.0
TIMES = "\N{MULTIPLICATION SIGN}"


def figure(data: ReportData) -> go.Figure | None:
    """Draw two dots per echelon, demand seen and orders placed, and their ratio.

    Parameters
    ----------
    data
        The report; `variance` is read.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if there is no echelon.

    References
    ----------
    Chen, F., Drezner, Z., Ryan, J. K. and Simchi-Levi, D. (2000). Quantifying the
    bullwhip effect in a simple supply chain. Management Science 46(3), 436-443: the
    ratio of the variance of orders to that of demand.
    """
    rows = data.variance
    if not rows:
        return None
    chart = single(height_px=FRAME_PX + ROW_PX * len(rows))
    # Positions rather than names: two echelons may share a name.
    positions = list(range(len(rows)))
    for position, row in zip(positions, rows, strict=True):
        chart.add_trace(_bridge(position, row))
    chart.add_trace(
        _dots(
            positions,
            [row.demand_variance for row in rows],
            name="demand it sees",
            colour=LIGHT["ink"],
        )
    )
    orders = _dots(
        positions,
        [row.order_variance for row in rows],
        name="orders it places",
        colour=LIGHT["purchase"],
    )
    chart.add_trace(orders)
    for position, row in zip(positions, rows, strict=True):
        _add_ratio(chart, position, row)
    _set_axes(chart, rows)
    return chart


def _set_axes(chart: go.Figure, rows: tuple[Echelon, ...]) -> None:
    chart.update_layout(legend=top_legend(chart), hovermode="closest")
    chart.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[f"{label(short(row.name))}  " for row in rows],
        range=[len(rows) - 0.5, -0.5],
        tickfont={"size": 12.5, "color": LIGHT["ink"]},
        showgrid=False,
        zeroline=False,
    )
    values = [v for row in rows for v in (row.demand_variance, row.order_variance)]
    least, most = min(values), max(values)
    logarithmic = least > 0 and most > SPREAD_LINEAR_MAX * least
    chart.update_xaxes(
        title_text="variance per period, units squared",
        showgrid=True,
        separatethousands=True,
        zeroline=False,
    )
    if logarithmic:
        ends = [math.log10(least) - 0.12, math.log10(most) + 0.25]
        ticks = _ticks(least, most)
        chart.update_xaxes(
            type="log",
            range=ends,
            tickvals=ticks,
            ticktext=[_tick(tick) for tick in ticks],
        )
    else:
        chart.update_xaxes(range=[0, (most or 1.0) * 1.12])


def _ticks(least: float, most: float) -> list[float]:
    """Return 1, 2 and 5 times the powers of ten between two numbers."""
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    ticks = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    return [tick for tick in ticks if 0.7 * least <= tick <= 1.6 * most]


def _tick(value: float) -> str:
    """Write a tick: all of them alike, as 500 k, 2 M or 1 G."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:,.3g}{THIN}{unit}"
    return f"{value:.3g}"


def _bridge(position: int, row: Echelon) -> go.Scatter:
    amplifies = row.order_variance > row.demand_variance
    return go.Scatter(
        x=[row.demand_variance, row.order_variance],
        y=[position, position],
        mode="lines",
        line={"color": tint("purchase" if amplifies else "muted", 0.4), "width": 5},
        hoverinfo="skip",
        showlegend=False,
    )


def _dots(
    positions: list[int], values: list[float], *, name: str, colour: str
) -> go.Scatter:
    return go.Scatter(
        x=values,
        y=positions,
        name=name,
        mode="markers",
        marker={"size": 13, "color": colour},
        hovertemplate=f"{name}: %{{x:,.4~g}}<extra></extra>",
    )


def _add_ratio(chart: go.Figure, position: int, row: Echelon) -> None:
    # Outside the right dot, where nothing else stands.
    right = max(row.demand_variance, row.order_variance)
    shown = f"{TIMES}{number(row.ratio)}" if math.isfinite(row.ratio) else "no ratio"
    chart.add_trace(
        go.Scatter(
            x=[right],
            y=[position],
            mode="text",
            text=[f"   {shown}"],
            textposition="middle right",
            textfont={"size": 12.5, "color": LIGHT["ink"]},
            cliponaxis=False,
            hoverinfo="skip",
            showlegend=False,
        )
    )
