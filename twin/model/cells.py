"""Cells to values: types, ranges, choices, defaults, each column by its record."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import polars as pl

from twin.errors import Problem
from twin.model.columns import ANY, Column, Table
from twin.model.read import ROW, suggestion

ID_LENGTH_MAX = 256  # as in events; a longer id is a paste error
DAY_S = 86_400
CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)")
FLAGS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
MICROSECOND = timedelta(microseconds=1)

DTYPES: dict[str, type[pl.DataType]] = {
    "id": pl.String,
    "text": pl.String,
    "choice": pl.String,
    "law": pl.String,
    "zone": pl.String,
    "number": pl.Float64,
    "integer": pl.Int64,
    "flag": pl.Boolean,
    "clock": pl.Int64,  # seconds from midnight
    "time": pl.Int64,  # microseconds UTC
}


def typed(
    table: Table, raw: pl.DataFrame, file: str
) -> tuple[pl.DataFrame, list[Problem]]:
    """Turn a table of text into one of values.

    Parameters
    ----------
    table : Table
        What is expected.
    raw : DataFrame
        String columns and the column `ROW`.
    file : str
        File to name in problems.

    Returns
    -------
    tuple of DataFrame and list of Problem
        The columns of `table` and `ROW`; empty cells hold the default, cells that were
        wrong hold null and have a problem each.
    """
    problems = _unknown_columns(table, raw, file)
    columns = [raw[ROW]]
    for column in table.columns:
        if column.name in raw.columns:
            values, found = _column(column, raw[column.name], (file, raw[ROW]))
            problems += found
        else:
            values = pl.Series(column.name, [None] * raw.height, DTYPES[column.kind])
            if column.required:
                missing = f"a column {column.name!r}: {column.explanation}"
                problems.append(Problem(file, None, column.name, None, missing))
            elif column.default is not None:
                values = values.fill_null(column.default)
        columns.append(values)
    return pl.DataFrame(columns), problems


def empty(table: Table) -> pl.DataFrame:
    """Return a table without rows, in the types of `typed`."""
    schema = {column.name: DTYPES[column.kind] for column in table.columns}
    return pl.DataFrame(schema={ROW: pl.Int64, **schema})


def parse_time_us(text: str) -> int | None:
    """Read an ISO 8601 time with zone; None if it is none.

    Examples
    --------
    >>> parse_time_us("1970-01-01T00:00:01Z"), parse_time_us("2024-01-01")
    (1000000, None)
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return (moment - datetime.fromisoformat("1970-01-01T00:00:00Z")) // MICROSECOND


def parse_clock_s(text: str) -> int | None:
    """Read HH:MM as seconds from midnight, at most 24:00; None if it is none.

    Examples
    --------
    >>> parse_clock_s("07:30"), parse_clock_s("24:00"), parse_clock_s("24:01")
    (27000, 86400, None)
    """
    match = CLOCK.fullmatch(text)
    if match is None:
        return None
    seconds = int(match[1]) * 3600 + int(match[2]) * 60
    return seconds if seconds <= DAY_S else None


def is_zone(text: str) -> bool:
    """Tell whether a time zone is known, by the table that polars carries.

    Examples
    --------
    >>> is_zone("Europe/Berlin"), is_zone("Berlin")
    (True, False)
    """
    try:
        pl.Series([0]).cast(pl.Datetime("us", text))
    except pl.exceptions.PolarsError:
        return False
    return True


def _unknown_columns(table: Table, raw: pl.DataFrame, file: str) -> list[Problem]:
    known = [column.name for column in table.columns]
    return [
        Problem(file, None, name, name, f"a column of the table: {', '.join(known)}"
                f"{suggestion(name, known)}")
        for name in raw.columns
        if name != ROW and name not in known
    ]  # fmt: skip


def _column(
    column: Column, text: pl.Series, where: tuple[str, pl.Series]
) -> tuple[pl.Series, list[Problem]]:
    file, rows = where
    values = _parse(column, text)
    wrong = (text.is_not_null() & values.is_null()).fill_null(value=False)
    if column.required:
        wrong |= text.is_null()
    problems = [
        Problem(file, row, column.name, value, _hint(column, value))
        for row, value in zip(rows.filter(wrong), text.filter(wrong), strict=True)
    ]
    if column.default is not None:
        values = values.fill_null(column.default)
    return values.alias(column.name), problems


def _hint(column: Column, value: str | None) -> str:
    if value is None or not column.choices:
        return column.allowed
    return column.allowed + suggestion(value, column.choices)


def _parse(column: Column, text: pl.Series) -> pl.Series:
    if column.kind in {"number", "integer"}:
        return _parse_number(column, text)
    if column.kind == "choice":
        return text.set(~text.is_in(column.choices).fill_null(value=False), None)
    if column.kind == "id":
        wrong = text.str.len_chars() > ID_LENGTH_MAX
        if not column.wildcard:
            wrong |= text == ANY
        return text.set(wrong.fill_null(value=False), None)
    parse = _PARSERS.get(column.kind)
    if parse is None:
        return text
    known = {value: parse(value) for value in text.unique() if value is not None}
    dtype = DTYPES[column.kind]
    return pl.Series(text.name, [known.get(value) for value in text], dtype)


def _parse_number(column: Column, text: pl.Series) -> pl.Series:
    number = text.cast(pl.Float64, strict=False)
    low = number > column.low if column.above else number >= column.low
    fits = low & (number <= column.high) & number.is_finite()
    if column.kind == "integer":
        fits &= number == number.floor()
    number = number.set(~fits.fill_null(value=False), None)
    return number.cast(DTYPES[column.kind])


def _parse_zone(text: str) -> str | None:
    return text if is_zone(text) else None


def _parse_flag(text: str) -> bool | None:
    return FLAGS.get(text.lower())


_PARSERS: dict[str, Callable[[str], str | int | bool | None]] = {
    "time": parse_time_us,
    "clock": parse_clock_s,
    "zone": _parse_zone,
    "flag": _parse_flag,
}
