"""Differences to the base with their intervals: one small panel a measure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from plotly import graph_objects as go

from twin.report.comparison.style import VERDICTS, verdict_colour
from twin.report.formatting import label, short
from twin.report.layout import panels
from twin.report.palette import LIGHT

if TYPE_CHECKING:
    from twin.report.comparison.data import ComparisonData, MeasureData

__all__ = ["figure"]

# Panels that fit a page: the table below has all measures.
PANELS_MAX = 18
COLUMNS_MAX = 3
BRANCH_PX = 26
PANEL_PX_MIN = 54
GAP_PX = 66
ARROWS = {"high": " ↑", "low": " ↓", "neither": ""}
# Room left and right of the longest interval, as a share of it.
MARGIN = 0.12


def figure(data: ComparisonData) -> go.Figure | None:
    """Draw the difference of each branch to the base, with zero as a line.

    Parameters
    ----------
    data
        The page; the first `measures`, and `branches`, are read.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if there is nothing to compare.
    """
    names = [branch.name for branch in data.branches[1:]]
    if not names or not data.measures:
        return None
    shown = data.measures[:PANELS_MAX]
    titles = [_title(measure) for measure in shown]
    n_columns = min(COLUMNS_MAX, len(titles))
    row_px = max(PANEL_PX_MIN, BRANCH_PX * len(names) + 8)
    chart = panels(titles, n_columns=n_columns, row_px=row_px, gap_px=GAP_PX)
    for index, measure in enumerate(shown):
        row, column = divmod(index, n_columns)
        place = {"row": row + 1, "col": column + 1}
        chart.add_trace(_intervals(measure, names), **place)
        reach = _reach(measure)
        chart.update_xaxes(range=[-reach, reach], nticks=5, **place)
        # Positions rather than names: two branches may be cut to the same one.
        chart.update_yaxes(
            range=[len(names) - 0.5, -0.5],
            tickvals=list(range(len(names))),
            ticktext=[f"{label(short(name))}  " for name in names],
            showticklabels=column == 0,
            tickfont={"size": 12, "color": LIGHT["ink"]},
            showgrid=False,
            zeroline=False,
            **place,
        )
    chart.update_xaxes(
        zeroline=True,
        zerolinecolor=LIGHT["down"],
        zerolinewidth=1.5,
        showgrid=True,
        separatethousands=True,
        ticks="",
    )
    chart.update_layout(showlegend=False, hovermode="closest")
    return chart


def _title(measure: MeasureData) -> str:
    unit = f" · {measure.unit}" if measure.unit else ""
    return f"{short(measure.name)}{unit}{ARROWS[measure.better]}"


def _reach(measure: MeasureData) -> float:
    """Return the end of the axis: zero stays in the middle of every panel."""
    ends = [
        abs(one.difference) + (one.half_width_of_difference or 0.0)
        for one in measure.estimates[1:]
    ]
    known = [end for end in ends if math.isfinite(end)]
    return (max(known, default=0.0) or 1.0) * (1.0 + MARGIN)


def _intervals(measure: MeasureData, names: list[str]) -> go.Scatter:
    shown = measure.estimates[1:]
    colours = [verdict_colour(one.verdict) for one in shown]
    clear = [one.verdict in {"better", "worse", "changed"} for one in shown]
    widths = [one.half_width_of_difference for one in shown]
    return go.Scatter(
        x=[one.difference for one in shown],
        y=list(range(len(names))),
        customdata=[
            [label(name), label(VERDICTS[one.verdict]), width]
            for name, one, width in zip(names, shown, widths, strict=True)
        ],
        mode="markers",
        marker={
            "size": 10,
            "color": colours,
            "symbol": ["circle" if one else "circle-open" for one in clear],
            "line": {"width": 2, "color": colours},
        },
        error_x={
            "type": "data",
            "array": widths,
            "color": LIGHT["muted"],
            "thickness": 1.8,
            "width": 4,
        },
        hovertemplate="%{customdata[0]}: %{x:,.4~g} ± %{customdata[2]:,.3~g}, "
        "%{customdata[1]}<extra></extra>",
    )
