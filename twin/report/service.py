"""Service over time: fill rate above, backorders below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from plotly import graph_objects as go

from twin.report.layout import milliseconds, over_time, panels, thin, top_legend
from twin.report.palette import LIGHT, tint

if TYPE_CHECKING:
    from twin.report.data import FloatArray, ReportData, Service

__all__ = ["figure"]

ROW_PX = 170
# Least span of the axis of the fill rate, percent: a run near 100 % would otherwise
# magnify nothing to full height.
SPAN_PERCENT_MIN = 10.0


def figure(data: ReportData) -> go.Figure | None:
    """Draw the fill rate per period and from the start on, and the backorders.

    Parameters
    ----------
    data
        The report; `service` and `disruptions` are read.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if service was not measured.
    """
    service = data.service
    if service is None or not data.n_periods:
        return None
    titles = ["Fill rate · %", f"Backorders · {service.unit}"]
    chart = panels(titles, n_columns=1, row_px=ROW_PX)
    _add_rates(chart, data, service)
    times_us, open_orders = thin(data.times_us, service.backorders)
    chart.add_trace(
        go.Scatter(
            x=milliseconds(times_us),
            y=open_orders,
            name="backorders",
            showlegend=False,
            mode="lines",
            line={"color": LIGHT["shortage"], "width": 1.6, "shape": "hv"},
            fill="tozeroy",
            fillcolor=tint("shortage", 0.18),
            hovertemplate="%{y:,.4~g}<extra>backorders</extra>",
        ),
        row=2,
        col=1,
    )
    chart.update_layout(legend={**top_legend(chart), "x": 1, "xanchor": "right"})
    chart.update_yaxes(range=_span(service), row=1, col=1)
    chart.update_yaxes(rangemode="tozero", row=2, col=1)
    start_us, end_us = int(data.times_us[0]), int(data.times_us[-1])
    return over_time(chart, data.disruptions, start_us=start_us, end_us=end_us)


def _add_rates(chart: go.Figure, data: ReportData, service: Service) -> None:
    drawn = (
        ("per period", service.fill_rate, tint("service", 0.5), 1.2),
        ("from the start on", service.cumulative_fill_rate, LIGHT["service"], 2.6),
    )
    for name, rate, colour, width in drawn:
        times_us, values = thin(data.times_us, rate)
        chart.add_trace(
            go.Scatter(
                x=milliseconds(times_us),
                y=100 * values,
                name=name,
                mode="lines" if times_us.size > 1 else "markers",
                line={"color": colour, "width": width},
                hovertemplate="%{y:.1f} %",
            ),
            row=1,
            col=1,
        )


def _span(service: Service) -> list[float]:
    """Return the ends of the axis of the fill rate, percent."""
    rates: FloatArray = 100 * np.concatenate(
        (service.fill_rate, service.cumulative_fill_rate)
    )
    known = rates[~np.isnan(rates)]
    lowest = float(known.min()) if known.size else 0.0
    bottom = min(np.floor(lowest / 5) * 5, 100 - SPAN_PERCENT_MIN)
    return [max(0.0, float(bottom)), 100 + (100 - bottom) * 0.06]
