"""The course of a search: how the best plan and the bound came to meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plotly import graph_objects as go

from twin.report import skeleton
from twin.report.layout import single
from twin.report.palette import LIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["course_sections"]

LINES = (("objective", "ink"), ("bound", "service"))
"""Name and colour of each, in the order in which they stand behind the seconds."""


def course_sections(
    history: Sequence[tuple[float, ...]],
    told: str,
    *,
    height_px: int = 260,
    from_zero: bool = False,
) -> list[skeleton.Section]:
    """Draw how a search went; nothing where it found no more than one plan.

    Parameters
    ----------
    history
        Seconds, objective and, where a method has one, bound; in order of time.
    told
        What the chart shows, as HTML.
    height_px
        Of the chart, pixels.
    from_zero
        Whether the axis of values begins at 0.

    Returns
    -------
    list of Section
        One, or none.
    """
    if len(history) <= 1:
        return []
    chart = single(height_px=height_px)
    seconds, *values = zip(*history, strict=True)
    for (name, colour), line in zip(LINES, values, strict=False):
        chart.add_trace(
            go.Scatter(
                x=list(seconds),
                y=list(line),
                name=name,
                line={"shape": "hv", "color": LIGHT[colour]},
            )
        )
    chart.update_xaxes(title="seconds")
    if not from_zero:
        chart.update_yaxes(rangemode="normal")
    drawn = skeleton.chart("search", told, chart)
    return [skeleton.Section("search", "Search", drawn)]
