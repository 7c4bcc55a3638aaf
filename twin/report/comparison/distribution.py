"""The replications of every branch: a box and a dot each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from plotly import graph_objects as go

from twin.report.comparison.style import branch_colour, branch_meaning
from twin.report.formatting import label, short
from twin.report.layout import panels
from twin.report.palette import LIGHT, tint

if TYPE_CHECKING:
    from twin.report.comparison.data import ComparisonData, MeasureData

__all__ = ["figure"]

PANELS_MAX = 6
COLUMNS_MAX = 3
BRANCH_PX = 40
GAP_PX = 66
# Dots a branch; more would be a smear, and the box says what they say.
DOTS_MAX = 200


def figure(data: ComparisonData) -> go.Figure | None:
    """Draw the first measures of every replication by branch.

    Parameters
    ----------
    data
        The page; `measures` and `branches` are read.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if there are no replications.
    """
    shown = [one for one in data.measures if any(map(len, one.values))][:PANELS_MAX]
    if not shown:
        return None
    titles = [f"{short(m.name)} · {m.unit}" if m.unit else short(m.name) for m in shown]
    n_columns = min(COLUMNS_MAX, len(shown))
    names = [branch.name for branch in data.branches]
    chart = panels(
        titles, n_columns=n_columns, row_px=BRANCH_PX * len(names), gap_px=GAP_PX
    )
    for index, measure in enumerate(shown):
        row, column = divmod(index, n_columns)
        for position in range(len(names)):
            box = _box(measure, position, names[position])
            chart.add_trace(box, row=row + 1, col=column + 1)
        chart.update_yaxes(
            range=[len(names) - 0.5, -0.5],
            tickvals=list(range(len(names))),
            ticktext=[f"{label(short(name))}  " for name in names],
            showticklabels=column == 0,
            tickfont={"size": 12, "color": LIGHT["ink"]},
            showgrid=False,
            zeroline=False,
            row=row + 1,
            col=column + 1,
        )
    chart.update_xaxes(
        showgrid=True, zeroline=False, nticks=5, separatethousands=True, ticks=""
    )
    chart.update_layout(showlegend=False, hovermode="closest")
    return chart


def _box(measure: MeasureData, position: int, name: str) -> go.Box:
    values = measure.values[position]
    values = values[np.isfinite(values)]
    colour, few = branch_colour(position), len(values) <= DOTS_MAX
    return go.Box(
        x=values,
        y0=position,
        orientation="h",
        name=label(name),
        width=0.5,
        boxpoints="all" if few else "outliers",
        jitter=0.6,
        pointpos=0,
        boxmean=True,
        line={"color": colour, "width": 1.6},
        fillcolor=tint(branch_meaning(position), 0.16),
        marker={"color": colour, "size": 4, "opacity": 0.75},
        hovertemplate=f"{label(name)}: %{{x:,.4~g}}<extra></extra>",
    )
