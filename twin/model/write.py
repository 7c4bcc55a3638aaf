"""Networks to folders: a whole one, or empty tables that explain themselves."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from twin.errors import OptionError
from twin.model.columns import Column, Table
from twin.model.network import Network, is_unused
from twin.model.read import SETTINGS_FILE
from twin.model.tables import SETTINGS, TABLES

README = "README.md"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUOTED = ',;\t"\n\r'
# What a planner meets first in an empty folder; the time is to be replaced.
NEW_SETTINGS = {"name": "new network", "as_of": 1_704_067_200_000_000}

README_INTRODUCTION = """\
One file a table, as CSV (comma, semicolon or tab; UTF-8) or Parquet. Lines of a CSV
file that start with `#` are comments. Columns may stand in any order, optional ones may
be left out, and so may tables that are not required. Quantities are in the base unit of
the item, money in the currency of the network. `millstream network check` lists
everything that is wrong."""

Comments = Mapping[str, Sequence[str]]


def init(folder: Path | str) -> tuple[Path, ...]:
    """Write an empty network: settings, a header and explanations a table.

    Parameters
    ----------
    folder : Path or str
        Made if it is not there.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    OptionError
        If the folder already holds a network.
    """
    folder = _new_folder(folder)
    defaults = {column.name: column.default for column in SETTINGS.columns}
    written = [_write_settings(folder, defaults | NEW_SETTINGS, explain=True)]
    for table in TABLES:
        lines = [table.explanation, *(explanation(c) for c in table.columns)]
        written.append(_write_csv(folder, table, rows=(), comments=lines))
    return (*written, _write_readme(folder))


def write(
    network: Network, folder: Path | str, *, comments: Comments | None = None
) -> tuple[Path, ...]:
    """Write a network as CSV; reading it gives the same hash.

    Parameters
    ----------
    network : Network
        What to write.
    folder : Path or str
        Made if it is not there.
    comments : mapping of str to sequence of str, optional
        Comment lines by table name, such as where its numbers come from; those of
        ``network`` stand in ``network.toml``.

    Returns
    -------
    tuple of Path
        The files written; tables without rows are left out, but for required ones, and
        so are columns of `twin.model.elements` that nothing makes use of.

    Raises
    ------
    OptionError
        If the folder already holds a network.
    """
    folder = _new_folder(folder)
    comments = comments or {}
    row = network.tables[SETTINGS.name].row(0, named=True)
    own = comments.get(SETTINGS.name, ())
    written = [_write_settings(folder, row, comments=own)]
    for table in TABLES:
        frame = network.tables[table.name]
        if frame.height or table.required:
            lines = [table.explanation, *comments.get(table.name, ())]
            used = _used(table, frame)
            rows = cells(used, frame)
            written.append(_write_csv(folder, used, rows=rows, comments=lines))
    return (*written, _write_readme(folder))


def explanation(column: Column) -> str:
    """Explain a column in a line.

    Examples
    --------
    >>> from twin.model.tables import BY_NAME
    >>> explanation(BY_NAME["machines"].column("slots"))
    'slots: Operations it can do at once. (a whole number >= 1, or empty; empty is 1)'
    """
    unit = f"{column.unit}: " if column.unit else ""
    default = column.default
    empty = "" if default in {None, ""} else f"; empty is {cell(column, default)}"
    return f"{column.name}: {column.explanation} ({unit}{column.allowed}{empty})"


def readme() -> str:
    """Explain every table and every column, as Markdown."""
    parts = ["# A network", README_INTRODUCTION]
    for table in (SETTINGS, *TABLES):
        file = SETTINGS_FILE if table is SETTINGS else f"{table.name}.csv"
        needed = " Required." if table.required else ""
        rows = [f"- `{c.name}`{explanation(c)[len(c.name) :]}" for c in table.columns]
        parts += [f"## {file}", f"{table.explanation}{needed}", "\n".join(rows)]
    return "\n\n".join(parts) + "\n"


def _used(table: Table, frame: pl.DataFrame) -> Table:
    # A plain network keeps plain files.
    columns = [c for c in table.columns if not c.extension]
    columns += [
        c for c in table.columns if c.extension and not is_unused(c, frame[c.name])
    ]
    return replace(table, columns=tuple(columns))


def _new_folder(folder: Path | str) -> Path:
    folder = Path(folder)
    if (folder / SETTINGS_FILE).exists():
        message = (
            f"{str(folder)!r} already holds a network ({SETTINGS_FILE}); "
            f"name another folder, or remove it"
        )
        raise OptionError(message)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write_settings(
    folder: Path,
    row: Mapping[str, object],
    *,
    comments: Sequence[str] = (),
    explain: bool = False,
) -> Path:
    lines = [f"# {line}" for line in comments]
    for column in SETTINGS.columns:
        if explain:
            lines.append(f"# {explanation(column)}")
        lines.append(f"{column.name} = {_toml(column, row[column.name])}")
    return _write(folder / SETTINGS_FILE, lines)


def _write_csv(
    folder: Path,
    table: Table,
    *,
    rows: Iterable[Sequence[str]],
    comments: Sequence[str],
) -> Path:
    lines = [f"# {line}" for line in comments]
    lines.append(",".join(column.name for column in table.columns))
    lines += [",".join(map(_quoted, row)) for row in rows]
    return _write(folder / f"{table.name}.csv", lines)


def _write_readme(folder: Path) -> Path:
    path = folder / README
    path.write_text(readme(), encoding="utf-8", newline="\n")
    return path


def _write(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return path


def cells(table: Table, frame: pl.DataFrame) -> Iterable[Sequence[str]]:
    """Write typed rows as text, in the order of the columns of their table.

    Parameters
    ----------
    table : Table
        Of `Network.tables`.
    frame : DataFrame
        Typed.

    Yields
    ------
    sequence of str
        Reading them gives the same values.
    """
    columns = table.columns
    for row in frame.select([column.name for column in columns]).iter_rows():
        yield [cell(c, value) for c, value in zip(columns, row, strict=True)]


def cell(column: Column, value: Any) -> str:  # noqa: ANN401 - by the column's kind
    """Write a typed value as text; None is empty.

    Examples
    --------
    >>> from twin.model.tables import BY_NAME
    >>> cell(BY_NAME["calendars"].column("start"), 21_600)
    '06:00'
    """
    if value is None:
        return ""
    text: Callable[[Any], str] = _TEXTS.get(column.kind, str)
    return text(value)


def _number(value: float) -> str:
    # The shortest text that reads back as the same number, without a needless '.0'.
    return repr(float(value)).removesuffix(".0")


def _clock(value: int) -> str:
    return f"{value // 3600:02d}:{value // 60 % 60:02d}"


def _time(value: int) -> str:
    moment = EPOCH + timedelta(microseconds=value)
    return moment.isoformat().replace("+00:00", "Z")


def _flag(value: bool) -> str:  # noqa: FBT001 - a cell, not an option
    return "yes" if value else "no"


_TEXTS: dict[str, Callable[[Any], str]] = {
    "clock": _clock,
    "time": _time,
    "flag": _flag,
    "number": _number,
}


def _toml(column: Column, value: object) -> str:
    text = cell(column, value)
    plain = column.kind in {"number", "integer", "time"}
    if plain:
        return text
    # JSON and TOML quote alike, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _quoted(cell: str) -> str:
    # A cell that starts with '#' would be read as a comment.
    if cell.startswith("#") or any(mark in cell for mark in QUOTED):
        doubled = cell.replace('"', '""')
        return f'"{doubled}"'
    return cell
