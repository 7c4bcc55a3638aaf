"""Degradation: remaining life as it was seen, and the fan of what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from plotly import graph_objects as go

from twin.report.formatting import short
from twin.report.layout import MARGIN_BOTTOM, MARGIN_TOP, panels, top_legend
from twin.report.palette import LIGHT, tint

if TYPE_CHECKING:
    from twin.report.data import FloatArray
    from twin.report.health.data import Degradation, HealthData

__all__ = ["CURVES_MAX", "figure"]

CURVES_MAX = 9
"""Machines that are drawn; the rest are in the table."""

COLUMNS_MAX = 3
ROW_PX = 170
GAP_PX = 78
LEGEND_PX = 48  # from the plot down to the legend: the axis and its title
POINTS_MAX = 400
FAN_POINTS = 40
# Height of a panel, as a multiple of the longest median: the band may go on above.
ROOM = 1.08


def figure(data: HealthData) -> go.Figure | None:
    """Draw the remaining life of machines by their age, a panel each.

    Parameters
    ----------
    data
        The page; `curves` is read, at most the first nine.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if there is no curve.
    """
    shown = data.curves[:CURVES_MAX]
    if not shown:
        return None
    n_columns = min(COLUMNS_MAX, len(shown))
    titles = [f"{short(one.row.name)} · {_percent(one.row.risk)}" for one in shown]
    chart = panels(titles, n_columns=n_columns, row_px=ROW_PX, gap_px=GAP_PX)
    named: set[str] = set()
    for index, one in enumerate(shown):
        row, column = divmod(index, n_columns)
        for trace in _traces(one, data.share_percent):
            # Each name stands once in the legend, whichever panel brings it first.
            trace.update(legendgroup=trace.name, showlegend=trace.name not in named)
            named.add(trace.name)
            chart.add_trace(trace, row=row + 1, col=column + 1)
        top = ROOM * float(max(one.median.max(), one.mean.max()))
        place = {"row": row + 1, "col": column + 1}
        chart.update_yaxes(range=[-0.04 * top, top], nticks=5, **place)
        chart.update_xaxes(range=_ages(one), nticks=6, separatethousands=True, **place)
    plot_px = chart.layout.height - MARGIN_TOP - MARGIN_BOTTOM
    legend = {**top_legend(chart), "yanchor": "top", "y": -LEGEND_PX / plot_px}
    chart.update_xaxes(title={"text": "age", "standoff": 2})
    chart.update_layout(legend=legend, hovermode="x")
    chart.layout.height += LEGEND_PX
    chart.layout.margin.b += LEGEND_PX
    return chart


def _percent(risk: float) -> str:
    return f"{100 * risk:.3g} %"


def _ages(one: Degradation) -> list[float]:
    first, now = float(one.age[0]), float(one.age[-1])
    ends = [now + float(one.median[-1])]
    if one.row.window is not None:
        ends.append(now + one.row.window[2])
    last = max(min(now + float(one.high[-1]), now + 2.0 * float(one.median[-1])), *ends)
    return [first, last + 0.03 * max(last - first, 1.0)]


def _traces(one: Degradation, share: float) -> list[go.Scatter]:
    keep = np.unique(np.linspace(0, one.age.size - 1, POINTS_MAX).astype(np.int64))
    age, now = one.age[keep], float(one.age[-1])
    ahead = np.linspace(0.0, float(one.high[-1]), FAN_POINTS)
    low, middle, high = (
        np.maximum(float(q[-1]) - ahead, 0.0) for q in (one.low, one.median, one.high)
    )
    traces = [
        _band(age, one.low[keep], one.high[keep], f"{share:.3g} % of futures"),
        _band(now + ahead, low, high, "what is left", opacity=0.3),
        _line(age, one.median[keep], "median seen then", width=2.2),
        _line(now + ahead, middle, "median from now on", width=1.6, dash="dot"),
    ]
    if one.row.alarm_since is not None:
        at = int(np.searchsorted(one.age, one.row.alarm_since))
        traces.append(_dot(one.row.alarm_since, float(one.median[at])))
    if one.row.window is not None:
        start, best, end = (now + time for time in one.row.window)
        traces.append(_window(start, best, end))
    return traces


def _band(
    x: FloatArray,
    low: FloatArray,
    high: FloatArray,
    name: str,
    *,
    opacity: float = 0.17,
) -> go.Scatter:
    return go.Scatter(
        x=np.concatenate((x, x[::-1])),
        y=np.concatenate((low, high[::-1])),
        name=name,
        mode="lines",
        line={"width": 0, "color": LIGHT["forecast"]},
        fill="toself",
        fillcolor=tint("forecast", opacity),
        hoverinfo="skip",
    )


def _line(
    x: FloatArray, y: FloatArray, name: str, *, width: float, dash: str = "solid"
) -> go.Scatter:
    line: dict[str, Any] = {"color": LIGHT["forecast"], "width": width, "dash": dash}
    return go.Scatter(
        x=x, y=y, name=name, mode="lines", line=line, hovertemplate="%{y:,.3~g}"
    )


def _dot(age: float, left: float) -> go.Scatter:
    marker = {
        "color": LIGHT["shortage"],
        "size": 10,
        "symbol": "triangle-up",
        "line": {"color": LIGHT["surface"], "width": 1},
    }
    return go.Scatter(
        x=[age],
        y=[left],
        name="alarm raised",
        mode="markers",
        marker=marker,
        hovertemplate="alarm raised at age %{x:,.4~g}<extra></extra>",
    )


def _window(start: float, best: float, end: float) -> go.Scatter:
    return go.Scatter(
        x=[start, best, end],
        y=[0.0, 0.0, 0.0],
        name="renewal",
        mode="lines+markers",
        line={"color": LIGHT["service"], "width": 6},
        marker={"color": LIGHT["service"], "size": [6, 11, 6]},
        hovertemplate="renewal at age %{x:,.4~g}<extra></extra>",
    )
