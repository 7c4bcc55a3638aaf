"""Forecasts as fans: what was sold, what was expected, what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from plotly import graph_objects as go

from twin.report.formatting import label, short
from twin.report.layout import (
    MARGIN_BOTTOM,
    MARGIN_TOP,
    milliseconds,
    panels,
    short_dates,
    thin,
    top_legend,
)
from twin.report.palette import LIGHT, tint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twin.report.data import FloatArray, ForecastFan, IntArray, ReportData

__all__ = ["fan_chart", "figure", "note"]

# Panels that fit a page; the rest are counted in a note.
PANELS_MAX = 9
COLUMNS_MAX = 3
ROW_PX = 150
# History shown, as a multiple of the horizon: with more, the fan becomes a sliver.
HISTORY_FACTOR = 4
HISTORY_MIN = 16
# From the plot down to the legend, pixels: room for the two lines of a time axis.
LEGEND_PX = 38
# Opacity of the widest band, and of those inside it.
OUTER, INNER = 0.17, 0.32
# Width of a fan of one time, and room right of every fan, percent of the panel.
LONE_WIDTH = 6


def figure(data: ReportData) -> go.Figure | None:
    """Draw each forecast as bands between its quantiles, after its history.

    Parameters
    ----------
    data
        The report; `forecasts` is read, at most the first nine.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if there is no forecast.
    """
    return fan_chart(data.forecasts, n_panels_max=PANELS_MAX)


def fan_chart(
    forecasts: Sequence[ForecastFan], *, n_panels_max: int, dated: bool = True
) -> go.Figure | None:
    """Draw forecasts, a panel each.

    Parameters
    ----------
    forecasts
        The first are drawn.
    n_panels_max
        How many, >= 1.
    dated
        Whether their times are times; else they are running numbers of steps.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if there is no forecast.
    """
    fans = [fan for fan in forecasts if fan.times_us.size and fan.levels.size]
    if not fans:
        return None
    fans = fans[:n_panels_max]
    n_columns = min(COLUMNS_MAX, len(fans))
    chart = panels([_title(fan) for fan in fans], n_columns=n_columns, row_px=ROW_PX)
    named: set[str] = set()
    for index, fan in enumerate(fans):
        row, column = divmod(index, n_columns)
        for trace in _traces(fan, milliseconds if dated else _steps):
            # Each name stands once in the legend, whichever panel brings it first.
            trace.update(legendgroup=trace.name, showlegend=trace.name not in named)
            named.add(trace.name)
            chart.add_trace(trace, row=row + 1, col=column + 1)
    for index, fan in enumerate(fans):
        row, column = divmod(index, n_columns)
        start_us, end_us = _span(fan)
        axis = {
            "type": "date",
            "range": [start_us / 1000, end_us / 1000],
            **short_dates(start_us, end_us),
        }
        if not dated:
            axis = {"type": "linear", "range": [start_us, end_us], "nticks": 5}
        chart.update_xaxes(row=row + 1, col=column + 1, **axis)
    plot_px = chart.layout.height - MARGIN_TOP - MARGIN_BOTTOM
    bottom = {**top_legend(chart), "yanchor": "top", "y": -LEGEND_PX / plot_px}
    chart.update_yaxes(nticks=4)
    chart.update_layout(legend=bottom)
    return chart


def note(data: ReportData) -> str:
    """Say how many forecasts are not shown; empty if all are.

    Parameters
    ----------
    data
        The report; `forecasts` is read.
    """
    n_left = len(data.forecasts) - PANELS_MAX
    return f"{n_left:,} more forecasts are not shown." if n_left > 0 else ""


def _title(fan: ForecastFan) -> str:
    return f"{short(fan.name)} · {fan.unit}" if fan.unit else short(fan.name)


def _history_begin(fan: ForecastFan) -> int:
    n_shown = max(HISTORY_MIN, HISTORY_FACTOR * fan.times_us.size)
    return max(0, fan.history.size - n_shown)


def _span(fan: ForecastFan) -> tuple[int, int]:
    """Return the time shown, with room for the last dot."""
    shown_us = fan.history_times_us[_history_begin(fan) :]
    start_us = int(shown_us[0] if shown_us.size else fan.times_us[0])
    last_us = int(fan.times_us[-1])
    room_us = (last_us - start_us) * LONE_WIDTH // 200
    return start_us, last_us + max(room_us, 1)


def _steps(numbers: IntArray) -> FloatArray:
    return numbers.astype(np.float64)


def _traces(
    fan: ForecastFan, x_of: Callable[[IntArray], FloatArray]
) -> list[go.Scatter]:
    ink = {"color": LIGHT["ink"], "width": 1.6}
    begin = _history_begin(fan)
    times_us, history = thin(fan.history_times_us[begin:], fan.history[begin:])
    traces = [
        *_bands(fan, x_of),
        _line(x_of(times_us), history, name="observed", line=ink),
    ]
    if fan.actual is not None:
        came = _line(x_of(fan.times_us), fan.actual, name="what came", line=ink)
        came.update(mode="markers", marker={"color": LIGHT["ink"], "size": 5})
        traces.append(came)
    return traces


def _bands(
    fan: ForecastFan, x_of: Callable[[IntArray], FloatArray]
) -> list[go.Scatter]:
    """Fill between the levels from the outside in; an odd one is the middle line."""
    traces = []
    n_levels = fan.levels.size
    times_us, quantiles = _widened(fan)
    for low in range(n_levels // 2):
        high = n_levels - 1 - low
        share = 100 * (fan.levels[high] - fan.levels[low])
        x = np.concatenate((times_us, times_us[::-1]))
        y = np.concatenate((quantiles[low], quantiles[high][::-1]))
        traces.append(
            go.Scatter(
                x=x_of(x),
                y=y,
                name=f"{share:.3g} % of futures",
                mode="lines",
                line={"width": 0, "color": LIGHT["forecast"]},
                fill="toself",
                fillcolor=tint("forecast", INNER if low else OUTER),
                hoverinfo="skip",
            )
        )
    if n_levels % 2:
        middle = n_levels // 2
        line = {"color": LIGHT["forecast"], "width": 2.2}
        name = f"quantile {fan.levels[middle]:.3g}"
        if np.isclose(fan.levels[middle], 0.5):
            name = "median"
        traces.append(_line(x_of(times_us), quantiles[middle], name=name, line=line))
    return traces


def _widened(fan: ForecastFan) -> tuple[IntArray, FloatArray]:
    """Return times and quantiles; a lone time is given a width, to be seen at all."""
    if fan.times_us.size > 1:
        return fan.times_us, fan.quantiles
    half_us = _span(fan)[1] - int(fan.times_us[0])
    times_us = fan.times_us[0] + np.array([-half_us, half_us])
    return times_us, np.repeat(fan.quantiles, 2, axis=1)


def _line(
    x: FloatArray, values: FloatArray, *, name: str, line: dict[str, Any]
) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=values,
        name=label(name),
        mode="lines" if len(values) > 1 else "markers",
        line=line,
        hovertemplate="%{y:,.4~g}",
    )
