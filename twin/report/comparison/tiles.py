"""The head of the page: the first measures, each with its differences as a forest."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

from twin.report.comparison.style import VERDICTS, spread
from twin.report.comparison.tables import dot

if TYPE_CHECKING:
    from twin.report.comparison.data import ComparisonData, Estimate, MeasureData

__all__ = ["tiles"]

TILES_MAX = 6
BRANCHES_MAX = 4
# Size of a small interval, in its own units; the page stretches it.
WIDTH, HEIGHT = 300.0, 12.0
ROOM = 8.0  # left and right of the longest interval


def tiles(data: ComparisonData) -> str:
    """Write the first measures with the differences of the first branches.

    Parameters
    ----------
    data
        The page; `measures` and `branches` are read. Empty without measures.
    """
    shown = [_tile(measure, data) for measure in data.measures[:TILES_MAX]]
    if not shown:
        return ""
    return (
        '<ul class="tiles gains" aria-label="Headline differences">'
        f"{''.join(shown)}</ul>"
    )


def _tile(measure: MeasureData, data: ComparisonData) -> str:
    base, *others = measure.estimates
    reach = _reach(others)
    rows = "".join(
        _row(one, data.branches[position].name, (position, measure.unit, reach))
        for position, one in enumerate(others[:BRANCHES_MAX], start=1)
    )
    n_more = len(others) - BRANCHES_MAX
    more = (
        f'<p class="note">{n_more} more {data.words.many} below</p>'
        if n_more > 0
        else ""
    )
    value = html.escape(spread(base.mean, base.half_width, measure.unit))
    return (
        f'<li class="tile"><p class="name">{html.escape(measure.name)}</p>'
        f'<p class="note">{html.escape(data.branches[0].name)}: {value}</p>'
        f"{rows}{more}</li>"
    )


def _row(one: Estimate, name: str, look: tuple[int, str, float]) -> str:
    position, unit, reach = look
    gain = html.escape(
        spread(one.difference, one.half_width_of_difference, unit, signed=True)
    )
    return (
        f'<div class="gain-row {one.verdict}">'
        f'<p class="branch">{dot(position)} {html.escape(name)}</p>'
        f'<p class="value">{gain}</p>'
        f'<p class="verdict">{VERDICTS[one.verdict]}</p>{_interval(one, reach)}</div>'
    )


def _reach(others: list[Estimate]) -> float:
    ends = [abs(one.difference) + _width(one) for one in others]
    return max((end for end in ends if math.isfinite(end)), default=0.0) or 1.0


def _width(one: Estimate) -> float:
    width = one.half_width_of_difference
    return width if math.isfinite(width) else 0.0


def _interval(one: Estimate, reach: float) -> str:
    """Draw a difference as a dot on its interval, zero in the middle."""
    if not math.isfinite(one.difference):
        return ""
    half = WIDTH / 2

    def x(value: float) -> float:
        return half + (half - ROOM) * value / reach

    low, high = one.difference - _width(one), one.difference + _width(one)
    middle = HEIGHT / 2
    return (
        f'<svg class="interval" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" aria-hidden="true">'
        f'<line class="zero" x1="{half:g}" x2="{half:g}" y1="0" y2="{HEIGHT:g}"/>'
        f'<line class="reach" x1="{x(low):.1f}" x2="{x(high):.1f}" '
        f'y1="{middle:g}" y2="{middle:g}"/>'
        f'<circle cx="{x(one.difference):.1f}" cy="{middle:g}" r="4"/></svg>'
    )
