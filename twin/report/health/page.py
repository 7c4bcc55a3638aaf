"""The page of health: one file, complete in itself."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from twin.report import skeleton
from twin.report.formatting import number
from twin.report.health import curves, evidence
from twin.report.tables import table

if TYPE_CHECKING:
    from pathlib import Path

    from plotly import graph_objects as go

    from twin.report.health.data import HealthData, MachineRow

__all__ = ["render", "write"]

ROWS_MAX = 100
TILES_MAX = 6
WHOLE_FROM = 10.0  # cycles: from here on parts of one say nothing


def render(data: HealthData) -> str:
    """Write the health of machines as one HTML page that needs nothing else.

    The same data give the same page, byte for byte.

    Parameters
    ----------
    data
        What the page shows.

    Returns
    -------
    str
        The page; about 5 MB, nearly all of it the script that draws the charts.
    """
    sections = [
        skeleton.Section("ranking", "Most urgent", _ranking(data)),
        skeleton.Section("degradation", "Degradation", _degradation(data)),
        skeleton.Section("sensors", "What speaks for it", _sensors(data)),
        skeleton.Section("trust", "How far to trust it", _trust(data)),
    ]
    return skeleton.page(
        data.title,
        data.subtitle,
        sections,
        head=skeleton.origin(data.created_from),
        tiles=_tiles(data),
    )


def write(data: HealthData, path: Path) -> None:
    """Write the page, whole or not at all; an existing file is replaced.

    Parameters
    ----------
    data
        What the page shows.
    path
        File to write; its folder is made.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    skeleton.write(render(data), path)


def _tiles(data: HealthData) -> str:
    shown = "".join(
        f'<li class="tile"><p class="name">{html.escape(one.name)}</p>'
        f'<p class="value">{html.escape(one.value)}</p><span></span><span></span>'
        f'<p class="note">{html.escape(one.note)}</p></li>'
        for one in data.tiles[:TILES_MAX]
    )
    if not shown:
        return ""
    return f'<ul class="tiles" aria-label="Headline measures">{shown}</ul>'


def _ranking(data: HealthData) -> str:
    cycle = f" A cycle is {html.escape(data.cycle)}." if data.cycle else ""
    how = (
        f"Risk is the probability of failing within {data.horizon} cycles. Remaining "
        f"life is the mean, and below it what holds {data.share_percent:.3g} % of "
        f"futures. A renewal costs least at the time in bold, and little more in the "
        f"window after it.{cycle}"
    )
    if not data.ranking:
        return skeleton.reading(how) + skeleton.empty("There is no machine.")
    rows = "".join(_row(one) for one in data.ranking[:ROWS_MAX])
    n_left = len(data.ranking) - ROWS_MAX
    more = f" {n_left:,} more are in the table of health." if n_left > 0 else ""
    heads = ["Machine", "Risk", "Remaining life", "Renewal, cycles from now", "Alarm",
             "Cycles taken off by"]  # fmt: skip
    caption = f"{len(data.ranking):,} machines, the most urgent first.{more}"
    return skeleton.reading(how) + table(caption, heads, rows)


def _row(one: MachineRow) -> str:
    mean, low, high = one.left
    window = '<span class="note">none due</span>'
    if one.window is not None:
        start, best, end = (_cycles(time) for time in one.window)
        span = f", {start} to {end}" if start != end else ""
        window = f"<strong>{best}</strong>{span}"
    alarm = ""
    if one.alarm_since is not None:
        stood = _cycles(one.age - one.alarm_since)
        alarm = f'<span class="badge">alarm</span> for {stood} cycles'
    share = f'<i style="width:{100 * one.risk:.1f}%;background:var(--shortage)"></i>'
    return (
        f'<tr><th scope="row">{html.escape(one.name)}'
        f'<span class="note">age {_cycles(one.age)}</span></th>'
        f'<td class="num">{100 * one.risk:.1f} %'
        f'<span class="bar" aria-hidden="true">{share}</span></td>'
        f'<td class="num">{_cycles(mean)}'
        f'<span class="gain">{_cycles(low)} to {_cycles(high)}</span></td>'
        f"<td>{window}</td><td>{alarm}</td>"
        f"<td>{html.escape(one.drivers)}</td></tr>"
    )


def _cycles(time: float) -> str:
    return number(round(time) if time >= WHOLE_FROM else round(time, 1), digits=2)


def _degradation(data: HealthData) -> str:
    how = (
        "Cycles left, as they were seen at each age of the machine. From its age now "
        "on the fan falls to the ages at which it may fail; the green bar is the "
        "window of its renewal, the triangle where its alarm was raised. Above each is "
        "its risk."
    )
    note = ""
    n_left = len(data.ranking) - min(len(data.curves), curves.CURVES_MAX)
    if n_left > 0:
        note = f"{n_left:,} machines with less risk are not drawn."
    nothing = "There is no machine."
    return _section("degradation", how, curves.figure(data), (nothing, note))


def _sensors(data: HealthData) -> str:
    how = (
        "Cycles of remaining life that each sensor takes off (orange) or adds (blue), "
        "beside a machine whose sensors had all stayed as they began."
    )
    note = ""
    n_left = len(data.sensors) - evidence.SENSORS_MAX
    if n_left > 0:
        note = f"{n_left:,} sensors that say less are not drawn."
    nothing = "No sensor speaks for a failure."
    return _section("sensors", how, evidence.drivers(data), (nothing, note))


def _trust(data: HealthData) -> str:
    how = (
        "Of machines that failed, each predicted by a model that had not seen it. On "
        "the dashed line what was said came as often as it was said; larger dots stand "
        f"for more cycles. {html.escape(data.alarm_text)}"
    )
    nothing = "Nothing was held out."
    return _section("trust", how, evidence.trust(data), (nothing, ""))


def _section(
    name: str, how: str, figure: go.Figure | None, texts: tuple[str, str]
) -> str:
    nothing, note = texts
    if figure is None:
        return skeleton.reading(how) + skeleton.empty(nothing)
    return skeleton.reading(how) + skeleton.chart(
        name, html.escape(how, quote=True), figure, note=note
    )
