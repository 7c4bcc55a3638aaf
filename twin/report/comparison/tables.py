"""The tables of the page: every measure of every branch, and what was changed."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from twin.report.comparison.style import VERDICTS, branch_meaning, spread
from twin.report.tables import DIRECTIONS, table

if TYPE_CHECKING:
    from twin.report.comparison.data import ComparisonData, Estimate, MeasureData

__all__ = ["change_table", "dot", "measure_table"]


def measure_table(data: ComparisonData) -> str:
    """Write every measure: the base, then each branch with its difference.

    Parameters
    ----------
    data
        The page; `measures` and `branches` are read. Empty if there are none.
    """
    if not data.measures:
        return ""
    names = [branch.name for branch in data.branches]
    rows = "".join(_row(measure) for measure in data.measures)
    caption = (
        f"Mean of all replications ± half of its {data.confidence_percent:g} % interval"
        f", and below it the paired difference to {data.branches[0].name}. "
        "↑ higher is better, ↓ lower is better."
    )
    return table(caption, ["Measure", *names], rows)


def _row(measure: MeasureData) -> str:
    sign = ""
    if measure.better != "neither":
        arrow, meaning = DIRECTIONS[measure.better]
        sign = f' <abbr title="{meaning}">{arrow}</abbr>'
    note = f'<span class="note">{html.escape(measure.note)}</span>'
    name = html.escape(measure.name)
    cells = "".join(_cell(one, measure.unit) for one in measure.estimates)
    return f'<tr><th scope="row">{name}{sign}{note}</th>{cells}</tr>'


def _cell(one: Estimate, unit: str) -> str:
    mean = html.escape(spread(one.mean, one.half_width, unit))
    if not one.verdict:
        return f'<td class="num">{mean}</td>'
    gain = spread(one.difference, one.half_width_of_difference, unit, signed=True)
    shown = "" if one.verdict == "same" else f"{html.escape(gain)} "
    return (
        f'<td class="num">{mean}<span class="gain {one.verdict}">{shown}'
        f"<small>{VERDICTS[one.verdict]}</small></span></td>"
    )


def change_table(data: ComparisonData) -> str:
    """Write what is different in each branch.

    Parameters
    ----------
    data
        The page; `branches` is read.
    """
    rows = "".join(
        f'<tr><th scope="row">{dot(position)} {html.escape(branch.name)}'
        f'<span class="note">{html.escape(branch.description)}</span></th>'
        f"<td>{_lines(branch.lines)}</td></tr>"
        for position, branch in enumerate(data.branches)
    )
    one, many = data.words.one.capitalize(), data.words.many.capitalize()
    return table(
        f"{many}, and what is different in each.", [one, data.words.lines], rows
    )


def _lines(lines: tuple[str, ...]) -> str:
    if not lines:
        return "nothing"
    return f"<ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul>"


def dot(position: int) -> str:
    """Return the dot in the colour of a branch, as HTML."""
    meaning = branch_meaning(position)
    return f'<i class="dot" style="background:var(--{meaning})" aria-hidden="true"></i>'
