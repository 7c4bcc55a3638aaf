"""The tables of the page: measures, exceptions, disruptions."""

from __future__ import annotations

import html
import math
import re
from typing import TYPE_CHECKING

from twin.report.formatting import percent, quantity, time

if TYPE_CHECKING:
    from twin.report.data import KpiRow, ReportData

__all__ = ["disruption_table", "exception_table", "kpi_table", "table"]

# Rows of a table; the rest are counted below it.
ROWS_MAX = 100
# The attributes of each cell of a row, and those of a number.
_CELL, _NUMBER = re.compile(r"<t[hd]\b([^>]*)>"), re.compile(r"class=['\"]num\b")
DIRECTIONS = {"high": ("↑", "higher is better"), "low": ("↓", "lower is better")}


def kpi_table(data: ReportData) -> str:
    """Write all measures, beside those of the other policies; empty if there are none.

    Parameters
    ----------
    data
        The report; `kpis`, `policy` and `bound_name` are read.
    """
    if not data.kpis:
        return ""
    others = list(dict.fromkeys(name for row in data.kpis for name in row.comparisons))
    bound = any(row.bound_percent is not None for row in data.kpis)
    heads = ["Measure", data.policy, *([f"of {data.bound_name}"] if bound else [])]
    rows = "".join(_kpi_row(data, row, others, bound=bound) for row in data.kpis)
    best = f"; bold is the best of its row but for {data.bound_name}" if others else ""
    caption = f"All measures{best}. ↑ higher is better, ↓ lower is better."
    return table(caption, [*heads, *others], rows)


def _kpi_row(data: ReportData, row: KpiRow, others: list[str], *, bound: bool) -> str:
    arrow, meaning = DIRECTIONS[row.better]
    note = f'<span class="note">{html.escape(row.note)}</span>' if row.note else ""
    sign = f'<abbr title="{meaning}">{arrow}</abbr>'
    cells = [f'<th scope="row">{html.escape(row.name)} {sign}{note}</th>']
    # The bound knows the future: it is no policy to compare with.
    rivals = [v for name, v in row.comparisons.items() if name != data.bound_name]
    best = _best(row, rivals)
    cells.append(_value(row, row.value, is_best=row.value == best))
    if bound:
        known = row.bound_percent is not None
        share = percent(row.bound_percent) if row.bound_percent is not None else ""
        cells.append(f'<td class="num{"" if known else " none"}">{share}</td>')
    for name in others:
        value = row.comparisons.get(name, math.nan)
        is_best = value == best and name != data.bound_name
        cells.append(_value(row, value, is_best=is_best))
    return f"<tr>{''.join(cells)}</tr>"


def _best(row: KpiRow, rivals: list[float]) -> float | None:
    """Return the best value of a row; None if there is nothing to compare."""
    known = [value for value in (row.value, *rivals) if math.isfinite(value)]
    if not rivals or not known:
        return None
    return max(known) if row.better == "high" else min(known)


def _value(row: KpiRow, value: float, *, is_best: bool) -> str:
    text = html.escape(quantity(value, row.unit))
    return f'<td class="num">{f"<strong>{text}</strong>" if is_best else text}</td>'


def exception_table(data: ReportData) -> str:
    """Write the exceptions, the most expensive first; empty if there are none.

    Parameters
    ----------
    data
        The report; `exceptions` and `currency` are read.
    """
    if not data.exceptions:
        return ""
    ranked = sorted(
        data.exceptions,
        key=lambda row: -abs(row.money) if math.isfinite(row.money) else 0.0,
    )
    rows = "".join(
        f'<tr><th scope="row">{html.escape(row.text)}</th><td class="num">'
        f"{html.escape(quantity(row.money, data.currency))}</td></tr>"
        for row in ranked[:ROWS_MAX]
    )
    n_left = len(ranked) - ROWS_MAX
    more = f" {n_left:,} smaller ones are left out." if n_left > 0 else ""
    caption = f"What needs a planner, the most expensive first.{more}"
    return table(caption, ["What", "Money"], rows)


def disruption_table(data: ReportData) -> str:
    """Write the disruptions under the numbers they have in the charts.

    Parameters
    ----------
    data
        The report; `disruptions` is read.
    """
    if not data.disruptions:
        return ""
    rows = "".join(
        f'<tr><td class="when"><span class="badge">{position}</span></td>'
        f'<td class="when">{time(marker.time_us)}</td>'
        f'<th scope="row">{html.escape(marker.text)}</th></tr>'
        for position, marker in enumerate(data.disruptions[:ROWS_MAX], start=1)
    )
    n_left = len(data.disruptions) - ROWS_MAX
    more = f" {n_left:,} later ones are left out." if n_left > 0 else ""
    return table(
        f"The numbers stand in the charts.{more}", ["No.", "When", "What"], rows
    )


def table(caption: str, heads: list[str], rows: str) -> str:
    """Write a table as HTML.

    Parameters
    ----------
    caption, heads
        Text above it and above its columns, not yet escaped; above numbers it stands
        to the right, as they do.
    rows
        HTML of its rows.
    """
    name = html.escape(caption)
    numbers = {
        at
        for row in rows.split("</tr>")
        for at, attributes in enumerate(_CELL.findall(row))
        if _NUMBER.search(attributes)
    }
    right = ' class="num"'
    cells = "".join(
        f'<th scope="col"{right if at in numbers else ""}>{html.escape(head)}</th>'
        for at, head in enumerate(heads)
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">'
        f"<table><caption>{name}</caption>"
        f"<thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
