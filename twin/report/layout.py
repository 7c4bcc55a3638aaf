"""What all charts share: axes, panels, marks of disruptions, thinning."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from plotly import graph_objects as go
from plotly.subplots import make_subplots

from twin.report.formatting import label
from twin.report.palette import LIGHT, tint

if TYPE_CHECKING:
    from twin.report.data import FloatArray, IntArray, Marker

__all__ = [
    "milliseconds",
    "over_time",
    "panels",
    "short_dates",
    "single",
    "thin",
    "top_legend",
]

# Points a series: a laptop's chart is about as many pixels wide. Twice as many double
# the file, half as many let peaks of a long run look thinner than they are.
POINTS_MAX = 2000
# Pixels above and below a chart; the upper ones hold the legend.
MARGIN_TOP, MARGIN_BOTTOM = 44, 40
# Pixels from a panel up to its legend: numbers of disruptions stand between them.
LEGEND_RAISED_PX = 8
# Pixels between panels: the lower axis of one and the title of the next.
GAP_ROWS = 74
# Share of the width between panels: it holds the axis of the right one.
GAP_COLUMNS = 0.065
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def milliseconds(times_us: IntArray) -> FloatArray:
    """Return times as the charts take them.

    Parameters
    ----------
    times_us
        ndarray of any shape, int64, microseconds UTC.

    Returns
    -------
    ndarray
        Of the same shape, float64, milliseconds UTC.
    """
    return np.asarray(times_us, dtype=np.int64) / 1000.0


def thin(
    times_us: IntArray, values: FloatArray, *, n_points_max: int = POINTS_MAX
) -> tuple[IntArray, FloatArray]:
    """Keep a long series short without losing its peaks.

    The series is cut into stretches of equal length, and the least and the greatest
    value of each are kept, as well as both ends.

    Parameters
    ----------
    times_us
        ndarray of shape (n,), int64.
    values
        ndarray of shape (n,), float64; NaN is kept only where a stretch has no number.
    n_points_max
        Most points to keep, >= 4.

    Returns
    -------
    times_us, values
        The points kept, in their order; the same arrays if they are few enough.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.zeros(1000); values[500] = 9.0
    >>> times_us, kept = thin(np.arange(1000), values, n_points_max=10)
    >>> times_us.size <= 10, float(kept.max())
    (True, 9.0)
    """
    n = values.size
    if n <= n_points_max:
        return times_us, values
    edges = np.linspace(1, n - 1, (n_points_max - 2) // 2 + 1).astype(np.int64)
    low = np.where(np.isnan(values), np.inf, values)
    high = np.where(np.isnan(values), -np.inf, values)
    kept = {0, n - 1}
    for begin, end in pairwise(edges):
        kept.add(int(begin + low[begin:end].argmin()))
        kept.add(int(begin + high[begin:end].argmax()))
    index = np.array(sorted(kept))
    return times_us[index], values[index]


def _axis(**changes: object) -> dict[str, Any]:
    same = {
        "gridcolor": LIGHT["grid"],
        "linecolor": LIGHT["grid"],
        "tickcolor": LIGHT["grid"],
        "zerolinecolor": LIGHT["maintenance"],
        "zerolinewidth": 1,
        "title": {"font": {"size": 12, "color": LIGHT["muted"]}, "standoff": 8},
        "tickfont": {"size": 11, "color": LIGHT["muted"]},
        "automargin": True,
    }
    return same | changes


def _template() -> go.layout.Template:
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 12, "color": LIGHT["ink"]},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "hovermode": "x unified",
            "hoverlabel": {
                "bgcolor": LIGHT["surface"],
                "bordercolor": LIGHT["grid"],
                "font": {"size": 12, "color": LIGHT["ink"]},
                "namelength": -1,
            },
            "xaxis": _axis(showgrid=False, ticks="outside", ticklen=4),
            "yaxis": _axis(rangemode="tozero", separatethousands=True, nticks=6),
            "legend": {"font": {"size": 12}, "itemwidth": 30},
            "separators": ".,",
        }
    )


def top_legend(figure: go.Figure, *, y: float = 1.0) -> dict[str, Any]:
    """Describe a legend in one line above a chart, at its left edge.

    Parameters
    ----------
    figure
        The chart; its height is read.
    y
        Upper edge of the panel it belongs to, as a share of the plot's height.
    """
    plot_px = figure.layout.height - MARGIN_TOP - MARGIN_BOTTOM
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": y + LEGEND_RAISED_PX / plot_px,
        "yanchor": "bottom",
        "bgcolor": "rgba(0,0,0,0)",
        "traceorder": "normal",
    }


def _finish(figure: go.Figure, height_px: int) -> go.Figure:
    figure.update_layout(
        template=_template(),
        height=height_px,
        margin={"l": 8, "r": 12, "t": MARGIN_TOP, "b": MARGIN_BOTTOM},
    )
    return figure


def single(*, height_px: int) -> go.Figure:
    """Make an empty chart in the report's style.

    Parameters
    ----------
    height_px
        Height in pixels; the width is the page's.
    """
    return _finish(go.Figure(), height_px)


def panels(
    titles: list[str], *, n_columns: int, row_px: int, gap_px: int = GAP_ROWS
) -> go.Figure:
    """Make small charts of the same kind, side by side, each with its title.

    Parameters
    ----------
    titles
        One per panel, not yet escaped; at least one.
    n_columns
        Panels side by side, >= 1.
    row_px
        Height of one panel's plot, pixels.
    gap_px
        From one row of plots to the next, pixels: axis below, title above.
    """
    n_rows = -(-len(titles) // n_columns)
    plot_px = n_rows * row_px + (n_rows - 1) * gap_px
    filled: list[dict[str, str] | None] = [
        {} if i < len(titles) else None for i in range(n_rows * n_columns)
    ]
    figure = make_subplots(
        rows=n_rows,
        cols=n_columns,
        specs=[filled[r * n_columns : (r + 1) * n_columns] for r in range(n_rows)],
        subplot_titles=[label(title) for title in titles],
        horizontal_spacing=GAP_COLUMNS if n_columns > 1 else 0,
        vertical_spacing=gap_px / plot_px if n_rows > 1 else 0,
    )
    _finish(figure, plot_px + MARGIN_TOP + MARGIN_BOTTOM)
    lefts = [i.domain[0] for i in figure.select_xaxes()]
    for annotation, left in zip(figure.layout.annotations, lefts, strict=True):
        annotation.update(
            x=left,
            xanchor="left",
            yshift=10,
            font={"size": 12.5, "color": LIGHT["ink"]},
        )
    return figure


def over_time(
    figure: go.Figure, markers: tuple[Marker, ...], *, start_us: int, end_us: int
) -> go.Figure:
    """Give a chart its time axes, with a numbered line for each disruption.

    Parameters
    ----------
    figure
        A chart over time, with one or more panels; it is changed.
    markers
        The disruptions; the number is the place in this order, from 1. Those of one
        moment share a mark, those outside the time shown are left out.
    start_us, end_us
        Time shown, microseconds UTC, start <= end.
    """
    span = [start_us / 1000, max(end_us, start_us + 1000) / 1000]
    figure.update_xaxes(type="date", range=span, hoverformat="%Y-%m-%d %H:%M")
    axes = [
        (axis.plotly_name.replace("axis", ""), axis.anchor or "y")
        for axis in figure.select_xaxes()
    ] or [("x", "y")]
    marks: dict[int, list[tuple[int, Marker]]] = {}
    for position, marker in enumerate(markers, start=1):
        if start_us <= marker.time_us <= end_us:
            marks.setdefault(marker.time_us, []).append((position, marker))
    for same in marks.values():
        for axis in axes:
            _mark(figure, same, axis)
    return figure


def short_dates(start_us: int, end_us: int) -> dict[str, Any]:
    """Describe a time axis whose few labels fit under a small panel.

    Parameters
    ----------
    start_us, end_us
        Time shown, microseconds UTC.
    """
    days = (end_us - start_us) / 86_400_000_000
    within_days, within_years = 4, 800
    # Below the hour stands the day, where a new one begins.
    style = "%b %-d" if days > within_days else "%H:%M\n%b %-d"
    style = "%Y" if days > within_years else style
    return {"tickformat": style, "nticks": 4, "tickangle": 0}


def _mark(
    figure: go.Figure, same: list[tuple[int, Marker]], axes: tuple[str, str]
) -> None:
    x = same[0][1].time_us / 1000
    place = {"xref": axes[0], "yref": f"{axes[1]} domain"}
    line = {"color": tint("down", 0.55), "width": 1, "dash": "dot"}
    figure.add_shape(
        type="line", x0=x, x1=x, y0=0, y1=1, line=line, layer="below", **place
    )
    figure.add_annotation(
        **place,
        x=x,
        y=1,
        yanchor="middle",
        showarrow=False,
        text=", ".join(str(position) for position, _ in same),
        hovertext="<br>".join(label(marker.text) for _, marker in same),
        font={"size": 10, "color": LIGHT["surface"]},
        bgcolor=LIGHT["down"],
        borderpad=2,
    )
