"""Stock over time: one small panel per place, the largest first."""

from __future__ import annotations

import numpy as np
from plotly import graph_objects as go

from twin.report.data import FloatArray, ReportData, Series
from twin.report.formatting import label, short
from twin.report.layout import milliseconds, over_time, panels, short_dates, thin
from twin.report.palette import LIGHT, tint

__all__ = ["figure"]

# Panels that fit a page; what remains is added up in the last one.
PANELS_MAX = 12
COLUMNS_MAX = 3
ROW_PX = 120


def figure(data: ReportData) -> go.Figure | None:
    """Draw stock per series as filled steps.

    Parameters
    ----------
    data
        The report; `stock` and `disruptions` are read.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if there is no stock.
    """
    if not data.stock or not data.n_periods:
        return None
    shown = _largest(data.stock)
    titles = [_title(series) for series in shown]
    n_columns = min(COLUMNS_MAX, len(shown))
    # A lone row would look like a strip.
    row_px = ROW_PX if len(shown) > COLUMNS_MAX else 2 * ROW_PX
    chart = panels(titles, n_columns=n_columns, row_px=row_px)
    for index, series in enumerate(shown):
        row, column = divmod(index, n_columns)
        chart.add_trace(_area(data, series), row=row + 1, col=column + 1)
    chart.update_layout(showlegend=False)
    start_us, end_us = int(data.times_us[0]), int(data.times_us[-1])
    chart.update_xaxes(short_dates(start_us, end_us))
    chart.update_yaxes(nticks=4)
    return over_time(chart, data.disruptions, start_us=start_us, end_us=end_us)


def _area(data: ReportData, series: Series) -> go.Scatter:
    times_us, values = thin(data.times_us, series.values)
    return go.Scatter(
        x=milliseconds(times_us),
        y=values,
        name=label(short(series.name)),
        mode="lines",
        line={"color": LIGHT["stock"], "width": 1.6, "shape": "hv"},
        fill="tozeroy",
        fillcolor=tint("stock", 0.16),
        hovertemplate="%{y:,.4~g}<extra></extra>",
    )


def _title(series: Series) -> str:
    return (
        f"{short(series.name)} · {series.unit}" if series.unit else short(series.name)
    )


def _mean(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else 0.0


def _largest(stock: tuple[Series, ...]) -> list[Series]:
    """Return the series to draw; those that do not fit are added up in the last."""
    if len(stock) <= PANELS_MAX:
        return list(stock)
    ranked = sorted(stock, key=lambda series: -_mean(series.values))
    shown, rest = ranked[: PANELS_MAX - 1], ranked[PANELS_MAX - 1 :]
    total = np.nansum([series.values for series in rest], axis=0)
    units = {series.unit for series in rest}
    unit = rest[0].unit if len(units) == 1 else ""
    return [*shown, Series(f"{len(rest)} others together", total, unit)]
