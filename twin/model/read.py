"""Tables as they come: cells as text, with the row each stands in.

Files, Parquet and data in memory all become the same frame of strings, so that there is
one validation (`twin.model.cells`) and one set of messages.
"""

import csv
import difflib
import io
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import polars as pl

from twin.errors import Problem
from twin.model.tables import BY_NAME, SETTINGS, TABLES

ROW = "row_"  # column with the line number of a row in its file
SETTINGS_FILE = "network.toml"
SUFFIXES = (".csv", ".parquet")
DELIMITERS = ",;\t"

Rows = pl.DataFrame | Sequence[Mapping[str, object]]


class Raw:
    """Tables as text, where each came from, and what was wrong already.

    Attributes
    ----------
    frames : dict of str to DataFrame
        By table name: String columns and `ROW`; only tables that are there.
    files : dict of str to str
        By table name: the file to name in messages.
    lines : dict of str to int
        Line of each setting in ``network.toml``.
    problems : list of Problem
        What could not be read.
    """

    def __init__(self) -> None:
        self.frames: dict[str, pl.DataFrame] = {}
        self.files: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self.problems: list[Problem] = []

    def add(self, table: str, file: str, frame: pl.DataFrame) -> None:
        """Take in one table."""
        self.frames[table], self.files[table] = frame, file


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return '; did you mean ...?' if a known name is close, else nothing.

    Examples
    --------
    >>> suggestion("itm", ["item", "site"])
    "; did you mean 'item'?"
    """
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def read_folder(folder: Path) -> Raw:
    """Read every table of a network folder.

    Parameters
    ----------
    folder : Path
        Holds ``network.toml`` and a CSV or Parquet file a table.

    Returns
    -------
    Raw
        Missing, unknown and unreadable files are among its problems.
    """
    raw = Raw()
    _read_settings(folder / SETTINGS_FILE, raw)
    for table in TABLES:
        paths = [folder / (table.name + suffix) for suffix in SUFFIXES]
        _read_table(table.name, [path for path in paths if path.exists()], raw)
    _report_strangers(folder, raw)
    return raw


def read_memory(tables: Mapping[str, Rows], settings: Mapping[str, object]) -> Raw:
    """Take tables from memory; rows count from 1.

    Parameters
    ----------
    tables : mapping of str to DataFrame or sequence of mappings
        By table name.
    settings : mapping of str to object
        As in ``network.toml``.

    Returns
    -------
    Raw
        Unknown tables are among its problems.
    """
    raw = Raw()
    raw.add(SETTINGS.name, "settings", read_rows([settings]))
    for name, rows in tables.items():
        if name not in BY_NAME:
            allowed = f"a table of the network{suggestion(name, BY_NAME)}"
            raw.problems.append(Problem(name, None, None, name, allowed))
            continue
        if isinstance(rows, pl.DataFrame):
            raw.add(name, name, _from_frame(rows))
        elif rows:  # no rows name no columns: that is an empty table, not a wrong one
            raw.add(name, name, read_rows(rows))
    return raw


def cell_text(value: object) -> str | None:
    """Write a value as it would stand in a cell; None and '' are empty.

    Examples
    --------
    >>> cell_text(True), cell_text(0.1), cell_text(" M7 "), cell_text("")
    ('yes', '0.1', 'M7', None)
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).strip() or None


def _read_settings(path: Path, raw: Raw) -> None:
    raw.files[SETTINGS.name] = path.name
    try:
        text = path.read_bytes().decode()
        values = tomllib.loads(text)
    except FileNotFoundError:
        allowed = "a file; `millstream network init` writes an empty one"
        raw.problems.append(Problem(path.name, None, None, None, allowed))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = Problem(path.name, None, None, str(error), "TOML in UTF-8")
        raw.problems.append(problem)
    else:
        raw.add(SETTINGS.name, path.name, read_rows([values]))
        for row, line in enumerate(text.splitlines(), start=1):
            raw.lines.setdefault(line.partition("=")[0].strip(), row)


def _read_table(name: str, paths: list[Path], raw: Raw) -> None:
    if len(paths) > 1:
        file, other = (path.name for path in paths)
        raw.files[name] = file
        allowed = f"one file a table; {other} is there too"
        raw.problems.append(Problem(file, None, None, file, allowed))
    elif not paths:
        raw.files[name] = f"{name}.csv"
        if BY_NAME[name].required:
            columns = ", ".join(c.name for c in BY_NAME[name].columns)
            allowed = f"a CSV or Parquet file with the columns {columns}"
            raw.problems.append(Problem(f"{name}.csv", None, None, None, allowed))
    else:
        raw.files[name] = paths[0].name
        read = _read_csv if paths[0].suffix == ".csv" else _read_parquet
        frame = read(paths[0], raw)
        if frame is not None:
            raw.add(name, paths[0].name, frame)


