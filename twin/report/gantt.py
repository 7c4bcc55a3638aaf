"""The plan as bars in time, a row per machine, lane or supplier."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

from plotly import graph_objects as go

from twin.report.data import GANTT_KINDS, GanttBar, GanttKind, ReportData
from twin.report.formatting import label, short, time
from twin.report.layout import over_time, single, top_legend
from twin.report.palette import LIGHT

__all__ = ["figure", "note", "shown"]

# More bars than this make the page slow to draw and say no more.
BARS_MAX = 1500
# Rows that can still be read on a page; the busiest resources are kept.
ROWS_MAX = 40
ROW_PX = 26
FRAME_PX = 96
# Height of a bar, as a share of its row.
BAR_WIDTH = 0.76
# Width of a chart on a page that is as wide as it gets, and of a letter in a bar: half
# a name reads as another name, a quarter of a number as another number.
CHART_PX, LETTER_PX = 950, 5.6
# What stands in a bar must be read on its colour, on both pages.
TEXT_COLOUR = {
    "production": "#1c1400",
    "transport": "#06202e",
    "purchase": "#22081a",
    "maintenance": "#10151d",
    "down": LIGHT["surface"],
}


def shown(data: ReportData) -> list[GanttBar]:
    """Return the bars that are drawn: of the busiest resources, the earliest first.

    Parameters
    ----------
    data
        The report; `gantt` is read.
    """
    counts = Counter(bar.resource for bar in data.gantt)
    kept = {resource for resource, _ in counts.most_common(ROWS_MAX)}
    bars = [bar for bar in data.gantt if bar.resource in kept]
    if len(bars) <= BARS_MAX:
        return bars
    return sorted(bars, key=lambda bar: (bar.start_us, bar.end_us))[:BARS_MAX]


def note(data: ReportData) -> str:
    """Say how many bars are not drawn; empty if all are.

    Parameters
    ----------
    data
        The report; `gantt` is read.
    """
    drawn = shown(data)
    n_left = len(data.gantt) - len(drawn)
    if not n_left:
        return ""
    resources = {bar.resource for bar in data.gantt} - {bar.resource for bar in drawn}
    of = f", those of {len(resources):,} resources among them" if resources else ""
    return f"{n_left:,} of {len(data.gantt):,} activities are not drawn{of}."


def figure(data: ReportData) -> go.Figure | None:
    """Draw the plan: colour by kind of activity, late ones outlined.

    Parameters
    ----------
    data
        The report; `gantt` and `disruptions` are read.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if there is no plan.
    """
    bars = shown(data)
    if not bars:
        return None
    rows = list(dict.fromkeys(bar.resource for bar in bars))
    chart = single(height_px=FRAME_PX + ROW_PX * len(rows))
    labels = _labels(bars)
    for kind in GANTT_KINDS:
        for late in (False, True):
            chosen = [
                (bar, said)
                for bar, said in zip(bars, labels, strict=True)
                if bar.kind == kind and bar.late is late
            ]
            if chosen:
                chart.add_trace(_bars(chosen, rows, kind))
    if any(bar.late for bar in bars):
        chart.add_trace(_late_key())
    chart.update_layout(
        barmode="overlay",
        hovermode="closest",
        legend=top_legend(chart),
        uniformtext={"minsize": 9, "mode": "hide"},
    )
    chart.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[f"{label(short(row))} " for row in rows],
        range=[len(rows) - 0.5, -0.5],
        tickfont={"size": 11.5, "color": LIGHT["ink"]},
        showgrid=False,
        zeroline=False,
    )
    start_us = min(bar.start_us for bar in bars)
    end_us = max(bar.end_us for bar in bars)
    chart.update_xaxes(showgrid=True)
    return over_time(chart, data.disruptions, start_us=start_us, end_us=end_us)


def _labels(bars: list[GanttBar]) -> list[str]:
    """Say in each bar what it is, where that can be read before the next one begins."""
    first_us = min(bar.start_us for bar in bars)
    span_us = max(max(bar.end_us for bar in bars) - first_us, 1)
    starts: dict[str, list[int]] = {}
    for bar in bars:
        starts.setdefault(bar.resource, []).append(bar.start_us)
    for times in starts.values():
        times.sort()
    found = []
    for bar in bars:
        times = starts[bar.resource]
        after = bisect_right(times, bar.start_us)
        until_us = min([bar.end_us, *times[after : after + 1]])
        room_px = (until_us - bar.start_us) / span_us * CHART_PX
        fits = room_px >= LETTER_PX * (len(bar.label) + 1)
        found.append(label(bar.label) if fits else "")
    return found


def _bars(
    drawn: list[tuple[GanttBar, str]], rows: list[str], kind: GanttKind
) -> go.Bar:
    bars = [bar for bar, _ in drawn]
    position = {row: index for index, row in enumerate(rows)}
    late = bars[0].late
    outline = {"color": LIGHT["shortage"], "width": 2.2}
    plain = {"color": LIGHT["surface"], "width": 0.8}
    return go.Bar(
        orientation="h",
        base=[bar.start_us / 1000 for bar in bars],
        x=[(bar.end_us - bar.start_us) / 1000 for bar in bars],
        y=[position[bar.resource] for bar in bars],
        # Else a kind that is on every other row only would get bars twice as high.
        width=BAR_WIDTH,
        name=kind,
        legendgroup=kind,
        showlegend=not late,
        text=[said for _, said in drawn],
        textposition="inside",
        insidetextanchor="start",
        textangle=0,
        textfont={"size": 10.5, "color": TEXT_COLOUR[kind]},
        marker={"color": LIGHT[kind], "line": outline if late else plain},
        customdata=[_hover(bar) for bar in bars],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _hover(bar: GanttBar) -> str:
    late = f"<br><b>{bar.kind}, late</b>" if bar.late else f"<br>{bar.kind}"
    when = f"{time(bar.start_us)} to {time(bar.end_us)}"
    return f"<b>{label(bar.label)}</b><br>{label(bar.resource)}<br>{when}{late}"


def _late_key() -> go.Bar:
    """Return a trace without bars that explains the outline in the legend."""
    return go.Bar(
        orientation="h",
        x=[None],
        y=[0],
        name="late",
        hoverinfo="skip",
        marker={
            "color": "rgba(0,0,0,0)",
            "line": {"color": LIGHT["shortage"], "width": 2.2},
        },
    )
