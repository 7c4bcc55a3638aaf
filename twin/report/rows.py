"""A page of plain tables: a plan whose rows say it all."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from twin.report import skeleton
from twin.report.formatting import number
from twin.report.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["RowTable", "RowsPage", "render", "write"]

ROWS_MAX = 500
"""Rows of a table that a page shows; the files beside it have all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTable:
    """A table: its id and title, what it says, and its rows, all with the same keys."""

    name: str
    title: str
    caption: str
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsPage:
    """All that a page shows: its head, figures by term, and tables."""

    title: str
    subtitle: str = ""
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tables: Sequence[RowTable]


def render(page: RowsPage) -> str:
    """Write tables as one HTML page that needs nothing else.

    Parameters
    ----------
    page
        What is shown.

    Returns
    -------
    str
        The page.
    """
    sections = [
        skeleton.Section(one.name, one.title, _body(one)) for one in page.tables
    ]
    head = skeleton.origin(page.facts)
    return skeleton.page(
        page.title, page.subtitle, sections, head=head, tiles="", times=""
    )


def write(page: RowsPage, path: Path) -> None:
    """Write the page, whole or not at all; an existing file is replaced.

    Parameters
    ----------
    page
        What is shown.
    path
        File to write; its folder is made.
    """
    skeleton.write(render(page), path)


def _body(one: RowTable) -> str:
    if not one.rows:
        return skeleton.empty("There is nothing here.")
    # Columns that are empty in all rows say nothing.
    kept = [
        key
        for key in one.rows[0]
        if any(row.get(key) not in {None, ""} for row in one.rows)
    ]
    heads = [key.replace("_", " ") for key in kept]
    rows = "".join(
        _row({key: row.get(key) for key in kept}) for row in one.rows[:ROWS_MAX]
    )
    hidden = len(one.rows) - ROWS_MAX
    more = f" The first {ROWS_MAX} of {len(one.rows)} rows." if hidden > 0 else ""
    return table(one.caption + more, heads, rows)


def _row(row: Mapping[str, Any]) -> str:
    cells = []
    for at, value in enumerate(row.values()):
        if isinstance(value, int | float) and not isinstance(value, bool):
            cells.append(f'<td class="num">{number(float(value))}</td>')
        else:
            text = html.escape("" if value is None else str(value))
            cells.append(
                f'<th scope="row">{text}</th>' if at == 0 else f"<td>{text}</td>"
            )
    return f"<tr>{''.join(cells)}</tr>"
