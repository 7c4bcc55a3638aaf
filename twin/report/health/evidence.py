"""Why machines are at risk, and how far that may be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from plotly import graph_objects as go

from twin.report.formatting import label, short
from twin.report.layout import panels, single
from twin.report.palette import LIGHT, tint

if TYPE_CHECKING:
    from twin.report.data import FloatArray
    from twin.report.health.data import HealthData

__all__ = ["MACHINES_MAX", "SENSORS_MAX", "drivers", "trust"]

MACHINES_MAX, SENSORS_MAX = 15, 14
"""Rows and columns of the map of sensors; more would be too small to read."""

ROW_PX = 26
ROOM_PX = 60  # names of the sensors above, margin below
TRUST_PX = 260
WARNING_BINS = 20
LEAST_TOLD = 0.05  # cycles: less is written as nothing


def drivers(data: HealthData) -> go.Figure | None:
    """Draw how much each sensor takes off the remaining life of each machine.

    Parameters
    ----------
    data
        The page; `machines`, `sensors` and `effects` are read.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None without machines or sensors.
    """
    if not data.effects.size:
        return None
    effects = data.effects[:MACHINES_MAX]
    order = np.argsort(-np.maximum(effects, 0.0).sum(axis=0), kind="stable")
    columns = order[:SENSORS_MAX]
    shown = effects[:, columns]
    chart = single(height_px=ROW_PX * len(shown) + ROOM_PX)
    reach = max(float(np.abs(shown).max()), 1.0)
    chart.add_trace(
        go.Heatmap(
            z=shown,
            x=[label(short(data.sensors[k])) for k in columns.tolist()],
            y=[label(short(name)) for name in data.machines[: len(shown)]],
            text=_texts(shown),
            texttemplate="%{text}",
            textfont={"size": 11, "color": LIGHT["ink"]},
            colorscale=[
                [0.0, tint("stock", 0.55)],
                [0.5, tint("stock", 0.0)],
                [0.5, tint("shortage", 0.0)],
                [1.0, tint("shortage", 0.75)],
            ],
            zmin=-reach,
            zmax=reach,
            xgap=2,
            ygap=2,
            showscale=False,
            hovertemplate="%{y}, %{x}: %{z:,.3~g} cycles off<extra></extra>",
        )
    )
    chart.update_xaxes(side="top", showgrid=False, ticks="", type="category")
    # Every name, which axes leave out where they think them too near.
    chart.update_xaxes(tickmode="linear", dtick=1)
    chart.update_yaxes(
        autorange="reversed",
        showgrid=False,
        zeroline=False,
        type="category",
        tickmode="linear",
        dtick=1,
        tickfont={"size": 12, "color": LIGHT["ink"]},
    )
    chart.update_layout(hovermode="closest", margin={"t": 34, "b": 12})
    return chart


def _texts(effects: FloatArray) -> list[list[str]]:
    return [
        [f"{-one:+.1f}" if abs(one) >= LEAST_TOLD else "" for one in row]
        for row in effects.tolist()
    ]


def trust(data: HealthData) -> go.Figure | None:
    """Draw what was predicted against what came, and how early alarms stood.

    Parameters
    ----------
    data
        The page; `predicted`, `observed`, `n_cases` and `warnings` are read.

    Returns
    -------
    plotly.graph_objects.Figure or None
        None if neither is known.
    """
    if not data.predicted.size and not data.warnings.size:
        return None
    titles = [
        f"Came, % · by what was said for {data.horizon} cycles, %",
        "Failures · by cycles that their alarm had stood",
    ]
    chart = panels(titles, n_columns=2, row_px=TRUST_PX)
    ends = {"x": [0, 100], "y": [0, 100], "mode": "lines", "hoverinfo": "skip"}
    line = {"color": LIGHT["maintenance"], "width": 1, "dash": "dash"}
    chart.add_trace(go.Scatter(**ends, line=line), row=1, col=1)
    share = data.n_cases / max(float(data.n_cases.sum()), 1.0)
    chart.add_trace(
        go.Scatter(
            x=100 * data.predicted,
            y=100 * data.observed,
            customdata=data.n_cases,
            mode="lines+markers",
            line={"color": LIGHT["forecast"], "width": 1.6},
            marker={"color": LIGHT["forecast"], "size": 7 + 22 * np.sqrt(share)},
            hovertemplate="said %{x:.1f} %, came %{y:.1f} % of %{customdata:,} cycles"
            "<extra></extra>",
        ),
        row=1,
        col=1,
    )
    chart.add_trace(
        go.Histogram(
            x=data.warnings,
            nbinsx=WARNING_BINS,
            marker={
                "color": LIGHT["service"],
                "line": {"color": LIGHT["surface"], "width": 1},
            },
            hovertemplate="%{x} cycles: %{y} failures<extra></extra>",
        ),
        row=1,
        col=2,
    )
    chart.update_xaxes(range=[-3, 103], row=1, col=1)
    chart.update_yaxes(range=[-3, 103], row=1, col=1)
    chart.update_layout(showlegend=False, hovermode="closest", bargap=0.02)
    return chart
