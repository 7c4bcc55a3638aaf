"""The head of the page: the first measures as tiles, each with a small line."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np

from twin.report.formatting import number, percent
from twin.report.layout import thin

if TYPE_CHECKING:
    from twin.report.data import FloatArray, KpiRow, ReportData

__all__ = ["sparkline", "tiles"]

TILES_MAX = 6
# Size of the small line, in its own units; the page stretches it.
WIDTH, HEIGHT = 120.0, 28.0
# Points of the small line: about one a pixel.
POINTS_MAX = 120
# A full bar; what lies above its bound is drawn as full.
FULL_PERCENT = 100.0


def tiles(data: ReportData) -> str:
    """Write the first measures as a list of tiles; empty if there are none.

    Parameters
    ----------
    data
        The report; `kpis` and `bound_name` are read.
    """
    shown = [_tile(row, data.bound_name) for row in data.kpis[:TILES_MAX]]
    if not shown:
        return ""
    return (
        '<ul class="tiles" aria-label="Headline measures">' + "".join(shown) + "</ul>"
    )


def _tile(row: KpiRow, bound_name: str) -> str:
    named = row.unit and row.unit != "%"
    unit = f' <span class="unit">{html.escape(row.unit)}</span>' if named else ""
    shown = percent(row.value) if row.unit == "%" else number(row.value)
    # Always five parts, so that those of neighbouring tiles stand in line.
    parts = [
        f'<p class="name">{html.escape(row.name)}{unit}</p>',
        f'<p class="value">{shown}</p>',
        _bound(row, bound_name),
        sparkline(row.history) or "<span></span>",
        f'<p class="note">{html.escape(row.note)}</p>',
    ]
    return f'<li class="tile">{"".join(parts)}</li>'


def _bound(row: KpiRow, bound_name: str) -> str:
    if row.bound_percent is None or not np.isfinite(row.bound_percent):
        return "<span></span>"
    width = min(max(row.bound_percent, 0.0), FULL_PERCENT)
    text = f"{percent(row.bound_percent)} of {html.escape(bound_name)}"
    bar = f'<i style="width:{width:.1f}%"></i>'
    return (
        f'<p class="bound"><span class="bar" aria-hidden="true">{bar}</span>{text}</p>'
    )


def sparkline(values: FloatArray) -> str:
    """Draw a series as a small line, without axes; empty for under two numbers.

    Parameters
    ----------
    values
        ndarray of shape (n,), float64; gaps are bridged.

    Examples
    --------
    >>> import numpy as np
    >>> sparkline(np.array([1.0]))
    ''
    """
    known = np.flatnonzero(np.isfinite(values))
    if known.size <= 1:
        return ""
    positions, kept = thin(known, values[known], n_points_max=POINTS_MAX)
    span = float(np.ptp(kept)) or 1.0
    x = WIDTH * positions / max(values.size - 1, 1)
    y = HEIGHT - 2 - (HEIGHT - 4) * (kept - kept.min()) / span
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
        'preserveAspectRatio="none" aria-hidden="true">'
        f'<polyline points="{points}"/></svg>'
    )
