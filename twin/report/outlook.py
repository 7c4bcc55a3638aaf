"""Forecasts of many series as one self-contained HTML page."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from twin.report import skeleton
from twin.report.fans import fan_chart
from twin.report.formatting import MISSING, number, time
from twin.report.reasons import (
    change_table,
    driver_table,
    method_table,
    reason_table,
)
from twin.report.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twin.report.data import ForecastFan
    from twin.report.reasons import Change, Reason

__all__ = ["PANELS_MAX", "Judged", "OutlookData", "render", "write"]

PANELS_MAX = 12
"""Series drawn; twice as many would be a page nobody scrolls to the end of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What an adjustment of a forecast was worth.

    Attributes
    ----------
    series, who, why
        Which series, the planner, the reason ("" for none).
    start_us, end_us
        The buckets adjusted, microseconds UTC.
    factor
        What the forecast was multiplied by.
    asked, forecast, adjusted
        Sums over its buckets.
    value_added
        Share of the absolute error that it took away; below 0 it added to it, None
        where there was no error.
    """

    series: str
    who: str
    why: str
    start_us: int
    end_us: int
    factor: float
    asked: float
    forecast: float
    adjusted: float
    value_added: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OutlookData:
    """All that a page of forecasts shows.

    Attributes
    ----------
    title, subtitle
        Head of the page.
    fans
        The first `PANELS_MAX` are drawn.
    n_series
        Of the whole forecast.
    dated
        Whether the times of the fans are times, or running numbers of steps.
    methods
        How many series were forecast by each method.
    changes
        What changed of late, the surest first.
    reasons
        Why the series drawn are forecast so, in their order.
    drivers
        What moves the booster, most first.
    judged
        Adjustments of buckets that are over.
    created_from
        What the page was made from: text by term.
    """

    title: str
    subtitle: str = ""
    fans: tuple[ForecastFan, ...]
    n_series: int
    dated: bool = True
    methods: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    changes: tuple[Change, ...] = ()
    reasons: tuple[Reason, ...] = ()
    drivers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    judged: tuple[Judged, ...] = ()
    created_from: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({})
    )


def render(data: OutlookData) -> str:
    """Write the forecasts as one HTML page that needs nothing else.

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
    sections = [skeleton.Section("forecasts", "Forecasts", _fans(data))]
    if data.changes:
        found = change_table(data.changes, n_series=data.n_series)
        sections.append(skeleton.Section("changes", "Changed of late", found))
    if data.reasons:
        why = reason_table(data.reasons)
        sections.append(skeleton.Section("reasons", "Why these forecasts", why))
    if data.drivers:
        drivers = driver_table(data.drivers)
        sections.append(skeleton.Section("drivers", "Drivers", drivers))
    methods = method_table(data.methods)
    sections.append(skeleton.Section("methods", "Methods", methods))
    if data.judged:
        judged = skeleton.Section("adjustments", "Adjustments", _judged(data))
        sections.append(judged)
    return skeleton.page(
        data.title,
        data.subtitle,
        sections,
        head=skeleton.origin(data.created_from),
        tiles="",
    )


def write(data: OutlookData, path: Path) -> None:
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


def _fans(data: OutlookData) -> str:
    how = (
        "The black line is the past that was forecast from; where sales were marked as "
        "cut off by a stock-out, it is the demand behind them. Each shaded band holds "
        "the stated share of futures."
    )
    chart = fan_chart(data.fans, n_panels_max=PANELS_MAX, dated=data.dated)
    if chart is None:
        return skeleton.reading(how) + skeleton.empty("There is no forecast.")
    n_shown = min(len(data.fans), PANELS_MAX)
    note = ""
    if data.n_series > n_shown:
        note = (
            f"The {n_shown} series with the greatest mean are drawn; "
            f"{data.n_series - n_shown:,} more are in the table of the forecast."
        )
    body = skeleton.chart("forecasts", html.escape(how), chart, note=note)
    return skeleton.reading(how) + body


def _judged(data: OutlookData) -> str:
    caption = (
        "What planners said against what then came. Value added is the share of the "
        "absolute error that the adjustment took away; below 0 it added to it."
    )
    heads = [
        "Series", "Planner", "Buckets", "Factor", "Forecast", "Adjusted", "Asked for",
        "Value added",
    ]  # fmt: skip
    return table(caption, heads, "".join(_judged_row(one) for one in data.judged))


def _judged_row(one: Judged) -> str:
    note = f'<span class="note">{html.escape(one.why)}</span>' if one.why else ""
    added = MISSING if one.value_added is None else f"{100 * one.value_added:+.1f} %"
    worth = "" if one.value_added is None else _meaning(one.value_added)
    cells = "".join(
        f'<td class="num">{number(value)}</td>'
        for value in (one.factor, one.forecast, one.adjusted, one.asked)
    )
    return (
        f'<tr><th scope="row">{html.escape(one.series)}{note}</th>'
        f"<td>{html.escape(one.who)}</td>"
        f"<td>{time(one.start_us)} to {time(one.end_us)}</td>{cells}"
        f'<td class="num"><span class="gain {worth}">{added}</span></td></tr>'
    )


def _meaning(value_added: float) -> str:
    return "better" if value_added > 0 else "worse" if value_added < 0 else "same"
