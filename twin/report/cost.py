"""Money over time: in and out per period above, profit per policy below."""

from __future__ import annotations

import numpy as np
from plotly import graph_objects as go

from twin.report.data import COST_KINDS, Costs, FloatArray, IntArray, ReportData
from twin.report.formatting import label, short
from twin.report.layout import (
    MARGIN_BOTTOM,
    MARGIN_TOP,
    milliseconds,
    over_time,
    panels,
    thin,
    top_legend,
)
from twin.report.palette import LIGHT

__all__ = ["figure"]

ROW_PX = 220
# Between the panels: the axis of the upper one, its legend, the title of the lower one.
GAP_PX = 112
LEGEND_PX = 42
# Bars side by side: with more, neighbouring periods share one. At twice as many a bar
# is two or three pixels wide.
BARS_MAX = 130
COLOURS = {
    "revenue": "service",
    "purchase": "purchase",
    "production": "production",
    "transport": "transport",
    "holding": "stock",
    "shortage": "shortage",
}
# The reported policy is drawn full and in colour, the others as variants of grey.
OTHER_DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot")


def figure(data: ReportData) -> go.Figure | None:
    """Draw revenue up and costs down per period, and each policy's profit so far.

    Parameters
    ----------
    data
        The report; `costs`, `currency` and `disruptions` are read.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if costs were not measured.
    """
    costs = data.costs
    if costs is None or not data.n_periods:
        return None
    per_bar = -(-data.n_periods // BARS_MAX)
    each = "period" if per_bar == 1 else f"{per_bar} periods"
    titles = [f"Per {each} · {data.currency}"]
    if costs.cumulative_profit:
        titles.append(f"Profit so far · {data.currency}")
    chart = panels(titles, n_columns=1, row_px=ROW_PX, gap_px=GAP_PX)
    _add_bars(chart, data, costs)
    _add_profits(chart, data, costs)
    _place_legends(chart)
    chart.update_layout(barmode="relative", bargap=0.12)
    chart.update_yaxes(rangemode="normal", nticks=6)
    start_us, end_us = _ends(data)
    over_time(chart, data.disruptions, start_us=start_us, end_us=end_us)
    return chart


def _place_legends(chart: go.Figure) -> None:
    """Put that of the kinds below its panel, that of the policies above theirs."""
    plot_px = chart.layout.height - MARGIN_TOP - MARGIN_BOTTOM
    # Six kinds beside the title would meet it on a narrow page.
    kinds_y = chart.layout.yaxis.domain[0] - LEGEND_PX / plot_px
    kinds = top_legend(chart) | {"y": kinds_y, "yanchor": "top"}
    chart.update_layout(legend=kinds)
    if "yaxis2" in chart.layout:
        policies = top_legend(chart, y=chart.layout.yaxis2.domain[1])
        chart.update_layout(legend2=policies | {"x": 1, "xanchor": "right"})


def _ends(data: ReportData) -> tuple[int, int]:
    """Return the time shown, with room for half a bar at each end."""
    times_us = data.times_us
    step_us = int(np.diff(times_us).min()) if times_us.size > 1 else 1_000_000
    per_bar = -(-times_us.size // BARS_MAX)
    half_us = step_us * per_bar // 2 + step_us // 10
    return int(times_us[0]) - half_us, int(times_us[-1]) + half_us


def _bars(times_us: IntArray, amounts: FloatArray) -> tuple[IntArray, FloatArray]:
    """Add up neighbouring periods until the bars are few enough."""
    per_bar = -(-amounts.size // BARS_MAX)
    begins = np.arange(0, amounts.size, per_bar)
    return times_us[begins], np.add.reduceat(np.nan_to_num(amounts), begins)


def _add_bars(chart: go.Figure, data: ReportData, costs: Costs) -> None:
    for kind in COST_KINDS:
        amounts = getattr(costs, kind)
        if not amounts.size or not np.nansum(np.abs(amounts)):
            continue
        times_us, sums = _bars(data.times_us, amounts)
        chart.add_trace(
            go.Bar(
                x=milliseconds(times_us),
                y=sums if kind == "revenue" else -sums,
                name=kind,
                marker={"color": LIGHT[COLOURS[kind]], "line": {"width": 0}},
                hovertemplate="%{y:,.0f}",
            ),
            row=1,
            col=1,
        )


def _add_profits(chart: go.Figure, data: ReportData, costs: Costs) -> None:
    for position, series in enumerate(costs.cumulative_profit):
        times_us, values = thin(data.times_us, series.values)
        line = {"color": LIGHT["service"], "width": 3.0}
        if position:
            dash = OTHER_DASHES[(position - 1) % len(OTHER_DASHES)]
            line = {"color": LIGHT["muted"], "width": 1.6, "dash": dash}
        chart.add_trace(
            go.Scatter(
                x=milliseconds(times_us),
                y=values,
                name=label(short(series.name)),
                mode="lines",
                line=line,
                legend="legend2",
                hovertemplate="%{y:,.0f}",
            ),
            row=2,
            col=1,
        )
