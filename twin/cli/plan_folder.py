"""A plan folder of tables: a CSV file each, plan.json, and report.html."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twin.report.rows import RowsPage, RowTable, write

ROUNDING = 1e-9


def write_folder(
    out: Path,
    *,
    document: Mapping[str, Any],
    tables: Sequence[RowTable],
    title: str,
    subtitle: str,
) -> tuple[Path, ...]:
    """Write a plan folder; existing files are replaced.

    Parameters
    ----------
    out : Path
        Folder; it is made.
    document : mapping
        What plan.json holds.
    tables : sequence of RowTable
        Those without rows get no CSV file.
    title, subtitle : str
        Head of the page.

    Returns
    -------
    tuple of Path
        What was written.
    """
    out.mkdir(parents=True, exist_ok=True)
    written = [out / "plan.json", out / "report.html"]
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    written[0].write_text(text + "\n", encoding="utf-8")
    facts = {
        key.replace("_", " "): _told(value)
        for key, value in document.items()
        if isinstance(value, str | int | float)
    }
    shown = [one for one in tables if one.rows]
    write(
        RowsPage(title=title, subtitle=subtitle, facts=facts, tables=shown), written[1]
    )
    for one in shown:
        path = out / f"{one.name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(one.rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(one.rows)
        written.append(path)
    return tuple(written)


def _told(value: str | float) -> str:
    """Write a figure for the head of a page; what is only rounding is 0."""
    if not isinstance(value, float):
        return str(value)
    return f"{value if abs(value) >= ROUNDING else 0.0:,.6g}"