def _read_parquet(path: Path, raw: Raw) -> pl.DataFrame | None:
    try:
        return _from_frame(pl.read_parquet(path))
    except (pl.exceptions.PolarsError, OSError) as error:
        shown = str(error).splitlines()[0]
        raw.problems.append(Problem(path.name, None, None, shown, "a Parquet file"))
        return None


def _read_csv(path: Path, raw: Raw) -> pl.DataFrame | None:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        shown = f"byte 0x{content[error.start]:02x}"
        raw.problems.append(Problem(path.name, row, None, shown, "text in UTF-8"))
        return None
    lines = _data_lines(text)
    header = next(lines, None)
    if header is None:
        allowed = "a header with the names of the columns"
        raw.problems.append(Problem(path.name, 1, None, None, allowed))
        return None
    return _collect_csv(path.name, (header, list(lines)), raw)


def _data_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    lines = list(_without_comments(text))
    header = next((line for line in lines if line.strip()), ",")
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.reader(lines, delimiter=delimiter)
    start = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield start, cells
        start = reader.line_num + 1


def _without_comments(text: str) -> Iterator[str]:
    # Comments go before the csv module sees them, as a quote in one would swallow rows;
    # a line inside a quoted cell is no comment, whatever it starts with.
    quoted = False
    for line in io.StringIO(text, newline=""):
        if not quoted and line.lstrip().startswith("#"):
            yield "\n"
            continue
        quoted ^= line.count('"') % 2 == 1
        yield line


def _collect_csv(
    file: str,
    lines: tuple[tuple[int, list[str]], list[tuple[int, list[str]]]],
    raw: Raw,
) -> pl.DataFrame | None:
    (header_row, header), body = lines
    names = [cell.strip() for cell in header]
    twice = sorted({name for name in names if names.count(name) > 1})
    for name in twice:
        raw.problems.append(Problem(file, header_row, name, name, "each column once"))
    for row, cells in body:
        if len(cells) > len(names):
            shown = f"{len(cells)} cells"
            allowed = f"{len(names)} cells, as the header has"
            raw.problems.append(Problem(file, row, None, shown, allowed))
    if twice:
        return None
    columns: dict[str, list[str | None]] = {
        name: [cell_text(cells[k]) if k < len(cells) else None for _, cells in body]
        for k, name in enumerate(names)
        if name
    }
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return frame.with_columns(pl.Series(ROW, [row for row, _ in body], pl.Int64))


def read_rows(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Turn rows into a frame of text; they count from 1.

    Parameters
    ----------
    rows : sequence of mapping
        Values by column; a column that a row lacks is empty there.

    Returns
    -------
    DataFrame
        String columns and `ROW`.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [cell_text(row.get(name)) for row in rows] for name in names}
    schema = {**dict.fromkeys(names, pl.String), ROW: pl.Int64}
    return pl.DataFrame({**columns, ROW: range(1, len(rows) + 1)}, schema=schema)


def _from_frame(frame: pl.DataFrame) -> pl.DataFrame:
    texts = [_column_text(frame[name]) for name in frame.columns]
    rows = pl.Series(ROW, range(1, frame.height + 1), pl.Int64)
    return pl.DataFrame([*texts, rows])


def _column_text(series: pl.Series) -> pl.Series:
    if series.dtype in {pl.Float32, pl.Float64, pl.String} or series.dtype.is_integer():
        text = series.cast(pl.String).str.strip_chars()
        return text.set(text == "", None)
    values = [cell_text(value) for value in series]
    return pl.Series(series.name, values, pl.String)


def _report_strangers(folder: Path, raw: Raw) -> None:
    if not folder.is_dir():
        raw.problems.clear()
        allowed = "a network folder, but the folder does not exist"
        raw.problems.append(Problem(str(folder), None, None, None, allowed))
        return
    for path in sorted(folder.iterdir()):
        if path.suffix in SUFFIXES and path.stem not in BY_NAME:
            allowed = f"a table of the network{suggestion(path.stem, BY_NAME)}"
            raw.problems.append(Problem(path.name, None, None, path.name, allowed))
