"""Series over time by branch: the mean, and a band that holds most replications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from plotly import graph_objects as go

from twin.report.comparison.style import branch_colour, branch_meaning
from twin.report.formatting import label, short
from twin.report.layout import milliseconds, over_time, panels, top_legend
from twin.report.palette import tint

if TYPE_CHECKING:
    from twin.report.comparison.data import Band, ComparisonData

__all__ = ["figure"]

ROW_PX = 190


def figure(data: ComparisonData) -> go.Figure | None:
    """Draw each series in a panel of its own, all branches over one another.

    Parameters
    ----------
    data
        The page; `panels` and `branches` are read.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if there is no series.
    """
    shown = [
        panel for panel in data.panels if any(b.times_us.size for b in panel.bands)
    ]
    if not shown:
        return None
    titles = [f"{one.name} · {one.unit}" if one.unit else one.name for one in shown]
    chart = panels(titles, n_columns=1, row_px=ROW_PX)
    for row, panel in enumerate(shown, start=1):
        for position, band in enumerate(panel.bands):
            chart.add_trace(_area(band, position), row=row, col=1)
        # Lines last, so that no band hides one.
        for position, band in enumerate(panel.bands):
            line = _line(band, position, data.branches[position].name)
            line.update(showlegend=row == 1)
            chart.add_trace(line, row=row, col=1)
    legend = {**top_legend(chart), "x": 1, "xanchor": "right"}
    chart.update_layout(legend=legend)
    times = np.concatenate([band.times_us for one in shown for band in one.bands])
    return over_time(chart, (), start_us=int(times.min()), end_us=int(times.max()))


def _line(band: Band, position: int, name: str) -> go.Scatter:
    return go.Scatter(
        x=milliseconds(band.times_us),
        y=band.mean,
        name=label(short(name)),
        legendgroup=str(position),
        mode="lines" if band.times_us.size > 1 else "markers",
        line={
            "color": branch_colour(position),
            "width": 2.2,
            "dash": "dot" if position == 0 else "solid",
        },
        hovertemplate="%{y:,.4~g}",
    )


def _area(band: Band, position: int) -> go.Scatter:
    times = milliseconds(band.times_us)
    return go.Scatter(
        x=np.concatenate((times, times[::-1])),
        y=np.concatenate((band.low, band.high[::-1])),
        legendgroup=str(position),
        showlegend=False,
        mode="lines",
        line={"width": 0, "color": branch_colour(position)},
        fill="toself",
        fillcolor=tint(branch_meaning(position), 0.14),
        hoverinfo="skip",
    )
